"""One spelling for a Korean name in Latin letters, however its bearer spells it: Minsoo, Min-su and 민수 become one key.

Spellings in passports and shops follow McCune-Reischauer (1939), the Revised Romanization (2000) or English habit. What they
disagree about is folded away, so that the key is coarse: it is evidence for two records, never proof.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dangol.identity.standard.hangul import latin

# In this order: longer spellings before what they contain.
VOWELS = (
    ("oo", "u"), ("ee", "i"), ("weo", "wo"), ("yeou", "yu"), ("yeo", "yu"), ("you", "yu"), ("wae", "we"), ("oi", "we"),
    ("oe", "we"), ("eui", "i"), ("ui", "i"), ("eu", "u"), ("eo", "u"), ("ou", "u"), ("ae", "e"), ("ai", "e"), ("ay", "e"),
    ("ea", "e"), ("wu", "u"),
)  # fmt: skip
CONSONANTS = (("ch", "j"), ("sh", "s"), ("ph", "b"), ("th", "d"), ("kh", "g"), ("ck", "g"))
LETTERS = str.maketrans("ktprcqvfz", "gdblggbbj")
NOT_LETTERS = re.compile("[^a-z]+")
SILENT_H = re.compile("(?<=[aeiou])h(?![aeiouyw])")
DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """The comparable spelling of a name in Latin letters or Hangul: `Minsoo`, `MIN-SU` and `민수` are `minsu`."""
    spelt = NOT_LETTERS.sub("", latin(text).lower())
    for written, kept in VOWELS + CONSONANTS:
        if written in spelt:
            spelt = spelt.replace(written, kept)
    return DOUBLED.sub(r"\1", SILENT_H.sub("", spelt).translate(LETTERS))
