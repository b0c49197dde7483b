"""Coverage: a heat map of how full each field of each source is, month by month, as a table and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dangol.core.errors import UnknownName, told
from dangol.faces.web.data import speaker
from dangol.faces.web.show import Pages
from dangol.intake.quality.coverage import COLUMNS
from dangol.workspace.quality import Health

Measure = Literal["filled", "valid"]
SHADES = 10


@dataclass(frozen=True)
class Row:
    """One field of one source.

    Attributes:
        cells: share and rows of each month; None where the source has no rows.
        whole: share over all months.
    """

    source: str
    column: str
    title: str
    cells: tuple[tuple[float, int] | None, ...]
    whole: float


def routes(pages: Pages) -> APIRouter:
    """The heat map and its file."""
    router = APIRouter()

    @router.get("/data/coverage")
    def coverage(request: Request, table: str = "", measure: Measure = "filled") -> HTMLResponse:
        """One table at a time."""
        reader, health = pages.reader(request), pages.company.health()
        says = speaker(reader)
        tables = list(dict.fromkeys(each.name for each in health.state.report.tables))
        chosen = chosen_of(table, tables)
        rows = [each for each in health.state.coverage.to_pylist() if each["table_name"] == chosen]
        months = months_in(rows)
        return pages.show(
            request,
            "data_coverage.html",
            tables=[(each, says.table(each)) for each in tables],
            chosen=chosen,
            measure=measure,
            months=months,
            rows=list(heat(rows, months, measure, lambda column: says.column(chosen, column))),
            shade=shade,
        )

    @router.get("/data/coverage.csv")
    def as_csv() -> Response:
        """All tables, one line a field, source and month."""
        name = 'attachment; filename="coverage.csv"'
        return Response(
            written(pages.company.health()), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
        )

    return router


def chosen_of(table: str, tables: Sequence[str]) -> str:
    """The table to show: the wanted one, else orders, else the first.

    Raises:
        UnknownName: nothing was loaded into the wanted one.
    """
    chosen = table or next((each for each in ("orders", "order_lines") if each in tables), tables[0])
    UnknownName.check(told("table"), chosen, tables)
    return chosen


def months_in(rows: Sequence[dict[str, Any]]) -> list[date | None]:
    """Months of some rows in order; undated ones last."""
    found = {row["month"] for row in rows}
    return [*sorted(each for each in found if each is not None), *([None] if None in found else [])]


def heat(rows: Sequence[dict[str, Any]], months: Sequence[date | None], measure: Measure, title: Any) -> Iterator[Row]:  # noqa: ANN401
    """The lines of the heat map: fields of each source, in the order of their names."""
    fields: dict[tuple[str, str], dict[date | None, tuple[int, int]]] = {}
    for row in rows:
        fields.setdefault((row["source"], row["column_name"]), {})[row["month"]] = (row[f"{measure}_count"], row["row_count"])
    for (source, column), counts in sorted(fields.items()):
        cells = tuple(cell(counts.get(month)) for month in months)
        full, every = (sum(each[place] for each in counts.values()) for place in (0, 1))
        yield Row(source, column, title(column), cells, full / every if every else 0.0)


def cell(counted: tuple[int, int] | None) -> tuple[float, int] | None:
    """A cell's share and rows."""
    return (counted[0] / counted[1], counted[1]) if counted and counted[1] else None


def shade(share: float) -> int:
    """How dark a share is, 0 to 10; only what is whole is the darkest."""
    return SHADES if share >= 1 else min(SHADES - 1, int(share * SHADES))


def written(health: Health) -> str:
    """The whole coverage as CSV, with a mark that lets spreadsheets read Korean."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, "filled_share", "valid_share"])
    for row in health.state.coverage.to_pylist():
        counts = [row["filled_count"] / row["row_count"], row["valid_count"] / row["row_count"]]
        writer.writerow([*(row[each] if row[each] is not None else "" for each in COLUMNS), *(f"{each:.6f}" for each in counts)])
    return "\ufeff" + text.getvalue()
