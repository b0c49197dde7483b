"""How models did over time: every run's cards, what earlier scores came to, and what was done about drift."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from dangol.algorithms.drift import share_moved
from dangol.core.engine import Duck
from dangol.core.query import sql
from dangol.core.text import Language, translate
from dangol.core.text import to_translate as words
from dangol.workspace.binding import Binder
from dangol.workspace.earlier import COLUMNS, EARLIER, Earlier
from dangol.workspace.predict import Card
from dangol.workspace.standing import main_value

RUNS = "runs"
MOST_RUNS = 400
CHURN = "churn"
UNKNOWN_HORIZON = 90

# Chances kept of earlier runs, of those whose time is over, against what customers did; ties count half in the area.
REALISED = """
    with kept as (
        select customer_id, scored_at, 'churn' as prediction, churn_probability as chance,
               coalesce(churn_horizon_days, $horizon) as horizon_days
        from earlier_scores where churn_probability is not null
        union all
        select customer_id, scored_at, 'repurchase_30', repurchase_30_probability, 30
        from earlier_scores where repurchase_30_probability is not null),
    over as (select * from kept where days_between(scored_at, as_of) >= horizon_days),
    bought as (
        select k.customer_id, k.scored_at, k.prediction
        from over k join orders o on o.customer_id = k.customer_id
        where o.status = 'completed' and o.ordered_at >= k.scored_at and days_between(k.scored_at, o.ordered_at) < k.horizon_days
        group by k.customer_id, k.scored_at, k.prediction),
    judged as (
        select k.prediction, k.scored_at, k.horizon_days, k.chance,
               case when (b.customer_id is not null) = (k.prediction = 'repurchase_30') then 1e0 else 0e0 end as did,
               rank() over (partition by k.prediction, k.scored_at order by k.chance)
                   + (count(*) over (partition by k.prediction, k.scored_at, k.chance) - 1) / 2e0 as place
        from over k left join bought b
            on b.customer_id = k.customer_id and b.scored_at = k.scored_at and b.prediction = k.prediction)
    select prediction, scored_at, max(horizon_days) as horizon_days, count(*) as customers, avg(chance) as expected,
           avg(did) as actual, avg((chance - did) * (chance - did)) as brier, avg(did) * (1e0 - avg(did)) as rule_brier,
           share(sum(did * place) - sum(did) * (sum(did) + 1) / 2, sum(did) * (count(*) - sum(did))) as auc
    from judged group by prediction, scored_at order by prediction, scored_at desc"""


@dataclass(frozen=True)
class Entry:
    """One run's model of a prediction."""

    run_id: str
    finished_at: datetime
    card: Card


@dataclass(frozen=True)
class Realised:
    """What the scores of an earlier run came to.

    Attributes:
        expected: mean of the chances that were scored.
        actual: share of customers to whom it happened within the horizon.
        brier: mean squared error of the chances; `rule_brier` that of the same chance for everybody.
        auc: how well they ranked; None where it happened to all or to none.
        held: whether they kept what they promised: the level within its luck, and better than one chance for all.
    """

    prediction: str
    scored_at: datetime
    horizon_days: int
    customers: int
    expected: float
    actual: float
    brier: float
    rule_brier: float
    auc: float | None
    held: bool


GIVEN = frozenset(Realised.__annotations__) - {"held"}


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

    def realised(self) -> dict[str, list[Realised]]:
        """What chances of earlier runs came to, by prediction, the latest first; none where no horizon is over yet."""
        if not self.earlier.before(self.binder.as_of):
            return {}
        horizon = self.cards[CHURN].horizon_days if CHURN in self.cards else 0
        reader = self.binder.reading(**{EARLIER: self.earlier.source(self.binder.as_of)})
        bound = reader.bind(sql(REALISED, horizon=horizon or UNKNOWN_HORIZON), where="realised", optional=(EARLIER,),
                            declared={EARLIER: COLUMNS})  # fmt: skip
        found: dict[str, list[Realised]] = {}
        if set(bound.outputs) >= GIVEN:
            for row in self.duck.rows(bound.tree):
                found.setdefault(row["prediction"], []).append(Realised(**row, held=held(row)))
        return found


def held(row: Mapping[str, Any]) -> bool:
    """Whether chances came true: in their level as far as luck goes, and better than the same chance for everybody."""
    customers = float(row["customers"])
    off = share_moved(np.array([row["expected"]]), np.array([customers]), float(row["actual"]), customers)
    return not off and row["brier"] < row["rule_brier"]


def history_rows(found: Sequence[Entry | Card]) -> list[dict[str, Any]]:
    """What a table of models over time shows: moment, run, verdict, the chosen model with its main measure, the feature list."""
    return [history_row(each if isinstance(each, Card) else each.card, getattr(each, "run_id", "")) for each in found]


def history_row(card: Card, run_id: str) -> dict[str, Any]:
    """One model."""
    judgement = card.judgement
    said = {"as_of": datetime.fromisoformat(card.as_of), "run_id": run_id, "scored": card.scored, "features": card.features,
            "outcome": card.duel.get("outcome", ""), "drifted": bool(card.drift.get("found"))}  # fmt: skip
    if judgement is None:
        return {**said, "verdict": "refused", "chosen": "", "metric": "", "value": None}
    value = main_value(judgement)
    verdict = "good" if judgement.good_enough else "not_better"
    return {**said, "verdict": verdict, "chosen": judgement.chosen, "metric": judgement.main_metric, "value": value}


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
NO_DRIFT = words("No drift: customers and outcomes look as they did when the model learnt.")
BASE_RATE = words("The share to whom it happens moved to {now:percent}; before, it was {before:percent} on average.")
FEATURES = words("{n:count|feature/features} moved more than usual since: {names:listed}.")
PAST_OFF = words("The scores of {since:date} did not come true: {expected:percent} was expected, {actual:percent} happened.")
RETRAINED = words("What was done: the model learnt anew with the latest time in it.")
KEPT_OLD = words("What was done: the older model scores.")
NOBODY = words("What was done: nobody is scored until a model holds again.")


def duel_words(card: Card, language: Language) -> str:
    """Which model scores and why, in words; empty where a version before this one made the card."""
    said = card.duel
    if not said:
        return ""
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    return translate(DUELS[said["outcome"]], language, since=since, own=plain(said["challenger"]), other=plain(said["champion"]))


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
    """Whether the latest scores whose time is over came true."""
    off = [each for each in past[:1] if not each.held]
    return [translate(PAST_OFF, language, since=each.scored_at, expected=each.expected, actual=each.actual) for each in off]


def action(card: Card) -> str:
    """What a run did about drift."""
    if card.judgement is None or not card.judgement.good_enough:
        return NOBODY
    return KEPT_OLD if card.duel["outcome"] in ("stays", "stepped_back") else RETRAINED
