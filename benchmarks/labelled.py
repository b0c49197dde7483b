"""How well outcomes are foretold from attributes that somebody delivered, and what the leak finder leaves out before.

    python benchmarks/labelled.py                       four labelled sets, ten folds each
    python benchmarks/labelled.py --sets telco --folds 5
    python benchmarks/labelled.py --random              the same with shuffled outcomes, which must not be good enough

Data lie in ../shared/data or in --data. Every set goes the way that delivered attributes go in a run, with the same settings: all
columns as text, read as numbers, days or words; the leak finder; a learner that chooses on a fifth of the rows it may see and
learns again from all of them. Each of ten folds is foretold by what the other nine taught; columns are left out by these nine
only. No set has a moment for its outcome, so rows are split, not time: nobody can say from these data whether it holds later.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from dangol.algorithms import calibration, ranking
from dangol.core.declare import Block, Group
from dangol.predictions import attributes
from dangol.predictions.leaks import find_leaks, left_out

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TODAY = np.datetime64("2026-01-01", "D")
SEED = 7


@dataclass(frozen=True)
class Case:
    """A labelled set and what somebody measured on it before: ten folds, LightGBM and logistic regression without leaks."""

    name: str
    file: str
    outcome: str
    yes: str
    before: float | None = None


CASES = (
    Case("leads", "xeducation_leads/leads.parquet", "Converted", "1", 0.8781),
    Case("telco", "telco_churn_ibm/customers.parquet", "Churn", "Yes", 0.848),
    Case("ecommerce", "ecommerce_churn/customers.parquet", "Churn", "1"),
    Case("ifood", "ifood_marketing_campaign/customers.parquet", "Response", "1"),
)


def loaded(case: Case, data: Path) -> tuple[dict[str, Any], np.ndarray]:
    """Columns of a set as they are read from text, and 1 where the outcome came."""
    table = pq.read_table(data / case.file)
    texts = {name: [None if value is None else str(value) for value in table[name].to_pylist()] for name in table.column_names}
    happened = np.array([float(value == case.yes) for value in texts.pop(case.outcome)])
    return {name: attributes.read(column) for name, column in texts.items()}, happened


def foretold(columns: Mapping[str, Any], happened: np.ndarray, held: np.ndarray, outcome: str) -> tuple[np.ndarray, str, bool]:
    """Chances of the rows held out, the model that gave them, and whether it proved good enough on rows of the others."""
    taught = np.flatnonzero(~held)
    leaks = left_out(find_leaks({name: values[taught] for name, values in columns.items()}, happened[taught], outcome=outcome))
    kept = attributes.describing({name: values for name, values in columns.items() if name not in leaks})
    block = Block(np.arange(len(happened)), attributes.comparable(kept, TODAY))
    learner = attributes.learner({"attributes": Group("속성", "Attributes", tuple(kept))}, SEED)
    judging = taught[np.random.default_rng(SEED).permutation(len(taught)) < len(taught) // 5]
    learning = np.setdiff1d(taught, judging)
    learner.fit([block.where(learning)], [happened[learning]])
    verdict = learner.judge(block.where(judging), happened[judging])
    learner.fit([block.where(taught)], [happened[taught]])
    usual = np.full(len(judging), happened[judging].mean())
    enough = verdict.good_enough and attributes.surely_better(verdict.final, [usual], happened[judging])
    return learner.chance(block.where(np.flatnonzero(held))), learner.chosen, enough


def measured(case: Case, data: Path, folds: int, *, shuffled: bool) -> dict[str, Any]:
    """One set by folds."""
    started = time.process_time()
    columns, happened = loaded(case, data)
    if shuffled:
        happened = np.random.default_rng(SEED).permutation(happened)
    fold = np.random.default_rng(SEED).permutation(len(happened)) % folds
    chance, chosen, good = np.empty(len(happened)), [], []
    for each in range(folds):
        chance[fold == each], model, enough = foretold(columns, happened, fold == each, case.outcome)
        chosen.append(model)
        good.append(enough)
    by_fold = [ranking.auc(chance[fold == each], happened[fold == each]) for each in range(folds)]
    findings = find_leaks(columns, happened, outcome=case.outcome)
    top = np.argsort(-chance)[: len(chance) // 10]
    return {
        "set": case.name,
        "rows": len(happened),
        "rate": happened.mean(),
        "auc": float(np.mean(by_fold)),
        "auc_spread": float(np.std(by_fold)),
        "before": case.before,
        "brier": calibration.brier(chance, happened),
        "calibration_error": calibration.expected_calibration_error(chance, happened),
        "lift": float(happened[top].mean() / happened.mean()),
        "chosen": {name: chosen.count(name) for name in sorted(set(chosen))},
        "good_enough": sum(good),
        "left_out": [each.column for each in findings if each.verdict == "left_out"],
        "doubtful": [each.column for each in findings if each.verdict == "doubtful"],
        "seconds": time.process_time() - started,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sets", nargs="*", default=[case.name for case in CASES])
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--random", action="store_true", help="shuffle the outcomes first")
    parser.add_argument("--write", type=Path, help="also as JSON")
    given = parser.parse_args()
    found = [measured(case, given.data, given.folds, shuffled=given.random) for case in CASES if case.name in given.sets]
    for each in found:
        before = f"{each['before']:.4f}" if each["before"] else "–"
        print(
            f"{each['set']:<10} {each['rows']:>6,} rows, rate {each['rate']:.3f}:"
            f" AUC {each['auc']:.4f} ± {each['auc_spread']:.4f} (before: {before}),"
            f" Brier {each['brier']:.4f}, calibration error {each['calibration_error']:.4f},"
            f" lift of the top tenth {each['lift']:.2f}, {each['chosen']},"
            f" good enough in {each['good_enough']} of {given.folds},"
            f" {each['seconds']:.0f} s"
        )
        print(
            f"{'':<10} left out: {', '.join(each['left_out']) or 'nothing'}; doubtful: {', '.join(each['doubtful']) or 'nothing'}"
        )
    if given.write:
        given.write.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
