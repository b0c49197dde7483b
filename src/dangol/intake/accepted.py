"""The rows that count: where files of one source overlap, what was delivered last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from itertools import chain
from pathlib import Path

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.engine.scan import parquet_scan
from dangol.core.errors import NotReady, told
from dangol.core.query import literal
from dangol.core.tables import DELETED, find_table
from dangol.intake.manifest import Delivery, deliveries
from dangol.intake.template import fill, fill_query, name

# All lines of an order come from one delivery, else an order changed meanwhile would keep lines it no longer has.
WHOLE = {"order_lines": ("order_id",)}
OUTRANKS = 1_000_000
NUMBERED = """
SELECT *, COALESCE(map_extract_value(numbers, delivery), 0) AS delivery_number, hash(keys) AS key_hash FROM rows
"""
SHARED = """
SELECT key_hash FROM numbered WHERE complete GROUP BY key_hash HAVING min(delivery_number) <> max(delivery_number)
"""
LATEST = """
WITH numbered AS (SELECT * FROM numbered_rows),
shared AS (SELECT * FROM shared_keys),
latest AS (
    SELECT source, keys AS row_key, max(delivery_number) AS latest_number FROM numbered
    WHERE complete AND key_hash IN (SELECT key_hash FROM shared) GROUP BY ALL)
SELECT numbered.* EXCLUDE (delivery_number, key_hash) FROM numbered
LEFT JOIN latest ON numbered.source = latest.source AND numbered_keys = latest.row_key
WHERE latest.latest_number IS NULL OR latest.latest_number = numbered.delivery_number
"""

UNDELETED = "SELECT * EXCLUDE (deleted) FROM everything WHERE NOT COALESCE(deleted, FALSE)"


def accepted(root: Path, table: str, repeating: Collection[str] | None = None) -> exp.Query:
    """A select of the rows of a canonical table that count, with `source`, `delivery` and `row_no`.

    A source with a single delivery is read as it is; where a source delivered a key again, its latest delivery stands. Rows that
    their source has marked as deleted count no more, nor does what was said under their key before.

    Args:
        root: the workspace's folder.
        table: a canonical table.
        repeating: sources that delivered a key again, as `repeating` finds them; where not given, all are looked through whenever
            the select is computed.

    Raises:
        NotReady: nothing was ever loaded into the table.
        UnknownName: there is no such table.
    """
    find_table(table)
    groups = by_source(filling(root, table))
    if not groups:
        raise NotReady(
            told("nothing was loaded into {table:quoted} yet", table=table), hint=told("first: {command}", command="dangol run")
        )
    everything = united(root, table, groups, again_among(groups, repeating))
    return fill_query(UNDELETED, everything=everything) if marks_deleted(table, groups) else everything


def again_among(groups: Sequence[list[Delivery]], repeating: Collection[str] | None) -> list[list[Delivery]]:
    """Sources that delivered a key again; where nobody looked, all that delivered more than once."""
    return [found for found in several(groups) if repeating is None or found[0].source in repeating]


def united(root: Path, table: str, groups: Sequence[list[Delivery]], again: Sequence[list[Delivery]]) -> exp.Query:
    """The rows of all sources of a table, of those that delivered a key again the latest."""
    plain = list(chain.from_iterable(found for found in groups if found not in again))
    parts: list[exp.Query] = [rows_of(root, table, plain)] if plain else []
    # A union's branch that begins with WITH must stand in parentheses.
    parts += [exp.select("*").from_(latest(root, table, found).subquery("rows")) for found in again]
    return reduce(lambda left, right: exp.Union(this=left, expression=right, distinct=False, by_name=True), parts)


def marks_deleted(table: str, groups: Sequence[list[Delivery]]) -> bool:
    """Whether any source of a table says which of its rows are deleted."""
    return any(DELETED.name in each.columns[table] for each in chain.from_iterable(groups))


def repeating(root: Path, table: str, duck: Duck) -> frozenset[str]:
    """Sources of a table that delivered a key more than once.

    Most sources repeat nothing. Hashes of keys tell so at a tenth of the cost of comparing the keys of all rows.
    """
    asked = (root, table, tuple(each.fingerprint for each in filling(root, table)))
    if asked not in REPEATING:
        REPEATING[asked] = looked_through(root, table, duck)
    return REPEATING[asked]


# What was found of the same deliveries before; a run asks more than once.
REPEATING: dict[tuple[Path, str, tuple[str, ...]], frozenset[str]] = {}


def looked_through(root: Path, table: str, duck: Duck) -> frozenset[str]:
    """Sources of a table that delivered a key more than once, found by hashes of all keys."""
    groups = by_source(filling(root, table))
    found_keys = {found[0].source: keyed(root, table, found) for found in several(groups)}
    return frozenset(
        source
        for source, parts in found_keys.items()
        if parts and duck.value(exp.select("count(*)").from_(fill_query(SHARED, **parts).subquery("shared")))
    )


def filling(root: Path, table: str) -> list[Delivery]:
    """Deliveries that brought rows of a table."""
    return [each for each in deliveries(root) if each.rows.get(table)]


def by_source(loaded: Sequence[Delivery]) -> list[list[Delivery]]:
    """Deliveries grouped by their source, in the order they were loaded."""
    groups: dict[str, list[Delivery]] = {}
    for each in loaded:
        groups.setdefault(each.source, []).append(each)
    return list(groups.values())


def several(groups: Sequence[list[Delivery]]) -> list[list[Delivery]]:
    """Sources with more than one delivery."""
    return [found for found in groups if len(found) > 1]


def rows_of(root: Path, table: str, found: Sequence[Delivery]) -> exp.Select:
    """All rows of some deliveries, with the columns of the table that any of them carries."""
    columns = dict.fromkeys(column for each in found for column in each.columns[table])
    return exp.select(*map(name, columns)).from_(parquet_scan([root / each.files[table] for each in found]))


def delivered_key(table: str, found: Sequence[Delivery]) -> tuple[str, ...]:
    """The columns that tell a table's rows apart; none where the deliveries do not carry all of them."""
    carried = {column for each in found for column in each.columns.get(table, ())}
    if table in WHOLE:
        return WHOLE[table] if set(WHOLE[table]) <= carried else ()
    return find_table(table).key_among(carried)


def ranked(table: str, found: Sequence[Delivery]) -> exp.Map:
    """How late each delivery came; a file of the table itself outranks what was lifted from lines."""
    return exp.Map(
        keys=exp.Array(expressions=[literal(each.fingerprint[:12]) for each in found]),
        values=exp.Array(expressions=[literal(each.number + OUTRANKS * (each.table == table)) for each in found]),
    )


def keyed(root: Path, table: str, found: Sequence[Delivery]) -> dict[str, exp.Expr]:
    """The rows of one source with the number of their delivery and a hash of their key; nothing where keys are not delivered."""
    keys = delivered_key(table, found)
    if not keys:
        return {}
    finer = find_table(table).finer
    key = exp.Tuple(expressions=[name(key) for key in keys])
    numbered = fill_query(NUMBERED, rows=rows_of(root, table, found), numbers=ranked(table, found), keys=key)
    return {"numbered": numbered, "complete": exp.and_(*(fill("k IS NOT NULL", k=name(key)) for key in keys if key not in finer))}


def latest(root: Path, table: str, found: Sequence[Delivery]) -> exp.Query:
    """Rows of one source that delivered more than once."""
    parts = keyed(root, table, found)
    if not parts:
        return rows_of(root, table, found)
    keys = delivered_key(table, found)
    return fill_query(
        LATEST,
        numbered_rows=parts["numbered"],
        shared_keys=fill_query(SHARED, numbered=exp.to_table("numbered"), complete=parts["complete"]),
        keys=exp.Tuple(expressions=[name(key) for key in keys]),
        numbered_keys=exp.Tuple(expressions=[exp.column(key, "numbered", quoted=True) for key in keys]),
        complete=parts["complete"],
    )
