"""One spelling for a Korean name in Latin letters, however its bearer spells it: Minsoo, Min-su and 민수 become one key.

Spellings in passports and shops follow McCune-Reischauer (1939), the Revised Romanization (2000) or English habit. What they
disagree about is folded away, so that the key is coarse: it is evidence for two records, never proof.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dangol.identity.standard.hangul import latin

# English spellings as the Revised Romanization has them, in this order: 우 is u, whether written woo, wu or oo.
SPELLINGS = (
    ("oo", "u"), ("wu", "u"), ("ee", "i"), ("weo", "wo"), ("yeou", "yu"), ("ou", "u"), ("ai", "ae"), ("ay", "ae"), ("ea", "ae"),
    ("oi", "oe"), ("eui", "ui"),
)  # fmt: skip
# Vowels that spellings mix up, read from left to right: jaeu is 재우, not 자으.
VOWELS = {"yeo": "yu", "wae": "we", "ae": "e", "oe": "we", "ui": "i", "eu": "u", "eo": "u"}
VOWEL = re.compile("|".join(VOWELS))
CONSONANTS = (("ch", "j"), ("sh", "s"), ("ph", "b"), ("th", "d"), ("kh", "g"), ("ck", "g"))
LETTERS = str.maketrans("ktprcqvfz", "gdblggbbj")
NOT_LETTERS = re.compile("[^a-z]+")
SILENT_H = re.compile("(?<=[aeiou])h(?![aeiouyw])")
DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """The comparable spelling of a name in Latin letters or Hangul: `Minsoo`, `MIN-SU` and `민수` are `minsu`."""
    spelt = NOT_LETTERS.sub("", latin(text).lower())
    spelt = VOWEL.sub(lambda found: VOWELS[found[0]], replaced(spelt, SPELLINGS))
    spelt = replaced(spelt, CONSONANTS)
    return DOUBLED.sub(r"\1", SILENT_H.sub("", spelt).translate(LETTERS))


def replaced(text: str, table: tuple[tuple[str, str], ...]) -> str:
    """A text with what a table lists replaced, in its order."""
    for written, kept in table:
        text = text.replace(written, kept)
    return text
