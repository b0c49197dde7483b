"""Several models of buying asked at once: a simpler one stands in for one that fails, and the median for all of them.

No single model is best everywhere; where there are too few customers to tell which is, the median of three errs less than the
worst and rarely more than the best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from dangol.algorithms import bg_nbd, mbg_nbd, pareto_nbd, pooled_rate
from dangol.algorithms.arrays import Vector
from dangol.algorithms.buy_till_you_die import BuyTillYouDie, PurchaseForecast
from dangol.algorithms.purchase_cells import Cells
from dangol.core.errors import TooLittleData, UnknownName, told

Fit = Callable[[Cells], BuyTillYouDie]
Why = Literal["as_asked", "not_converged", "too_little_data"]

# from the most demanding to the simplest; where gaps between purchases are known, `mbg_cnbd.fit_rhythm` with them bound may
# go before these
FITS: Mapping[str, Fit] = {"pareto_nbd": pareto_nbd.fit, "mbg_nbd": mbg_nbd.fit, "bg_nbd": bg_nbd.fit}
LAST_RESORT = "pooled_rate"


@dataclass(frozen=True)
class Fitted:
    """A model that can be asked, and whether it is the one that was wanted.

    Attributes:
        asked: name of the model that was wanted.
        used: name of the model that answers.
        model: the model.
        why: "as_asked", or why the wanted one does not answer.
    """

    asked: str
    used: str
    model: BuyTillYouDie
    why: Why

    @property
    def stands_in(self) -> bool:
        """True where a simpler model answers in place of the wanted one."""
        return self.used != self.asked


def fit_surely(asked: str, cells: Cells, fits: Mapping[str, Fit] = FITS) -> Fitted:
    """The wanted model, or the next simpler one whose search ended at a maximum; at last the mean rate of all.

    Args:
        asked: a name of `fits`.
        cells: histories from `aggregate`, in any unit of time.
        fits: name to fit, from the most demanding to the simplest.

    Raises:
        UnknownName: no such model.
        TooLittleData: no time has passed since the first purchases, so that not even a rate can be told.
    """
    names = list(fits)
    if asked not in fits:
        raise UnknownName.among(told("model"), asked, names)
    why: Why = "as_asked"
    for name in names[names.index(asked) :]:
        model, failure = _tried(fits[name], cells)
        if model is not None:
            return Fitted(asked, name, model, why)
        why = failure
    return Fitted(asked, LAST_RESORT, pooled_rate.fit(cells), why)


def _tried(fit: Fit, cells: Cells) -> tuple[BuyTillYouDie | None, Why]:
    """A model whose search ended well, or why there is none."""
    try:
        model = fit(cells)
    except TooLittleData:
        return None, "too_little_data"
    if model.report is not None and not model.report.converged:
        return None, "not_converged"
    return model, "as_asked"


@dataclass(frozen=True)
class Consensus:
    """Several models of one customer base; each answer is the median of theirs, customer by customer.

    Attributes:
        models: the models by name, at least one.
    """

    models: Mapping[str, PurchaseForecast]

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer has not stopped buying yet, shape (n,).

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        return self._median(lambda model: model.probability_alive(x, t_x, T))

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon, shape (n,).

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        return self._median(lambda model: model.expected_purchases(horizon, x, t_x, T))

    def probability_of_purchase(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer buys at least once within the horizon, shape (n,).

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        return self._median(lambda model: model.probability_of_purchase(horizon, x, t_x, T))

    def _median(self, answer: Callable[[PurchaseForecast], Vector]) -> Vector:
        answers = np.sort([answer(model) for model in self.models.values()], axis=0)
        half = len(answers) // 2
        # sorting few rows is several times faster than a median over columns
        middle = answers[half] if len(answers) % 2 else (answers[half - 1] + answers[half]) / 2.0
        return np.asarray(middle, dtype=np.float64)


def fit_consensus(cells: Cells, fits: Mapping[str, Fit] = FITS) -> Consensus:
    """All models of a customer base whose search ended at a maximum; the mean rate of all where none did.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        fits: name to fit.

    Raises:
        TooLittleData: no time has passed since the first purchases.
    """
    tried = {name: _tried(fit, cells)[0] for name, fit in fits.items()}
    models = {name: model for name, model in tried.items() if model is not None}
    return Consensus(models or {LAST_RESORT: pooled_rate.fit(cells)})
