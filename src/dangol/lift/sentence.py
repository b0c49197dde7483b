"""Verdicts in words, in both languages; never more than the figures carry."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dangol.core.text import Language, lookup, render, to_translate
from dangol.lift.contrast import Amount, Contrast

REFUSALS: Mapping[str, str] = {
    "not_randomised": to_translate(
        "Nobody was held out at random, so the difference between those contacted and the others is not the effect of the "
        "contact. Hold out a share of the next campaign to learn its effect."
    ),
    "assignment_broken": to_translate(
        "The groups ({n_treated:count} contacted, {n_held_out:count} held out) are not as large as they were drawn. Something "
        "went wrong in assigning or recording them, so no effect is reported."
    ),
    "too_few": to_translate(
        "There are too few customers to tell an effect: {n_treated:count} contacted, {n_held_out:count} held out and "
        "{n_buyers:count} buyers so far. At least {smallest:count} in each group and {buyers:count} buyers are needed."
    ),
    "too_early": to_translate("It is too early to tell. Outcomes count until {until:date}."),
}
NOTHING_SHOWN: Mapping[str, str] = {
    "order": to_translate(
        "No effect is shown. {treated_rate:percent} of those contacted and {held_out_rate:percent} of those held out bought; "
        "chance alone can explain this. An effect of {minimal:percent} points or more would probably have been seen."
    ),
    "money": to_translate(
        "No effect is shown. The difference per customer is {difference:money} ({level:count} % interval {low:money} to "
        "{high:money}); chance alone can explain this. An effect of {minimal:money} or more would probably have been seen."
    ),
}
EFFECTS: Mapping[tuple[str, bool], str] = {
    ("order", True): to_translate(
        "The contact raised the share of buyers from {held_out_rate:percent} to {treated_rate:percent}, by "
        "{difference:percent} points ({level:count} % interval {low:percent} to {high:percent})."
    ),
    ("order", False): to_translate(
        "The contact lowered the share of buyers from {held_out_rate:percent} to {treated_rate:percent}, by "
        "{difference:percent} points ({level:count} % interval {low:percent} to {high:percent})."
    ),
    ("net_sales", True): to_translate(
        "The contact raised net sales by {difference:money} per customer ({level:count} % interval {low:money} to {high:money})."
    ),
    ("net_sales", False): to_translate(
        "The contact lowered net sales by {difference:money} per customer ({level:count} % interval {low:money} to {high:money})."
    ),
    ("margin", True): to_translate(
        "The contact raised margin by {difference:money} per customer ({level:count} % interval {low:money} to {high:money})."
    ),
    ("margin", False): to_translate(
        "The contact lowered margin by {difference:money} per customer ({level:count} % interval {low:money} to {high:money})."
    ),
}
PROFIT = to_translate(
    "After contact costs of {cost:money} the incremental profit is {profit:money} ({profit_low:money} to {profit_high:money})."
)


def sentence(
    verdict: str,
    overall: Contrast | None,
    counts: Mapping[str, object],
    language: Language,
    *,
    currency: str,
    zone: str,
) -> str:
    """The verdict with its figures.

    Args:
        verdict: its code.
        overall: the figures; None where none may be given.
        counts: sizes of the groups and when the horizon ends.
        language: of the reader.
        currency: ISO 4217 code of the company's money.
        zone: the company's time zone.
    """
    if overall is None:
        return render(lookup(REFUSALS[verdict], language), counts, language, currency=currency, zone=zone)
    messages = effect(overall) if verdict == "effect" else [NOTHING_SHOWN["order" if overall.goal == "order" else "money"]]
    values = {**counts, **figures(overall, verdict)}
    return " ".join(render(lookup(each, language), values, language, currency=currency, zone=zone) for each in messages)


def effect(overall: Contrast) -> list[str]:
    """The messages for an effect on the goal, up or down, and what it left where margins are known."""
    known = "net_sales" if overall.goal == "margin" and overall.margin is None else overall.goal
    found = [EFFECTS[known, overall.on_goal.estimate > 0]]
    return found if overall.incremental_profit is None else [*found, PROFIT]


def figures(overall: Contrast, verdict: str) -> dict[str, object]:
    """The values of the templates; "lowered by" already says the sign."""
    lift, profit = overall.on_goal, overall.incremental_profit or Amount(math.nan, math.nan, math.nan)
    ends = (lift.low, lift.high)
    fallen = verdict == "effect" and lift.estimate < 0
    low, high = sorted(abs(end) for end in ends) if fallen else ends
    return {
        "treated_rate": overall.treated_rate,
        "held_out_rate": overall.held_out_rate,
        "difference": abs(lift.estimate) if fallen else lift.estimate,
        "low": low,
        "high": high,
        "level": 100 * lift.level,
        "minimal": overall.minimal_effect,
        "cost": overall.contact_cost,
        "profit": profit.estimate,
        "profit_low": profit.low,
        "profit_high": profit.high,
    }
