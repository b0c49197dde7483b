"""Drift alarms and early warnings on invented companies with known truth: `python benchmarks/keeping.py --seeds 20`.

For each seed a company of 1,200 customers is run as it is, and once more after a shift: from 75 days before the end on, three of
four orders do not happen. Reported: drift alarms of the churn model on both, and the share of right early warnings in replayed
weeks beside the simple rule, at ten warnings a week; "gone" is the share of warned customers who in truth had left when the list
was made.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dangol.simulate import Plan, read_truth, simulate
from dangol.workspace.company import Company
from dangol.workspace.warning import FILE

END = datetime(2026, 10, 31, 15)
SHIFT_DAYS, LOST_OF_FOUR, PER_WEEK = 75, 3, 10
OFF = ("lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")


def invented(base: Path, seed: int) -> Path:
    """A company of 1,200 customers that makes churn scores only."""
    simulate(base, Plan(customers=1_200, seed=seed, korean=False, event_volume=0, message_volume=0.5))
    settings = base / "dangol.yaml"
    off = "".join(f"  {name}: {{active: false}}\n" for name in OFF)
    settings.write_text(f"{settings.read_text()}\nearly_warning: {{per_week: {PER_WEEK}}}\npredictions:\n{off}", encoding="utf-8")
    return base


def shifted(base: Path) -> Path:
    """A copy in which three of four late orders did not happen."""
    copy = base.with_name(f"{base.name}-shifted")
    shutil.copytree(base, copy, ignore=shutil.ignore_patterns(".dangol"))
    since = pa.scalar(END - timedelta(days=SHIFT_DAYS), pa.timestamp("us"))
    for file in sorted((copy / "data").glob("*.parquet")):
        rows = pq.read_table(file)
        if {"order_id", "ordered_at"} <= set(rows.column_names):
            lost = pa.array([crc32(str(each).encode()) % 4 < LOST_OF_FOUR for each in rows["order_id"].to_pylist()])
            late = pc.greater_equal(rows["ordered_at"].cast(pa.timestamp("us")), since)
            pq.write_table(rows.filter(pc.invert(pc.and_(late, lost))), file, store_schema=False)
    return copy


def gone(company: Company) -> float:
    """Share of the customers on this week's list who had left in truth."""
    listed = pq.read_table(company.root / company.alerts.evidence["folder"] / FILE)["customer_id"].to_pylist()[:PER_WEEK]
    person = {(row["system"], row["customer_ref"]): row["person_id"] for row in read_truth(company.base, "records").to_pylist()}
    left = {row["person_id"]: row["churned_at"] for row in read_truth(company.base, "people").to_pylist()}
    known = company.snapshot.duck.cursor().rows("select customer_id, system, customer_ref from identity_map")
    of = {row["customer_id"]: person[row["system"], row["customer_ref"]] for row in known}
    return float(np.mean([left[of[each]] is not None and left[of[each]] < END for each in listed])) if listed else 0.0


def main() -> None:
    """Run all seeds and print a row for each, and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=101)
    given = parser.parse_args()
    rows = []
    print("seed  drift  drift after shift  right  by rule  by lot  gone")
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            base = invented(Path(folder) / "company", seed)
            moved = shifted(base)
            quiet, loud = Company.open(base), Company.open(moved)
            quiet.run()
            loud.run()
            found = quiet.alerts.evidence
            used, rule = found["replays"][found["method"]], found["replays"]["rule"]
            row = (quiet.card("churn").drift["found"], loud.card("churn").drift["found"], used["precision"], rule["precision"],
                   found["by_chance"], gone(quiet))  # fmt: skip
            rows.append(row)
            shares = f"{row[2]:.3f}  {row[3]:7.3f}  {row[4]:6.3f}  {row[5]:.2f}"
            print(f"{seed:>4}  {row[0]!s:>5}  {row[1]!s:>17}  {shares}  {found['method']}", flush=True)
            moved_names = [each["feature"] for each in quiet.card("churn").drift["features"] if each["drifted"]]
            if moved_names:
                print("      moved without a shift:", ", ".join(moved_names))
    table = np.array(rows, dtype=np.float64)
    means = table.mean(axis=0).round(3).tolist()
    print("mean", means, "above the rule:", int((table[:, 2] > table[:, 3]).sum()), "of", len(table))


if __name__ == "__main__":
    main()
