"""Data: the state of the data in money, scores of sources, what is open, and which questions further data would unlock."""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import Question
from dangol.faces.html import Reader
from dangol.faces.web.show import Pages
from dangol.intake import QualityReport
from dangol.intake.quality import Finding
from dangol.intake.quality.report import Refusal
from dangol.workspace.quality_wording import DIMENSIONS, FORMULAS, SEVERITIES, STAKES, Speaker, Told
from dangol.workspace.wording import check_words, column_words

MOST_FINDINGS = 8


def routes(pages: Pages) -> APIRouter:
    """The overview of the data."""
    router = APIRouter()

    @router.get("/data")
    def data(request: Request) -> HTMLResponse:
        """Money first, then scores and open findings."""
        reader, health = pages.reader(request), pages.company.health()
        revenue = health.state.revenue
        return pages.show(
            request,
            "data.html",
            report=health.state.report,
            revenue=revenue,
            stakes=[(reader.say(STAKES[each.kind]), each) for each in health.stakes(pages.company.unmarketable())],
            scores=health.scores,
            dimensions=[(name, reader.say(title), reader.say(FORMULAS[name])) for name, title in DIMENSIONS.items()],
            findings=told_findings(health.findings[:MOST_FINDINGS], reader),
            open_count=len(health.findings),
            unlock=unlock(pages, reader) if pages.company.ready else [],
        )

    return router


def speaker(reader: Reader) -> Speaker:
    """Says things of data quality to a reader."""
    return Speaker(reader.language, reader.currency, reader.zone)


def told_findings(findings: list[Finding], reader: Reader) -> list[tuple[Finding, str, Told]]:
    """Findings with their severity and everything in words."""
    says = speaker(reader)
    return [(each, reader.say(SEVERITIES[each.severity]), says.finding(each)) for each in findings]


def refused(report: QualityReport, reader: Reader) -> list[tuple[str, str, Refusal]]:
    """Quarantined rows of all tables, the most frequent reasons first: table in words, its name, the reason."""
    says = speaker(reader)
    found = [(says.table(table.name), table.name, each) for table in report.tables for each in table.refusals]
    return sorted(found, key=lambda entry: -entry[2].rows)


def fits(report: QualityReport, reader: Reader) -> list[tuple[str, int]]:
    """Counts of what belongs together, in words."""
    return [(check_words(name, reader.language), found) for name, found in {**report.orphans, **report.totals}.items()]


def unlock(pages: Pages, reader: Reader) -> list[tuple[str, list[Question]]]:
    """Columns that are missing, with the questions they stand in the way of; the most wanted first."""
    wanted: dict[str, list[Question]] = defaultdict(list)
    for answer in pages.company.snapshot.answers().values():
        if not answer.answerable:
            for name in answer.missing:
                wanted[name].append(pages.company.registry.questions[answer.question])
    ranked = sorted(wanted.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [(column_words(name, reader.language), questions) for name, questions in ranked]
