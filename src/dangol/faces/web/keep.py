"""Keep: who leaves, what it costs, whom to look after now, and what goes with leaving; every figure is a question's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dangol.core.declare import Question
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.ask import Detail, detail_of
from dangol.faces.web.home import Told, told
from dangol.faces.web.models import lived, shown
from dangol.faces.web.show import Pages
from dangol.workspace.alerts import DONE, OPEN, SNOOZED, STATES, Alerts, Said, Warned
from dangol.workspace.answers import Answer
from dangol.workspace.candidates import BASES, ORDERS, Proof

HERE = "/keep"
WHO = "web"
Sections = Mapping[str, Sequence[str]]
CHURN = ("churn", "contract_churn", "listed_churn")
MOST_SHOWN = 100
# Only companies with contracts, or with a list of who left, see this section.
LEAVING = words("Contracts and the list of who left")
# The questions behind the page, by section, in its order: before the list of warnings, and after it.
BEFORE: Sections = {
    LEAVING: ("likely_to_leave", "contract_retention"),
    words("Customers and value lost each month"): ("churn_by_month", "retention_by_month", "value_retention"),
    words("What changed this week"): ("week_changes",),
    words("What is at stake now"): ("value_at_risk",),
}
AFTER: Sections = {
    words("What goes with leaving"): ("churn_causes",),
    words("Moves between the stages"): ("monthly_transitions",),
    words("From the first to the second order"): (
        "second_order_return",
        "time_to_second_order",
        "response_times",
        "response_by_segment",
    ),
}
METHODS: Mapping[str, str] = {
    "own": words("our order: rhythm and signs together"),
    "buying": words("our order: the model of buying"),
    "rule": words("simple rule: silent for twice the own gap"),
}
# How warnings by contracts and by the list are ranked, and the simple rule beside them.
RANKED: Mapping[str, tuple[str, str]] = {
    "contracts": (words("our order: chance that the contract ends"), words("simple rule: rate by the contract's age")),
    "list": (words("our order: chance of leaving, by the list"), words("simple rule: the one column that tells most")),
}
NOTHING = "–"
# Other states are shown only where somebody is in them.
ALWAYS = (OPEN, SNOOZED, DONE)
BUTTONS = {DONE: words("Done"), SNOOZED: words("Snooze for a week"), OPEN: words("Open again")}


@dataclass(frozen=True)
class Shown:
    """A question as the page shows it."""

    question: Question
    answer: Answer
    detail: Detail


@dataclass(frozen=True)
class Row:
    """An alert as the page shows it.

    Attributes:
        told_from: what it rests on, in words.
        reasons: what speaks for it, in words.
        buttons: (state it would get, words).
    """

    alert: Warned
    state: str
    told_from: str
    reasons: str
    action: str
    buttons: Sequence[tuple[str, str]]


def routes(pages: Pages) -> APIRouter:
    """The page and what can be done on it."""
    router = APIRouter()

    @router.get(HERE)
    def keep(request: Request, state: str = OPEN) -> HTMLResponse:
        """Everything about keeping customers."""
        reader = pages.reader(request)
        by_orders = "orders" in pages.company.snapshot.facts.files
        return pages.show(
            request,
            "keep.html",
            first=[(reader.say(title), sections(pages, names, reader)) for title, names in offered(pages, BEFORE, by_orders)],
            then=[(reader.say(title), sections(pages, names, reader)) for title, names in offered(pages, AFTER, by_orders)],
            by_orders=by_orders,
            feed=feed(pages.company.alerts, state if state in STATES else OPEN, reader),
            models=verdicts(pages, reader),
        )

    @router.post(HERE + "/alerts/{alert_id}")
    def act(
        alert_id: int,
        state: Annotated[str, Form(max_length=10)] = "",
        owner: Annotated[str | None, Form(max_length=120)] = None,
        note: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        """Close an alert, snooze it, open it again, or give it to somebody."""
        said = Said(state=state, owner=None if owner is None else owner.strip(), note=note.strip())
        pages.company.alerts.act(alert_id, said, who=WHO)
        return RedirectResponse(HERE + "#warnings", status_code=303)

    return router


def offered(pages: Pages, among: Sections, by_orders: bool) -> list[tuple[str, Sequence[str]]]:
    """The sections that a company has any use for: contracts only where there are any, orders only where they are known."""
    known = told(pages)
    empty = [title for title, names in among.items() if not any(has_answer(known[name]) for name in names if name in known)]
    return [(title, names) for title, names in among.items() if title not in empty or (by_orders and title != LEAVING)]


def has_answer(each: Told) -> bool:
    """Whether a question is answered."""
    return each.answer is not None and each.known


def sections(pages: Pages, names: Sequence[str], reader: Reader) -> list[Shown | Told]:
    """Questions with their stored answers; those that cannot be answered say what is missing."""
    known = told(pages)
    return [answered(known[name], reader) for name in names if name in known]


def answered(each: Told, reader: Reader) -> Shown | Told:
    """A question with what its page shows; itself where it has no answer."""
    if each.answer is None or not each.known:
        return each
    return Shown(each.question, each.answer, detail_of(each.question, each.answer, reader))


def feed(alerts: Alerts, state: str, reader: Reader) -> dict[str, Any]:
    """The early-warning feed: alerts of one state, how many there are of each, and how such warnings did in past weeks."""
    if "warnings" not in alerts.snapshot.meta:
        return {}
    found, evidence = alerts.all(), alerts.evidence
    shown = [each for each in found if each.state == state][:MOST_SHOWN]
    told_from = {each.basis for each in found}
    return {
        "rows": [row(each, reader) for each in shown],
        "overdue": any(each.overdue_ratio is not None for each in shown),
        # where contracts or the list alone give warnings there is nothing to say of warnings by orders
        "by_orders": ORDERS in told_from or not told_from,
        "as_of": alerts.snapshot.as_of,
        "state": state,
        "states": chips(alerts.counts(found), state, reader),
        "evidence": evidence,
        "replays": replays(evidence, reader),
        "proofs": [proven(each, reader) for each in alerts.proofs],
        "several": len(told_from) > 1,
    }


def chips(counts: Mapping[str, int], state: str, reader: Reader) -> list[tuple[str, str, int]]:
    """The states that can be looked at, with how many alerts are in each; some only where there are any."""
    wanted = (*ALWAYS, state)
    return [(name, reader.say(title), counts[name]) for name, title in STATES.items() if counts[name] or name in wanted]


def replays(evidence: Mapping[str, Any], reader: Reader) -> list[tuple[str, bool, Mapping[str, Any]]]:
    """How past warnings did: in the order used, and by the simple rule."""
    used = evidence["method"]
    names = dict.fromkeys((used, "rule"))
    return [(reader.say(METHODS[name]), name == used, evidence["replays"][name]) for name in names if name in evidence["replays"]]


def proven(proof: Proof, reader: Reader) -> dict[str, Any]:
    """How warnings by contracts or by the list did, in words."""
    used, rule = RANKED[proof.basis]
    return {"title": reader.say(BASES[proof.basis]), "used": reader.say(used), "rule": reader.say(rule), "proof": proof}


def row(alert: Warned, reader: Reader) -> Row:
    """An alert in words."""
    reasons = ", ".join(alert.why(reader.language))
    offered = {OPEN: (DONE, SNOOZED), SNOOZED: (DONE, OPEN), DONE: (OPEN,)}.get(alert.state, ())
    buttons = [(state, reader.say(BUTTONS[state])) for state in offered]
    told_from = reader.say(BASES[alert.basis])
    return Row(alert, reader.say(STATES[alert.state]), told_from, reasons, alert.advice(reader.language) or NOTHING, buttons)


def verdicts(pages: Pages, reader: Reader) -> list[dict[str, Any]]:
    """How good the models of churn proved, and which ones score; those refused only where no other one scores."""
    cards, predictions = pages.company.cards(), pages.company.registry.predictions
    there = [cards[name] for name in CHURN if name in cards]
    used = [card for card in there if card.scored] or there[:1]
    return [{"shown": shown(predictions[card.prediction], card, reader), **lived(pages, card, reader)} for card in used]
