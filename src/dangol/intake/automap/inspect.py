"""A file looked into: headers, a spread sample of its rows, and how full and how varied every column is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.engine.scan import ROW_NUMBER
from dangol.intake.automap.values import Look, look_at
from dangol.intake.casting import as_text
from dangol.intake.opened import Staged
from dangol.intake.opening import Bench, open_file
from dangol.intake.resident import refuse
from dangol.intake.settings import SourceSettings
from dangol.intake.template import fill, name

SAMPLE_ROWS = 2_000
MOST_KEYS = 100_000
# The engine's estimate of different values is off by a quarter or more: what may be unique is counted.
MAY_BE_UNIQUE, JUST_BELOW_ONE = 0.6, 0.999
BLANK = "nullif(trim(x), '')"


@dataclass(frozen=True)
class Inspected:
    """What is known of a file before anything is decided.

    Attributes:
        path: the file.
        headers: in their order.
        looks: header → what its values look like.
        rows: of the whole file.
        staged: all rows, for questions to come.
    """

    path: Path
    headers: tuple[str, ...]
    looks: Mapping[str, Look]
    rows: int
    staged: Staged

    @property
    def stem(self) -> str:
        """The file's name without its endings."""
        return self.path.name.removesuffix(".gz").rsplit(".", 1)[0]


def inspect_file(path: Path, bench: Bench, settings: SourceSettings | None = None) -> Inspected:
    """Open a file and look at its values.

    Raises:
        SourceError: it cannot be read, or has a column that the law forbids to keep (named, its values never).
    """
    opened = open_file(path, settings or SourceSettings(name="new", files=(str(path),)), bench)
    refuse(opened.headers, opened.look, str(path))
    staged = opened.stage()
    rows = int(bench.duck.value(exp.select("count(*)").from_(staged.scan.copy())))
    sample = sampled(staged, opened.headers, rows, bench.duck)
    refuse(opened.headers, sample, str(path))
    looks = looked(staged, opened.headers, sample, rows, bench.duck)
    return Inspected(path, opened.headers, looks, rows, staged)


def text_of(staged: Staged, header: str) -> exp.Expr:
    """A header's values as text; blanks are missing."""
    return fill(BLANK, x=as_text(name(staged.fields[header]), "VARCHAR" if is_text(staged, header) else staged.types[header]))


def is_text(staged: Staged, header: str) -> bool:
    """Whether the engine reads a column as text."""
    return staged.types[header] == "VARCHAR"


def sampled(staged: Staged, headers: Sequence[str], rows: int, duck: Duck) -> list[list[str | None]]:
    """Rows spread evenly over the file, the same ones every time."""
    columns = [
        exp.alias_(exp.cast(text_of(staged, each), "varchar"), f"s{place}", quoted=True) for place, each in enumerate(headers)
    ]
    query = exp.select(*columns).from_(staged.scan.copy())
    step = max(1, rows // SAMPLE_ROWS)
    if step > 1:
        query = query.where(fill("n % s = 0", n=name(ROW_NUMBER), s=exp.convert(step)))
    return [list(row.values()) for row in duck.rows(query.limit(SAMPLE_ROWS))]


def looked(
    staged: Staged, headers: Sequence[str], sample: Sequence[Sequence[str | None]], rows: int, duck: Duck
) -> dict[str, Look]:
    """The profile of every column: kinds of values from the sample, filled and distinct over the whole file."""
    texts = {header: text_of(staged, header) for header in headers}
    counts = [exp.alias_(fill("count(x)", x=text), f"n{place}") for place, text in enumerate(texts.values())]
    kinds = [exp.alias_(fill("approx_count_distinct(x)", x=text), f"d{place}") for place, text in enumerate(texts.values())]
    found = duck.row(exp.select(*counts, *kinds).from_(staged.scan.copy()))
    looks = {}
    for place, header in enumerate(headers):
        filled, distinct = int(found[f"n{place}"] or 0), int(found[f"d{place}"] or 0)
        ratio = distinct_share(staged, header, filled, distinct, duck)
        looks[header] = look_at([row[place] for row in sample], rows=rows, filled=filled / max(rows, 1), distinct=ratio)
    return looks


def distinct_share(staged: Staged, header: str, filled: int, distinct: int, duck: Duck) -> float:
    """Different values per filled row; 1 only where it is counted, not estimated, that none repeats."""
    if not filled:
        return 0.0
    if distinct <= MAY_BE_UNIQUE * filled:
        return distinct / filled
    counted = exact_distinct(staged, header, duck)
    return 1.0 if counted == filled else min(counted / filled, JUST_BELOW_ONE)


def exact_distinct(staged: Staged, header: str, duck: Duck) -> int:
    """How many different values a column has."""
    return int(duck.value(exp.select(fill("count(DISTINCT x)", x=text_of(staged, header))).from_(staged.scan.copy())))


def keys_of(file: Inspected, header: str, duck: Duck) -> frozenset[str]:
    """Different values of a key column, up to a limit, the same ones in every file that has them."""
    value = text_of(file.staged, header)
    query = exp.select(exp.alias_(value, "v")).distinct().from_(file.staged.scan.copy()).where(fill("x IS NOT NULL", x=value))
    ordered = exp.select("v").from_(query.subquery("kinds")).order_by(fill("hash(v)")).limit(MOST_KEYS)
    return frozenset(str(row["v"]) for row in duck.rows(ordered))
