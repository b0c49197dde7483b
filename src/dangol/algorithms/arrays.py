"""Checked columns of numbers: what every calculation of this room takes and gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dangol.core.errors import DataError, TooLittleData

Vector = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def vector(values: npt.ArrayLike, name: str) -> Vector:
    """One column of finite numbers, or a refusal that names the first bad one.

    Args:
        values: anything numpy reads as one dimension; a single number becomes a column of one.
        name: what the column is called in the message.

    Raises:
        DataError: more than one dimension, or a value that is not a finite number.
    """
    column = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if column.ndim != 1:
        raise DataError(f"{name} has shape {column.shape!r}", hint="hand over one column")
    bad = ~np.isfinite(column)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"{name} holds {float(column[row])!r}", where=f"row {row}", hint="leave such rows out first")
    return column


def same_length(columns: dict[str, Vector]) -> None:
    """Refuse columns of different length.

    Raises:
        DataError: the lengths differ; the message lists them by name.
    """
    lengths = {name: column.size for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"columns of different length: {lengths!r}")


def refuse(bad: npt.NDArray[np.bool_], column: Vector, rule: str) -> None:
    """Stop at the first row that breaks a rule.

    Args:
        bad: true where the rule is broken, one entry for each row.
        column: the values shown in the message.
        rule: what should hold, as the message words it.

    Raises:
        DataError: at least one row breaks the rule.
    """
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"{rule}, not {float(column[row])!r}", where=f"row {row}")


def fraction(value: float, name: str) -> float:
    """A share strictly between nothing and everything, such as a confidence level.

    Raises:
        DataError: the value is not above 0 and below 1.
    """
    if not 0.0 < value < 1.0:
        raise DataError(f"{name} must lie between 0 and 1, not {value!r}")
    return float(value)


def enough(have: int, need: int, what: str) -> None:
    """Refuse a calculation for which there are too few rows.

    Args:
        have: rows there are.
        need: rows the method cannot do without.
        what: what the rows are, as the message words it.

    Raises:
        TooLittleData: fewer than needed.
    """
    if have < need:
        raise TooLittleData.have(f"{have} {what}", f"at least {need}")
