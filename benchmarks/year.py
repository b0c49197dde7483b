"""A year of daily runs: does anybody who has not changed get another number?

    python benchmarks/year.py                                365 days of an invented company of 1,000 customers
    python benchmarks/year.py --days 30

Every day brings what its shop and till wrote that day: new members, orders, rows that come up to three weeks late, and corrected
contacts of old members. People decide about pairs in doubt and take decisions back, now and then somebody asks to be forgotten,
and once a month two strangers are joined by hand and parted again. After every run (without predictions and questions) the
numbers are compared with those of the day before, and the order lines with those of the files. Damaged rows are left out.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import yaml

from dangol.core.declare import Question
from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company
from dangol.workspace.registry import Registry
from dangol.workspace.reviewing import Record
from dangol.workspace.settings import load_settings
from dangol.workspace.snapshot import Pointer

# Source: file as the simulator writes it, its rows above the headers, encoding, and the column with its day.
FILES = {
    "mall_members": ("온라인몰_회원", 0, "cp949", "가입일시"),
    "pos_members": ("멤버십카드_회원", 0, "cp949", "등록일"),
    "mall_order_lines": ("온라인몰_주문", 1, "utf-8-sig", "주문일시"),
    "pos_order_lines": ("POS_판매", 0, "utf-8", "판매일시"),
}
PHONE = {"mall_members": "휴대폰번호", "pos_members": "연락처"}
MOMENT = re.compile(r"\d{4}[-.]\d\d[-.]\d\d \d\d:\d\d:\d\d")
ORDER = {"mall_order_lines": "주문번호", "pos_order_lines": "영수증번호"}
LATE, MOST_LATE, CORRECTED = 0.03, 20, 0.002
DECIDED_EVERY, TAKEN_BACK_EVERY, FORGOTTEN_EVERY, JOINED_EVERY = 3, 8, 17, 30
Row = dict[str, str]


@dataclass
class Days:
    """What arrives on which day, by source; day 0 brings everything before."""

    rows: dict[tuple[int, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    headers: dict[str, list[str]] = field(default_factory=dict)


def sorted_into_days(data: Path, first: date, days: int, random: np.random.Generator) -> Days:
    """Rows of the company's files by the day they arrive; all lines of an order arrive together."""
    found = Days()
    for source, (stem, above, encoding, column) in FILES.items():
        late: dict[str, int] = {}
        for file in sorted(data.glob(f"{stem}*.csv")):
            with file.open(encoding=encoding, newline="") as lines:
                for _ in range(above):
                    next(lines)
                for row in filter(sound(source, set()), csv.DictReader(lines)):
                    found.headers[source] = list(row)
                    key = row.get(ORDER.get(source, ""), str(len(late)))
                    if key not in late:
                        late[key] = int(random.integers(1, MOST_LATE)) if random.random() < LATE else 0
                    day = max(0, (day_of(row[column]) - first).days + late[key])
                    if day < days:
                        found.rows[day, source].append(row)
    return found


def day_of(text: str) -> date:
    """The day of a moment as the files write it."""
    return datetime.fromisoformat(text.replace(".", "-")).date()


def sound(source: str, seen: set[tuple[str, str]]) -> Callable[[Row], bool]:
    """Whether a row can be loaded; of rows with one key the first."""
    column = FILES[source][-1]

    def check(row: Row) -> bool:
        key = (row.get(ORDER.get(source, ""), ""), row.get("순번", str(len(seen))))
        damaged = not MOMENT.fullmatch(row[column]) or key in seen or row.get("판매단가", "0").startswith("-")
        seen.add(key)
        return not damaged and "" not in (row.get(ORDER.get(source, ""), "-"), row.get("바코드", "-"))

    return check


def corrected(found: Days, days: int, random: np.random.Generator) -> None:
    """Members whose telephone changes: their whole row arrives again."""
    for source, column in PHONE.items():
        known: list[Row] = []
        for day in range(days):
            again = [row for row in known if random.random() < CORRECTED]
            known += found.rows.get((day, source), [])
            changed = [{**row, column: f"010-{random.integers(2000, 9999)}-{random.integers(0, 9999):04}"} for row in again]
            found.rows[day, source] += changed


def deliver(folder: Path, found: Days, day: int) -> None:
    """Write the files of a day."""
    for source, (stem, above, encoding, _) in FILES.items():
        rows = found.rows.get((day, source), [])
        if rows:
            with (folder / "data" / f"{stem}_{day:03}.csv").open("w", encoding=encoding, newline="") as lines:
                lines.write("title\n" * above)
                writer = csv.DictWriter(lines, found.headers[source])
                writer.writeheader()
                writer.writerows(rows)


def prepared(folder: Path, customers: int, days: int, random: np.random.Generator) -> Days:
    """A company whose files lie sorted into days, with settings for daily runs without predictions."""
    simulate(folder, Plan(customers=customers, seed=3, event_volume=0, message_volume=0))
    settings = yaml.safe_load((folder / "dangol.yaml").read_text(encoding="utf-8"))
    settings["sources"] = [each for each in settings["sources"] if each["name"] in {*FILES, "products"}]
    names = list(Company.open(folder).registry.predictions)
    settings["predictions"] = {name: {"active": False} for name in names}
    (folder / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    first = Plan().end.date() - timedelta(days=days - 1)
    found = sorted_into_days(folder / "data", first, days, random)
    corrected(found, days, random)
    for stem, *_ in FILES.values():
        for file in (folder / "data").glob(f"{stem}*.csv"):
            file.unlink()
    return found


class Unasked(Registry):
    """All declarations but questions, whose answers nobody reads here."""

    @property
    def questions(self) -> Mapping[str, Question]:
        """None."""
        return {}


def opened(folder: Path) -> Company:
    """The company, whose runs answer no questions."""
    return Company(folder, load_settings(folder), Unasked())


class Life:
    """The company as it runs day by day, and what was found wrong."""

    def __init__(self, folder: Path, random: np.random.Generator) -> None:
        self.folder, self.random = folder, random
        self.before: dict[Record, int] = {}
        self.forgotten: set[int] = set()
        self.held: set[tuple[str, str]] = set()
        self.count: Counter[str] = Counter()

    def run(self) -> dict[Record, int]:
        """A whole run; who everybody is afterwards."""
        company = opened(self.folder)
        company.run()
        rows = company.snapshot.duck.cursor().rows("select system, customer_ref, customer_id from identity_map")
        now = {Record(row["system"], row["customer_ref"]): int(row["customer_id"]) for row in rows}
        self.compare(now)
        self.count["order lines that are not those of the files"] += self.lines_off(company)
        company.store.close()
        return now

    def compare(self, now: dict[Record, int]) -> None:
        """Groups of records that are as they were must bear their number; nobody gets the number of somebody forgotten."""
        groups, former = grouped(now), grouped(self.before)
        for members, number in groups.items():
            if members in former:
                self.count["unchanged customers compared"] += 1
                self.count["unchanged customers renamed"] += number != former[members]
        self.count["numbers of forgotten customers given again"] += len(self.forgotten & set(now.values()))
        self.before = now

    def lines_off(self, company: Company) -> int:
        """Order lines of the facts that the files do not hold, or the other way round."""
        facts = company.root / Pointer.read(company.root).facts / "facts" / "order_lines.parquet"
        return len(
            self.held ^ set(duckdb.sql(f"select split_part(order_id, ':', 2), line_no::varchar from '{facts}'").fetchall())
        )

    def people(self, day: int) -> None:
        """What people do on a day."""
        company = opened(self.folder)
        doubts = company.desk.open_doubts()
        if day % DECIDED_EVERY == 0 and doubts:
            chosen = doubts[int(self.random.integers(len(doubts)))]
            company.desk.decide([(chosen.left, chosen.right)], same=bool(self.random.random() < 0.5), who="benchmark", reason="")
            self.count["decisions"] += 1
        standing = [each for each in company.desk.rulings() if each.undone_at is None]
        if day % TAKEN_BACK_EVERY == 0 and standing:
            company.desk.undo(standing[int(self.random.integers(len(standing)))].ruling_id, who="benchmark")
            self.count["decisions taken back"] += 1
        if day % FORGOTTEN_EVERY == 0:
            self.forget(company)
        company.store.close()

    def forget(self, company: Company) -> None:
        """Somebody asks to be forgotten."""
        record = in_order(self.before)[int(self.random.integers(len(self.before)))]
        self.forgotten.add(self.before[record])
        company.forget(company.to_forget(f"{record.system}/{record.number}"), who="benchmark", reason="asked")
        self.count["customers forgotten"] += 1

    def joined_and_parted(self) -> None:
        """Two strangers are joined by hand, and parted again: everybody must be who they were."""
        before = dict(self.before)
        one, other = (in_order(before)[int(place)] for place in self.random.choice(len(before), 2, replace=False))
        desk = opened(self.folder).desk
        ruling = desk.decide([(one, other)], same=True, who="benchmark", reason="")
        joined = self.run()
        self.count["pairs joined by hand"] += joined[one] == joined[other]
        desk.undo(ruling, who="benchmark")
        self.count["unmerges that changed anything"] += self.run() != before


def in_order(records: Iterable[Record]) -> list[Record]:
    """Records by system and number, so that draws can be repeated."""
    return sorted(records, key=lambda each: (each.system, each.number))


def grouped(numbers: dict[Record, int]) -> dict[frozenset[Record], int]:
    """Records that are one customer → their number."""
    found: dict[int, set[Record]] = defaultdict(set)
    for record, number in numbers.items():
        found[number].add(record)
    return {frozenset(members): number for number, members in found.items()}


def main() -> None:
    """A year, day by day, and what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    random = np.random.default_rng(11)
    with TemporaryDirectory() as place:
        folder = Path(place)
        found = prepared(folder, asked.customers, asked.days, random)
        life, started = Life(folder, random), time.monotonic()
        for day in range(asked.days):
            deliver(folder, found, day)
            life.held |= {(row[key], row["순번"]) for source, key in ORDER.items() for row in found.rows.get((day, source), [])}
            if day:
                life.people(day)
            life.run()
            if day % JOINED_EVERY == JOINED_EVERY - 1:
                life.joined_and_parted()
                print(f"day {day + 1}: {dict(life.count)}", file=sys.stderr, flush=True)
        print(f"{asked.days} days, {len(life.before):,} records, {len(set(life.before.values())):,} customers; "
              f"{(time.monotonic() - started) / asked.days:.1f} s a day")  # fmt: skip
        for name, count in sorted(life.count.items()):
            print(f"{count:>12,}  {name}")


if __name__ == "__main__":
    main()
