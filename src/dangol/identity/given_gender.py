"""Gender inferred from names, learned from those customers who told theirs; off unless the settings give a reason.

The share of women among a company's own customers of a name says more than any list, and says how sure it is. A rare name borrows
from the syllables it begins and ends with (naive Bayes, shrunken to the share of all), a frequent one stands for itself; the
chances are then set right on records that were not learned from (Platt 1999). Below nine in ten nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import expit, logit

from dangol.algorithms.calibration import Platt, fit_platt
from dangol.core.engine import Duck
from dangol.core.query import sql
from dangol.identity.standard.people import names

FEWEST, FOLDS = 500, 5
SURE = 0.9
# Names alike before their own word counts.
BORROWED = 6.0
FEMALE, MALE = "female", "male"
LEARNED = """
    select customer_name as written, cast(gender = 'female' as integer) as female, hash(customer_name, place) % 5 as fold
    from known where gender in ('female', 'male') and customer_name is not null"""
ASKED = "select distinct customer_name as written from people_rows where gender is null and customer_name is not null"
WITH_GUESS = """
    select p.*, g.gender as gender_inferred, g.chance as gender_chance
    from people_rows p left join guessed_genders g on p.gender is null and g.written = p.customer_name"""
GUESSES = pa.schema([("written", pa.string()), ("gender", pa.string()), ("chance", pa.float64())])
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Shares of women by a clue, shrunken towards the share of all.

    Attributes:
        overall: share of all.
        counts: clue → (women, all).
    """

    overall: float
    counts: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, clues: list[str], female: Values) -> Shares:
        """Shares among those who told their gender."""
        names, place = np.unique(np.array(clues, dtype=object), return_inverse=True)
        women, everybody = np.bincount(place, female, len(names)), np.bincount(place, minlength=len(names))
        pairs = zip(women.tolist(), everybody.tolist(), strict=True)
        return cls(float(female.mean()), dict(zip(names.tolist(), pairs, strict=True)))

    def seen(self, clues: list[str]) -> tuple[Values, Values]:
        """Women and all of each clue."""
        found = np.array([self.counts.get(each, (0.0, 0.0)) for each in clues], dtype=np.float64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def chance(self, clues: list[str]) -> Values:
        """The share of women of each clue, near that of all where it is rare."""
        women, everybody = self.seen(clues)
        return (women + BORROWED * self.overall) / (everybody + BORROWED)


def first_chances(known: list[str], female: Values, asked: list[str]) -> Values:
    """The chance that a given name is a woman's, before it is set right."""
    base = logit(np.clip(female.mean(), 0.01, 0.99))
    signs = [Shares.of([part(each) for each in known], female) for part in PARTS]
    odds = np.full(len(asked), base)
    for shares, part in zip(signs, PARTS, strict=True):
        odds += logit(shares.chance([part(each) for each in asked])) - base
    women, everybody = Shares.of(known, female).seen(asked)
    chance: Values = (women + BORROWED * expit(odds)) / (everybody + BORROWED)
    return np.clip(chance, 0.001, 0.999)


def beginning(name: str) -> str:
    """What a given name begins with: a syllable of Hangul, three letters of others."""
    return name[:1] if name[:1] > "ᄀ" else name[:3]


def ending(name: str) -> str:
    """What a given name ends with."""
    return name[-1:] if name[-1:] > "ᄀ" else name[-2:]


PARTS = (beginning, ending)


def infer_genders(duck: Duck) -> str:
    """A select of `people_rows` with gender_inferred and gender_chance; nobody's is inferred who told it.

    Args:
        duck: with the tables `known` and `people_rows`.
    """
    duck.register("guessed_genders", guesses(duck.arrow(sql(LEARNED).tree), duck.arrow(sql(ASKED).tree)))
    return duck.text(sql(WITH_GUESS).tree)


def guesses(told: pa.Table, asked: pa.Table) -> pa.Table:
    """The gender that each asked name suggests, where it does so clearly.

    Args:
        told: written names, `female` (1 or 0) and `fold` (0 to 4) of those who told their gender.
        asked: distinct written names.

    Returns:
        written, gender (`female` or `male`) and chance, of the names that are clear.
    """
    known = told.append_column("given", given_of(told["written"]))
    known = known.filter(pa.compute.is_valid(known["given"]))
    wanted = asked.append_column("given", given_of(asked["written"]))
    wanted = wanted.filter(pa.compute.is_valid(wanted["given"]))
    female = known["female"].to_numpy().astype(np.float64)
    if known.num_rows < FEWEST or not 0 < female.mean() < 1:
        return GUESSES.empty_table()
    given = known["given"].to_pylist()
    chance = set_right(given, female, known["fold"].to_numpy()).apply(first_chances(given, female, wanted["given"].to_pylist()))
    clear = pa.array((chance >= SURE) | (chance <= 1 - SURE))
    gender = pa.array(np.where(chance >= SURE, FEMALE, MALE).tolist(), pa.string())
    found = [wanted["written"].combine_chunks().cast(pa.string()), gender, pa.array(np.maximum(chance, 1 - chance))]
    return pa.table(found, schema=GUESSES).filter(clear)


def set_right(given: list[str], female: Values, fold: npt.NDArray[np.int64]) -> Platt:
    """What makes the chances come true, from names judged by records they were not learned from."""
    found = np.empty(len(given))
    every = np.array(given, dtype=object)
    for each in range(FOLDS):
        out = fold == each
        found[out] = first_chances(every[~out].tolist(), female[~out], every[out].tolist())
    return fit_platt(found, female)


def given_of(written: pa.ChunkedArray) -> pa.Array:
    """Given names in comparable form; missing where a name cannot be read."""
    text = written.combine_chunks().cast(pa.string())
    nothing = pa.nulls(len(text), pa.string())
    return names(text, nothing, nothing)["given_key"]
