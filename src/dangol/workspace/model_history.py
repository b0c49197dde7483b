"""How models did over time: every run's cards, what earlier scores came to, and what was done about drift."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from dangol.core.engine import Duck
from dangol.core.text import Language, translate
from dangol.core.text import to_translate as words
from dangol.workspace.binding import Binder
from dangol.workspace.earlier import COLUMNS, EARLIER, Earlier
from dangol.workspace.predict import Card
from dangol.workspace.realised import CHANCE, LEVELS, OPTIONAL, WINDOW, Realised, queries
from dangol.workspace.standing import main_value
from dangol.workspace.summary import best_rule

RUNS = "runs"
MOST_RUNS = 400


@dataclass(frozen=True)
class Entry:
    """One run's model of a prediction."""

    run_id: str
    finished_at: datetime
    card: Card


GIVEN = frozenset(Realised.__annotations__) - {"held", "prediction"}


def history(root: Path, prediction: str) -> list[Entry]:
    """Every run's card of a prediction, the latest run first."""
    files = sorted((root / RUNS).glob("*.json"), key=lambda each: -each.stat().st_mtime)[:MOST_RUNS]
    found = [entry(json.loads(file.read_text(encoding="utf-8")), prediction) for file in files]
    return sorted((each for each in found if each), key=lambda each: (each.card.as_of, each.finished_at), reverse=True)


def entry(manifest: Mapping[str, Any], prediction: str) -> Entry | None:
    """A run's card of a prediction; None where the run made none."""
    card = manifest["cards"].get(prediction)
    if card is None:
        return None
    return Entry(manifest["run_id"], datetime.fromisoformat(manifest["finished_at"]), Card.of(card))


@dataclass(frozen=True)
class Records:
    """What a workspace keeps of its models.

    Attributes:
        root: the workspace's folder.
        duck: an engine with the serving snapshot's facts mounted.
        binder: the company at the snapshot's moment.
        earlier: the scores that were kept.
        cards: of the serving snapshot.
    """

    root: Path
    duck: Duck
    binder: Binder
    earlier: Earlier
    cards: Mapping[str, Card]

    def history(self, prediction: str) -> list[Entry]:
        """Every run's card of a prediction, the latest run first."""
        return history(self.root, prediction)

    def realised(self, prediction: str) -> list[Realised]:
        """What a prediction's earlier scores came to, the latest first; none where no horizon is over yet."""
        if not self.earlier.before(self.binder.as_of):
            return []
        horizon = self.cards[prediction].horizon_days if prediction in self.cards else 0
        reader = self.binder.reading(**{EARLIER: self.earlier.source(self.binder.as_of)})
        found = []
        for query in queries(prediction, horizon):
            bound = reader.bind(query, where="realised", optional=(EARLIER, *OPTIONAL), declared={EARLIER: COLUMNS})
            if set(bound.outputs) >= GIVEN:
                found += [Realised.of(prediction, row) for row in self.duck.rows(bound.tree)]
        return found


def history_rows(found: Sequence[Entry | Card]) -> list[dict[str, Any]]:
    """What is shown of models over time: moment, run, verdict, the chosen model with its main measure, the best rule's, features.

    `judged_at` is when the later time began that a model was judged on; None where it was judged without one.
    """
    return [history_row(each if isinstance(each, Card) else each.card, getattr(each, "run_id", "")) for each in found]


def history_row(card: Card, run_id: str) -> dict[str, Any]:
    """One model."""
    judgement = card.judgement
    said = {"as_of": datetime.fromisoformat(card.as_of), "run_id": run_id, "scored": card.scored, "features": card.features,
            "outcome": card.duel.get("outcome", ""), "drifted": bool(card.drift.get("found")),
            "judged_at": datetime.fromisoformat(card.validation) if card.validation else None}  # fmt: skip
    if judgement is None:
        return {**said, "verdict": "refused", "chosen": "", "metric": "", "value": None, "rule_value": None}
    value = main_value(judgement)
    verdict = "good" if judgement.good_enough else "not_better"
    return {**said, "verdict": verdict, "chosen": judgement.chosen, "metric": judgement.main_metric, "value": value,
            "rule_value": best_rule(judgement)}  # fmt: skip


def backtests(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The windows that the runs judged their models on, one after the other; of several runs on one window the latest.

    Only windows judged by the measure of the latest run are there: other measures are other numbers. Fewer than two say nothing
    about a course, so that there are none then.

    Args:
        rows: of `history_rows`, the latest run first.
    """
    judged = [row for row in rows if row["judged_at"] and row["value"] is not None]
    by_window: dict[datetime, Mapping[str, Any]] = {}
    for row in judged:
        if row["metric"] == judged[0]["metric"]:
            by_window.setdefault(row["judged_at"], row)
    found = sorted(by_window.values(), key=lambda row: row["judged_at"])
    return found if len(found) > 1 else []


DUELS: Mapping[str, str] = {
    "first": words("No earlier model is old enough to be held against the new fit."),
    "takes_over": words(
        "The new fit takes over: on the latest window it is no worse than the model of {since:date} ({own} against {other})."
    ),
    "stays": words(
        "The model of {since:date} stays: on the latest window it is better than the new fit ({other} against {own})."
    ),
    "stepped_back": words(
        "Stepped back to the model of {since:date}: the new fit is not good enough on the latest window, that one is."
    ),
    "none_holds": words(
        "Neither the new fit nor the model of {since:date} is good enough: nobody is scored. Use the simple rule."
    ),
}
REFUSALS: Mapping[str, str] = {
    "not_read": words("The model of {since:date} is not held against the new fit: this version cannot read its file."),
    "settings": words("The model of {since:date} is not held against the new fit: the prediction has other settings now."),
    "outcome": words("The model of {since:date} is not held against the new fit: the outcome is counted differently now."),
    "features": words(
        "The model of {since:date} is not held against the new fit: features that it reads are made differently now, or are gone."
    ),
    "build": words("The model of {since:date} is not held against the new fit: this version builds its models differently."),
    "fails": words("The model of {since:date} is not held against the new fit: it fails on the latest customers."),
}
NO_DRIFT = words("No drift: customers and outcomes look as they did when the model learnt.")
BASE_RATE = words("The share to whom it happens moved to {now:percent}; before, it was {before:percent} on average.")
FEATURES = words("{n:count|feature/features} moved more than usual since: {names:listed}.")
PAST_OFF = words("The scores of {since:date} did not come true: {expected:percent} was expected, {actual:percent} happened.")
AMOUNT_OFF = words("The amounts expected at {since:date} did not come true: in all, {ratio:percent} of them came.")
RANK_OFF = words("The scores of {since:date} did not come true: one value for everybody would have been nearer.")
RETRAINED = words("What was done: the model learnt anew with the latest time in it.")
KEPT_OLD = words("What was done: the older model scores.")
NOBODY = words("What was done: nobody is scored until a model holds again.")


def duel_words(card: Card, language: Language) -> str:
    """Which model scores and why, in words; empty where a version before this one made the card."""
    said = card.duel
    if not said:
        return ""
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    sentence = REFUSALS.get(said.get("refused", ""), DUELS[said["outcome"]])
    return translate(sentence, language, since=since, own=plain(said["challenger"]), other=plain(said["champion"]))


def plain(value: float | None) -> str:
    """A measure to three places."""
    return "–" if value is None else f"{value:.3f}"


def drift_words(card: Card, past: Sequence[Realised], titles: Mapping[str, str], language: Language) -> list[str]:
    """What drifted and what was done about it, in sentences.

    Args:
        card: of the prediction.
        past: what its earlier scores came to, the latest first.
        titles: of feature columns.
        language: of the sentences.
    """
    if not card.drift:
        return []
    found = [*moved_rate(card, language), *moved_features(card, titles, language), *came_false(past, language)]
    if not found:
        return [translate(NO_DRIFT, language)]
    return [*found, translate(action(card), language)]


def moved_rate(card: Card, language: Language) -> list[str]:
    """Whether the share to whom it happens left its past."""
    if not card.drift["base_rate_moved"]:
        return []
    before = float(np.mean(card.drift["base_rates"]))
    return [translate(BASE_RATE, language, now=card.drift["base_rate"], before=before)]


def moved_features(card: Card, titles: Mapping[str, str], language: Language) -> list[str]:
    """Features that moved more than usual."""
    names = [titles.get(each["feature"], each["feature"]) for each in card.drift["features"] if each["drifted"]]
    return [translate(FEATURES, language, n=len(names), names=names)] if names else []


def came_false(past: Sequence[Realised], language: Language) -> list[str]:
    """Whether the latest scores whose time is over came true, by measure."""
    latest: dict[str, Realised] = {}
    for each in past:
        latest.setdefault(each.measure, each)
    return [false_words(each, language) for each in latest.values() if not each.held]


def false_words(each: Realised, language: Language) -> str:
    """How scores did not come true."""
    if LEVELS[each.measure](vars(each)):
        return translate(RANK_OFF, language, since=each.scored_at)
    if each.measure in (CHANCE, WINDOW):
        return translate(PAST_OFF, language, since=each.scored_at, expected=each.expected, actual=each.actual)
    ratio = each.actual / each.expected if each.expected else 0.0
    return translate(AMOUNT_OFF, language, since=each.scored_at, ratio=ratio)


def action(card: Card) -> str:
    """What a run did about drift."""
    if card.judgement is None or not card.judgement.good_enough:
        return NOBODY
    return KEPT_OLD if card.duel["outcome"] in ("stays", "stepped_back") else RETRAINED
