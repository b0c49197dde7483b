"""Invented companies whose truth is known, future included: `python benchmarks/simulated.py --seeds 20`.

For each seed a company is invented, run as the command line runs it, and then lives on for a year. Nothing of that year is
known to the run; what it is held against comes from the simulator, by plain SQL on its files: who had left for good when scores
were made, who orders within the churn horizon, what each customer brings in twelve months (margin of orders that stand, less
refunds).

Printed for each seed: calibration error of P(active) and of the chance of churn over tenths, beside that of chances that are
exactly right; slope of true on expected margin by tenth; error of the total; shares covered by ranges, of 80 % or as
`--range-share` says; the share of right warnings beside the rule "silent for twice the own gap", over replayed weeks and on
today's list, whose future only the simulator knows. Then all seeds together, tenth by tenth.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import yaml

from dangol.algorithms.early_warning import NEVER, Lists, by_rule, highest
from dangol.algorithms.ranking import spearman
from dangol.simulate import Plan, advance, read_truth, simulate
from dangol.workspace.binding import Binder
from dangol.workspace.company import Company
from dangol.workspace.rhythms import History
from dangol.workspace.warning import FILE

END = datetime(2026, 10, 31, 15)
YEAR, PER_WEEK, LISTED = 365, 10, 40
OFF = ("second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")

# What the records of each customer do after the end, beside what they were; refunds count when they are paid.
FUTURE = """
    with sold as (
        select 'mall' as system, customer_ref, ordered_at, net_amount - quantity * unit_cost as margin
        from read_parquet($mall) where status = 'completed'
        union all
        select 'pos', customer_ref, ordered_at, net_amount - quantity * unit_cost from read_parquet($pos)),
    back as (
        select 'mall' as system, customer_ref, returned_at, refund_amount from read_parquet($mall_back)
        union all select 'pos', customer_ref, returned_at, refund_amount from read_parquet($pos_back)),
    moved as (
        select system, customer_ref, ordered_at as at, margin::double as margin, ordered_at from sold
        union all select system, customer_ref, returned_at, -refund_amount::double, null from back),
    came as (
        select r.customer_id, min(epoch(m.ordered_at) - epoch($since::timestamp)) / 86400 as back, sum(m.margin) as came
        from records r join moved m using (system, customer_ref)
        where m.at >= $since::timestamp and m.at < $since::timestamp + interval 365 day group by all),
    persons as (select distinct r.customer_id, k.person_id from records r join known k using (system, customer_ref)),
    were as (
        select p.customer_id, max(t.alive::double) as is_alive, sum(t.expected_margin_12m)::double as due
        from persons p join people t using (person_id) group by all)
    select s.customer_id, w.is_alive, w.due, coalesce(c.back, 'inf'::double) as back, coalesce(c.came, 0) as came
    from scores s join were w using (customer_id) left join came c using (customer_id) order by s.customer_id"""
SCORES = """
    select customer_id, alive_probability::double as alive, churn_probability::double as churn,
           expected_margin_12m::double as margin, expected_margin_12m_low::double as low, expected_margin_12m_high::double as high
    from profile where alive_probability is not null order by customer_id"""


@dataclass(frozen=True)
class Seen:
    """What was said of each customer of one company, and what was so and came; arrays of the same length.

    Attributes:
        said: `alive`, `churn`, and `margin` of twelve months with `low` and `high`, its range, and `customer_id`.
        true: `is_alive`, `back` (days until the next order, infinite for none in a year), `came` (margin of the year) and `due`
            (the margin that was to be expected by what the simulator knows of everybody).
        total: expected sum and both ends of its range.
        horizon: days within which churn is no order.
    """

    said: Mapping[str, np.ndarray]
    true: Mapping[str, np.ndarray]
    total: Mapping[str, float]
    horizon: float

    @property
    def churned(self) -> np.ndarray:
        """1 for who did not order within the horizon, else 0."""
        return (self.true["back"] >= self.horizon).astype(np.float64)

    def pairs(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """What was said beside what was so: chance of being active, chance of churn, margin."""
        return {
            "P(active)": (self.said["alive"], self.true["is_alive"]),
            "P(churn)": (self.said["churn"], self.churned),
            "margin": (self.said["margin"], self.true["came"]),
        }


def invented(base: Path, seed: int, customers: int, range_share: float) -> Company:
    """An invented company after a run with lifetime value, churn and early warnings."""
    simulate(base, Plan(customers=customers, seed=seed, korean=False, event_volume=0, message_volume=0.5))
    settings = yaml.safe_load((base / "dangol.yaml").read_text(encoding="utf-8"))
    predictions = {"lifetime_value": {"range_share": range_share}, **{name: {"active": False} for name in OFF}}
    settings |= {"early_warning": {"per_week": PER_WEEK}, "predictions": predictions}
    (base / "dangol.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    company = Company.open(base)
    company.run(as_of=END)
    return company


def seen(company: Company) -> Seen:
    """Scores of a run beside the year that follows; the company has lived on for it."""
    own = company.snapshot.duck.cursor()
    scores, data = own.arrow(SCORES), company.base / "data"
    with duckdb.connect() as duck:
        duck.register("scores", scores)
        duck.register("records", own.arrow("select customer_id, system, customer_ref from identity_map"))
        duck.register("known", read_truth(company.base, "records"))
        duck.register("people", read_truth(company.base, "people", delivery=0))
        names = {"mall": "mall_order_lines", "pos": "pos_order_lines", "mall_back": "mall_returns", "pos_back": "pos_returns"}
        files = {name: str(data / f"{file}-001*.parquet") for name, file in names.items()}
        true = duck.execute(FUTURE, {**files, "since": END}).fetchnumpy()
    assert (true["customer_id"] == scores.column("customer_id").to_numpy()).all()
    said = {name: scores.column(name).to_numpy() for name in scores.column_names}
    return Seen(said, true, company.card("lifetime_value").total, float(company.card("churn").horizon_days))


def tenths(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Mean said and mean true by tenth of what was said, shape (10, 2), the lowest first."""
    parts = np.array_split(np.argsort(said, kind="stable"), 10)
    return np.array([[said[part].mean(), true[part].mean()] for part in parts])


def off(said: np.ndarray, true: np.ndarray) -> float:
    """Mean distance of said and true over tenths."""
    return float(np.abs(np.diff(tenths(said, true), axis=1)).mean())


def by_luck(said: np.ndarray, draws: int = 20) -> float:
    """The same distance of chances that are right to the last digit: events drawn from them."""
    rng = np.random.default_rng(0)
    return float(np.mean([off(said, (rng.random(len(said)) < said).astype(np.float64)) for _ in range(draws)]))


def slope(said: np.ndarray, true: np.ndarray) -> float:
    """Least-squares slope of the true on the said means of tenths; 1 where differences come true as large as said."""
    points = tenths(said, true)
    return float(np.polyfit(points[:, 0], points[:, 1], 1)[0])


def on_todays_list(company: Company, found: Seen) -> dict[str, float]:
    """Share of right warnings among the first of today's list and of the rule's, by the future that the simulator knows.

    Of each the first week's and the first four weeks' worth.
    """
    snapshot, evidence = company.snapshot, company.alerts.evidence
    duck = snapshot.duck.cursor()
    snapshot.facts.mount(duck)
    history = History.read(duck, Binder(snapshot.facts, snapshot.as_of, company.settings.company.zone))
    lists = Lists(evidence["lapse_days"], evidence["horizon_days"])
    week = lists.week(history.rhythm.at(history.as_of), history.signs_at(history.as_of), history.model(history.as_of))
    rule = by_rule(week)
    warned = highest(np.flatnonzero(week.eligible & (rule > NEVER)), rule, LISTED)
    ours = pq.read_table(company.root / evidence["folder"] / FILE)["customer_id"].to_numpy()[:LISTED]
    away = dict(zip(found.said["customer_id"].tolist(), found.true["back"] >= lists.horizon, strict=True))
    by = {"list": ours, "list by rule": history.customer_id[warned]}
    shares = {f"{name} {most}": share(away, listed[:most]) for most in (PER_WEEK, LISTED) for name, listed in by.items()}
    return {**shares, "list by lot": share(away, history.customer_id[week.eligible])}


def share(away: Mapping[int, bool], listed: np.ndarray) -> float:
    """Share of listed customers who stayed away."""
    return float(np.mean([away[each] for each in listed.tolist()]))


def measured(company: Company) -> tuple[dict[str, float], Seen]:
    """All figures of one company."""
    advance(company.base, YEAR)
    found, replays = seen(company), company.alerts.evidence["replays"]
    said, true = found.said, found.true
    inside = (true["came"] >= said["low"] - 0.5) & (true["came"] <= said["high"] + 0.5)
    came = float(true["came"].sum())
    pairs = found.pairs()
    return {
        "active off": off(*pairs["P(active)"]),
        "active by luck": by_luck(said["alive"]),
        "churn off": off(*pairs["P(churn)"]),
        "churn by luck": by_luck(said["churn"]),
        "margin slope": slope(*pairs["margin"]),
        "total error": found.total["expected"] / came - 1,
        "total inside": float(found.total["low"] <= came <= found.total["high"]),
        "total width": (found.total["high"] - found.total["low"]) / found.total["expected"],
        "customers inside": float(inside.mean()),
        "ranks as truth": spearman(said["margin"], true["due"]),
        "replay": replays[company.alerts.evidence["method"]]["precision"],
        "replay by rule": replays["rule"]["precision"],
        **on_todays_list(company, found),
    }, found


def tell_together(figures: list[dict[str, float]], companies: list[Seen]) -> None:
    """All seeds together: means, how often beyond the rule, and tenth by tenth."""
    table = {name: np.array([each[name] for each in figures]) for name in figures[0]}
    print("\nmean of seeds   " + "".join(f"{values.mean():>{width(name)}.3f}" for name, values in table.items()))
    print("lowest          " + "".join(f"{values.min():>{width(name)}.3f}" for name, values in table.items()))
    print("highest         " + "".join(f"{values.max():>{width(name)}.3f}" for name, values in table.items()))
    for ours, rule in (("replay", "replay by rule"), *((f"list {most}", f"list by rule {most}") for most in (PER_WEEK, LISTED))):
        print(f"{ours}: above the rule in {int((table[ours] > table[rule]).sum())} of {len(figures)}")
    for name in companies[0].pairs():
        points = np.array([tenths(*each.pairs()[name]) for each in companies])
        print(f"\n{name} by tenth: said, true, and the scatter of the true value between seeds")
        for place, (means, scatter) in enumerate(zip(points.mean(axis=0), points[:, :, 1].std(axis=0), strict=True), start=1):
            digits = 0 if name == "margin" else 3
            print(f"{place:>4}{means[0]:>12,.{digits}f}{means[1]:>12,.{digits}f}{scatter:>12,.{digits}f}")


def width(name: str) -> int:
    """How wide a column is."""
    return max(len(name), 6) + 2


def main() -> None:
    """Run all seeds and print a row for each, and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=301)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--range-share", type=float, default=0.8)
    given = parser.parse_args()
    figures, companies = [], []
    for seed in range(given.first, given.first + given.seeds):
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            row, found = measured(invented(Path(folder) / "company", seed, given.customers, given.range_share))
        figures.append(row)
        companies.append(found)
        if len(figures) == 1:
            print("seed  customers " + "".join(f"{name:>{width(name)}}" for name in row))
        shown = "".join(f"{value:>{width(name)}.3f}" for name, value in row.items())
        print(f"{seed:>4}{len(found.churned):>11} {shown}  {time.perf_counter() - start:.0f} s", flush=True)
    tell_together(figures, companies)


if __name__ == "__main__":
    main()
