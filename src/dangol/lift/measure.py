"""The verdict on a campaign: an effect, none shown, or the reason why nothing can be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.algorithms.difference import SampleRatio, sample_ratio
from dangol.core.errors import DataError, told
from dangol.core.text import Language
from dangol.lift.contrast import Chosen, Columns, Contrast, Goal, Values, contrast
from dangol.lift.sentence import sentence

Verdict = Literal["effect", "no_effect_shown", "too_early", "not_randomised", "assignment_broken", "too_few"]
SMALLEST_GROUP = 30  # below, intervals of means of money are not to be trusted
FEWEST_BUYERS = 10  # in both groups together


@dataclass(frozen=True)
class Reading:
    """How a campaign is to be read.

    Attributes:
        horizon_days: for how long outcomes count, as in `outcomes`.
        as_of: the moment of reading; nothing later is known. UTC without zone.
        goal: what counts as success.
        level: confidence of the intervals.
    """

    horizon_days: int
    as_of: datetime
    goal: Goal = "net_sales"
    level: float = 0.95


@dataclass(frozen=True)
class LiftResult:
    """What can honestly be said about a campaign.

    Attributes:
        verdict: effect, no_effect_shown, too_early, not_randomised, assignment_broken or too_few.
        reading: how it was read.
        n_treated, n_held_out: customers in each group.
        n_buyers: customers with an order within the horizon so far, both groups together.
        until: from when the verdict can be given; None without members.
        overall: all contacted against those held out; None unless the verdict is about an effect.
        arms: each arm against those held out, likewise.
        groups: sizes against shares; None where the shares are not known.
    """

    verdict: Verdict
    reading: Reading
    n_treated: int
    n_held_out: int
    n_buyers: int
    until: datetime | None = None
    overall: Contrast | None = None
    arms: Mapping[str, Contrast] = field(default_factory=dict)
    groups: SampleRatio | None = None

    def sentence(self, language: Language, *, currency: str = "KRW", zone: str = "Asia/Seoul") -> str:
        """The verdict in words, for a reader of this language."""
        counts = {
            "n_treated": self.n_treated,
            "n_held_out": self.n_held_out,
            "n_buyers": self.n_buyers,
            "smallest": SMALLEST_GROUP,
            "buyers": FEWEST_BUYERS,
            "until": self.until,
        }
        return sentence(self.verdict, self.overall, counts, language, currency=currency, zone=zone)


def measure(people: pa.Table, reading: Reading) -> LiftResult:
    """Read a campaign: those contacted against those held out.

    No figure is given as an effect before the horizon is over, without a random holdout, with groups that are not as
    large as they were drawn, or with too few people.

    Args:
        people: as `outcomes` gives it; `margin` and `before_margin` may be absent.
        reading: how to read it.

    Raises:
        DataError: the chance of one arm differs between its members.
    """
    columns = {name: people[name].to_numpy(zero_copy_only=False) for name in people.column_names}
    treated = columns["treated"].astype(np.bool_)
    held_out = ~treated
    groups = assigned_shares(people, columns)
    verdict = refusal(people, reading, groups)
    found = None if verdict else contrast(columns, treated, held_out, reading.goal, reading.level)
    return LiftResult(
        verdict=verdict or shown(found),
        reading=reading,
        n_treated=int(treated.sum()),
        n_held_out=int(held_out.sum()),
        n_buyers=buyers(people),
        until=ends_at(people, reading),
        overall=found,
        arms={} if found is None else by_arm(columns, held_out, reading),
        groups=groups,
    )


def by_arm(columns: Columns, held_out: Chosen, reading: Reading) -> dict[str, Contrast]:
    """Each arm large enough to be read on its own against those held out."""
    arms = sorted(set(columns["arm"][~held_out].tolist()))
    rows = {str(arm): columns["arm"] == arm for arm in arms}
    return {
        arm: contrast(columns, mine, held_out, reading.goal, reading.level)
        for arm, mine in rows.items()
        if mine.sum() >= SMALLEST_GROUP
    }


def refusal(people: pa.Table, reading: Reading, groups: SampleRatio | None) -> Verdict | None:
    """Why no effect may be read, the gravest reason first; None when it may."""
    smaller, until = smaller_group(people), ends_at(people, reading)
    checks: tuple[tuple[Verdict, bool], ...] = (
        ("not_randomised", not smaller or not pc.all(people["randomised"]).as_py()),
        ("assignment_broken", groups is not None and groups.mismatch),
        ("too_few", smaller < SMALLEST_GROUP),
        ("too_early", until is None or reading.as_of < until),
        ("too_few", buyers(people) < FEWEST_BUYERS),
    )
    return next((verdict for verdict, holds in checks if holds), None)


def smaller_group(people: pa.Table) -> int:
    """Customers in the smaller of both groups, those treated and those held out."""
    return min(int(pc.sum(pc.equal(people["treated"], side)).as_py() or 0) for side in (True, False))


def shown(overall: Contrast | None) -> Verdict:
    """Whether the range of the goal's difference leaves out zero."""
    return "effect" if overall is not None and not overall.on_goal.low <= 0 <= overall.on_goal.high else "no_effect_shown"


def ends_at(people: pa.Table, reading: Reading) -> datetime | None:
    """When the horizon of the last member is over."""
    last = pc.max(people["assigned_at"]).as_py()
    return last + timedelta(days=reading.horizon_days) if last is not None else None


def buyers(people: pa.Table) -> int:
    """Customers with an order within the horizon."""
    return int(pc.sum(pc.greater(people["order_count"], 0)).as_py() or 0)


def assigned_shares(people: pa.Table, columns: Columns) -> SampleRatio | None:
    """Whether the groups are as large as their shares say; None where a share is not known.

    Raises:
        DataError: the chance of one arm differs between its members, so that the groups cannot simply be compared.
    """
    if not people.num_rows or people["probability"].null_count:
        return None
    arms = by_name(columns)
    shares = [one_chance(arm, columns["probability"][mine].astype(np.float64)) for arm, mine in arms.items()]
    return sample_ratio([mine.sum() for mine in arms.values()], shares) if can_compare(shares) else None


def by_name(columns: Columns) -> dict[str, Chosen]:
    """Who is in each arm, those held out among them."""
    return {str(arm): columns["arm"] == arm for arm in sorted(set(columns["arm"].tolist()))}


def can_compare(shares: Sequence[float]) -> bool:
    """Whether there are several arms, each of which anybody could be in."""
    return len(shares) > 1 and min(shares) > 0


def one_chance(arm: str, chances: Values) -> float:
    """The chance that everybody in an arm had to be there.

    Raises:
        DataError: it was not the same for everybody.
    """
    if np.ptp(chances) > 1e-6:
        low, high = f"{float(chances.min()):g}", f"{float(chances.max()):g}"
        what = told("the chance of arm {arm:quoted} runs from {low} to {high}", arm=arm, low=low, high=high)
        raise DataError(what, hint=told("measure people of equal chance on their own"))
    return float(chances[0])
