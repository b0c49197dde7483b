"""Lead score: how likely each open lead is to convert, who they are and what they do told apart.

Delivered attributes say who a lead is (fit) or what it does (intent); what it did on web, in messages and in conversations before
the moment is intent. Both are parts of one calibrated chance: a part is what its columns add to the log-odds (TreeSHAP).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dangol.core.declare import Array, Block, Group, Judgement, LeadSettings, Scores
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions import attributes
from dangol.predictions.chance import Chance, measured
from dangol.predictions.leaks import Columns, Finding, find_leaks, left_out, parts_of
from dangol.predictions.propensity import by_bin, rank

Moments = npt.NDArray[np.datetime64]
FEWEST, FEWEST_LATER = 50, 20
STRENGTH = 10.0
# Leads on which it is seen how much each column weighs, and among which the others stand.
WEIGHED, STANDING = 5_000, 10_000
HAPPENED = "happened"
KNOWN_DAYS, SOURCE = "known_days", "lead_source"
# What our own facts know of a lead's doings, and of whom it belongs to.
DOINGS = (
    "event_count_30", "event_count_90", "visit_day_count_90", "cart_count_90", "search_count_90", "last_visit_days",
    "message_count_90", "open_share_90", "click_share_90", "conversation_count_90", "open_conversation_count",
)  # fmt: skip
# Words of headers that speak of what somebody does.
DOING_WORDS = frozenset({
    "visit", "visits", "view", "views", "page", "pages", "time", "spent", "click", "clicks", "clicked", "open", "opens",
    "opened", "download", "downloads", "session", "sessions", "search", "searches", "webinar", "attended", "demo", "trial",
    "usage", "login", "logins", "activity", "activities", "engagement", "minutes", "replies", "responses", "form", "forms",
})  # fmt: skip
KOREAN_DOINGS = (
    "방문",
    "조회",
    "클릭",
    "오픈",
    "열람",
    "다운로드",
    "검색",
    "체류",
    "접속",
    "참석",
    "참여",
    "체험",
    "문의",
    "상담",
    "이용",
)
FIT, INTENT = "fit", "intent"


@dataclass
class LeadScore:
    """The chance of leads to convert.

    Attributes:
        settings: of the company.
        groups: columns by whether they say who a lead is or what it does; known once something was learnt.
        findings: what the leak finder said of the delivered columns.
    """

    settings: LeadSettings = field(default_factory=LeadSettings)
    groups: Mapping[str, Group] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    chance: Chance | None = None
    by_source: SourceRates | None = None
    standing: Mapping[str, Array] = field(default_factory=dict)
    held_out: attributes.HeldOut = field(default_factory=attributes.HeldOut)

    def inspect(self, columns: Columns, happened: Array, happened_at: Moments | None, outcome: str) -> tuple[str, ...]:
        """Delivered columns that may be learnt from: not filled in after the outcome, not all alike, not names of rows.

        Args:
            columns: as delivered: numbers, days or words of the leads to learn from, shape (n,).
            happened: 1 where a lead converted, else 0, shape (n,).
            happened_at: when, NaT where not, shape (n,); None where nobody knows.
            outcome: what the outcome's own column is called.
        """
        keep, drop = self.settings.keep, self.settings.drop
        self.findings = find_leaks(columns, happened, outcome=outcome, happened_at=happened_at, keep=keep, drop=drop)
        dishonest = left_out(self.findings)
        return tuple(name for name in attributes.describing(columns) if name not in dishonest)

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough leads that converted and enough that did not, to learn from and to judge by.

        Raises:
            TooLittleData: too few of either.
        """
        *earlier, latest = blocks
        for some, need in ((earlier, FEWEST), ([latest], FEWEST_LATER)):
            did = sum(float(converted(block).sum()) for block in some)
            others = sum(map(len, some)) - did
            if min(did, others) < need:
                have = told("{did} leads that converted and {others} that did not", did=f"{did:.0f}", others=f"{others:.0f}")
                raise TooLittleData.have(have, told("{n} of each", n=need))

    def fit(self, blocks: Sequence[Block]) -> None:
        """As much model as the leads carry."""
        if self.chance is None:
            self.groups = grouped(blocks[0].columns)
            self.chance = attributes.learner(self.groups, self.settings.seed)
        self.chance.fit(blocks, [converted(block) for block in blocks])
        self.by_source = SourceRates.learn(blocks)

    def fitted(self) -> Chance:
        """The model.

        Raises:
            NotReady: `fit` has not run.
        """
        if self.chance is None:
            raise NotReady(told("no model was fitted"), hint=told("fit it first"))
        return self.chance

    def judge(self, block: Block) -> Judgement:
        """All models on leads that nothing was learnt from; who is fresh, and where from, one knows without a score.

        Good enough is what ranks leads better than their age or silence and than their source, by more than luck explains.
        """
        chance, did = self.fitted(), converted(block)
        verdict, rules = chance.judge(block, did), self.rules(block, float(did.mean()))
        moved = chance.moved_by_column(block.some(WEIGHED))
        return Judgement(
            chosen=chance.chosen,
            good_enough=verdict.good_enough and attributes.surely_better(verdict.final, list(rules.values()), did),
            metrics={**verdict.metrics, "source_rule": measured(rules["source_rule"], did)},
            main_metric="brier",
            higher_is_better=False,
            calibration=by_bin(verdict.final, did),
            importance={name: float(np.abs(values).mean()) for name, values in moved.items()},
        )

    def rules(self, block: Block, usual: float) -> dict[str, Array]:
        """What one knows of leads without a score: their age or silence, their source, and the rate of all."""
        assert self.by_source is not None  # learnt with the model
        return {
            "recency_rule": self.fitted().by_recency(block),
            "source_rule": self.by_source.apply(block),
            "base_rate": np.full(len(block), usual),
        }

    def hold_out(self, block: Block) -> None:
        """Keep what model and rules say of leads that taught them nothing."""
        assert self.by_source is not None  # learnt with the model
        self.held_out.add(self.fitted().chance(block), self.rules(block, self.by_source.usual), converted(block))

    def proven(self, first: Judgement) -> Judgement:
        """The verdict by all leads that were held out.

        Args:
            first: the judgement by which the model was chosen.
        """
        return self.held_out.judgement(first)

    def parts(self, moved: Mapping[str, Array], size: int) -> dict[str, Array]:
        """What who a lead is, and what it does, add to the log-odds, shape (size,) each."""
        return {
            key: np.sum([moved[name] for name in group.columns if name in moved] or [np.zeros(size)], axis=0)
            for key, group in self.groups.items()
        }

    def measured(self, block: Block) -> tuple[dict[str, Array], dict[str, Array]]:
        """The chance of leads with both of its parts, and what moves it by column."""
        moved = self.fitted().moved_by_column(block)
        return {**self.parts(moved, len(block)), "chance": self.fitted().chance(block)}, moved

    def settle(self, block: Block) -> None:
        """Look at where the open leads, or an even part of them, stand among each other."""
        self.standing = {name: np.sort(values) for name, values in self.measured(block.some(STANDING))[0].items()}

    def score(self, block: Block) -> Scores:
        """Chance of each lead, its percentile, and the percentiles of fit and intent, with what moves it."""
        found, moved = self.measured(block)
        standing = {name: np.ceil(rank(values, self.standing[name]) * 100).clip(1, 100) for name, values in found.items()}
        columns = {
            "probability": found["chance"],
            "percentile": standing["chance"],
            FIT: told_apart(found[FIT], standing[FIT]),
            INTENT: told_apart(found[INTENT], standing[INTENT]),
        }
        return Scores(columns, moved)


@dataclass(frozen=True)
class SourceRates:
    """The rule of thumb of sales teams: how often leads of a source converted, drawn towards all by ten leads.

    Attributes:
        rates: by source.
        usual: of all leads.
    """

    rates: Mapping[str | None, float]
    usual: float

    @classmethod
    def learn(cls, blocks: Sequence[Block]) -> SourceRates:
        """From past leads."""
        did = np.concatenate([converted(block) for block in blocks])
        usual = float(did.mean())
        sources = np.concatenate([source_of(block) for block in blocks])
        rates = {
            each: (did[sources == each].sum() + STRENGTH * usual) / ((sources == each).sum() + STRENGTH) for each in set(sources)
        }
        return cls({each: float(rate) for each, rate in rates.items()}, usual)

    def apply(self, block: Block) -> Array:
        """The rate of each lead's source; that of all where the source is new."""
        return np.array([self.rates.get(each, self.usual) for each in source_of(block)])


def source_of(block: Block) -> npt.NDArray[np.object_]:
    """Where each lead came from; the empty word where nobody knows."""
    found = block.columns.get(SOURCE)
    known = found is not None and found.dtype == object
    return np.array([each or "" for each in found] if known and found is not None else [""] * len(block), dtype=object)


def told_apart(values: Array, standing: Array) -> Array:
    """Percentiles of a part; missing for all where it is the same for everybody."""
    return standing if np.ptp(values) > 0 else np.full(len(values), np.nan)


def converted(block: Block) -> Array:
    """Which leads converted: 1 or 0."""
    return np.asarray(block.labels[HAPPENED] > 0, dtype=np.float64)


def grouped(columns: Collection[str]) -> dict[str, Group]:
    """Columns by whether they say who a lead is or what it does."""
    doing = tuple(name for name in columns if says_doing(name))
    being = tuple(name for name in columns if name not in doing)
    return {FIT: Group("적합도", "Fit", being), INTENT: Group("관심도", "Intent", doing)}


def says_doing(name: str) -> bool:
    """Whether a column speaks of what a lead does: one of ours, or one whose header says so."""
    if name in DOINGS or name == KNOWN_DAYS:
        return True
    return not DOING_WORDS.isdisjoint(parts_of(name)) or any(word in name for word in KOREAN_DOINGS)
