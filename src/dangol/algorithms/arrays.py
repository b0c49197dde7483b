"""Checked columns of numbers: what every calculation of this room takes and gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dangol.core.errors import DataError, TooLittleData, told

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
        raise DataError(told("{name} has shape {shape}", name=name, shape=repr(column.shape)), hint=told("hand over one column"))
    bad = ~np.isfinite(column)
    if bad.any():
        row = int(np.argmax(bad))
        what = told("{name} holds {value}", name=name, value=repr(float(column[row])))
        raise DataError(what, where=told("row {row}", row=row), hint=told("leave such rows out first"))
    return column


def same_length(columns: dict[str, Vector]) -> None:
    """Refuse columns of different length.

    Raises:
        DataError: the lengths differ; the message lists them by name.
    """
    lengths = {name: column.size for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(told("columns of different length: {lengths}", lengths=repr(lengths)))


def refuse(bad: npt.NDArray[np.bool_], column: Vector, rule: str) -> None:
    """Stop at the first row that breaks a rule.

    Args:
        bad: true where the rule is broken, one entry for each row.
        column: the values shown in the message.
        rule: what should hold, as the message words it: `told("…")`.

    Raises:
        DataError: at least one row breaks the rule.
    """
    if bad.any():
        row = int(np.argmax(bad))
        what = told("{rule}, not {value}", rule=rule, value=repr(float(column[row])))
        raise DataError(what, where=told("row {row}", row=row))


def fraction(value: float, name: str) -> float:
    """A share strictly between nothing and everything, such as a confidence level.

    Raises:
        DataError: the value is not above 0 and below 1.
    """
    if not 0.0 < value < 1.0:
        raise DataError(told("{name} must lie between 0 and 1, not {value}", name=name, value=repr(value)))
    return float(value)


def enough(have: int, need: int, what: str) -> None:
    """Refuse a calculation for which there are too few rows.

    Args:
        have: rows there are.
        need: rows the method cannot do without.
        what: what the rows are, as the message words it: `told("…")`.

    Raises:
        TooLittleData: fewer than needed.
    """
    if have < need:
        raise TooLittleData.have(told("{n} {what}", n=str(have), what=what), told("at least {n}", n=str(need)))
