"""Names compared: the same, sounding the same, a slip, a mask, a short form, only the family …

Korean and English names meet here without anybody saying which is which: Hangul is compared letter by letter (jamo), Latin
script by its letters, and across the scripts by the romanised name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, JaroWinkler

from dangol.identity.matching.evidence import NAME
from dangol.identity.matching.likeness import Words, compared, measured
from dangol.identity.matching.marks import Bands, Flags, Marks
from dangol.identity.matching.people import Coded, Ints, in_hangul

LIKE_PART = 0.88
LIKE_LITTLE = 0.75
SHORT = 4
STEP = {step.name: NAME.number(step.name) for step in NAME.steps}
# Steps whose weight depends on how common the agreeing form is.
RATED_FORMS = {
    "same": "name_key",
    "same_sound": "name_roman",
    "given_only": "given_key",
    "given": "given_key",
    "family_only": "family_key",
    "family": "family_key",
}


@dataclass(frozen=True)
class NameForms:
    """The distinct names of a company in every form they are compared by; "" for a missing form.

    Attributes:
        whole, family, given, jamo, roman, mask: texts.
        letters: the signs of a Hangul name in order, so that turned syllables agree; "" for other scripts.
        latin: whether the name is written without Hangul.
        band: how common the value of a form is, by form.
        signs: how many signs the value of a form has, by form; 0 for a missing one.
    """

    whole: Words
    family: Words
    given: Words
    jamo: Words
    roman: Words
    mask: Words
    letters: Words
    latin: Flags
    band: Mapping[str, Bands]
    signs: Mapping[str, Ints]

    @cached_property
    def long(self) -> dict[int, Ints]:
        """Number of signs of each text, by column."""
        of_form = {"family_key": self.family, "given_key": self.given, "name_jamo": self.jamo}
        return {id(words): self.signs[form] for form, words in of_form.items()}

    @classmethod
    def of(cls, forms: Mapping[str, Coded], marks: Marks) -> NameForms:
        """Forms of the distinct names.

        Args:
            forms: each form of each distinct name as numbers.
            marks: how common each value is.
        """
        words = {name: texts(each) for name, each in forms.items()}
        names = forms["name_key"]
        hangul = np.append(in_hangul(names.values), False)[names.codes]
        band = {name: bands_of(forms[name], marks.band[name]) for name in ("name_key", "name_roman", "given_key", "family_key")}
        return cls(
            words["name_key"],
            words["family_key"],
            words["given_key"],
            words["name_jamo"],
            words["name_roman"],
            words["name_mask"],
            words["name_letters"],
            ~hangul,
            band,
            {name: np.append(forms[name].lengths, 0)[forms[name].codes] for name in ("family_key", "given_key", "name_jamo")},
        )

    def compared(self, one: Ints, two: Ints) -> tuple[Ints, Ints]:
        """The step of the ladder and the band of the agreeing value, for each pair of distinct names."""
        step = np.full(len(one), STEP["different"])
        same = (one == two) & (self.whole[one] != "")
        step[same] = STEP["same"]
        rest = np.flatnonzero(~same)
        step[rest] = self.unequal(one[rest], two[rest])
        column = np.zeros(len(one), dtype=np.int64)
        for name, form in RATED_FORMS.items():
            reached = step == STEP[name]
            column[reached] = np.minimum(self.band[form][one[reached]], self.band[form][two[reached]])
        return step, column

    def unequal(self, one: Ints, two: Ints) -> Ints:
        """Steps of pairs of names that are not written the same in every form."""
        families, givens = both(self.family, one, two), both(self.given, one, two)
        family = families & (self.family[one] == self.family[two])
        given = givens & (self.given[one] == self.given[two])
        latin = self.latin[one] & self.latin[two]
        close_family, like_family = self.like(self.family, self.family, one, two, families & latin & ~family)
        close_given, like_given = self.like(self.given, self.given, one, two, givens & latin & ~given)
        close_family, close_given = close_family | family, close_given | given
        like_family, like_given = like_family | close_family, like_given | close_given
        slips = self.slips(self.jamo, one, two, 2.0)
        sound_slips = self.slips(self.roman, one, two, 1.0)
        long = np.minimum(self.long[id(self.jamo)][one], self.long[id(self.jamo)][two]) >= SHORT
        short = givens & self.shortened(one, two, givens)
        return np.select(
            [
                both(self.whole, one, two) & (self.whole[one] == self.whole[two]),
                self.sounding(one, two) | (family & given),
                (long & ((slips <= 1) | (sound_slips <= 1))) | (family & close_given) | (given & close_family),
                (like_family & (like_given | short)) | (family & (slips <= 2)),
                self.masked(one, two),
                given & ~families,
                (like_given | short) & ~families,
                self.crossed(one, two, latin & ~(families & givens)),
                close_family & ~givens,
                like_family & ~givens,
                given,
                family,
            ],
            [STEP[name] for name in ("same", "same_sound", "near", "alike", "masked", "given_only", "given_like", "crossed",
                                     "family_only", "family_like", "given", "family")],
            STEP["different"],
        )  # fmt: skip

    def crossed(self, one: Ints, two: Ints, chosen: Flags) -> Flags:
        """Whether the given name of one is the family name of the other, where a part is missing."""
        close = np.zeros(len(one), dtype=bool)
        for ours, theirs in ((self.given, self.family), (self.family, self.given)):
            known = chosen & (ours[one] != "") & (theirs[two] != "")
            close |= self.like(ours, theirs, one, two, known)[0]
        return close

    def sounding(self, one: Ints, two: Ints) -> Flags:
        """Names that sound the same, or whose parts or syllables stand in another order."""
        roman = both(self.roman, one, two) & (self.roman[one] == self.roman[two])
        turned = both(self.letters, one, two) & (self.letters[one] == self.letters[two])
        swapped = (self.family[one] == self.given[two]) & (self.given[one] == self.family[two]) & (self.family[one] != "")
        found: Flags = roman | turned | (swapped & (self.given[one] != ""))
        return found

    def like(self, ours: Words, theirs: Words, one: Ints, two: Ints, chosen: Flags) -> tuple[Flags, Flags]:
        """Whether a part of one name is close to a part of another, and whether it is at least like it, where chosen."""
        close, like = np.zeros(len(one), dtype=bool), np.zeros(len(one), dtype=bool)
        left, right = ours[one[chosen]], theirs[two[chosen]]
        likeness = compared(left, right, JaroWinkler.similarity, LIKE_LITTLE)
        shortest = np.minimum(self.long[id(ours)][one[chosen]], self.long[id(theirs)][two[chosen]])
        slip = (compared(left, right, OSA.distance, 1.0) <= 1) & (shortest >= SHORT)
        close[chosen] = (likeness >= LIKE_PART) | slip
        like[chosen] = likeness >= LIKE_LITTLE
        return close, like

    def slips(self, words: Words, one: Ints, two: Ints, most: float) -> npt.NDArray[np.float64]:
        """Slips of the finger between two texts; more than `most` where one is missing."""
        found = np.full(len(one), most + 1.0)
        known = both(words, one, two)
        found[known] = measured(words, one[known], two[known], OSA.distance, most)
        return found

    def masked(self, one: Ints, two: Ints) -> Flags:
        """Whether a masked name hides the other one."""
        found = np.zeros(len(one), dtype=bool)
        chosen = np.flatnonzero((self.mask[one] != "") | (self.mask[two] != ""))
        found[chosen] = [
            hides(self.mask[ours] or self.whole[ours], self.mask[theirs] or self.whole[theirs])
            for ours, theirs in zip(one[chosen], two[chosen], strict=True)
        ]
        return found

    def shortened(self, one: Ints, two: Ints, chosen: Flags) -> Flags:
        """Whether one given name is the beginning of the other, such as an initial or a short form."""
        found = np.zeros(len(one), dtype=bool)
        chosen = chosen & self.latin[one] & self.latin[two]
        found[chosen] = [
            ours.startswith(theirs) or theirs.startswith(ours)
            for ours, theirs in zip(self.given[one[chosen]], self.given[two[chosen]], strict=True)
        ]
        return found


def bands_of(form: Coded, band: Bands) -> Bands:
    """How common the value of a form is, for each distinct name; 0 where it has none."""
    found = band[form.codes] if len(band) else 0
    return np.where(form.known, found, 0).astype(np.int16)


def texts(form: Coded) -> Words:
    """A form of each name as text, "" where missing."""
    return np.append(form.words, "")[form.codes]


def both(words: Words, one: Ints, two: Ints) -> Flags:
    """Whether both names have a form."""
    found: Flags = (words[one] != "") & (words[two] != "")
    return found


def hides(one: str, two: str) -> bool:
    """Whether two names agree wherever neither is masked, sign by sign."""
    return len(one) == len(two) and len(one) > 1 and all(a == b or "*" in (a, b) for a, b in zip(one, two, strict=True))
