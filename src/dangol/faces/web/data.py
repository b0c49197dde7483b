"""Data: what came in and what became of it, how full columns are, and which questions further data would unlock."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import Question
from dangol.core.tables import find_table
from dangol.faces.html import Reader
from dangol.faces.web.show import Pages
from dangol.intake import QualityReport
from dangol.intake.quality import Refusal
from dangol.workspace.wording import check_words, column_words


def routes(pages: Pages) -> APIRouter:
    """The page of data quality."""
    router = APIRouter()

    @lru_cache(maxsize=1)
    def quality(_run_id: str) -> QualityReport:
        """The report of a run; counting it anew for every visitor would read all data."""
        return pages.company.quality()

    @router.get("/data")
    def data(request: Request) -> HTMLResponse:
        """The quality report."""
        reader = pages.reader(request)
        report = quality(pages.company.snapshot.pointer.run_id)
        checks = [(check_words(name, reader.language), found) for name, found in {**report.orphans, **report.totals}.items()]
        return pages.show(
            request,
            "data.html",
            report=report,
            tables=[(table_title(each.name, reader), each) for each in report.tables],
            refusals=refused(report, reader),
            column_title=lambda table, column: column_title(table, column, reader),
            checks=checks,
            unlock=unlock(pages, reader),
        )

    return router


def table_title(name: str, reader: Reader) -> str:
    """A table in words."""
    table = find_table(name)
    return table.ko if reader.language == "ko" else table.en


def column_title(table: str, column: str, reader: Reader) -> str:
    """A column in words."""
    found = find_table(table).by_name.get(column)
    return column if found is None else found.ko if reader.language == "ko" else found.en


def refused(report: QualityReport, reader: Reader) -> list[tuple[str, str, Refusal]]:
    """Quarantined rows of all tables, the most frequent reasons first: table in words, its name, the reason."""
    found = [(table_title(table.name, reader), table.name, each) for table in report.tables for each in table.refusals]
    return sorted(found, key=lambda entry: -entry[2].rows)


def unlock(pages: Pages, reader: Reader) -> list[tuple[str, list[Question]]]:
    """Columns that are missing, with the questions they stand in the way of; the most wanted first."""
    wanted: dict[str, list[Question]] = defaultdict(list)
    for answer in pages.company.snapshot.answers().values():
        if not answer.answerable:
            for name in answer.missing:
                wanted[name].append(pages.company.registry.questions[answer.question])
    ranked = sorted(wanted.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [(column_words(name, reader.language), questions) for name, questions in ranked]
