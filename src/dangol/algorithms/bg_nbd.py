"""Who is still a customer and how often he will buy: the BG/NBD model.

Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way": while alive a customer buys at a
rate drawn from Gamma(r, alpha); after each repeat purchase he stops with a chance drawn from Beta(a, b).
Times may be in any unit as long as it is the same everywhere; parameters come out in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dangol.algorithms.buy_till_you_die import MAX_ITERATIONS, FitReport
from dangol.algorithms.purchase_cells import Cells, aggregate
from dangol.algorithms.purchase_dropout import Likelihood, PurchaseDropout, searched

__all__ = ["BgNbd", "Cells", "FitReport", "Likelihood", "aggregate", "fit"]


@dataclass(frozen=True)
class BgNbd(PurchaseDropout):
    """A customer base in which anybody may stop after a repeat purchase, but nobody before."""

    name: ClassVar[str] = "BG/NBD"
    first_counts: ClassVar[bool] = False


def fit(cells: Cells, *, max_iterations: int = MAX_ITERATIONS) -> BgNbd:
    """The four numbers that explain a customer base best (maximum likelihood).

    The search runs in logarithms with the exact slope (L-BFGS-B, bounded); further starting
    points are tried only where the first does not end inside the bounds.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        max_iterations: steps allowed for each starting point.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """
    found, report = searched(cells, max_iterations, first_counts=BgNbd.first_counts)
    return BgNbd(*found, report=report)
