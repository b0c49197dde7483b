"""Who is still a customer and how often he will buy, when one purchase may have been the last: the MBG/NBD model.

Batislam, Denizel and Filiztekin (2007) and Hoppe and Wagner (2007): as BG/NBD, but a customer may stop after his very first
purchase, too, so that those who never came back are not all believed to be alive. Times may be in any unit as long as it is the
same everywhere; parameters come out in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dangol.algorithms.buy_till_you_die import MAX_ITERATIONS
from dangol.algorithms.purchase_cells import Cells
from dangol.algorithms.purchase_dropout import PurchaseDropout, searched


@dataclass(frozen=True)
class MbgNbd(PurchaseDropout):
    """A customer base in which anybody may stop after any purchase, the first one included."""

    name: ClassVar[str] = "MBG/NBD"
    first_counts: ClassVar[bool] = True


def fit(cells: Cells, *, max_iterations: int = MAX_ITERATIONS) -> MbgNbd:
    """The four numbers that explain a customer base best (maximum likelihood), searched as for BG/NBD.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        max_iterations: steps allowed for each starting point.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """
    found, report = searched(cells, max_iterations, first_counts=MbgNbd.first_counts)
    return MbgNbd(*found, report=report)
