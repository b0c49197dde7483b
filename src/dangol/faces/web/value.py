"""Value: customer equity and what moved it, the portfolio, VIPs, where value comes from, and the arithmetic of growth.

Every figure is the answer to a question; a page only chooses which answers stand beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import Question
from dangol.core.errors import DeclarationError
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.ask import Detail, Field, detail_of, fields, given_options
from dangol.faces.web.models import total_words
from dangol.faces.web.show import Pages, customers_link
from dangol.workspace.answers import Answer
from dangol.workspace.entered import ENTERED
from dangol.workspace.wording import column_words

LIFETIME_VALUE = "lifetime_value"
TIERS, EQUITY, CONTRACTS = "value_tiers", "customer_equity", "contract_values"
FEW_ROWS, MANY_ROWS = 10, 30
FROM, BETWEEN, BELOW = (
    words("expected margin of {low:money} or more"),
    words("expected margin from {low:money} to less than {high:money}"),
    words("expected margin of less than {high:money}"),
)


@dataclass(frozen=True)
class Part:
    """A page of this part of the menu.

    Attributes:
        asked: names of the questions it shows, in order.
        options: options that the page's form sets, for every question that has them.
    """

    title: str
    lead: str
    asked: tuple[str, ...]
    options: tuple[str, ...] = ()


PARTS: Mapping[str, Part] = {
    "": Part(
        words("Customer value"),
        words("What all customers are worth, what moved it, and three ways to state what one customer is worth."),
        (EQUITY, "lifetime_values", CONTRACTS, "value_movers", "value_after_contact", "share_of_wallet", "unused_potential"),
    ),
    "portfolio": Part(
        words("Portfolio"),
        words("Customers as investments: where equity lies, how each tier is treated, and what it may cost."),
        ("customer_portfolio", TIERS, "unprofitable_customers"),
        ("high_share", "medium_share", "budget", "service_cost", "calls", "mails", "call_minutes"),
    ),
    "segments": Part(
        words("By segment"),
        words(
            "What each segment is expected to bring in the next 12 months, with a range, beside what the same customers brought."
        ),
        ("value_by_segment",),
        ("segment", "fewest"),
    ),
    "vip": Part(
        words("VIP customers"),
        words("How much the best customers bring, what sets them apart, when and how they buy, and who needs another reward."),
        ("value_concentration", "vip_traits", "vip_preferences", "vip_tendencies", "appreciation_types", "season_by_group"),
        ("top_share", "by", "grouping"),
    ),
    "acquisition": Part(
        words("Acquisition"),
        words("Which channels, products and months bring valuable customers, and what a customer may cost."),
        ("value_by_channel", "value_by_first_category", "value_by_cohort", "payable_acquisition_cost", "value_based_bids"),
        ("origin", "target_share"),
    ),
    "growth": Part(
        words("Growth maths"),
        words("How many new customers a target takes, what a conversion costs by stage, and how we compare with others."),
        ("growth_needed", "conversion_by_stage", "stage_funnel", "journey_factors", "relative_value"),
        ("growth", "loss"),
    ),
}


@dataclass(frozen=True)
class Panel:
    """A question with its answer as a section of the page.

    Attributes:
        unlocked: what would tell more than the answer does.
    """

    question: Question
    answer: Answer
    detail: Detail
    actions: list[tuple[str, str]]
    csv: str
    unlocked: list[str]

    @property
    def known(self) -> bool:
        """Whether there is an answer to show."""
        return self.answer.answerable

    @property
    def entered(self) -> bool:
        """Whether it reads figures that people enter."""
        return ENTERED in self.question.query().tables


def routes(pages: Pages) -> APIRouter:
    """The pages of value."""
    router = APIRouter()

    @router.get("/value")
    @router.get("/value/{part}")
    def value(request: Request, part: str = "") -> HTMLResponse:
        """One page of this part of the menu; a part that is not there is the first."""
        return value_page(pages, request, PARTS.get(part, PARTS[""]))

    return router


def value_page(pages: Pages, request: Request, part: Part) -> HTMLResponse:
    """The questions of a page with their answers; a wrong option is named above, and the usual answers stand below."""
    reader, problem = pages.reader(request), ""
    try:
        panels = list(panels_of(pages, request, part, reader))
    except DeclarationError as wrong:
        problem = tell(wrong.what, reader.language)
        panels = list(panels_of(pages, None, part, reader))
    return pages.show(
        request,
        "value.html",
        422 if problem else 200,
        part=part,
        panels=panels,
        problem=problem,
        form=form_of(part, panels, reader),
        acting=acting(part, panels),
        headline=headline(pages, panels, reader) if not part.options else {},
        tiers=tier_links(panels, reader),
    )


def panels_of(pages: Pages, request: Request | None, part: Part, reader: Reader) -> Iterator[Panel]:
    """The page's questions in their order; without a request with their usual options. Who has no contracts hears of none."""
    for name in part.asked:
        question = pages.company.registry.find_question(name)
        given = given_options(question, request) if request else {}
        asked = {option: value for option, value in given.items() if option in part.options}
        _, answer = pages.company.ask(name, asked)
        if name == CONTRACTS and not answer.answerable:
            continue
        detail = detail_of(question, answer, reader)
        rows = MANY_ROWS if question.chart.kind != "none" else FEW_ROWS
        links = [(each.title(reader.language), link) for each in question.actions if (link := pages.action_link(each))]
        file = f"/ask/{name}.csv?{urlencode(asked)}".removesuffix("?")
        unlocked = [column_words(each, reader.language) for each in answer.missing]
        yield Panel(question, answer, replace(detail, rows=detail.rows[:rows]), links, file, unlocked)


def form_of(part: Part, panels: Sequence[Panel], reader: Reader) -> list[Field]:
    """The page's options, each once, with what they were asked with."""
    found = {field.name: field for panel in panels for field in fields(panel.question, panel.answer, reader)}
    return [found[name] for name in part.options if name in found]


def acting(part: Part, panels: Sequence[Panel]) -> list[str]:
    """Numbers of the page's questions that its form acts on; none where it acts on all of them."""
    found = [
        each.question.number for each in panels if set(part.options).intersection(option.name for option in each.question.options)
    ]
    return found if len(found) < len(panels) else []


def headline(pages: Pages, panels: Sequence[Panel], reader: Reader) -> dict[str, Any]:
    """Customer equity with its range, and by how much it changed since an earlier run."""
    answer = next(panel.answer for panel in panels if panel.question.name == EQUITY)
    equity = pages.company.snapshot.figures.equity
    if equity is None:
        return {}
    card = pages.company.cards().get(LIFETIME_VALUE)
    return {
        "equity": reader.value("money", equity),
        "range": total_words(card, "money", reader) if card else "",
        "change": answer.headline.get("change"),
        "before": answer.headline.get("before"),
        "since": answer.headline.get("since"),
    }


def tier_links(panels: Sequence[Panel], reader: Reader) -> list[tuple[str, str, str]]:
    """Each value tier's customers as an audience: (tier, rule in words, link)."""
    answer = next((panel.answer for panel in panels if panel.question.name == TIERS), None)
    if answer is None or not answer.answerable:
        return []
    names = [column[0] for column in answer.columns]
    lowest = {row[names.index("value_tier")]: row[names.index("lowest_value")] for row in answer.rows}
    if not {"high", "medium", "low"} <= set(lowest):
        return []
    high, medium = lowest["high"], lowest["medium"]
    value = "expected_margin_12m"
    rules = {
        "high": (reader.say(FROM, low=high), f"{value} >= {high}"),
        "medium": (reader.say(BETWEEN, low=medium, high=high), f"{value} >= {medium} and {value} < {high}"),
        "low": (reader.say(BELOW, high=medium), f"{value} < {medium}"),
    }
    return [(reader.value("category", tier), said, customers_link(rule)) for tier, (said, rule) in rules.items()]
