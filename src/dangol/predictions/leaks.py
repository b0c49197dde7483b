"""Leak finder: columns filled in after the outcome are named, left out or asked about, before anything is learnt from them.

A column betrays itself by figures (it is the outcome, it decides it both ways, it is filled for one outcome only, its moments
lie after it) or by its name (what people who work on a lead write down: tags, quality, stage, last activity). Figures alone are
enough; a name only where the figures confirm that the column goes with the outcome. Nothing is tuned to a data set.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dangol.algorithms.leaks import Link, days_before, late_share, link
from dangol.core.declare import Array

Verdict = Literal["left_out", "doubtful"]
Columns = Mapping[str, npt.NDArray[Any]]

IS_OUTCOME, DECIDES, SUSPICIOUS = 0.9, 0.4, 0.25
FILLED_FOR_ONE, FEWEST_FILLED, TELLING_GAPS = 0.95, 20, 0.75
LATE = 0.05
EPOCH = np.datetime64("1970-01-01", "D")
NAMED_LIKE_IT, CLOSELY = 0.6, 0.85

LATEST = frozenset({"last", "latest", "recent"})
DOING = frozenset({
    "activity", "action", "contact", "contacted", "touch", "touchpoint", "notable", "call", "called", "note",
    "modified", "modification", "event", "engagement", "interaction", "status", "stage", "followup",
})  # fmt: skip
WORKED_ON = frozenset({
    "lead", "prospect", "deal", "opportunity", "sales", "crm", "activity", "profile", "engagement", "behaviour",
    "behavior", "fit", "intent", "interest", "predictive", "propensity",
})  # fmt: skip
ASSESSMENT = frozenset({
    "score", "scoring", "quality", "grade", "rating", "rank", "ranking", "index", "tier", "profile", "temperature",
    "priority", "stage", "status", "phase", "probability", "likelihood",
})  # fmt: skip
WRITTEN = frozenset({
    "tag", "tags", "label", "disposition", "outcome", "result", "results", "stage", "status", "remark", "remarks",
    "memo", "note", "notes", "comment", "comments", "resolution", "decision", "reason", "duration",
})  # fmt: skip
FILLING = frozenset({"the", "of", "current", "final", "customer", "client", "call", "contact", "is", "has"})
AFTERWARDS = frozenset({
    "lost", "won", "churned", "converted", "terminated", "termination", "disqualified", "rejected",
})  # fmt: skip
KOREAN_LATEST, KOREAN_DOING = ("최근", "마지막", "최종"), ("활동", "연락", "접촉", "상담", "통화", "수정", "변경", "조치")
KOREAN_WORKED_ON = ("리드", "가망", "잠재고객", "영업", "활동", "프로필", "전환")
KOREAN_ASSESSMENT = ("점수", "스코어", "등급", "품질", "지수", "단계", "상태", "온도", "우선순위", "가능성", "확률")
KOREAN_WRITTEN = frozenset({
    "태그", "결과", "메모", "비고", "특이사항", "상태", "진행상태", "진행단계", "처리상태", "처리결과", "상담결과",
    "통화결과", "상담메모", "상담내용", "통화시간", "사유",
})  # fmt: skip
KOREAN_AFTERWARDS = ("실주", "수주", "해지", "탈퇴", "이탈", "전환일", "실패사유")
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[가-힣]+")


@dataclass(frozen=True)
class Finding:
    """A column that knows too much, and why.

    Attributes:
        column: its header.
        verdict: left out, or doubtful: kept, but somebody should say what it is.
        reasons: codes, the strongest first: is_outcome, decides, filled_for_one, later_moments, assessed, latest, written,
            afterwards, named_like_it, telling_gaps, and dropped where the settings say so.
        figures: AUC, information, share filled and so on.
    """

    column: str
    verdict: Verdict
    reasons: tuple[str, ...]
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Suspect:
    """What is known of one column when it is judged."""

    name: str
    link: Link
    late: float
    outcome: str

    def by_figures(self) -> list[str]:
        """What its figures alone prove."""
        found = self.link
        alike = found.filled_rate if found.filled_rate >= found.rate else 1 - found.filled_rate
        usual = found.rate if found.filled_rate >= found.rate else 1 - found.rate
        one = alike >= FILLED_FOR_ONE and 1 - alike <= (1 - usual) / 5 and found.filled * found.rows >= FEWEST_FILLED
        proofs = {
            "is_outcome": found.information >= IS_OUTCOME,
            "later_moments": self.late >= LATE,
            "decides": min(found.sure_yes, found.sure_no) >= DECIDES,
            "filled_for_one": one and found.filled < 1,
        }
        return [name for name, holds in proofs.items() if holds]

    def by_name(self) -> list[str]:
        """What its name says, where its figures confirm that it goes with the outcome."""
        said = name_reasons(self.name) if self.link.beyond_luck else []
        like_it = named_like(self.name, self.outcome) and self.link.auc >= CLOSELY
        return [*said, "named_like_it"] if like_it else said

    def doubts(self) -> list[str]:
        """What somebody should look at, though it proves nothing."""
        found = self.link
        doubts = {
            "decides": min(found.sure_yes, found.sure_no) >= SUSPICIOUS,
            "telling_gaps": found.missing_auc >= TELLING_GAPS,
            "named_like_it": named_like(self.name, self.outcome) and found.auc >= NAMED_LIKE_IT,
        }
        return [name for name, holds in doubts.items() if holds] + (name_reasons(self.name) if found.auc >= NAMED_LIKE_IT else [])

    def judged(self) -> Finding | None:
        """The finding about it; None where nothing is wrong."""
        certain = [*self.by_figures(), *self.by_name()]
        reasons = certain or self.doubts()
        if not reasons:
            return None
        return Finding(self.name, "left_out" if certain else "doubtful", tuple(dict.fromkeys(reasons)), self.figures())

    def figures(self) -> dict[str, float]:
        """The figures that people are shown."""
        found = self.link
        shown = {
            "auc": found.auc,
            "information": found.information,
            "filled": found.filled,
            "filled_rate": found.filled_rate,
            "rate": found.rate,
            "missing_auc": found.missing_auc,
            "late": self.late,
        }
        return {name: round(value, 4) for name, value in shown.items()}


def find_leaks(
    columns: Columns,
    happened: Array,
    *,
    outcome: str = "",
    happened_at: npt.NDArray[np.datetime64] | None = None,
    keep: Collection[str] = (),
    drop: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Columns that were filled in after the outcome, those that know most first.

    Args:
        columns: delivered columns: numbers with NaN, words with None, moments with NaT where missing; each of shape (n,).
        happened: 1 where the outcome came, else 0, shape (n,).
        outcome: what the outcome's own column is called.
        happened_at: when it came, NaT where it did not, shape (n,); None where nobody knows.
        keep: columns that people have looked at and found honest.
        drop: columns that people have found dishonest.

    Raises:
        TooLittleData: the outcome came to everybody or to nobody.
    """
    said = [Finding(name, "left_out", ("dropped",)) for name in columns if name in drop]
    open_columns = {name: values for name, values in columns.items() if name not in {*keep, *drop}}
    suspects = [suspect(name, values, happened, outcome, happened_at) for name, values in open_columns.items()]
    found = [each for each in (one.judged() for one in suspects) if each is not None]
    return (*said, *sorted(found, key=lambda each: (each.verdict != "left_out", -each.figures["information"], each.column)))


def suspect(
    name: str, values: npt.NDArray[Any], happened: Array, outcome: str, happened_at: npt.NDArray[np.datetime64] | None
) -> Suspect:
    """One column measured; moments count by when they lie and by whether they are there."""
    if values.dtype.kind != "M":
        return Suspect(name, link(values, happened), 0.0, outcome)
    late = late_share(values, happened_at) if happened_at is not None else 0.0
    return Suspect(name, link(days_before(values, EPOCH), happened), late, outcome)


def left_out(findings: Collection[Finding]) -> frozenset[str]:
    """The columns that must not be learnt from."""
    return frozenset(each.column for each in findings if each.verdict == "left_out")


def parts_of(name: str) -> tuple[str, ...]:
    """The words of a header, small: `LeadQuality`, `lead_quality` and `Lead Quality` are the same."""
    return tuple(part.casefold() for part in PARTS.findall(name))


def name_reasons(name: str) -> list[str]:
    """What a header says about who filled the column in, and when."""
    words = frozenset(parts_of(name))
    hangul = "".join(part for part in parts_of(name) if part >= "가")
    said = {
        "latest": bool(words & LATEST and words & DOING) or within(hangul, KOREAN_LATEST, KOREAN_DOING),
        "assessed": is_assessed(words) or within(hangul, KOREAN_WORKED_ON, KOREAN_ASSESSMENT),
        "written": is_written(words) or hangul in KOREAN_WRITTEN,
        "afterwards": bool(words & AFTERWARDS) or within(hangul, KOREAN_AFTERWARDS),
    }
    return [reason for reason, holds in said.items() if holds]


def is_assessed(words: frozenset[str]) -> bool:
    """Whether a header names what somebody or some software thinks of a lead: one word for each, not one for both."""
    return any(assessed != about for assessed in words & ASSESSMENT for about in words & WORKED_ON)


def is_written(words: frozenset[str]) -> bool:
    """Whether a header names nothing but what people write down about a lead."""
    return bool(words & WRITTEN) and words <= WRITTEN | FILLING | WORKED_ON


def within(text: str, *groups: tuple[str, ...]) -> bool:
    """Whether a word of each group occurs in a Korean header."""
    return bool(text) and all(any(word in text for word in group) for group in groups)


def named_like(name: str, outcome: str) -> bool:
    """Whether a header holds every word of the outcome's name."""
    wanted = frozenset(parts_of(outcome))
    return bool(wanted) and wanted <= frozenset(parts_of(name))
