"""Learning from attributes as somebody delivered them: any columns with any headers, read as numbers, days or words.

Nothing is asked about them. What names a row instead of describing it, what never differs and what was filled in after the
outcome is left out; the rest goes to the same learner as every other chance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from dangol.algorithms import boosting
from dangol.algorithms.leaks import days_before
from dangol.core.declare import Array, Group, Judgement
from dangol.predictions.chance import BOOSTED, DEEP, LOGISTIC, RATE, Chance, auc_error, lead, measured
from dangol.predictions.churn import by_bin

Texts = Sequence[str | None]
Columns = dict[str, npt.NDArray[Any]]
# So many of each outcome before a model is tried on attributes.
FEWEST = {RATE: 0, LOGISTIC: 50, BOOSTED: 100, DEEP: 300}
GROWTH = {BOOSTED: boosting.MANY_SMALL, DEEP: boosting.DEEP}
READ_ALIKE = 0.95  # a column is of a kind when so many of its filled values can be read as it
# Standard errors by which chances must beat each rule: many columns and several models are many tries for luck.
SURE = 2.5
NAMING = 0.9  # of so many different words per filled row, a column names rows
YEAR_FIRST = re.compile(r"(\d{4})[-./년 ]+(\d{1,2})[-./월 ]+(\d{1,2})(?:\D.*)?")
YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?:\D.*)?")
BLANK = frozenset({"", "null", "nan", "none", "n/a", "na", "-", "nat"})
Read = Callable[[str], Any]


def read(texts: Texts) -> npt.NDArray[Any]:
    """One column as numbers, days or words, whichever nearly all of its values can be read as.

    Args:
        texts: as delivered, None or a word for nothing where missing, shape (n,).

    Returns:
        float64 with NaN, datetime64[D] with NaT, or objects with None.
    """
    words = ["" if is_blank(word) else str(word).strip() for word in texts]
    counted = Counter(filter(None, words))
    if not counted:
        return np.full(len(words), np.nan)
    for how, nothing in ((number, np.nan), (day_reader(counted), np.datetime64("NaT", "D"))):
        known = understood(counted, how)
        if sum(counted[word] for word in known) >= READ_ALIKE * counted.total():
            return np.array([known.get(word, nothing) for word in words])
    return np.array([word or None for word in words], dtype=object)


def understood(words: Collection[str], how: Read) -> dict[str, Any]:
    """What the words mean that can be read in some way."""
    read_words = {word: how(word) for word in words}
    return {word: found for word, found in read_words.items() if found is not None}


def is_blank(text: str | None) -> bool:
    """Whether a text says nothing, or says that there is nothing."""
    return text is None or text.strip().casefold() in BLANK


def number(text: str) -> float | None:
    """A text as a number; None where it is none."""
    try:
        found = float(text.replace(",", "").removesuffix("%"))
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def day_reader(distinct: Collection[str]) -> Read:
    """How days of a column are read: by its own values, where one of them has a thirteenth or later day in first place."""
    found = [match for match in map(YEAR_LAST.fullmatch, distinct) if match]
    day_first = any(int(match[1]) > 12 for match in found)

    def as_day(text: str) -> np.datetime64 | None:
        first, last = YEAR_FIRST.fullmatch(text.strip()), YEAR_LAST.fullmatch(text.strip())
        if first:
            return real_day(int(first[1]), int(first[2]), int(first[3]))
        if last:
            parts = (int(last[2]), int(last[1])) if day_first else (int(last[1]), int(last[2]))
            return real_day(int(last[3]), *parts)
        return None

    return as_day


def real_day(year: int, month: int, day: int) -> np.datetime64 | None:
    """A day of the calendar; None where there is none."""
    try:
        return np.datetime64(date(year, month, day), "D")
    except ValueError:
        return None


def describing(columns: Mapping[str, npt.NDArray[Any]]) -> Columns:
    """Columns that describe rows: those that never differ, or that name each row, are left out."""
    return {name: values for name, values in columns.items() if describes(values)}


def describes(values: npt.NDArray[Any]) -> bool:
    """Whether a column has different values, and not another one for nearly every row."""
    if values.dtype == object:
        known = [value for value in values if value is not None]
        different = len(set(known))
        gaps = len(known) < len(values)
        return different + gaps > 1 and not (different > NAMING * len(known) and different > boosting.MOST_CATEGORIES)
    known_numbers = values[~np.isnat(values)] if values.dtype.kind == "M" else values[~np.isnan(values)]
    return len(np.unique(known_numbers)) + (len(known_numbers) < len(values)) > 1 and not numbers_rows(known_numbers)


def numbers_rows(values: npt.NDArray[Any]) -> bool:
    """Whether numbers are only counted on: whole, each once, and nearly without gaps or many digits long."""
    if not is_whole_and_unique(values):
        return False
    return bool(np.ptp(values) < 2 * len(values) or values.min() >= 10_000)


def is_whole_and_unique(values: npt.NDArray[Any]) -> bool:
    """Whether several numbers are whole, and each is there once."""
    if values.dtype.kind == "M" or len(values) < 2:
        return False
    return len(np.unique(values)) == len(values) and not (values % 1 != 0).any()


def comparable(columns: Mapping[str, npt.NDArray[Any]], at: np.datetime64) -> Columns:
    """Columns as models take them: days become how long ago they were at a moment."""
    return {name: days_before(values, at) if values.dtype.kind == "M" else values for name, values in columns.items()}


def learner(groups: Mapping[str, Group], seed: int) -> Chance:
    """The learner for delivered attributes: a rate, a logistic model, small trees, deep trees, each by what it proves.

    Args:
        groups: columns by the reason they belong to.
        seed: makes fits repeatable.
    """
    return Chance(groups, seed, fewest=FEWEST, growth=GROWTH)


@dataclass
class HeldOut:
    """What a model and simple rules said of rows that taught them nothing, gathered fold by fold, beside what happened.

    The more rows judge, the less luck decides: a list of a thousand customers of whom each fifth alone judges can hardly prove
    anything. The fold by which the model was chosen and calibrated does not judge it.
    """

    chances: list[Array] = field(default_factory=list)
    rules: dict[str, list[Array]] = field(default_factory=dict)
    happened: list[Array] = field(default_factory=list)

    def add(self, chances: Array, rules: Mapping[str, Array], happened: Array) -> None:
        """One fold, shape (n,) each."""
        self.chances.append(chances)
        self.happened.append(happened)
        for name, values in rules.items():
            self.rules.setdefault(name, []).append(values)

    def judgement(self, first: Judgement) -> Judgement:
        """Whether the model is good enough by all of these rows, with its figures and those of the rules.

        Args:
            first: the judgement by which the model was chosen; the figures of models that were not chosen are kept.
        """
        happened, chances = np.concatenate(self.happened), np.concatenate(self.chances)
        rules = {name: np.concatenate(values) for name, values in self.rules.items()}
        figures = {name: measured(values, happened) for name, values in {**rules, "chosen": chances}.items()}
        beyond_luck = figures["chosen"]["auc"] > max(0.55, 0.5 + 2 * auc_error(happened))
        return replace(
            first,
            good_enough=bool(beyond_luck and surely_better(chances, list(rules.values()), happened)),
            metrics={**first.metrics, **figures},
            calibration=by_bin(chances, happened),
        )


def surely_better(chances: Array, rules: Collection[Array], happened: Array) -> bool:
    """Whether chances are closer to what happened than each of some rules, by more than the luck of many tries explains.

    Args:
        chances: of rows that nothing was learnt from, shape (n,).
        rules: what simple rules say of the same rows, shape (n,) each.
        happened: 1 where it happened, else 0, shape (n,).
    """
    return all(lead(chances, rule, happened) > SURE for rule in rules)
