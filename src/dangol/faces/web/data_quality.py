"""Quality: every open finding, cleaning rules with what is before and after them, and the switches people set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dangol.core.errors import UnknownName, told
from dangol.faces.web.data import fits, refused, speaker, told_findings
from dangol.faces.web.show import Pages
from dangol.intake.quality import RULES, Rule
from dangol.intake.quality.cleaning import Effect
from dangol.workspace.cleaning import listed
from dangol.workspace.quality import Health
from dangol.workspace.snapshot import Pointer

HERE = "/data/quality"
WHO = "web"
MOST_ROWS = 200


@dataclass(frozen=True)
class Shown:
    """A rule with its figures.

    Attributes:
        rows: before it, of the tables it looks at.
        sold: sales before it.
        waiting: switched since the last run, which did otherwise.
    """

    rule: Rule
    on: bool
    effect: Effect
    rows: int
    sold: float
    waiting: bool

    @property
    def rows_after(self) -> int:
        """Rows that stay; those of placeholders stay too."""
        return self.rows - self.effect.total if self.rule.action == "leave_out" else self.rows

    @property
    def sold_after(self) -> float:
        """Sales with a customer that stay."""
        return self.sold - (self.effect.money or 0.0)


def routes(pages: Pages) -> APIRouter:
    """The page of quality, the rows of a rule, and the switches."""
    router = APIRouter()

    @router.get(HERE)
    def quality(request: Request) -> HTMLResponse:
        """Findings and rules."""
        reader, health = pages.reader(request), pages.company.health()
        says, report = speaker(reader), health.state.report
        return pages.show(
            request,
            "data_quality.html",
            findings=told_findings(health.findings, reader),
            rules=shown_rules(pages, health),
            rulings=pages.company.switches.rulings(),
            titles={name: reader.say(rule.title) for name, rule in RULES.items()},
            refusals=refused(report, reader),
            column_title=says.column,
            checks=fits(report, reader),
        )

    @router.get(HERE + "/{rule}")
    def rows(request: Request, rule: str) -> HTMLResponse:
        """What a rule left out in the serving run."""
        UnknownName.check(told("rule"), rule, RULES)
        reader, company = pages.reader(request), pages.company
        found = listed(company.root / Pointer.read(company.root).facts, rule, MOST_ROWS)
        return pages.show(request, "data_rule.html", rule=RULES[rule], rows=found, most=MOST_ROWS, says=speaker(reader))

    @router.post(HERE + "/switch")
    def switch(rule: Annotated[str, Form()], on: Annotated[bool, Form()], reason: Annotated[str, Form()] = "") -> Response:
        """Switch a rule, from the next run on."""
        pages.company.switches.switch(rule, on=on, who=WHO, reason=reason.strip()[:500])
        return RedirectResponse(HERE + "#rules", status_code=303)

    @router.post(HERE + "/undo")
    def undo(ruling: Annotated[int, Form()]) -> Response:
        """Take a decision back, from the next run on."""
        pages.company.switches.undo(ruling, who=WHO)
        return RedirectResponse(HERE + "#rules", status_code=303)

    return router


def shown_rules(pages: Pages, health: Health) -> Sequence[Shown]:
    """Every rule with its figures, those that match anything first."""
    left_out = serving(pages)
    counts = {each.name: each.rows for each in health.state.report.tables}
    found = [shown(rule, health, counts, left_out) for rule in RULES.values()]
    return sorted(found, key=lambda each: not each.effect.total)


def serving(pages: Pages) -> dict[str, Any] | None:
    """Rows that the serving run left out by rule; None where none has finished or an older version made it."""
    if not pages.company.ready:
        return None
    found: dict[str, Any] | None = pages.company.snapshot.meta["identity"].get("left_out")
    return found


def shown(rule: Rule, health: Health, counts: dict[str, int], left_out: dict[str, Any] | None) -> Shown:
    """One rule with its figures."""
    effect, on = health.effect(rule.name), rule.name in health.on
    rows = sum(counts.get(table, 0) for table in {*rule.finds, *effect.rows})
    waiting = left_out is not None and bool(effect.total) and on != (rule.name in left_out)
    revenue = health.state.revenue
    sold = revenue.sold - revenue.returned - (revenue.nobody if rule.action == "unidentify" else 0.0)
    return Shown(rule, on, effect, rows, sold, waiting)
