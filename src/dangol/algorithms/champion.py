"""Which of several forecasts to trust: the one in charge stays unless a challenger is better by more than luck explains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dangol.algorithms.arrays import Vector, same_length
from dangol.core.errors import TooLittleData, told

SURE = 1.5  # standard errors of the mean lead, customers being independent


def champion(errors: Mapping[str, Vector], *, sure: Mapping[str, float] | None = None) -> str:
    """The forecast to use, judged on customers it was not fitted to.

    The first one is in charge. Every other one in turn takes its place where its mean error is smaller by more than `sure`
    standard errors of the difference. On few customers a difference must be large to count.

    Args:
        errors: forecast → error of each customer, such as squared errors, each of shape (n,); the trusted one first.
        sure: standard errors that a challenger must lead by; 1.5 where absent.

    Raises:
        DataError: lengths differ.
        TooLittleData: no forecast, or no customers.
    """
    same_length(dict(errors))
    names = list(errors)
    if not names or not errors[names[0]].size:
        raise TooLittleData.have(told("{n} customers", n="0"), told("{n} customers", n="1"))
    best = names[0]
    for name in names[1:]:
        lead = errors[best] - errors[name]
        if lead.mean() > (sure or {}).get(name, SURE) * lead.std() / np.sqrt(lead.size):
            best = name
    return best
