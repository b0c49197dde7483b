"""Propensities and the next order, judged on later time against simple rules.

    python benchmarks/propensity.py [customers of the simulated company]

Every figure is of a moment later than anything was learnt from. Propensities: the validation moment of each model card on
Complete Journey and on an invented company; `chosen` is calibrated crosswise, each half of the customers by the other. Next
order: Complete Journey cut at 30 September 2017, 92 days ahead, of households with two days of orders or more that ordered again;
learnt from what was known by then only, and the window corrected by an earlier moment.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml

from dangol.core.declare import Block
from dangol.core.engine import Duck
from dangol.predictions.next_order import NextOrder, came_back, guessed, own_gap, waited, within_week
from dangol.simulate import Plan, simulate
from dangol.sources.complete_journey import package_files
from dangol.workspace.binding import Binder
from dangol.workspace.company import Company
from dangol.workspace.matrix import Learner, moments

CUT, AHEAD = datetime(2017, 9, 30, 4), 92
ON_REQUEST = ("email_open", "email_click", "visit")
SHOWN = ("auc", "brier", "calibration_error", "top_tenth_lift")


def groceries(folder: Path) -> Company:
    """Complete Journey after a run."""
    company = {"name": "Complete Journey", "language": "en", "zone": "America/New_York", "currency": "USD", "margin_share": 0.25}
    source = {"name": "cj", "preset": "complete_journey", "files": [str(path) for path in package_files().values()]}
    (folder / "dangol.yaml").write_text(yaml.safe_dump({"company": company, "sources": [source]}), encoding="utf-8")
    return ran(folder)


def invented(folder: Path, customers: int) -> Company:
    """An invented company after a run with all propensities."""
    simulate(folder, Plan(customers=customers, seed=1, korean=False, event_volume=0.2))
    file = folder / "dangol.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["predictions"] = {name: {"active": True} for name in ON_REQUEST}
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return ran(folder)


def ran(folder: Path) -> Company:
    """A company after a run."""
    company = Company.open(folder)
    company.run()
    return company


def cards(title: str, company: Company) -> None:
    """Every propensity's figures on later time."""
    print(f"\n{title}\n{'prediction':16}{'model':16}" + "".join(f"{name:>19}" for name in SHOWN) + f"{'actual':>9}")
    for name, card in company.cards().items():
        if f"{name}_permille" not in company.registry.predictions[name].outputs:
            continue
        if card.judgement is None:
            print(f"{name:16}refused: {card.refusal}")
            continue
        for model, figures in card.judgement.metrics.items():
            said = f"chosen ({card.judgement.chosen})" if model == "chosen" else model
            shown = "".join(f"{figures[each]:19.4f}" for each in SHOWN)
            print(f"{name:16}{said:16}{shown}{figures['actual']:9.3f}")
        print(f"{name:16}{'good enough' if card.judgement.good_enough else 'not good enough'}, {card.scored:,} scored")


def learner_of(company: Company) -> Learner:
    """What makes past blocks of a company."""
    snapshot = company.snapshot
    duck = Duck(memory_limit="1GB", threads=1)
    snapshot.facts.mount(duck)
    binder = Binder(snapshot.facts, snapshot.as_of, company.settings.company.zone)
    first = duck.value("select min(ordered_at) from facts_orders")
    return Learner(duck, binder, list(company.registry.features.values()), first)


def dates(company: Company) -> dict[str, Any]:
    """Errors of the next order's date and coverage of its window, at a moment that nothing was learnt from."""
    learner, model = learner_of(company), NextOrder.model()
    times = moments(learner.first, CUT, AHEAD, model.snapshots)
    *earlier, latest, test = (learner.block(learner.binder, model, at, AHEAD) for at in (*times.training, times.validation, CUT))
    model.fit(earlier)
    judgement = model.judge(latest)
    model.fit([*earlier, latest])
    test = again(test)
    scores, taken = model.score(test).columns, waited(test)
    low, middle, high = (scores[f"next_order_days{end}"] for end in ("_low", "", "_high"))
    sure = ~np.isnan(middle)
    return {
        "households": len(test),
        "mae of ours": np.abs(model.fitted()[1].days(test.columns, guessed(test))[:, 1] - taken).mean(),
        "mae of ours where there is a reliable date": np.abs(middle - taken)[sure].mean(),
        "share with a reliable date": sure.mean(),
        "mae of the mean gap": np.abs(own_gap(test) - taken).mean(),
        "mae of one date for all (allowed to see the answers)": np.abs(np.median(taken) - taken).mean(),
        "share inside the window": ((taken >= low) & (taken <= high))[sure].mean(),
        "median width of the window": np.median((high - low)[sure]),
        "mae on the validation moment": judgement.metrics["chosen"]["mae_days"],
        "brier of an order within a week": np.mean((scores["order_within_7_probability"] - within_week(test)) ** 2),
    }


def again(block: Block) -> Block:
    """Households with two days of orders or more that ordered within the horizon."""
    back = came_back(block)
    return back.where(back.numbers(["order_day_count"])[:, 0] >= 2)


def main() -> None:
    """Print the tables."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with TemporaryDirectory() as folder:
        company = groceries(Path(folder))
        cards("Complete Journey", company)
        print(f"\nNext order, Complete Journey, cut at {CUT:%Y-%m-%d}, until {CUT + timedelta(days=AHEAD):%Y-%m-%d}")
        for name, value in dates(company).items():
            print(f"{name:56}{value:10.3f}")
    with TemporaryDirectory() as folder:
        cards(f"Invented company, {customers:,} people", invented(Path(folder), customers))


if __name__ == "__main__":
    main()
