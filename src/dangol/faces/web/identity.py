"""Identity: records that became customers, how surely, and what it told about orders; pairs in doubt, decisions, the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from dangol.core.masking import MASKS
from dangol.core.tables import TABLES
from dangol.core.text import to_translate as words
from dangol.faces.html import Figure, Reader, Series
from dangol.faces.rest.shape import LARGEST, PageNumber, RulingNumber
from dangol.faces.web.customer import RULES
from dangol.faces.web.show import Pages, doer
from dangol.workspace.hiding import hidden
from dangol.workspace.reviewing import Doubt, Record, Ruled

HERE = "/data/identity"
PER_PAGE = 10
# What is set side by side of two records; nothing more is needed to decide.
COMPARED = ("customer_name", "phone", "email", "birth_date", "gender", "address", "postcode", "registered_at")
BIRTH = "birth_date"
HAPPENED = {
    "merge": words("customer {old} turned out to be customer {new}"),
    "split": words("customer {new} parted from customer {old}"),
    "move": words("records of customer {old} went to customer {new}"),
    "erase": words("customer {old} asked to be forgotten"),
}
PRECISION, RECALL = words("Expected precision"), words("Expected recall")
CURVE = words("What other thresholds would give (an estimate from the model's own chances)")
THRESHOLD = words("Threshold")
JOINED_BY = {**RULES, "number": words("not joined to any other record")}
MORE = words("10 or more")


@dataclass(frozen=True)
class Shown:
    """A pair in doubt as the page shows it.

    Attributes:
        chance: in words.
        evidence: what speaks for and against.
        rows: title of a field, its value left and right, masked.
    """

    doubt: Doubt
    chance: str
    left: str
    right: str
    evidence: list[str]
    rows: list[tuple[str, str, str]]


def routes(pages: Pages) -> APIRouter:
    """The page of identity and what can be decided on it."""
    router = APIRouter()

    @router.get(HERE, response_class=HTMLResponse)
    def identity(
        request: Request,
        at: Annotated[float, Query(ge=0, le=1)] = 0.5,
        page: PageNumber = 1,
        log: PageNumber = 1,
    ) -> HTMLResponse:
        """Figures, pairs in doubt, decisions and the log."""
        reader, who = pages.reader(request), pages.company.identities
        figures = who.figures
        events, happened = who.log(limit=PER_PAGE, offset=(log - 1) * PER_PAGE)
        doubts = pages.company.desk.open_doubts()
        last = max(1, -(-len(doubts) // PER_PAGE))
        place = min(page, last)
        return pages.show(
            request,
            "identity.html",
            identity=pages.company.snapshot.meta["identity"],
            figures=figures,
            rules=[(reader.say(JOINED_BY.get(each["rule"], each["rule"])), each["records"]) for each in figures.get("rules", [])],
            sizes=[
                (reader.say(MORE) if each["records"] >= 10 else str(each["records"]), each["customers"])
                for each in figures.get("sizes", [])
            ],
            **expectation(figures, at, reader),
            doubts=shown_doubts(pages, doubts[(place - 1) * PER_PAGE : place * PER_PAGE], reader),
            doubt_count=len(doubts),
            page=place,
            pages=last,
            rulings=[told_ruling(each, reader) for each in pages.company.desk.rulings()[:50]],
            events=[told_event(each, reader) for each in events],
            log=log,
            logs=max(1, -(-happened // PER_PAGE)),
            turned=lambda **to: f"{HERE}?{urlencode({'page': place, 'log': log, **to})}",
        )

    @router.post(f"{HERE}/review/{{handle}}")
    def decide(
        request: Request,
        handle: str,
        same: Annotated[bool, Form()],
        reason: Annotated[str, Form(max_length=500)] = "",
        page: Annotated[int, Form(ge=1, le=LARGEST)] = 1,
    ) -> RedirectResponse:
        """Decide about a pair of records."""
        desk = pages.company.desk
        found = desk.doubt(handle)
        desk.decide([(found.left, found.right)], same=same, who=doer(request), reason=reason.strip())
        return back(page)

    @router.post(f"{HERE}/undo/{{ruling}}")
    def undo(request: Request, ruling: RulingNumber, page: Annotated[int, Form(ge=1, le=LARGEST)] = 1) -> RedirectResponse:
        """Take a decision back."""
        pages.company.desk.undo(ruling, who=doer(request))
        return back(page)

    return router


def back(page: int) -> RedirectResponse:
    """To the queue, where it was left."""
    return RedirectResponse(f"{HERE}?page={page}#review", status_code=303)


def expectation(figures: Mapping[str, Any], at: float, reader: Reader) -> dict[str, Any]:
    """What is expected of the pairs joined now and of other thresholds; nothing where too little was there to learn from."""
    now, *curve = figures.get("expected") or [None]
    if now is None:
        return {"now": None, "curve": [], "chosen": None, "figure": None, "at": at}
    chosen = min(curve, key=lambda each: abs(each["threshold"] - at))
    series = tuple(
        Series(reader.say(title), tuple(each[name] for each in curve))
        for title, name in ((PRECISION, "precision"), (RECALL, "recall"))
    )
    labels = tuple(reader.value("share", each["threshold"]) for each in curve)
    told = (
        f"{reader.say(CURVE)}: {reader.say(THRESHOLD)} {reader.value('share', chosen['threshold'])}, {reader.say(PRECISION)} "
        f"{reader.value('share', chosen['precision'])}, {reader.say(RECALL)} {reader.value('share', chosen['recall'])}."
    )
    figure = Figure("line", reader.say(CURVE), reader.say(THRESHOLD), labels, "share", series, summary=told)
    return {"now": now, "curve": curve, "chosen": chosen, "figure": figure, "at": at}


def shown_doubts(pages: Pages, doubts: Sequence[Doubt], reader: Reader) -> list[Shown]:
    """Pairs in doubt with what both records say, masked."""
    said = pages.company.identities.tell([each for doubt in doubts for each in (doubt.left, doubt.right)])
    return [shown_doubt(each, said.get(each.left, {}), said.get(each.right, {}), reader) for each in doubts]


def shown_doubt(doubt: Doubt, left: Mapping[str, Any], right: Mapping[str, Any], reader: Reader) -> Shown:
    """One of them."""
    rows = []
    for name in COMPARED:
        one, other = (masked_value(name, each.get(name), reader) for each in (left, right))
        if one or other:
            rows.append((TABLES["customers"].by_name[name].title(reader.language), one, other))
    evidence = [reader.say(each) for each in doubt.evidence]
    return Shown(doubt, reader.value("share", doubt.chance), told_record(doubt.left), told_record(doubt.right), evidence, rows)


def masked_value(name: str, value: object, reader: Reader) -> str:
    """A value of a record without what names or reaches a person; of a birth date the year."""
    if value is None:
        return ""
    if name in MASKS:
        return MASKS[name](str(value))
    if name == BIRTH:
        return f"{str(value)[:4]}-**-**"
    return hidden(str(value)) if name == "postcode" else reader.value(TABLES["customers"].by_name[name].kind, value)


def told_record(record: Record) -> str:
    """A record with the middle of its number covered."""
    return f"{record.system}/{hidden(record.number)}"


def told_ruling(ruled: Ruled, reader: Reader) -> dict[str, Any]:
    """A decision as the page shows it."""
    return {
        "ruled": ruled,
        "left": told_record(ruled.left),
        "right": told_record(ruled.right),
        "when": reader.value("moment", ruled.ruled_at),
    }


def told_event(event: Mapping[str, Any], reader: Reader) -> tuple[str, str, int]:
    """How customers became one or parted, in words: when, what, how many records."""
    told = reader.say(HAPPENED[event["kind"]], old=numbered(event["former_id"]), new=numbered(event["customer_id"]))
    return reader.value("moment", event["noticed_at"]), told, event["records"]


def numbered(customer_id: int) -> str:
    """A customer's number as pages of identity write it."""
    return f"#{customer_id}"
