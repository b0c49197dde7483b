"""One customer: value, predictions with reasons, what is known, what happened; names and contacts masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dangol.core.declare import Feature, Output, Prediction
from dangol.core.tables import FACTS, Column
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.show import Pages
from dangol.workspace.customers import Customer, Happening
from dangol.workspace.wording import reason_words

ALL = 10_000
RULES = {
    "number": words("own number"),
    "email": words("same e-mail"),
    "phone and name": words("same phone and name"),
    "phone": words("same phone"),
    "alike": words("alike in several respects"),
    "said": words("joined by hand"),
}
SPEAKING = ("event_name", "message_event", "interaction_kind", "feedback_kind", "net_amount", "refund_amount", "topic", "reason")
UNTOLD = {"order_id", "status", "purpose"}


def routes(pages: Pages) -> APIRouter:
    """The page of a customer."""
    router = APIRouter()

    @router.get("/customers/{customer_id}", response_class=HTMLResponse)
    def customer(request: Request, customer_id: int) -> Response:
        """Everything about one customer; a number that went into another leads to that one."""
        found, reader = pages.company.customers.find(customer_id), pages.reader(request)
        if found.customer_id != customer_id:
            return RedirectResponse(str(found.customer_id), status_code=308)
        return pages.show(request, "customer.html", customer=found, **around(pages, found, reader))

    return router


def around(pages: Pages, customer: Customer, reader: Reader) -> Mapping[str, Any]:
    """A customer's features by family, predictions with reasons, timeline and consents in words."""
    registry = pages.company.registry
    return {
        "families": families(registry.features.values(), customer, reader),
        "reasons": reasons(registry.predictions, customer, reader),
        "columns": pages.company.snapshot.columns,
        "predictions": scores(pages, customer, reader),
        "timeline": [(each.at, told_table(each, reader), told_details(each, reader)) for each in customer.timeline],
        "consents": consents(pages.company.customers.timeline(customer.customer_id, ["consents"], most=ALL), reader),
        "records": [(system, number, reader.say(RULES.get(rule, rule))) for system, number, rule in customer.records],
    }


def reasons(predictions: Mapping[str, Prediction], customer: Customer, reader: Reader) -> dict[str, list[str]]:
    """Why each score is high or low, in words; of predictions that are still declared."""
    known = {name: found for name, found in customer.reasons.items() if name in predictions}
    return {name: reason_words(predictions[name], found, reader.language) for name, found in known.items()}


def families(features: Iterable[Feature], customer: Customer, reader: Reader) -> list[tuple[str, list[tuple[str, str]]]]:
    """Families of features with the values a customer has; families without any are left out."""
    told = [(each.title(reader.language), listed_values(each.outputs.values(), customer.profile, reader)) for each in features]
    return [(title, values) for title, values in told if values]


def scores(pages: Pages, customer: Customer, reader: Reader) -> list[tuple[str, str, str, float | None, object]]:
    """Main scores: prediction, title, value in words, share for a bar, horizon where there is one; money stands under value."""
    listed = []
    for name, prediction in pages.company.registry.predictions.items():
        main = next(iter(prediction.outputs.values()))
        value = customer.profile.get(main.name)
        if value is not None:
            share = float(value) if main.kind in ("probability", "share") else None
            horizon = customer.profile.get(f"{name}_horizon_days")
            listed.append((name, main.title(reader.language), reader.value(main.kind, value), share, horizon))
    return listed


def listed_values(outputs: Iterable[Output], profile: Mapping[str, Any], reader: Reader) -> list[tuple[str, str]]:
    """Titles and values of the columns a customer has."""
    found = [(each, profile.get(each.name)) for each in outputs]
    return [(each.title(reader.language), reader.cell(each.name, each.kind, value)) for each, value in found if value is not None]


def told_table(each: Happening, reader: Reader) -> str:
    """What kind of happening it was."""
    return FACTS[each.table].title(reader.language)


def told_details(each: Happening, reader: Reader) -> str:
    """A happening's details in words."""
    known = FACTS[each.table].by_name
    told = [(known[name], each.details[name]) for name in each.details if name in known.keys() - UNTOLD]
    return " · ".join(told_detail(column, value, reader) for column, value in told if value is not None)


def told_detail(column: Column, value: object, reader: Reader) -> str:
    """One detail; its title stays away where the value speaks for itself."""
    written = reader.value("category" if isinstance(value, str) else column.kind, value)
    return written if column.name in SPEAKING else f"{column.title(reader.language)} {written}"


def consents(timeline: Sequence[Happening], reader: Reader) -> list[tuple[str, bool, str]]:
    """The latest word on every channel: channel, whether it allows, since when."""
    latest: dict[tuple[str, str], Happening] = {}
    for each in timeline:
        if each.table == "consents":
            latest.setdefault((str(each.details.get("channel")), str(each.details.get("purpose") or "advertising")), each)
    return [
        (f"{reader.value('category', channel)} · {reader.value('category', purpose)}", bool(each.details.get("allowed")),
         reader.value("date", each.at))
        for (channel, purpose), each in sorted(latest.items(), key=lambda entry: entry[0][1])
    ]  # fmt: skip
