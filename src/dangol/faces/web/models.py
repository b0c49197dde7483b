"""Models: what each prediction learnt from, how it proved on later time, and whether it may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import Judgement, Output, Prediction
from dangol.core.text import Text
from dangol.core.text import to_translate as words
from dangol.faces.html import Figure, Reader, Series
from dangol.faces.html.figure import with_summary
from dangol.faces.web.show import Pages
from dangol.workspace.lead_card import LeakRow, leak_rows
from dangol.workspace.model_history import backtests, drift_words, duel_words, history_rows
from dangol.workspace.predict import Card
from dangol.workspace.realised import MEASURES, Realised
from dangol.workspace.summary import best_rule, proof_words
from dangol.workspace.wording import METRICS, MODELS, definition_words, group_title

SHARES = frozenset({"calibration_error", "total_error", "window_share"})
IN_UNIT = frozenset({"mean", "actual", "rmse", "mae"})
MOST_RUNS = 24
GOOD, NOT_BETTER, REFUSED = words("Good enough to use"), words("Not better than the simplest rule"), words("Too little data")
VERDICTS = {"good": GOOD, "not_better": NOT_BETTER, "refused": REFUSED}
PREDICTED, ACTUAL, TENTH = words("Predicted"), words("Actual"), words("Tenth")
TOTAL = words("{expected} ({share:percent_exact}: {low} to {high})")
UNTOLD_SHARE = 0.8  # of ranges on cards that do not say theirs
INFLUENCE, GROUP = words("Share of influence"), words("Group of features")
CALIBRATION, IMPORTANCE = words("Predicted against actual, by tenths of customers"), words("What the model looks at")

COURSE, IN_USE, RULE = words("Backtest of every run: {metric} on later time"), words("Model"), words("Best simple rule")
JUDGED_FROM = words("Judged from")


@dataclass(frozen=True)
class Shown:
    """A prediction with its card and the verdict on it.

    Attributes:
        state: good, not_better or refused.
        proof: the figure the verdict rests on, in a sentence; empty where it refused.
    """

    prediction: Prediction
    card: Card
    state: str
    verdict: str
    proof: str = ""


def routes(pages: Pages) -> APIRouter:
    """The pages of models."""
    router = APIRouter()

    @router.get("/models")
    def models(request: Request) -> HTMLResponse:
        """All predictions with their verdicts."""
        reader = pages.reader(request)
        predictions = pages.company.registry.predictions
        cards = pages.company.cards()
        return pages.show(request, "models.html", models=[shown(predictions[name], card, reader) for name, card in cards.items()])

    @router.get("/models/{name}")
    def model(request: Request, name: str) -> HTMLResponse:
        """One model card."""
        card, reader = pages.company.card(name), pages.reader(request)
        prediction = pages.company.registry.predictions[name]
        return pages.show(
            request,
            "model.html",
            shown=shown(prediction, card, reader),
            definition=definition_words(prediction, reader.language),
            total=total_words(card, unit_of(prediction), reader),
            leaks=leaks(card, pages.company.declared_columns, reader),
            **lived(pages, card, reader),
            **proof(prediction, card.judgement, reader),
        )

    return router


def leaks(card: Card, known: Mapping[str, Output], reader: Reader) -> list[LeakRow]:
    """Delivered attributes that know the outcome, by their titles."""
    rows = leak_rows(card.leaks, reader.language)
    return [
        replace(each, column=known[each.column].title(reader.language) if each.column in known else each.column) for each in rows
    ]


def proof(prediction: Prediction, judgement: Judgement | None, reader: Reader) -> dict[str, Any]:
    """How a prediction proved on later time, as the page shows it; nothing where it refused."""
    if judgement is None:
        return {"metrics": [], "headings": [], "calibration": None, "importance": None, "notes": [], "basis": ""}
    unit = unit_of(prediction)
    return {
        "metrics": metric_rows(judgement, unit, reader),
        "headings": [reader.say(METRICS.get(name, name)) for name in metric_names(judgement)],
        "calibration": calibration(judgement, unit, reader) if judgement.calibration else None,
        "importance": importance(prediction, judgement, reader) if judgement.importance else None,
        "notes": [Text(*note).in_(reader.language) for note in judgement.notes],
        "chosen": reader.say(MODELS.get(judgement.chosen, judgement.chosen)),
        "basis": reader.say(MODELS.get(judgement.basis, judgement.basis)) if judgement.basis else "",
    }


def lived(pages: Pages, card: Card, reader: Reader) -> dict[str, Any]:
    """How a prediction did over time: which model scores and why, what drifted, every run's model, what old scores came to."""
    records = pages.company.records
    past = records.realised(card.prediction)
    titles = {name: each.title(reader.language) for name, each in pages.company.declared_columns.items()}
    rows = history_rows(records.history(card.prediction))
    return {
        "duel": duel_words(card, reader.language),
        "drift": drift_words(card, past, titles, reader.language),
        "course": course(backtests(rows), unit_of(pages.company.registry.predictions[card.prediction]), reader),
        "history": [{**row, **told_past(row, reader)} for row in rows[:MOST_RUNS]],
        "realised": [{**vars(each), **measured(each, reader)} for each in past[:MOST_RUNS]],
    }


def course(windows: Sequence[Mapping[str, Any]], unit: str, reader: Reader) -> Figure | None:
    """The main measure on one later window after the other, beside the best simple rule; None where there are not two windows."""
    if not windows:
        return None
    metric = str(windows[-1]["metric"])
    kind = unit if metric in IN_UNIT else "share" if metric in SHARES else "number"
    labels = tuple(reader.value("date", each["judged_at"]) for each in windows)
    series = (
        Series(reader.say(IN_USE), tuple(each["value"] for each in windows)),
        Series(reader.say(RULE), tuple(each["rule_value"] for each in windows)),
    )
    title = reader.say(COURSE, metric=reader.say(METRICS.get(metric, metric)))
    return with_summary(Figure("line", title, reader.say(JUDGED_FROM), labels, kind, series), reader)


def measured(each: Realised, reader: Reader) -> dict[str, str]:
    """What earlier scores are compared by, in words, and the kind of its values."""
    title, unit = MEASURES[each.measure]
    return {"measure_words": reader.say(title), "unit": unit}


def told_past(row: Mapping[str, Any], reader: Reader) -> dict[str, str]:
    """A run's model in words."""
    metric, chosen = str(row["metric"]), str(row["chosen"])
    return {
        "verdict_words": reader.say(VERDICTS[row["verdict"]]),
        "chosen_words": reader.say(MODELS.get(chosen, chosen)) if chosen else "–",
        "metric_words": reader.say(METRICS.get(metric, metric)) if metric else "–",
        "value_words": "–" if row["value"] is None else f"{row['value']:.3f}",
    }


def total_words(card: Card, unit: str, reader: Reader) -> str:
    """The sum of the main score over all customers with its range; nothing where a sum means nothing."""
    if not card.total:
        return ""
    ends = {name: reader.value(unit, Decimal(str(card.total[name]))) for name in ("expected", "low", "high")}
    return reader.say(TOTAL, **ends, share=card.total.get("share", UNTOLD_SHARE))


def unit_of(prediction: Prediction) -> str:
    """The kind of the main score."""
    return next(iter(prediction.outputs.values())).kind


def shown(prediction: Prediction, card: Card, reader: Reader) -> Shown:
    """The verdict in words, with the one figure it rests on."""
    judgement = card.judgement
    if judgement is None:
        return Shown(prediction, card, "refused", reader.say(REFUSED))
    metric = judgement.main_metric
    state, verdict = ("good", GOOD) if judgement.good_enough else ("not_better", NOT_BETTER)
    unit = unit_of(prediction)
    return Shown(
        prediction=prediction,
        card=card,
        state=state,
        verdict=reader.say(verdict),
        proof=reader.say(
            proof_words(card),
            metric=reader.say(METRICS[metric]),
            value=metric_value(metric, judgement.metrics["chosen"][metric], unit, reader),
            rule=metric_value(metric, best_rule(judgement), unit, reader),
        ),
    )


def metric_names(judgement: Judgement) -> list[str]:
    """Metrics that were measured, in the order of the chosen model."""
    return list(judgement.metrics["chosen"])


def metric_value(name: str, value: float | None, unit: str, reader: Reader) -> str:
    """A metric in its own unit."""
    if name in IN_UNIT:
        return reader.value(unit, value)
    return reader.value("share" if name in SHARES else "number", value)


def metric_rows(judgement: Judgement, unit: str, reader: Reader) -> list[tuple[str, bool, list[str]]]:
    """Models and rules with their metrics, the chosen one first."""
    names = metric_names(judgement)
    rows = []
    for model in sorted(judgement.metrics, key=lambda each: each != "chosen"):
        values = [metric_value(name, judgement.metrics[model].get(name), unit, reader) for name in names]
        title = reader.say(MODELS[model]) if model in MODELS else model
        rows.append((title, model == "chosen", values))
    return rows


def calibration(judgement: Judgement, unit: str, reader: Reader) -> Figure:
    """Predicted and actual means of ten groups, from the lowest scores to the highest."""
    points = judgement.calibration
    labels = tuple(str(place) for place in range(1, len(points) + 1))
    series = (
        Series(reader.say(PREDICTED), tuple(point["expected"] for point in points)),
        Series(reader.say(ACTUAL), tuple(point["actual"] for point in points)),
    )
    return with_summary(Figure("bar", reader.say(CALIBRATION), reader.say(TENTH), labels, unit, series), reader)


def importance(prediction: Prediction, judgement: Judgement, reader: Reader) -> Figure:
    """Which groups of features move the score, as shares."""
    ranked = sorted(judgement.importance.items(), key=lambda entry: -entry[1])
    total = sum(value for _, value in ranked) or 1.0
    labels = tuple(group_title(prediction.model.groups, name, reader.language) for name, _ in ranked)
    series = (Series(reader.say(INFLUENCE), tuple(value / total for _, value in ranked)),)
    title = reader.say(IMPORTANCE)
    return with_summary(Figure("bar", title, reader.say(GROUP), labels, "share", series, lying=True), reader)
