"""What a contact brings: measured against people held out at random, and shared out among customers by what is at stake.

How far the effect follows the stake is measured too, in the better and in the other half of the people compared: between alike
for everybody and in proportion. Nobody counts for more than the stake of nearly all of those the effect was measured on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dangol.algorithms.equal_return import Curve, Limits, ranked
from dangol.algorithms.intervals import normal_quantile
from dangol.algorithms.lean import lean_at
from dangol.core.errors import DataError
from dangol.core.told import Told, told
from dangol.lift import LiftResult, Reading, measure
from dangol.lift.measure import FEWEST_BUYERS, SMALLEST_GROUP
from dangol.workspace.budget_use import DRAWS, Effect, Part, Use
from dangol.workspace.entered import PURPOSES, Purpose, PurposePlan

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
LEAST = 1e-9
WIDEST = 0.99  # nobody counts for more than this quantile of the stakes of those compared


@dataclass(frozen=True)
class Seen:
    """What campaigns drawn at random say of a use.

    Attributes:
        effect: over all that could be read; None where none could.
        treated, held_out, buyers: people of this use in all of them, also in those that could not be read.
    """

    effect: Effect | None
    treated: int
    held_out: int
    buyers: int


@dataclass(frozen=True)
class Compared:
    """Members of one group of campaigns who stood under a use, and what the contact changed."""

    people: pa.Table
    result: LiftResult

    @property
    def margin(self) -> tuple[float, float]:
        """Margin that a contact brought, and its standard error."""
        assert self.result.overall is not None  # only such are made
        assert self.result.overall.margin is not None
        lift = self.result.overall.margin
        return lift.estimate, (lift.high - lift.low) / (2 * normal_quantile(lift.level))


def seen(tables: Sequence[tuple[pa.Table, Reading]], purpose: Purpose) -> Seen:
    """Everything that campaigns drawn at random say of a use."""
    mine = [(table.filter(pc.field("purpose") == purpose), reading) for table, reading in tables]
    mine = [(table, reading) for table, reading in mine if table.num_rows]
    found = [each for table, reading in mine if (each := compared(table, reading)) is not None]
    people = pa.concat_tables([table for table, _ in mine]) if mine else None
    counts = (0, 0, 0) if people is None else counted(people)
    return Seen(effect_of(found, purpose) if found else None, *counts)


def counted(people: pa.Table) -> tuple[int, int, int]:
    """Treated, held out and buyers among people."""
    treated = int(pc.sum(people["treated"]).as_py() or 0)
    return treated, people.num_rows - treated, int(pc.sum(pc.greater(people["order_count"], 0)).as_py() or 0)


def compared(people: pa.Table, reading: Reading) -> Compared | None:
    """What a contact changed among people; None where that cannot be told, or not in margin."""
    try:
        result = measure(people, reading)
    except DataError:
        return None  # drawn with different chances, so that the groups cannot simply be compared
    known = result.overall is not None and result.overall.margin is not None
    return Compared(people, result) if known else None


def effect_of(found: Sequence[Compared], purpose: Purpose) -> Effect:
    """The effect over several groups of campaigns, each weighing as much as it contacted people."""
    sizes = np.array([each.result.n_treated for each in found], dtype=np.float64)
    values, errors = (np.array(column) for column in zip(*(each.margin for each in found), strict=True))
    weights = sizes / sizes.sum()
    people = pa.concat_tables([each.people for each in found])
    stakes = stakes_of(people, purpose)
    cost = people.filter(pc.field("treated"))["cost"].to_numpy().astype(np.float64)
    value, parts, reach = float(weights @ values), halves(found, purpose), normal_quantile(LEVEL)
    lean, lean_error = lean_of(parts, value, float(stakes.mean()))
    return Effect(
        value=value,
        error=float(np.sqrt(weights**2 @ errors**2)),
        cost=float(cost.mean()),
        treated=int(sizes.sum()),
        held_out=sum(each.result.n_held_out for each in found),
        horizon_days=max(each.result.reading.horizon_days for each in found),
        stake=float(stakes.mean()),
        most_stake=float(np.quantile(stakes, WIDEST)),
        lean=lean,
        lean_error=lean_error,
        halves=tuple((each, each - reach * error, each + reach * error) for each, error, _ in parts),
    )


def halves(found: Sequence[Compared], purpose: Purpose) -> tuple[tuple[float, float, float], ...]:
    """The effect among those with more at stake and among the others, of the largest group: value, error and mean stake."""
    largest = max(found, key=lambda each: each.people.num_rows)
    stakes = stakes_of(largest.people, purpose)
    better = stakes > np.median(stakes)
    capped = np.minimum(stakes, np.quantile(stakes, WIDEST))
    read = [(compared(largest.people.filter(pa.array(chosen)), largest.result.reading), chosen) for chosen in (better, ~better)]
    told = tuple((*each.margin, float(capped[chosen].mean())) for each, chosen in read if each is not None)
    return told if len(told) == len(read) else ()


def lean_of(parts: tuple[tuple[float, float, float], ...], value: float, stake: float) -> tuple[float, float]:
    """How far the effect follows the stake, with its error: the difference of both halves over what it is in proportion."""
    if not parts or value <= 0 or stake <= 0:
        return 0.5, float("inf")
    (more, more_error, more_stake), (less, less_error, less_stake) = parts
    proportional = value * (more_stake - less_stake) / stake
    if proportional <= 0:
        return 0.5, float("inf")
    return (more - less) / proportional, float(np.hypot(more_error, less_error)) / proportional


def stakes_of(people: pa.Table, purpose: Purpose) -> Floats:
    """What is at stake with each: expected margin, with customers to retain times the chance that they leave; 1 where unknown."""
    margin = numbers(people, "margin_now")
    chance = numbers(people, "churn_now") if purpose == "retain" else np.ones(people.num_rows)
    stakes = np.maximum(margin, 0.0) * np.where(np.isfinite(chance), chance, 1.0)
    return np.where(np.isfinite(stakes), stakes, 0.0) if np.isfinite(margin).any() else np.ones(people.num_rows)


def numbers(people: pa.Table, name: str) -> Floats:
    """A column as numbers, missing ones as NaN."""
    return np.asarray(people[name].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def contact_use(purpose: Purpose, said: PurposePlan, found: Seen, audience: pa.Table, last_year: tuple[float, int]) -> Use:
    """Contacts with customers of a stage as a use of money: by the measured effect, else by that of the plan, else refused.

    Args:
        purpose: grow, retain or reactivate.
        said: what the plan says of it.
        found: what campaigns say of it.
        audience: whoever of this stage may be contacted now.
        last_year: cost and number of the contacts of the last 365 days.
    """
    today, contacted = last_year
    stakes = stakes_of(audience, purpose)
    often = said.contacts or max(1, round(contacted / max(len(stakes), 1)))
    limits = Limits(said.lowest, float("inf") if said.highest is None else said.highest)
    refusal = refused(found, said, len(stakes))
    known = (today, often, PURPOSES.index(purpose))
    if refusal is None and found.effect is not None:
        part = part_of(found.effect, stakes, said, known)
        return Use(purpose, "measured", (part,), today, limits, {}, found.effect, len(stakes), often)
    if said.effect is not None and len(stakes):
        told_effect = Effect(said.effect, 0.0, 0.0, 0, 0, 0, float(stakes.mean()), float(stakes.max()), lean=1.0, lean_error=0.0)
        part = part_of(told_effect, stakes, said, known)
        return Use(purpose, "entered", (part,), today, limits, {}, None, len(stakes), often, said.source)
    refusals = {} if refusal is None else {"": refusal}
    return Use(purpose, "refused", (), today, limits, refusals, found.effect, len(stakes), often)


def part_of(effect: Effect, stakes: Floats, said: PurposePlan, known: tuple[float, int, int]) -> Part:
    """Customers ranked by what a contact brings with each, as a curve of money; each as often a year as last year."""
    today, often, seed = known
    shares = np.minimum(stakes, effect.most_stake) / effect.stake if effect.stake > 0 else np.ones(len(stakes))
    cost = effect.cost or said.contact_cost or 0.0
    # nobody is left out for having nothing at stake, as the effect may be alike for everybody
    proportional = ranked(np.maximum(shares, LEAST) * often, np.full(len(stakes), cost * often))
    rng = np.random.default_rng(seed)
    values = effect.value + effect.error * rng.standard_normal(DRAWS)
    leans = lean_at(effect.lean, effect.lean_error, rng.random(DRAWS))
    drawn = [mixed(proportional, each, lean, cost) for each, lean in zip(values, leans, strict=True)]
    return Part("", mixed(proportional, effect.value, effect.expected_lean, cost), drawn, today)


def mixed(proportional: Curve, value: float, lean: float, cost: float) -> Curve:
    """An effect of a value, partly in proportion to the stake and for the rest alike for everybody; never below nothing."""
    return Curve(proportional.width, max(value, 0.0) * (lean * proportional.slope + (1.0 - lean) / cost))


def refused(found: Seen, said: PurposePlan, audience: int) -> Told | None:
    """Why own data give no curve; None where they do."""
    if not audience:
        return told("nobody of this stage may be contacted")
    if found.effect is None:
        return told(
            "too little data: campaigns with a random holdout that are over have {treated} contacted, {held_out} held out and "
            "{buyers} buyers of this stage; needed are {group} in each group and {fewest} buyers, and margins of orders",
            treated=found.treated, held_out=found.held_out, buyers=found.buyers, group=SMALLEST_GROUP, fewest=FEWEST_BUYERS,
        )  # fmt: skip
    if not found.effect.cost and said.contact_cost is None:
        return told("what a contact costs is not known: fill cost_per_contact of campaigns, or contact_cost in the plan")
    return None
