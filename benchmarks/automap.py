"""How many headers of exports nobody prepared for are read rightly, by their names alone, and how many identifiers wrongly.

    python benchmarks/automap.py

Names alone: no value is shown to the mapping, so that the figure is what a file with empty columns would get. What is only asked
about counts neither as right nor as wrong for identifiers; it is printed beside.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from automap_headers import EXPORTS, FRESH, HELD_OUT, NONE, THIRD, truth
from dangol.core.engine.duck import Duck
from dangol.core.tables import TABLES
from dangol.intake.automap import Reading, propose
from dangol.intake.automap.evidence import is_identifier
from dangol.intake.mapping import columns_of
from dangol.intake.opening import Bench


def read(name: str, headers: list[str], folder: Path, duck: Duck) -> tuple[str, dict[str, Reading]]:
    """The table and readings of a file that has these headers and one empty row."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, [" "] * len(headers)])
    proposal = propose([path], Bench(duck, folder)).proposals[0]
    return proposal.table.name if proposal.table else NONE, {each.header: each for each in proposal.readings}


def judged(reading: Reading, meanings: frozenset[str]) -> str:
    """right, asked, missed or wrong."""
    used = reading.column if reading.status in ("mapped", "guessed") else NONE
    if used in meanings:
        return "right"
    if reading.status == "asked":
        return "asked" if reading.column in meanings else "asked wrongly"
    return "wrong" if used else "missed"


def main() -> None:
    """Read all sets of exports and print what became of their headers."""
    measure("first set", EXPORTS)
    measure("second set", FRESH)
    measure("third set", THIRD)
    measure("held out", HELD_OUT)


IDENTIFIERS = {
    name for table in ("order_lines", "customers") for name, each in columns_of(TABLES[table]).items() if is_identifier(each)
}


def measure(title: str, exports: Mapping[str, tuple[str, str]]) -> None:
    """Read every export of a set and print every header that was not read rightly, then the shares."""
    total: Counter[str] = Counter()
    tables = wrong_identifiers = 0
    with Duck(memory_limit="1GB", threads=1) as duck, tempfile.TemporaryDirectory() as folder:
        for name, (table, text) in exports.items():
            meanings = truth(text)
            found, readings = read(name, list(meanings), Path(folder), duck)
            tables += found == table
            for header, right in meanings.items():
                mark = judged(readings[header], right)
                total[mark] += 1
                wrong_identifiers += mark == "wrong" and readings[header].column in IDENTIFIERS
                tell(name, readings[header], mark, right)
    count = sum(total.values())
    print(f"{title}: {count} headers of {len(exports)} exports; tables right {tables}/{len(exports)}")
    print(", ".join(f"{mark} {number}" for mark, number in total.most_common()))
    right, asked = total["right"] / count, (total["right"] + total["asked"]) / count
    print(f"read rightly {right:.3f}; with those asked about rightly {asked:.3f}; wrong identifiers {wrong_identifiers}")


def tell(name: str, reading: Reading, mark: str, right: frozenset[str]) -> None:
    """Print a header that was not read rightly."""
    if mark != "right":
        found = reading.column or "–"
        print(f"  {name}: {reading.header!r} {mark}: {found} ({reading.confidence:.2f}), should be {sorted(right)}")


if __name__ == "__main__":
    main()
