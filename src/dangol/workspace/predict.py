"""Predictions at work: learn from past moments, judge on later time, score everybody, and write the model card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dangol.core.declare import Block, FromList, Judgement, Output, Prediction, Predictor, Scores
from dangol.core.errors import ConfigError, DataError, Told, TooLittleData, suggest, told
from dangol.core.misfit import misfit
from dangol.workspace.drift import drift
from dangol.workspace.earlier import Kept
from dangol.workspace.matrix import Learner, Moments, moments, wanted
from dangol.workspace.profile import Profile
from dangol.workspace.stages import fingerprint, write_json
from dangol.workspace.standing import MODEL, Basis, Champion, champion, duel, write_model

SCORES, CARD = "scores.parquet", "card.json"
MOST_REASONS = 4
ARROW_TYPES = {
    "money": pa.decimal128(18, 2),
    "count": pa.int64(),
    "integer": pa.int64(),
    "category": pa.string(),
    "text": pa.string(),
}


@dataclass(frozen=True)
class Card:
    """A model card: what a prediction learnt from, how good it proved, and whether it may be used.

    `refusal` is set, and there are no scores, where the data do not support the prediction: an English sentence, which
    `core.text.tell` says in Korean; `refusal_words` are its template and values, so that a card read from its file can too.
    `total` is the sum of the main score over all customers, `expected`, with both ends of its range, `low` and `high`, that
    is to hold the truth with a chance of `share`; `ranges` says by score how sums over some customers get theirs (`TotalRange`).
    `features` names the list of columns that it read, by its hash; `duel` says which model scores, the new fit or the standing
    champion, and `drift` what moved between learning and today (`workspace.standing`, `workspace.drift`). `leaks`
    are delivered attributes that tell the outcome, as the leak finder found them.
    """

    prediction: str
    as_of: str
    horizon_days: int = 0
    training: Sequence[str] = ()
    validation: str = ""
    customers: int = 0
    scored: int = 0
    judgement: Judgement | None = None
    refusal: str = ""
    refusal_words: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    total: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    features: str = ""
    feature_count: int = 0
    duel: Mapping[str, Any] = field(default_factory=dict)
    drift: Mapping[str, Any] = field(default_factory=dict)
    leaks: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def read(cls, path: Path) -> Card:
        """A card from its file."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Card:
        """A card from its JSON; what another version wrote beside it is left out."""
        known = {each.name: found[each.name] for each in fields(cls) if each.name in found}
        if known.get("judgement"):
            known["judgement"] = Judgement(**known["judgement"])
        if known.get("refusal_words"):
            known["refusal"] = Told.from_json(known["refusal_words"])
        return cls(**known)


def settings_of(prediction: Prediction, given: Mapping[str, Any]) -> Predictor:
    """A predictor with the company's settings.

    Raises:
        ConfigError: a setting it does not have, or a wrong value; all problems at once.
    """
    try:
        return prediction.model(**given)
    except ValidationError as problem:
        lines = [wrong_setting(prediction, each) for each in problem.errors()]
        what = told("{count|problem/problems} in the settings of {name:quoted}", count=len(lines), name=prediction.name)
        raise ConfigError(what, problems=lines) from problem


def wrong_setting(prediction: Prediction, error: ErrorDetails) -> str:
    """One setting that a prediction does not have or cannot take, in one line."""
    key = ".".join(map(str, ("predictions", prediction.name, *error["loc"])))
    if error["type"] == "extra_forbidden":
        hint = suggest(str(error["loc"][-1]), prediction.model.model_fields)
        return told("{place} {key}: unknown key, {hint}", place="dangol.yaml", key=key, hint=hint)
    found = told(", found {value:quoted}", value=error["input"])
    return told("{place} {key}: {problem}{found}", place="dangol.yaml", key=key, problem=misfit(error), found=found)


def predict(
    learner: Learner,
    prediction: Prediction,
    predictor: Predictor,
    profile: Profile,
    target: Path,
    kept: Sequence[Kept] = (),
) -> Card:
    """Train, judge and score one prediction; a refusal is a card without scores, not an error, whatever the data are like.

    Args:
        learner: the company at the moment of scoring; its engine holds the table `profile`.
        prediction: which.
        predictor: with settings.
        profile: what the profile table holds.
        target: folder for scores, card and what was learnt.
        kept: models of earlier runs, the earliest first; the one that stands is held against the new fit.
    """
    try:
        lesson = Lesson(learner, prediction, predictor, profile)
        card = lesson.taken(target, kept)
    except (TooLittleData, DataError) as refusal:
        as_of = learner.binder.as_of.isoformat()
        words = refusal.what.as_json() if isinstance(refusal.what, Told) else {}
        card = Card(prediction.name, as_of, refusal=refusal.what, refusal_words=words, settings=predictor.model_dump())
    write_json(target / CARD, asdict(card))
    return card


@dataclass(frozen=True)
class Lesson:
    """One prediction being learnt for one company.

    Attributes:
        learner: the company at the moment of scoring.
        prediction: which.
        predictor: with settings; learns here.
        profile: what the profile table holds.
    """

    learner: Learner
    prediction: Prediction
    predictor: Predictor
    profile: Profile

    def taken(self, target: Path, kept: Sequence[Kept]) -> Card:
        """Learn in the way that the prediction asks for: from a list, about the present, or from the past."""
        if isinstance(self.predictor, FromList):
            return self.listed(self.predictor, target)
        return self.estimated(target) if self.predictor.told_by else self.learnt(target, kept)

    def learnt(self, target: Path, kept: Sequence[Kept]) -> Card:
        """Fit on earlier moments, judge on the latest, let the better of new fit and standing champion score."""
        horizon = self.predictor.horizon_days(company_facts(self.learner, self.profile))
        times = moments(
            self.learner.first, self.learner.binder.as_of, horizon, self.predictor.snapshots, self.predictor.only_with
        )
        blocks, latest = self.blocks(times)
        self.predictor.check([*blocks, latest])
        from dangol.workspace.honest import inspected, without  # statistics; whoever only reads cards does not wait for them

        findings = inspected(blocks, self.predictor)
        *blocks, latest = without([*blocks, latest], findings)
        self.predictor.fit(blocks)
        judgement = self.predictor.judge(latest)
        read = sorted(name for name in wanted(self.predictor) if name in self.profile.columns)
        basis = Basis.of(self.predictor, self.learner.features, read)
        rival = champion(kept, self.prediction, self.predictor, latest, times.validation, basis)
        decided, today = duel(judgement, rival), self.learner.glimpse(self.profile)
        if isinstance(rival, Champion) and decided.keeps_champion:
            judgement, scoring = rival.judgement, rival.predictor
        else:
            scoring = self.predictor
            scoring.fit([*blocks, latest])
        written = Written()
        if judgement.good_enough:
            scoring.settle(today)
            written = write_scores(self.learner.scoring_blocks(self.profile), scoring, target)
            if scoring is self.predictor:
                write_model(scoring, target / MODEL, basis)
        return Card(
            prediction=self.prediction.name,
            as_of=self.learner.binder.as_of.isoformat(),
            horizon_days=horizon,
            training=[moment.isoformat() for moment in times.training],
            validation=times.validation.isoformat(),
            customers=sum(len(block) for block in [*blocks, latest]),
            scored=written.customers,
            judgement=judgement,
            settings=self.predictor.model_dump(),
            total=total_of(written, scoring),
            ranges={name: each._asdict() for name, each in scoring.group_ranges().items()} if written.customers else {},
            features=fingerprint(read)[:12],
            feature_count=len(read),
            duel=asdict(decided),
            drift=drift(blocks, latest, today).as_json(),
            leaks=[asdict(each) for each in findings],
        )

    def estimated(self, target: Path) -> Card:
        """Learn about the present from what some customers told, and score everybody."""
        self.complete()
        blocks = [self.learner.glimpse(self.profile), self.learner.told(self.profile, self.predictor.told_by)]
        self.predictor.check(blocks)
        self.predictor.fit(blocks)
        judgement = self.predictor.judge(blocks[-1])
        everybody = self.learner.scoring_blocks(self.profile)
        written = write_scores(everybody, self.predictor, target) if judgement.good_enough else Written()
        return Card(
            prediction=self.prediction.name,
            as_of=self.learner.binder.as_of.isoformat(),
            customers=len(blocks[-1]),
            scored=written.customers,
            judgement=judgement,
            settings=self.predictor.model_dump(),
            total=total_of(written, self.predictor),
        )

    def listed(self, predictor: FromList, target: Path) -> Card:
        """Learn from a list, choose by a fifth of it, and judge and score everybody by what the others taught."""
        from dangol.workspace.listed import JUDGES, Listed  # statistics; whoever only reads cards does not wait for them

        self.complete()
        everybody = Listed.of(self.learner, self.profile, predictor)
        taught, judging = everybody.parted(JUDGES, predictor.sample)
        predictor.check([taught, judging])
        everybody, findings = everybody.honest(taught, predictor, self.learner.binder.as_of)
        taught, judging = everybody.parted(JUDGES, predictor.sample)
        predictor.fit([taught])
        first = predictor.judge(judging)
        written = write_scores(everybody.taught_by_others(predictor), predictor, target)
        judgement = predictor.proven(first)
        if not judgement.good_enough:
            (target / SCORES).unlink(missing_ok=True)
            written = Written()
        return Card(
            prediction=self.prediction.name,
            as_of=self.learner.binder.as_of.isoformat(),
            customers=len(taught) + len(judging),
            scored=written.customers,
            judgement=judgement,
            settings=predictor.model_dump(),
            feature_count=len(taught.columns),
            leaks=[asdict(each) for each in findings],
        )

    def complete(self) -> None:
        """Refuse where the company lacks what the prediction cannot do without.

        Raises:
            TooLittleData: with the columns that are missing.
        """
        missing = [name for name in self.predictor.needs if name not in self.profile.columns]
        if missing:
            have, need = told("no {names:listed}", names=missing), told("the data behind {names:listed}", names=missing)
            raise TooLittleData.have(have, need)

    def blocks(self, times: Moments) -> tuple[list[Block], Block]:
        """Customers at the training moments and at the latest one.

        Raises:
            TooLittleData: the company lacks what the prediction cannot do without.
        """
        self.complete()
        learner, horizon = self.learner, times.horizon_days
        blocks = [learner.block(learner.past, self.predictor, at, horizon) for at in times.training]
        return blocks, learner.block(learner.past, self.predictor, times.validation, horizon)


@dataclass
class Written:
    """How many customers were scored, and the sum of their main score."""

    customers: int = 0
    total: float = 0.0


def total_of(written: Written, predictor: Predictor) -> dict[str, float]:
    """The company's total with its range; nothing where a sum means nothing."""
    found = predictor.total_range()
    if found is None or not written.customers:
        return {}
    total = written.total
    return {"expected": total, "low": total * found.low, "high": total * found.high, "share": found.share}


def company_facts(learner: Learner, profile: Profile) -> dict[str, float]:
    """The company's own figures that horizons are chosen by."""
    history = (learner.binder.as_of - learner.first).total_seconds() / 86400
    lapse = float(learner.duck.value("SELECT max(lapse_days) FROM profile") or 0) if "lapse_days" in profile.columns else 0.0
    return {"lapse_days": lapse, "history_days": history}


def write_scores(blocks: Iterable[Block], predictor: Predictor, target: Path) -> Written:
    """Score everybody, batch by batch, into one Parquet file."""
    outputs = dict(predictor.gives)
    main = next(iter(outputs))
    writer: pq.ParquetWriter | None = None
    written = Written()
    try:
        for block in blocks:
            scores = predictor.score(block)
            table = scores_table(block, scores, outputs)
            writer = writer or pq.ParquetWriter(target / SCORES, table.schema, compression="zstd")
            writer.write_table(table)
            written.customers += len(block)
            written.total += float(np.nansum(np.asarray(scores.columns[main], dtype=np.float64)))
    finally:
        if writer is not None:
            writer.close()
    return written


def scores_table(block: Block, scores: Scores, outputs: Mapping[str, Output]) -> pa.Table:
    """Scores of a block with the reasons that move each customer's most."""
    columns = {"customer_id": pa.array(block.customer_id)}
    for name, output in outputs.items():
        columns[name] = arrow_column(scores.columns[name], output)
    columns["reasons"] = strongest(scores.contributions, len(block))
    return pa.table(columns)


def arrow_column(values: Any, output: Output) -> pa.Array:  # noqa: ANN401 — any array
    """A score column in the type of its kind; NaN is missing."""
    wanted = ARROW_TYPES.get(output.kind, pa.float64())
    if output.kind == "money":
        return decimals(np.asarray(values, dtype=np.float64))
    return pa.array(values, from_pandas=True).cast(wanted)


def decimals(values: npt.NDArray[np.float64]) -> pa.Array:
    """Money as exact decimals, rounded to hundredths."""
    return pa.array(np.round(values, 2), from_pandas=True).cast(pa.decimal128(18, 2), safe=False)


def strongest(contributions: Mapping[str, Any], size: int) -> pa.Array:
    """Per customer the groups that move the score most, strongest first, as `group:+0.42;group:-0.1`."""
    if not contributions:
        return pa.array([""] * size, type=pa.string())
    names = pa.array(list(map(plain, contributions)))
    moved = np.column_stack([np.asarray(values, dtype=np.float64) for values in contributions.values()])
    order = np.argsort(-np.abs(moved), axis=1)[:, :MOST_REASONS]
    ranked = np.take_along_axis(moved, order, axis=1)
    rows = enumerate(zip(order.T, ranked.T, strict=True))
    parts = [reason(";" if rank else "", names.take(pa.array(places)), amounts) for rank, (places, amounts) in rows]
    return pc.binary_join_element_wise(*parts, "")


def plain(header: str) -> str:
    """A header without the signs that part reasons from each other."""
    return header.replace(":", " ").replace(";", " ")


def reason(before: str, names: pa.Array, amounts: npt.NDArray[np.float64]) -> pa.Array:
    """One reason of each customer with its amount to four digits; nothing where it moves nothing."""
    some = amounts != 0
    scale = 10.0 ** (3 - np.floor(np.log10(np.abs(np.where(some, amounts, 1.0)))))
    digits = pa.array(np.abs(np.round(amounts * scale) / scale)).cast(pa.string())
    signs = pa.array(np.where(amounts < 0, ":-", ":+"))
    return pc.if_else(pa.array(some), pc.binary_join_element_wise(before, names, signs, digits, ""), "")
