"""Export: any table of the serving snapshot as CSV, Excel, Parquet or JSON lines, the same numbers as on every screen."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import xlsxwriter
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, NotReady, UnknownName, told
from dangol.core.query import named
from dangol.workspace.lead_columns import COLUMNS as LED
from dangol.workspace.units import QUERIES as UNIT_TABLES

TABLES = (
    "profile", "scores", "households", "household_members", "accounts", "account_members", "identity_map", "answers", "decisions",
    "campaign_members", "left_out", "lead_scores", "account_scores",
)  # fmt: skip
# What tables that are not about customers are sorted by.
KEYS = {"answers": "question", "households": "household_id", "accounts": "account_id",
        "lead_scores": "lead_ref", "account_scores": "account_id"}  # fmt: skip
# A spreadsheet takes text beginning with one of these for a formula (OWASP: CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_SHEET_ROWS = 1_048_575
BATCH = 50_000


def export(duck: Duck, tree: exp.Expr, target: Path) -> int:
    """Write a query's result in the format of the file's ending; returns the number of rows.

    People open CSV and Excel in spreadsheets, so texts that look like formulas get a leading apostrophe there; Parquet and JSON
    lines are for machines and stay as they are.

    Raises:
        ConfigError: an ending that is none of csv, xlsx, parquet and jsonl, or too many rows for a sheet.
    """
    writers: Mapping[str, Callable[[Duck, exp.Expr, Path], int]] = {
        ".csv": write_csv,
        ".xlsx": write_xlsx,
        ".parquet": write_parquet,
        ".jsonl": write_json_lines,
    }
    if target.suffix not in writers:
        what = told("cannot export to {ending:quoted}", ending=target.suffix or target.name)
        raise ConfigError(what, hint=told("known endings: {names:listed}", names=list(writers)))
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{secrets.token_hex(4)}{target.suffix}")
    rows = writers[target.suffix](duck, tree, aside)
    aside.replace(target)
    return rows


def refuse_unknown(name: str, known: Collection[str]) -> None:
    """Refuse tables of homes, accounts and leads that a company has nothing for.

    Raises:
        NotReady: it is one of them; says what data it needs.
    """
    if name in (*UNIT_TABLES, *LED) and name not in known:
        led = told("add leads with their conversions, or open opportunities of accounts")
        units = told("add addresses or telephones of customers, or their accounts")
        raise NotReady(told("this company knows no {table}", table=name), hint=led if name in LED else units)


def exported_table(name: str, score_columns: tuple[str, ...]) -> exp.Select:
    """What a table of the snapshot consists of, in a fixed order.

    Raises:
        UnknownName: no such table.
    """
    UnknownName.check(told("table"), name, TABLES)
    if name == "scores":
        return exp.select("customer_id", *score_columns).from_("profile").order_by("customer_id")
    if name == "campaign_members":
        return members()
    return exp.select("*").from_(named(name)).order_by(KEYS.get(name, "customer_id"))


def members() -> exp.Select:
    """Who was contacted or held out in our campaigns, by the numbers of the sources: what other systems understand."""
    arm = exp.case().when("decisions.action = 'contact'", exp.Literal.string("treated")).else_(exp.Literal.string("held_out"))
    chosen = exp.select("campaign_id", "system", "customer_ref", exp.alias_(arm, "arm"), "probability", "decided_at")
    joined = chosen.from_("decisions").join("identity_map", on="identity_map.customer_id = decisions.customer_id")
    return joined.where("decisions.action <> 'skip'").order_by("campaign_id", "system", "customer_ref")


def write_csv(duck: Duck, tree: exp.Expr, target: Path) -> int:
    """CSV in UTF-8 with a byte order mark, which Excel needs to read Korean."""
    rows = duck.write_csv(escaped(duck, tree), target)
    plain = target.with_suffix(".plain")
    target.rename(plain)
    with plain.open("rb") as source, target.open("wb") as marked:
        marked.write(b"\xef\xbb\xbf")
        while block := source.read(1 << 20):
            marked.write(block)
    plain.unlink()
    return rows


def escaped(duck: Duck, tree: exp.Expr) -> exp.Expr:
    """The same result with an apostrophe before texts that a spreadsheet would run."""
    inner = exp.Subquery(this=tree.copy(), alias="exported")
    duck.define("exported_columns", tree)
    types = duck.columns("exported_columns")
    duck.drop("exported_columns")
    columns = [safe_text(name) if kind == "VARCHAR" else exp.column(name, quoted=True) for name, kind in types.items()]
    return exp.select(*columns).from_(inner)


def safe_text(name: str) -> exp.Expr:
    """A text column that no spreadsheet takes for a formula."""
    column = exp.column(name, quoted=True)
    risky = exp.func("left", column, exp.Literal.number(1)).isin(*FORMULA)
    marked = exp.DPipe(this=exp.Literal.string("'"), expression=column.copy())
    return exp.alias_(exp.case().when(risky, marked).else_(column.copy()), name, quoted=True)


def write_parquet(duck: Duck, tree: exp.Expr, target: Path) -> int:
    """Parquet with the exact types."""
    return duck.write_parquet(tree, target)


def batches(duck: Duck, tree: exp.Expr) -> Iterator[pa.RecordBatch]:
    """The result piece by piece."""
    yield from duck.batches(tree, BATCH)


def write_json_lines(duck: Duck, tree: exp.Expr, target: Path) -> int:
    """One JSON object a line; money as text, so that it stays exact."""
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for batch in batches(duck, tree):
            for row in batch.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            count += batch.num_rows
    return count


def write_xlsx(duck: Duck, tree: exp.Expr, target: Path) -> int:
    """One Excel sheet; numbers stay numbers, text stays text."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    count = 0
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet("dangol")
        for batch in batches(duck, tree):
            if count == 0:
                sheet.write_row(0, 0, batch.schema.names)
            if count + batch.num_rows > MOST_SHEET_ROWS:
                what = told("more than {n:count} rows do not fit on a sheet", n=MOST_SHEET_ROWS)
                raise ConfigError(what, hint=told("export to .csv or .parquet"))
            for row in batch.to_pylist():
                count += 1
                sheet.write_row(count, 0, [cell(value) for value in row.values()])
    return count


def cell(value: object) -> object:
    """A value as Excel knows it."""
    return float(value) if isinstance(value, Decimal) else value if value is not None else ""
