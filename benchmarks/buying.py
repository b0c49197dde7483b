"""Models of buying on a million simulated customers and on CDNOW, beside the archived reference library in the same run.

    python benchmarks/buying.py [customers] [customers for the reference]

Reference and ours are timed on the second number for the ratio, and ours alone on the first. Seconds are processor time of one
process; export OMP_NUM_THREADS=1 to be sure that it is one thread. A million customers take the reference half a minute.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lifetimes
import numpy as np

from dangol.algorithms import bg_nbd, gamma_gamma, mbg_cnbd, mbg_nbd, pareto_nbd
from dangol.algorithms.purchase_cells import aggregate
from dangol.algorithms.purchase_events import past

Columns = tuple[np.ndarray, ...]
YEAR = 365


@dataclass
class Line:
    """One line of the table: what was done, seconds of ours and of the reference, and how far the parameters differ."""

    task: str
    ours: float
    reference: float | None = None
    apart: float | None = None

    def __str__(self) -> str:
        ratio = "" if self.reference is None else f"{self.reference:11.2f}{self.reference / self.ours:9.1f}"
        return f"{self.task:58}{self.ours:8.3f}{ratio}" + ("" if self.apart is None else f"{self.apart:12.0e}")


def simulated(customers: int) -> Columns:
    """Histories by the day over at most two years, from r .6, alpha 50 days, a .8, b 2.5, and mean values of purchases."""
    chance = np.random.default_rng(0)
    rate, stop = chance.gamma(0.6, 1 / 50, customers), chance.beta(0.8, 2.5, customers)
    age = chance.integers(30, 730, customers).astype(float)
    clock, x, recency = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.arange(customers)
    while active.size:
        clock[active] += chance.exponential(1.0, active.size) / np.maximum(rate[active], 1e-300)
        active = active[clock[active] <= age[active]]
        x[active] += 1
        recency[active] = np.floor(clock[active])
        active = active[chance.random(active.size) >= stop[active]]
    shape = np.maximum(6 * x, 1.0)
    return x, recency, age, chance.gamma(shape) / chance.gamma(4.0, 1 / 15, customers) / np.maximum(x, 1)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def quietly(work: Callable[[], Any]) -> tuple[float, Any]:
    """The same without the warnings of the reference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return timed(work)


def apart(
    ours: bg_nbd.BgNbd | mbg_nbd.MbgNbd | pareto_nbd.ParetoNbd | gamma_gamma.GammaGamma, theirs: lifetimes.BaseFitter
) -> float:
    """The largest relative difference of parameters, by the reference's names."""
    names = {"v": "gamma"}
    return max(abs(getattr(ours, names.get(name, name)) / value - 1) for name, value in theirs.params_.items())


def ours_alone(columns: Columns) -> Iterator[Line]:
    """Every model of ours on many customers."""
    x, recency, age, value = columns
    many = f"{x.size:,}"
    seconds, cells = timed(lambda: aggregate(x, recency, age))
    yield Line(f"{many}: histories grouped, {cells.weight.size:,} different by the day", seconds)
    weekly = aggregate(x, recency, age, width=7)
    seconds, model = timed(lambda: gamma_gamma.fit(x, value))
    yield Line(f"{many}: gamma-gamma fit", seconds)
    for name, fit in (("BG/NBD", bg_nbd.fit), ("MBG/NBD", mbg_nbd.fit), ("Pareto/NBD", pareto_nbd.fit)):
        seconds, model = timed(lambda fit=fit: fit(cells))
        yield Line(f"{many}: {name} fit, days", seconds)
        yield Line(f"{many}: {name} fit, weeks ({weekly.weight.size:,} different)", timed(lambda fit=fit: fit(weekly))[0])
        for task in ("expected_purchases", "probability_of_purchase", "probability_alive"):
            horizon = () if task == "probability_alive" else (YEAR,)
            answer = getattr(model, task)
            seconds, _ = timed(lambda answer=answer, horizon=horizon: answer(*horizon, x, recency, age))
            yield Line(f"{many}: {name} {task.replace('_', ' ')}", seconds)
    part = slice(0, x.size // 50)
    seconds, model = timed(lambda: mbg_cnbd.fit(weekly, 2))
    yield Line(f"{many}: MBG/CNBD-2 fit, weeks", seconds)
    seconds, _ = timed(lambda: model.expected_purchases(YEAR, x[part], recency[part], age[part]))
    yield Line(f"{x[part].size:,}: MBG/CNBD-2 expected purchases", seconds)


def beside_reference(columns: Columns) -> Iterator[Line]:
    """BG/NBD and gamma-gamma on both sides, from customers to parameters and expectations."""
    x, recency, age, value = columns
    many, again = f"{x.size:,}", x > 0
    fitting, ours = timed(lambda: bg_nbd.fit(aggregate(x, recency, age)))
    their_fitting, theirs = quietly(lambda: lifetimes.BetaGeoFitter().fit(x, recency, age))
    yield Line(f"{many}: BG/NBD fit, grouping included", fitting, their_fitting, apart(ours, theirs))
    spending, our_spend = timed(lambda: gamma_gamma.fit(x, value))
    their_spending, their_spend = quietly(lambda: lifetimes.GammaGammaFitter().fit(x[again], value[again]))
    yield Line(f"{many}: gamma-gamma fit", spending, their_spending, apart(our_spend, their_spend))
    yield Line(f"{many}: both fits", fitting + spending, their_fitting + their_spending)
    seconds, _ = timed(lambda: ours.expected_purchases(YEAR, x, recency, age))
    same = bg_nbd.BgNbd(**theirs.params_)
    task = theirs.conditional_expected_number_of_purchases_up_to_time
    their_seconds, their_expected = quietly(lambda: task(YEAR, x, recency, age))
    gap = np.nanmax(np.abs(same.expected_purchases(YEAR, x, recency, age) / np.asarray(their_expected) - 1))
    yield Line(f"{many}: BG/NBD expected purchases", seconds, their_seconds, float(gap))


def on_cdnow() -> Iterator[Line]:
    """All 23,570 customers of CDNOW, 39 weeks."""
    file = Path(lifetimes.__file__).parent / "datasets" / "CDNOW_master.txt"
    rows = np.loadtxt(file, skiprows=1, usecols=(0, 1), dtype=str)
    date = np.array([f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in rows[:, 1]], dtype="datetime64[D]")
    week = (date - np.datetime64("1997-01-01")).astype(float) / 7
    seconds, known = timed(lambda: past(rows[:, 0].astype(float), week, 272 / 7 + 1e-9, 39.0))
    yield Line(f"CDNOW, {rows.shape[0]:,} purchases: histories at a moment", seconds)
    pairs = {
        "BG/NBD": (bg_nbd.fit, lifetimes.BetaGeoFitter),
        "MBG/NBD": (mbg_nbd.fit, lifetimes.ModifiedBetaGeoFitter),
        "Pareto/NBD": (pareto_nbd.fit, lifetimes.ParetoNBDFitter),
    }
    for name, (fit, fitter) in pairs.items():
        seconds, ours = timed(lambda fit=fit: fit(known.cells))
        theirs_seconds, theirs = quietly(lambda fitter=fitter: fitter().fit(known.x, known.t_x, known.T))
        yield Line(f"CDNOW, {known.x.size:,}: {name} fit", seconds, theirs_seconds, apart(ours, theirs))


def main() -> None:
    """Print the table."""
    words = [*sys.argv[1:], *("1000000", "1000000")[len(sys.argv) - 1 :]]
    full, part = (int(word) for word in words[:2])
    print(f"{'customers: task':58}{'ours s':>8}{'lifetimes s':>12}{'ratio':>8}{'apart':>12}")
    for lines in (on_cdnow(), beside_reference(simulated(part)), ours_alone(simulated(full))):
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()
