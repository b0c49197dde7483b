"""Where the next unit of marketing money should go: acquire, grow, retain and reactivate at equal marginal returns.

Each use has a curve of what money brings over 12 months, from the company's own data (`budget_channels`, `budget_contacts`) or
from figures entered in the plan. Money is shared out so that no unit would bring more elsewhere; a unit that brings less than
itself in margin stays unspent. Every range is 80 % of the resamples: how far a figure moves if the curves had come out otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow.compute as pc

from dangol.algorithms.equal_return import EPSILON, Shares, share_out
from dangol.core.errors import ConfigError, NotReady, told
from dangol.workspace.budget_channels import NO_CHANNEL, channels
from dangol.workspace.budget_contacts import contact_use, seen
from dangol.workspace.budget_evidence import Evidence
from dangol.workspace.budget_limits import WHERE, contradictions, held_by
from dangol.workspace.budget_use import DRAWS, Range, Use, curve_of, ends, straight
from dangol.workspace.entered import MOST_MONEY, PURPOSES, Plan, Purpose, PurposePlan
from dangol.workspace.programmes import Programmes


@dataclass(frozen=True)
class Row:
    """A use of money as it is today and as suggested.

    Attributes:
        suggested: money a year, with the range it has over the resamples.
        worth_today, worth_suggested: margin expected of today's money and of that suggested.
        return_today, return_suggested: margin that the next unit of money would bring, with its range.
        parts: money suggested by channel; under the empty name for contacts.
    """

    use: Use
    suggested: Range
    worth_today: float
    worth_suggested: float
    return_today: Range
    return_suggested: Range
    parts: Mapping[str, float]

    def limit_at(self, channel: str) -> str:
        """The limit that holds a channel back, lowest or highest; empty where none does."""
        limits, spent = self.use.channels.get(channel), self.parts[channel]
        if limits is None:
            return ""
        if limits.lowest and spent <= limits.lowest * (1 + EPSILON):
            return "lowest"
        return "highest" if spent >= limits.highest * (1 - EPSILON) else ""


@dataclass(frozen=True)
class Budget:
    """Money of a year, shared out.

    Attributes:
        total: money there is for the uses that have a curve.
        today: what they got in the last 365 days.
        rows: the uses that have a curve.
        refused: the others; of the money they get their floor and nothing else is said of them.
        price: margin that the next unit of money would bring; 0 where no use may take any more.
        left: money better not spent.
        gain: margin less money as suggested, above what the same money leaves when split as today's is, with its range.
    """

    total: float
    today: float
    rows: tuple[Row, ...]
    refused: tuple[Use, ...]
    price: float
    left: float
    gain: Range


class Budgets:
    """Shares out money on one serving snapshot.

    Args:
        programmes: the ledger and the campaigns of the company.
        plan: what it entered.
    """

    def __init__(self, programmes: Programmes, plan: Plan) -> None:
        self.programmes = programmes
        self.plan = plan

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """The four uses with their curves; read once, as they do not depend on how much money there is."""
        evidence = Evidence(self.programmes)
        spent, audience, members = evidence.spent(), evidence.audience(), evidence.members()
        contacts = [
            contact_use(
                purpose,
                self.said(purpose),
                seen(members, purpose),
                audience.filter(pc.field("purpose") == purpose),
                spent.get(purpose, (0.0, 0)),
            )
            for purpose in PURPOSES[1:]
        ]
        return (self.acquire(evidence), *contacts)

    def said(self, purpose: Purpose) -> PurposePlan:
        """What the plan says of a use."""
        return self.plan.purposes.get(purpose, PurposePlan())

    def acquire(self, evidence: Evidence) -> Use:
        """New customers: the channels whose spend and newcomers are known, else the figures of the plan."""
        found, said = channels(evidence), self.said("acquire")
        held = held_by(said, self.plan.channels, [part.name for part in found.parts])
        limits = held.whole
        if found.parts:
            return Use(
                "acquire", "association", found.parts, found.today, limits, found.refusals,
                channels=held.channels, aside=held.aside,
            )  # fmt: skip
        if said.effect is None or said.contact_cost is None:
            return Use("acquire", "refused", (), found.today, limits, {"": NO_CHANNEL, **found.refusals})
        part = straight(limits.highest, said.effect / said.contact_cost, found.today)
        return Use("acquire", "entered", (part,), found.today, limits, found.refusals, source=said.source)

    def total(self, asked: float | None) -> float:
        """Money of a year: what somebody asks about, else the plan's, else what was spent in the last 365 days.

        Raises:
            ConfigError: money that makes no sense.
        """
        if asked is not None and not 0 <= asked <= MOST_MONEY:
            raise ConfigError(told("{name} must lie between {low} and {high}, not {value}", name="total", low="0",
                                   high=f"{MOST_MONEY:.0f}", value=f"{asked:g}"))  # fmt: skip
        return asked if asked is not None else self.plan.yearly_budget or sum(use.today_known for use in self.uses)

    def share(self, asked: float | None = None) -> Budget:
        """Share out money of a year.

        Args:
            asked: how much; the plan's or last year's when None.

        Raises:
            ConfigError: money that makes no sense, less than the floors together, or channels' limits that cannot hold.
            NotReady: no use has a curve.
        """
        known = [use for use in self.uses if use.known]
        self.check_channels()
        if not known:
            hint = told("run a campaign with a random holdout, or deliver marketing spend by channel")
            raise NotReady(told("no use of money has evidence yet"), hint=hint)
        free = self.free(self.total(asked))
        found, drawn = shared(known, free), [shared(known, free, place) for place in range(DRAWS)]
        rows = tuple(row(use, found, drawn) for use in known)
        return Budget(
            total=free,
            today=sum(use.today_known for use in known),
            rows=rows,
            refused=tuple(use for use in self.uses if not use.known),
            price=found.price,
            left=found.left,
            gain=gain(rows, free),
        )

    def check_channels(self) -> None:
        """Refuse limits of channels that cannot hold.

        Raises:
            ConfigError: nobody spends on such a channel, or they contradict the limits of the use; all problems at once.
        """
        use = next(each for each in self.uses if each.purpose == "acquire")
        known = [part.name for part in use.parts if part.name]
        spent_on = [*known, *filter(None, use.refusals)]
        problems = contradictions(self.said("acquire"), self.plan.channels, known, spent_on)
        if problems:
            raise ConfigError(told("limits of channels cannot hold"), where=WHERE, problems=problems)

    def free(self, total: float) -> float:
        """Money for the uses and channels that have a curve: without the floors of the others.

        Raises:
            ConfigError: the floors of all uses together are more than there is.
        """
        floors = sum(use.limits.lowest + use.aside for use in self.uses)
        if floors > total:
            what = told(
                "the floors of the plan add up to {floors}, more than the {total} there is",
                floors=f"{floors:,.0f}", total=f"{total:,.0f}",
            )  # fmt: skip
            raise ConfigError(what, where="plan.purposes", hint=told("lower a floor, or share out more money"))
        return total - sum(use.aside if use.known else use.limits.lowest for use in self.uses)


def shared(known: Sequence[Use], money: float, draw: int | None = None) -> Shares:
    """Money shared out by the estimated curves, or by those of one resample."""
    curves = {str(use.purpose): use.curve if draw is None else use.draws[draw] for use in known}
    return share_out(curves, money, {str(use.purpose): use.limits for use in known})


def row(use: Use, found: Shares, drawn: Sequence[Shares]) -> Row:
    """One use as suggested, with the ranges over the resamples."""
    spent = found.spent[use.purpose]
    curves = {part.name: part.curve for part in use.parts}
    split = share_out(curves, spent, use.channels, worth_it=0.0)
    return Row(
        use=use,
        suggested=(spent, *ends([each.spent[use.purpose] for each in drawn])),
        worth_today=use.worth_today(),
        worth_suggested=use.curve.worth(spent),
        return_today=ranged(use.return_today),
        return_suggested=ranged(lambda draw: (use.curve if draw is None else use.draws[draw]).marginal(spent)),
        parts=split.spent,
    )


def ranged(figure: Callable[[int | None], float]) -> Range:
    """A figure and the ends of its range over the resamples."""
    return (figure(None), *ends([figure(place) for place in range(DRAWS)]))


def gain(rows: Sequence[Row], total: float) -> Range:
    """Margin less money as suggested, above what the same money would leave if it were split as today's is."""
    today = sum(each.use.today_known for each in rows)
    factor = total / today if today else 0.0
    return ranged(lambda draw: sum(above(each, factor, draw) for each in rows))


def above(each: Row, factor: float, draw: int | None) -> float:
    """What a use leaves as suggested, less what it leaves with its part of today's split.

    Both stay split as they are, also where a resample would have told another split.
    """
    use, spent = each.use, each.suggested[0]
    worth = sum(curve_of(part, draw).worth(each.parts[part.name]) for part in use.parts)
    return (worth - spent) - (use.worth_today(draw, factor) - use.today_known * factor)
