"""Limits of the plan: what each use of marketing money, and each channel of new customers, gets at least and at most."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dangol.algorithms.equal_return import Limits
from dangol.core.errors import Told, suggest, told
from dangol.workspace.entered import Bounds

WHERE = "plan.channels"
NO_SPEND = told("no source delivers marketing spend by channel")


@dataclass(frozen=True)
class Held:
    """The limits that hold for new customers.

    Attributes:
        whole: of the channels with a curve together.
        channels: of each of them that has some.
        aside: money of channels without a curve, which get their floor and nothing more.
    """

    whole: Limits
    channels: Mapping[str, Limits] = field(default_factory=dict)
    aside: float = 0.0


def limits_of(said: Bounds) -> Limits:
    """Limits as the plan says them; no end where it says none."""
    return Limits(said.lowest, float("inf") if said.highest is None else said.highest)


def held_by(said: Bounds, channels: Mapping[str, Bounds], known: Collection[str]) -> Held:
    """The limits of new customers with those of their channels.

    Args:
        said: of the use.
        channels: of channels.
        known: the channels that have a curve; where none has, their floors are one floor of the use.
    """
    limits = limits_of(said)
    floors = {name: each.lowest for name, each in channels.items()}
    if not known:
        return Held(Limits(max(limits.lowest, sum(floors.values())), limits.highest))
    aside = sum(floor for name, floor in floors.items() if name not in known)
    within = {name: limits_of(each) for name, each in channels.items() if name in known}
    lowest = max(limits.lowest - aside, sum(each.lowest for each in within.values()))
    return Held(Limits(lowest, limits.highest - aside), within, aside)


def contradictions(said: Bounds, channels: Mapping[str, Bounds], known: Collection[str], every: Collection[str]) -> list[Told]:
    """Why limits of channels cannot hold: nobody spends on such a channel, or they leave none of those of the use.

    Args:
        said, channels, known: as in `held_by`.
        every: those that money is spent on, also without a curve.
    """
    found = unknown_channels(channels, every)
    floors = sum(each.lowest for each in channels.values())
    if said.highest is not None and floors > said.highest:
        found.append(told("the floors of the channels add up to {floors}, more than acquire may get ({highest})",
                          floors=f"{floors:,.0f}", highest=f"{said.highest:,.0f}"))  # fmt: skip
    most = ceiling(channels, known)
    if known and most < said.lowest:
        found.append(told("the channels may take {most} together, less than acquire must get ({lowest})",
                          most=f"{most:,.0f}", lowest=f"{said.lowest:,.0f}"))  # fmt: skip
    return found


def ceiling(channels: Mapping[str, Bounds], known: Collection[str]) -> float:
    """What the channels may take together: those with a curve up to their ceiling, the others their floor."""
    aside = sum(each.lowest for name, each in channels.items() if name not in known)
    return aside + sum(limits_of(channels[name]).highest if name in channels else float("inf") for name in known)


def unknown_channels(limited: Collection[str], known: Collection[str]) -> list[Told]:
    """The limited channels that nobody spends on, each with the names that may be meant."""
    return [told("unknown channel {name:quoted}, {hint}", name=name, hint=suggest(name, known) if known else NO_SPEND)
            for name in limited if name not in known]  # fmt: skip
