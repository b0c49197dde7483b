"""One file loaded: rows accepted, moved to returns, lifted into orders and products, or quarantined with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from pathlib import Path

from sqlglot import exp

from dangol.core.engine.scan import filled, parquet_scan
from dangol.core.errors import DataError, told
from dangol.core.query import literal, select_star
from dangol.core.tables import DELETED, LEAD_RECORD, TABLES
from dangol.intake.assembly import PROBLEM, ROW, Assembly
from dangol.intake.lifting import LiftedRows, lift_orders, lift_values
from dangol.intake.notice import Notice
from dangol.intake.opening import Bench
from dangol.intake.template import cases, fill, fill_query, name

LEFT_OUT, AGAIN, DOUBLED, BAD, LIFTED = "left_out", "keys_again", "doubled_rows", "bad_rows", "lifted_rows"
FIND_AGAIN = "SELECT hash(keys) AS key_hash FROM kept WHERE complete GROUP BY hash(keys) HAVING count(*) > 1"
FIND_DOUBLES = """
WITH placed AS (
  SELECT row_no, row_content AS content, first_value(row_content) OVER w AS first_content, row_number() OVER w AS place
  FROM kept WHERE complete AND hash(keys) IN (SELECT key_hash FROM keys_again)
  WINDOW w AS (PARTITION BY keys ORDER BY row_no))
SELECT row_no, CASE WHEN content = first_content THEN 'duplicate_row' ELSE 'same_key_other_content' END AS reason
FROM placed WHERE place > 1
"""
ORIGIN = ("source", "delivery", ROW)
LEAD_ALONE = f"'{LEAD_RECORD}' || lead_ref"
OF_LEAD = f"COALESCE(customer_ref, {LEAD_ALONE})"
REJECTED = "SELECT CAST(min(line) AS BIGINT) AS line, any_value(csv_line) AS csv_line FROM rejects GROUP BY COALESCE(line, 0 - p)"


@dataclass(frozen=True)
class Label:
    """What every written row says of its origin."""

    source: str
    fingerprint: str
    file: str

    @property
    def stem(self) -> str:
        """Name of the delivery's files."""
        return f"{self.source}-{self.fingerprint[:12]}"

    def columns(self) -> list[exp.Expr]:
        """`source` and `delivery` as columns."""
        return [exp.alias_(literal(self.source), "source"), exp.alias_(literal(self.fingerprint[:12]), "delivery")]


@dataclass(frozen=True)
class Outcome:
    """What became of a file's rows; files are relative to the workspace folder."""

    files: Mapping[str, str]
    rows: Mapping[str, int]
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_moved: int
    quarantine: str | None
    reasons: Mapping[str, int]
    columns: Mapping[str, tuple[str, ...]]
    filled: Mapping[str, int]
    span: tuple[str | None, str | None]
    notices: tuple[Notice, ...]


class Loading:
    """The steps by which one mapped file becomes files of canonical tables.

    Nearly every file is clean. So its accepted rows are written at once, and only where they are fewer than the file has rows
    is it read again for those left out.
    """

    def __init__(self, assembly: Assembly, label: Label, root: Path, bench: Bench) -> None:
        self.assembly, self.label, self.root, self.duck = assembly, label, root, bench.duck
        self.table = assembly.mapped.table
        self.checked = assembly.checked()
        self.columns = assembly.names
        self.file = self.path("tables", self.table.name)
        self.has_doubles = False

    def run(self) -> Outcome:
        """Load the file.

        Raises:
            DataError: rows in do not equal rows loaded, moved and quarantined, which would be a fault of ours.
        """
        total, rejected = self.count(exp.select("*").from_(self.assembly.staged.scan.copy())), self.rejected()
        files, rows = {self.table.name: self.file}, {self.table.name: self.write(self.accepted(), self.file)}
        some_left_out = rows[self.table.name] < total
        if some_left_out:
            left_out = exp.select("*").from_(self.checked.subquery("checked")).where(exp.not_(self.accepts()))
            self.duck.create(LEFT_OUT, left_out, temporary=True)
        rows[self.table.name] -= self.remove_doubles()
        moved = self.move(files, rows) if some_left_out else 0
        lifted = self.lift(files, rows)
        reasons = self.quarantine_rows(rejected, some_left_out=some_left_out)
        outcome = Outcome(
            files=files,
            rows=rows,
            rows_in=total + rejected,
            rows_loaded=rows[self.table.name],
            rows_quarantined=sum(reasons.values()),
            rows_moved=moved,
            quarantine=self.path("quarantine", self.table.name) if reasons else None,
            reasons=reasons,
            columns={table: carried(self.root / file, table) for table, file in files.items()},
            notices=(*lifted, *self.notices(rows[self.table.name])),
            filled={each: count for each, count in filled(self.root / self.file).items() if each in self.table.by_name},
            span=self.span(),
        )
        balance(outcome, self.label)
        return outcome

    def path(self, folder: str, table: str) -> str:
        """Where a file of this delivery goes, below the workspace folder."""
        return f"{folder}/{table}/{self.label.stem}.parquet"

    def write(self, query: exp.Expr, file: str) -> int:
        """Write one file; returns its rows."""
        return self.duck.write_parquet(query, self.root / file, fast=True)

    def kept(self) -> exp.Select:
        """The accepted rows as written, with all that they carry."""
        return select_star(parquet_scan([self.root / self.file]))

    def there(self) -> exp.Select:
        """The accepted rows that their source has not marked as deleted."""
        return self.kept().where(fill("NOT COALESCE(deleted, FALSE)")) if DELETED.name in self.columns else self.kept()

    def remove_doubles(self) -> int:
        """Take out rows whose key came before in this file; how many. Tables whose key this file does not carry have none."""
        keys = self.table.key_among(self.columns)
        if not keys:
            return 0
        parts = self.keyed(keys)
        # Two steps, because nearly always the first finds nothing and the second would carry whole rows.
        self.duck.create(AGAIN, fill(FIND_AGAIN, **parts), temporary=True)
        if not self.count(AGAIN):
            return 0
        self.duck.create(DOUBLED, fill(FIND_DOUBLES, **parts), temporary=True)
        doubled = self.count(DOUBLED)
        self.has_doubles = bool(doubled)
        if self.has_doubles:
            self.write(self.kept().where(fill("row_no NOT IN (SELECT row_no FROM doubled_rows)")), self.file)
        return doubled

    def keyed(self, keys: Sequence[str]) -> dict[str, exp.Expr]:
        """What doubles are found by: the rows, their key, whether it is complete, and a hash of what they say."""
        return {
            "kept": self.kept(),
            "keys": exp.Tuple(expressions=[name(key) for key in keys]),
            "complete": exp.and_(*(fill("k IS NOT NULL", k=name(key)) for key in keys if key not in self.table.finer)),
            "row_content": exp.Anonymous(this="hash", expressions=[name(each) for each in self.columns]),
        }

    def count(self, rows: exp.Query | str) -> int:
        """How many rows a query or temporary table has."""
        counted = rows.subquery("counted") if isinstance(rows, exp.Query) else exp.to_table(rows)
        return int(self.duck.value(exp.select("count(*)").from_(counted)))

    def not_moved(self) -> exp.Expr:
        """Whether a row stays in its table: a line with a negative quantity goes to returns."""
        return fill("COALESCE(quantity, 0) >= 0") if self.table.name == "order_lines" else exp.true()

    def can_move(self) -> bool:
        """Whether rows that do not stay can become returns, which need a date."""
        return self.table.name != "order_lines" or "ordered_at" in self.columns

    def accepts(self) -> exp.Expr:
        """Whether a checked row is accepted."""
        return exp.and_(fill("problem = 0"), self.not_moved())

    def accepted(self) -> exp.Select:
        """Accepted rows with all that they carry; lines without a number of their own get one."""
        own = self.numbered_leads() if self.reaches_leads else list[exp.Expr](map(name, self.columns))
        if self.table.name == "order_lines" and "line_no" not in self.columns:
            own.append(exp.alias_(fill("row_number() OVER (PARTITION BY order_id ORDER BY row_no)"), "line_no"))
        if self.table.name == "order_lines" and "status" in self.columns and "line_status" not in self.columns:
            own.append(exp.alias_(name("status"), "line_status"))
        return exp.select(*self.label.columns(), name(ROW), *own).from_(self.checked.subquery("checked")).where(self.accepts())

    def numbered_leads(self) -> list[exp.Expr]:
        """The columns of leads, with the lead's number for that of the customer where the file names none."""
        own = [name(each) for each in self.columns if each != "customer_ref"]
        return [*own, exp.alias_(fill(OF_LEAD if "customer_ref" in self.columns else LEAD_ALONE), "customer_ref")]

    @property
    def reaches_leads(self) -> bool:
        """Whether rows say how leads are called or reached: then each is a record of a person, under the lead's number."""
        return self.table.name == "leads" and bool(self.assembly.mapped.lifted.get("customers"))

    def move(self, files: dict[str, str], rows: dict[str, int]) -> int:
        """Write lines with a negative quantity as returns; how many."""
        if self.table.name != "order_lines" or not self.can_move():
            return 0
        made = [exp.alias_(name("ordered_at"), "returned_at"), exp.alias_(fill("0 - quantity"), "quantity")]
        made += [exp.alias_(fill("abs(net_amount)"), "refund_amount")] if "net_amount" in self.columns else []
        kept = self.present(("customer_ref", "order_id", "product_id"))
        rows_back = exp.select(*self.label.columns(), name(ROW), *map(name, kept), *made).from_(LEFT_OUT)
        query = rows_back.where(fill("problem = 0 AND quantity < 0"))
        count = self.count(query)
        if count:
            files["returns"] = self.path("tables", "returns")
            rows["returns"] = self.write(query, files["returns"])
        return count

    def lift(self, files: dict[str, str], rows: dict[str, int]) -> list[Notice]:
        """Write the orders, products and buyers that lines of orders carry."""
        notices: list[Notice] = []
        for table, found in self.lifted().items():
            self.duck.create(LIFTED, found.query, temporary=True)
            files[table] = self.path("tables", table)
            rows[table] = self.write(found.rows(LIFTED), files[table])
            notices += [
                Notice("several_values", each, count) for each, count in found.conflicts(self.duck, LIFTED).items() if count
            ]
        self.duck.drop(LIFTED)
        return notices

    def lifted(self) -> dict[str, LiftedRows]:
        """Queries of the lifted tables that this file can fill."""
        lifted, found = self.assembly.mapped.lifted, {}
        if "orders" in lifted and "ordered_at" in self.columns:
            own = ["customer_ref", *lifted["orders"]]
            found["orders"] = lift_orders(self.there(), self.label.columns(), self.present(own))
        if lifted.get("products"):
            found["products"] = lift_values(self.there(), self.label.columns(), "product_id", lifted["products"])
        if lifted.get("customers") and ("customer_ref" in self.columns or self.reaches_leads):
            found["customers"] = lift_values(self.there(), self.label.columns(), "customer_ref", lifted["customers"])
        return found

    def present(self, names: Sequence[str]) -> list[str]:
        """Of some columns those that this file fills."""
        return [each for each in names if each in self.columns]

    def rejected(self) -> int:
        """How many lines had too few or too many fields."""
        table = self.assembly.staged.rejects
        if table is None:
            return 0
        return self.count(self.ragged(table))

    def ragged(self, table: str) -> exp.Query:
        """Lines that could not be split into fields, each once."""
        place = name("place") if "place" in self.duck.columns(table) else exp.convert(0)
        return fill_query(REJECTED, rejects=exp.to_table(table), p=place)

    def quarantine_rows(self, rejected: int, *, some_left_out: bool) -> dict[str, int]:
        """Write what was refused, with its reason and the row as delivered; how many for each reason."""
        parts = self.bad_rows(some_left_out=some_left_out)
        parts += [self.bad_lines()] if rejected else []
        if not parts:
            return {}
        file = self.path("quarantine", self.table.name)
        self.write(reduce(union_all, parts), file)
        grouped = exp.select("reason", exp.alias_(fill("count(*)"), "rows")).from_(parquet_scan([self.root / file]))
        return {str(row["reason"]): int(row["rows"]) for row in self.duck.rows(grouped.group_by("reason").order_by("reason"))}

    def bad_rows(self, *, some_left_out: bool) -> list[exp.Query]:
        """The rows that were refused or came twice as the quarantine keeps them; nothing where there are none."""
        found = [self.refused()] if some_left_out else []
        found += [self.doubled()] if self.has_doubles else []
        if not found:
            return []
        self.duck.create(BAD, reduce(union_all, found), temporary=True)
        return [self.bad_records()] if self.count(BAD) else []

    def refused(self) -> exp.Query:
        """Row numbers and problems of refused rows."""
        refused = fill("problem > 0") if self.can_move() else exp.true()
        checks = self.assembly.checks()
        reason = self.by_problem([check.reason for check in checks], "return_without_date")
        column = self.by_problem([check.column for check in checks], "quantity")
        columns = (name(ROW), name(PROBLEM), exp.alias_(reason, "reason"), exp.alias_(column, "column", quoted=True))
        return exp.select(*columns).from_(LEFT_OUT).where(refused)

    def doubled(self) -> exp.Query:
        """Row numbers of rows whose key came before."""
        none = exp.alias_(exp.cast(literal(0), "smallint"), PROBLEM)
        key = exp.alias_(literal(self.table.key[0]), "column", quoted=True)
        return exp.select(name(ROW), none, name("reason"), key).from_(DOUBLED)

    def by_problem(self, words: Sequence[str], otherwise: str) -> exp.Expr:
        """A word for each problem's number."""
        numbered = enumerate(words, start=1)
        return cases(
            [(exp.EQ(this=name(PROBLEM), expression=literal(place)), literal(each)) for place, each in numbered],
            literal(otherwise),
        )

    def bad_records(self) -> exp.Select:
        """Refused rows with the offending value and the whole raw row."""
        known = [exp.column(each, "bad", quoted=True) for each in (ROW, "column")]
        return (
            exp.select(*self.origin(), *known, exp.alias_(self.bad_value(), "value"), exp.column("reason", "bad"))
            .select(exp.alias_(exp.cast(self.raw_record(), "varchar"), "record"))
            .from_(self.assembly.scan().subquery("raw"))
            .join(exp.to_table(BAD).as_("bad"), on=fill("raw.row_no = bad.row_no"))
        )

    def raw_record(self) -> exp.Expr:
        """A whole row as it was delivered, with its headers."""
        fields = [(literal(header), self.assembly.raw(header)) for header in self.assembly.staged.fields]
        return exp.Anonymous(this="json_object", expressions=list(chain.from_iterable(fields)))

    def bad_value(self) -> exp.Expr:
        """The value that a row was refused for; missing where no single field is to blame."""
        values = [
            (
                exp.EQ(this=exp.column(PROBLEM, "bad"), expression=literal(place)),
                exp.cast(self.assembly.raw(check.header), "varchar"),
            )
            for place, check in enumerate(self.assembly.checks(), start=1)
            if check.header
        ]
        return exp.cast(cases(values) if values else exp.null(), "varchar")

    def bad_lines(self) -> exp.Select:
        """Lines that could not be split into fields."""
        ragged = self.ragged(self.assembly.staged.rejects or "")
        nothing = exp.cast(exp.null(), "varchar")
        columns = {
            ROW: name("line"),
            "column": nothing,
            "value": nothing.copy(),
            "reason": literal("ragged"),
            "record": name("csv_line"),
        }
        named = [exp.alias_(value, each, quoted=True) for each, value in columns.items()]
        return exp.select(*self.origin(), *named).from_(ragged.subquery("ragged"))

    def origin(self) -> Sequence[exp.Expr]:
        """`source` and `file` as columns."""
        return exp.alias_(literal(self.label.source), "source"), exp.alias_(literal(self.label.file), "file")

    def span(self) -> tuple[str | None, str | None]:
        """Earliest and latest moment of the accepted rows, UTC."""
        moment = self.table.moment
        if moment is None or moment not in self.columns:
            return None, None
        ends = [exp.alias_(exp.cast(exp.func(end, name(moment)), "varchar"), end, quoted=True) for end in ("min", "max")]
        row = self.duck.row(exp.select(*ends).from_(self.kept().subquery("kept")))
        return row["min"], row["max"]

    def notices(self, loaded: int) -> list[Notice]:
        """What people should know about this file."""
        mapped, found = self.assembly.mapped, []
        if mapped.unmapped:
            found.append(Notice("unmapped", ", ".join(mapped.unmapped[:20]), len(mapped.unmapped)))
        if not loaded:
            found.append(Notice("nothing_loaded", self.label.file))
        if self.table.name == "order_lines":
            found += self.line_notices()
        return found

    def line_notices(self) -> list[Notice]:
        """Identical lines, and lines without any amount."""
        found = [] if "net_amount" in self.columns else [Notice("no_net_amount", self.label.file)]
        if "line_no" in self.columns:
            return found
        content = exp.Anonymous(this="hash", expressions=[name(each) for each in self.columns])
        same = self.duck.value(
            exp.select(fill("count(*) - count(DISTINCT content)", content=content)).from_(self.kept().subquery("kept"))
        )
        return [*found, Notice("identical_lines", "", int(same))] if same else found


def union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    """The rows of both."""
    return exp.union(left, right, distinct=False)


def carried(file: Path, table: str) -> tuple[str, ...]:
    """The columns of a table that a file brings, and those that tell a row's origin."""
    return tuple(each for each in filled(file) if each in TABLES[table].by_name or each in ORIGIN)


def balance(outcome: Outcome, label: Label) -> None:
    """Make sure that no row was lost.

    Raises:
        DataError: rows in do not equal rows loaded, moved and quarantined.
    """
    out = outcome.rows_loaded + outcome.rows_moved + outcome.rows_quarantined
    if out != outcome.rows_in:
        what = told("{rows:count} rows came in and {out:count} were accounted for", rows=outcome.rows_in, out=out)
        raise DataError(what, where=f"{label.source}: {label.file}")
    assert set(outcome.files) <= set(TABLES)
