"""One customer: value, predictions with reasons, what is known, what happened; names and contacts masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dangol.core.declare import Feature, Output, Prediction
from dangol.core.errors import ConfigError, told
from dangol.core.store import AuditEntry, record_audit
from dangol.core.tables import FACTS, Column
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.html.drawing import Drawing
from dangol.faces.html.sparkline import rhythm, told_rhythm
from dangol.faces.web.notes import notes_around
from dangol.faces.web.show import Pages, doer, place_of
from dangol.workspace.customers import Customer, Happening
from dangol.workspace.hiding import hidden
from dangol.workspace.predict import plain
from dangol.workspace.reviewing import handle_of
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
ORIGINS = {"given": words("given"), "external": words("bought in or looked up"), "inferred": words("inferred")}
SURE = words("from the name, chance {chance}")
EVIDENCE = words("evidence: {level}")
RANGE, WITHIN = words("{low:percent} to {high:percent}"), words("{share:percent} ({low:percent} to {high:percent})")
# The score that holds the time since the last order against the own rhythm; others compare with the average customer.
OWN_RHYTHM = "churn"
AGAINST = words("{silent:days}, own mean gap {gap:days}")
STORY = {
    "merge": words("#{old} turned out to be #{new} ({n:count|record/records})"),
    "split": words("#{new} parted from #{old} ({n:count|record/records})"),
    "move": words("{n:count|record/records} of #{old} went to #{new}"),
    "erase": words("#{old} asked to be forgotten"),
}
# No list is changed; FastAPI wants a default.
NOTHING: list[str] = []
SPEAKING = ("event_name", "message_event", "interaction_kind", "feedback_kind", "net_amount", "refund_amount", "topic", "reason")
LISTED = words("What the list says")
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

    @router.post("/customers/{customer_id}/unmask")
    def unmask(request: Request, customer_id: int, reason: Annotated[str, Form(max_length=500)] = "") -> HTMLResponse:
        """Names, contacts and record numbers as they are, once, for a reason that the audit trail keeps."""
        stated = given(reason)
        who = AuditEntry(
            who=doer(request), what="unmask", whose=f"customer {customer_id}", reason=stated, place=place_of(request)
        )
        record_audit(pages.company.store, who)
        found, reader = pages.company.customers.find(customer_id, unmasked=True), pages.reader(request)
        return pages.show(request, "customer.html", customer=found, **around(pages, found, reader, unmasked=True))

    @router.post("/customers/{customer_id}/split")
    def split(
        request: Request,
        customer_id: int,
        chosen: Annotated[list[str], Form(max_length=200)] = NOTHING,
        reason: Annotated[str, Form(max_length=500)] = "",
    ) -> RedirectResponse:
        """The chosen records are another person than the rest, from the next run on."""
        stated = given(reason)
        records = [each.record for each in pages.company.identities.records(customer_id)]
        mine = [each for each in records if handle_of(each) in chosen]
        rest = [each for each in records if each not in mine]
        pages.company.desk.part(mine, rest, who=doer(request), reason=stated)
        return RedirectResponse(f"/customers/{customer_id}?split={len(mine)}#records", status_code=303)

    return router


def given(reason: str) -> str:
    """A stated reason.

    Raises:
        ConfigError: there is none.
    """
    if not reason.strip():
        raise ConfigError(told("this needs a reason"), hint=told("say in a few words why; it is kept with what you do"))
    return reason.strip()


@dataclass(frozen=True)
class Told:
    """A source record as the page shows it.

    Attributes:
        handle: names it in forms without its number.
        rule, sure, since: by what it was joined, how surely, and when the person registered there; in words.
    """

    handle: str
    system: str
    number: str
    source: str
    rule: str
    sure: str
    since: str


def told_records(pages: Pages, customer_id: int, reader: Reader, *, unmasked: bool) -> list[Told]:
    """The source records of a customer."""
    found = []
    for each in pages.company.identities.records(customer_id):
        number = each.record.number if unmasked else hidden(each.record.number)
        sure = "" if each.confidence is None else reader.value("share", each.confidence)
        since = "" if each.registered_at is None else reader.value("date", each.registered_at)
        rule = reader.say(RULES.get(each.rule, each.rule))
        found.append(Told(handle_of(each.record), each.record.system, number, each.source, rule, sure, since))
    return found


def attributes(pages: Pages, customer: Customer, reader: Reader) -> list[tuple[str, str, str, str, int]]:
    """What the customer is known by: title, value, kind of its origin, source and date in words, how many records differ."""
    origins = pages.company.identities.provenance(customer.customer_id, pages.company.snapshot.as_of)
    listed = []
    for name, origin in origins.items():
        value = customer.person.get(name)
        if value is not None:
            column = FACTS["people"].by_name[name]
            when = reader.value("date", origin.at) if origin.at else ""
            shown = reader.value(column.kind, value) if column.kind != "text" else str(value)
            where = " · ".join(filter(None, (origin.source, when)))
            listed.append((column.title(reader.language), shown, origin.kind, where, origin.others))
    guess = customer.person.get("gender_inferred")
    if guess is not None and customer.person.get("gender") is None:
        title = FACTS["people"].by_name["gender_inferred"].title(reader.language)
        chance = reader.say(SURE, chance=reader.value("share", customer.person.get("gender_chance")))
        listed.append((title, reader.value("category", guess), "inferred", chance, 0))
    return listed


def around(pages: Pages, customer: Customer, reader: Reader, *, unmasked: bool = False) -> Mapping[str, Any]:
    """A customer's features by family, predictions with reasons, timeline and consents in words."""
    registry = pages.company.registry
    return {
        "families": families(registry.features.values(), customer, reader),
        "reasons": reasons(registry.predictions, customer, reader),
        "columns": pages.company.snapshot.columns,
        "predictions": scores(pages, customer, reader),
        "timeline": [(each.at, told_table(each, reader), told_details(each, reader)) for each in customer.timeline],
        "consents": consents(pages.company.customers.timeline(customer.customer_id, ["consents"], most=ALL), reader),
        "home": pages.company.belonging.home(customer.customer_id),
        "account_tree": pages.company.belonging.account(customer.customer_id),
        "records": told_records(pages, customer.customer_id, reader, unmasked=unmasked),
        "attributes": attributes(pages, customer, reader),
        "origin_words": {kind: reader.say(said) for kind, said in ORIGINS.items()},
        "story": [told_story(each, reader) for each in pages.company.identities.story(customer.customer_id)],
        "unmasked": unmasked,
        "wallet": wallet(pages, customer, reader),
        "rhythm": own_rhythm(pages, customer, reader),
        "segments": [
            (f"/customers/segments/{each.name}", each.ko if reader.language == "ko" else each.en)
            for each in pages.company.segments.of_customer(customer.customer_id)
        ],
        **notes_around(pages, customer, reader),
    }


def own_rhythm(pages: Pages, customer: Customer, reader: Reader) -> tuple[Drawing, str] | None:
    """The gaps between the customer's orders as a small line, and the same in a sentence; None before the second order."""
    silent, mean = customer.profile.get("recency_days"), customer.profile.get("mean_gap_days")
    if silent is None or mean is None:
        return None
    gaps = pages.company.customers.gaps(customer.customer_id)
    return (rhythm(gaps, silent, mean, reader), told_rhythm(gaps, silent, mean, reader)) if gaps else None


def wallet(pages: Pages, customer: Customer, reader: Reader) -> tuple[str, str, str] | None:
    """The share of what the customer spends that is ours: title, share or range, evidence; None where nothing is known of it."""
    profile, columns = customer.profile, pages.company.snapshot.columns
    low, high = profile.get("wallet_share_low"), profile.get("wallet_share_high")
    if low is None or high is None:
        return None
    evidence = reader.say(EVIDENCE, level=reader.value("category", profile.get("wallet_evidence")))
    said = told_share(reader, low, profile.get("wallet_share"), high)
    return columns["wallet_share"].title(reader.language), said, evidence


def told_share(reader: Reader, low: float, middle: float | None, high: float) -> str:
    """A share of wallet with its range, as a range only, or as the customer himself told it."""
    if middle is None:
        return reader.say(RANGE, low=low, high=high)
    return reader.value("percent", middle) if low == high else reader.say(WITHIN, share=middle, low=low, high=high)


def told_story(event: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    """How the customer became one or parted, in words: when and what."""
    told_so = reader.say(STORY[event["kind"]], n=event["records"], old=str(event["former_id"]), new=str(event["customer_id"]))
    return reader.value("moment", event["noticed_at"]), told_so


def reasons(predictions: Mapping[str, Prediction], customer: Customer, reader: Reader) -> dict[str, list[str]]:
    """Why each score is high or low, in words; of predictions that are still declared."""
    known = {name: found for name, found in customer.reasons.items() if name in predictions}
    listed = {plain(header): value for header, value in customer.listed.items()}
    values = {name: listed | silence(customer.profile, reader, own=name == OWN_RHYTHM) for name in known}
    return {name: reason_words(predictions[name], found, reader.language, values=values[name]) for name, found in known.items()}


def silence(profile: Mapping[str, Any], reader: Reader, *, own: bool) -> dict[str, str]:
    """The time since the last order in words, beside the own mean gap where a score holds it against that."""
    silent, gap = profile.get("recency_days"), profile.get("mean_gap_days")
    if silent is None:
        return {}
    return {"recency": reader.say(AGAINST, silent=silent, gap=gap) if own and gap is not None else reader.value("days", silent)}


def families(features: Iterable[Feature], customer: Customer, reader: Reader) -> list[tuple[str, list[tuple[str, str]]]]:
    """Families of features with the values a customer has; families without any are left out."""
    told = [(each.title(reader.language), listed_values(each.outputs.values(), customer.profile, reader)) for each in features]
    return [(title, values) for title, values in [*told, (reader.say(LISTED), list(customer.listed.items()))] if values]


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
