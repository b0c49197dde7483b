"""Shared-out money in words and as a document, the same for pages, commands and machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from dangol.algorithms.equal_return import Limits
from dangol.algorithms.intervals import normal_quantile
from dangol.core.text import Language, lookup, tell
from dangol.core.text import to_translate as words
from dangol.workspace.budget import Budget, Row
from dangol.workspace.budget_use import Effect, Range, Use
from dangol.workspace.categories import category_words

Said = tuple[str, Mapping[str, object]]
LEVEL = 0.95
UNPROVEN = words("Measured, not yet sure")
BASES: Mapping[str, str] = {
    "measured": words("Measured"),
    "association": words("Association"),
    "entered": words("Entered"),
    "refused": words("No evidence"),
}
SUGGESTED = words("With {total:money} a year, shared out as suggested, {worth:money} of margin is expected over 12 months.")
GAINED = words(
    "After the money itself that is {gain:money} more than the same money leaves when split as today "
    "(80 %: {low:money} to {high:money})."
)
UNPROVEN_PART = words("{worth:money} of it rests on effects that chance alone could explain.")
ALREADY = words("Today's split is as good as the suggested one.")
NEXT = words(
    "Today the next unit of money brings most for “{best}”: {most:number} times itself in margin. "
    "For “{worst}” it is {least:number} times."
)
EQUAL = words("As suggested, the next unit would bring {price:number} times itself wherever more can still be spent.")
LEFT = words("{left:money} is better not spent: wherever it went, it would bring back less than itself as far as is known.")
MEASURED = words(
    "Measured on {treated:count} contacted and {held_out:count} held out at random: a contact brings {value:money} of margin "
    "(95 %: {low:money} to {high:money}) within {days:days} and costs {cost:money}. "
    "{reached:count} customers may be contacted, counted with {often:count|contact/contacts} a year each."
)
UNSURE = words("Chance alone could explain this effect. Keep a holdout and measure on before much depends on it.")
HALVES = words(
    "A contact brought {more:money} ({more_low:money} to {more_high:money}) to those with more at stake, "
    "{less:money} ({less_low:money} to {less_high:money}) to the others."
)
LEANING = words(
    "So {lean:percent} of the effect is counted in proportion to what is at stake with each customer, "
    "and the rest alike for everybody."
)
NO_LEAN = words(
    "Too few bought to tell who gains more from a contact: half of the effect is counted in proportion to what is at stake "
    "with each customer, and the rest alike for everybody."
)
ASSOCIATED = words(
    "An association, not a proven cause: spend and new customers of the same weeks, up to the highest weekly spend there was. "
    "New customers count with the margin of their first 12 months."
)
ENTERED = words("Entered by the company, not measured. Source: {source}")
REFUSED = words("No curve: {why}.")
CLOSE = words(
    "What channels return lies within their ranges, so it is not sure which returns more. Move money in small steps and measure."
)
ASIDE = words("Channels without a curve get their floors of {money:money} together and nothing more.")
CHANNEL_REFUSED = words("Channel “{channel}” has no curve: {why}.")


def headline(budget: Budget, language: Language) -> Iterator[Said]:
    """What to do with the money, one sentence after the other."""
    gain, low, high = budget.gain
    yield SUGGESTED, {"total": budget.total, "worth": sum(each.worth_suggested for each in budget.rows)}
    unsure = [each for each in budget.rows if is_unsure(each.use) and each.worth_suggested]
    if unsure:
        yield UNPROVEN_PART, {"worth": sum(each.worth_suggested for each in unsure)}
    if gain > budget.total * 1e-6:
        yield GAINED, {"gain": gain, "low": low, "high": high}
    else:
        yield ALREADY, {}
    ordered = sorted(budget.rows, key=lambda each: -each.return_today[0])
    if len(ordered) > 1:
        best, worst = ordered[0], ordered[-1]
        names = {"best": title(best.use, language), "worst": title(worst.use, language)}
        yield NEXT, {**names, "most": best.return_today[0], "least": worst.return_today[0]}
    if budget.price:
        yield EQUAL, {"price": budget.price}
    if budget.left >= 1:
        yield LEFT, {"left": budget.left}


def notes(use: Use, language: Language) -> Iterator[Said]:
    """What a use rests on, and why parts of it have no curve."""
    yield from BASED[use.basis](use, language)
    for channel, why in use.refusals.items():
        if channel:
            yield CHANNEL_REFUSED, {"channel": category_words(channel, language), "why": tell(why, language)}
    if use.aside:
        yield ASIDE, {"money": use.aside}
    if use.is_close:
        yield CLOSE, {}


def measured_notes(use: Use, _: Language) -> Iterator[Said]:
    """The measured effect of a contact with its interval."""
    found = use.effect
    if found is None:
        return
    reach = normal_quantile(LEVEL) * found.error
    yield (
        MEASURED,
        {
            "treated": found.treated, "held_out": found.held_out, "value": found.value, "low": found.value - reach,
            "high": found.value + reach, "days": found.horizon_days, "cost": found.cost, "reached": use.reached,
            "often": use.often,
        },
    )  # fmt: skip
    if not found.shown:
        yield UNSURE, {}
    if not found.halves:
        yield NO_LEAN, {}
        return
    (more, more_low, more_high), (less, less_low, less_high) = found.halves
    yield (
        HALVES,
        {"more": more, "more_low": more_low, "more_high": more_high, "less": less, "less_low": less_low, "less_high": less_high},
    )
    yield LEANING, {"lean": found.expected_lean}


def refused_notes(use: Use, language: Language) -> Iterator[Said]:
    """What is missing for a curve."""
    why = use.refusals.get("")
    if why is not None:
        yield REFUSED, {"why": tell(why, language)}


BASED = {
    "measured": measured_notes,
    "association": lambda _use, _language: iter([(ASSOCIATED, {})]),
    "entered": lambda use, _language: iter([(ENTERED, {"source": use.source})]),
    "refused": refused_notes,
}


def title(use: Use, language: Language) -> str:
    """A use by its name in words."""
    return category_words(use.purpose, language)


def basis(use: Use, language: Language) -> str:
    """What a use rests on, in a word."""
    return lookup(UNPROVEN if is_unsure(use) else BASES[use.basis], language)


def is_unsure(use: Use) -> bool:
    """Whether chance alone could explain the effect that a use rests on."""
    return use.basis == "measured" and use.effect is not None and not use.effect.shown


def document(budget: Budget) -> dict[str, Any]:
    """Everything about shared-out money as plain values."""
    return {
        "total": budget.total,
        "today": budget.today,
        "price": budget.price,
        "left": budget.left,
        "gain": ranged(budget.gain),
        "uses": [of_row(each) for each in budget.rows] + [of_use(each) for each in budget.refused],
    }


def of_row(row: Row) -> dict[str, Any]:
    """A use with a curve."""
    return {
        **of_use(row.use),
        "suggested": ranged(row.suggested),
        "worth_today": row.worth_today,
        "worth_suggested": row.worth_suggested,
        "return_today": ranged(row.return_today),
        "return_suggested": ranged(row.return_suggested),
        "channels": [
            {
                "channel": part.name,
                "today": part.today,
                "suggested": row.parts[part.name],
                "return_today": ranged(part.return_today),
                **of_limits(row, part.name),
            }
            for part in row.use.parts
            if part.name
        ],
    }


def of_limits(row: Row, channel: str) -> dict[str, Any]:
    """The limits of a channel, and which of them holds it back; JSON knows no infinity."""
    limits = row.use.channels.get(channel, Limits())
    highest = limits.highest if isfinite(limits.highest) else None
    return {"lowest": limits.lowest, "highest": highest, "at_limit": row.limit_at(channel) or None}


def of_use(use: Use) -> dict[str, Any]:
    """What is known of a use whether or not it has a curve."""
    effect = use.effect
    return {
        "purpose": use.purpose,
        "basis": use.basis,
        "today": use.today,
        "source": use.source,
        "reached": use.reached,
        "contacts": use.often,
        "effect": None if effect is None else of_effect(effect),
        "refusals": {channel: str(why) for channel, why in use.refusals.items()},
        "refusals_ko": {channel: tell(why, "ko") for channel, why in use.refusals.items()},
    }


def of_effect(effect: Effect) -> dict[str, Any]:
    """A measured effect; JSON knows no infinity."""
    error = effect.lean_error if isfinite(effect.lean_error) else None
    return {**asdict(effect), "lean_error": error, "shown": effect.shown, "expected_lean": effect.expected_lean}


def ranged(found: Range) -> dict[str, float]:
    """A figure with its range."""
    return dict(zip(("value", "low", "high"), found, strict=True))
