"""A header taken apart: whose it is, what it belongs to and, last as in Korean compounds, what kind of value it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from dangol.intake.automap.vocabulary import EMPTY_WORDS, NARROWING, WORDS

BRACKETS = re.compile(r"[\(\[（【{]([^)\]）】}]*)[\)\]）】}]")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
PIECE = re.compile(r"[가-힣]+|[a-z]+|\d+")
HANGUL = re.compile(r"[가-힣]+")
LONGEST_WORD = 16
AT_THE_END = frozenset("명액비료수율률일값키")
AT_THE_START = frozenset("순단첫")
NOT_AT_THE_END = frozenset("실총")


@dataclass(frozen=True)
class Phrase:
    """The meaning of a header in atoms.

    Attributes:
        atoms: in the order of reading; heads in capitals, persons with `@`.
        unknown: pieces that are in no vocabulary.
        number: a number written at the end, such as the 2 of `Address 2`; 0 without one.
        bracket: atoms of persons and things that stand in brackets.
    """

    atoms: tuple[str, ...]
    unknown: tuple[str, ...]
    number: int = 0
    bracket: frozenset[str] = frozenset()

    @property
    def head(self) -> str:
        """The kind of value: the last head, empty where the header names only a thing."""
        return next((atom for atom in reversed(self.atoms) if is_head(atom)), "")

    @property
    def owner(self) -> str:
        """The thing or person nearest before the head; what merely narrows it down where nothing else is named."""
        named = [atom for atom in self.atoms if not is_head(atom)]
        return next((atom for atom in reversed(named) if atom not in NARROWING), next(reversed(named), ""))

    @property
    def rest(self) -> frozenset[str]:
        """All atoms but head and owner."""
        return (frozenset(self.atoms) | self.bracket) - {self.head, self.owner}


def is_head(atom: str) -> bool:
    """Whether an atom says what kind of value it is."""
    return atom.isupper()


@lru_cache(maxsize=4096)
def read_header(header: str) -> Phrase:
    """Take a header apart."""
    text = unicodedata.normalize("NFKC", header)
    inside = " ".join(BRACKETS.findall(text))
    outside = BRACKETS.sub(" ", text)
    if not PIECE.search(outside.lower()):
        outside, inside = inside, ""
    atoms, unknown, number = read_pieces(turned(pieces(outside)))
    aside, _, _ = read_pieces(pieces(inside))
    return Phrase(atoms, unknown, number, frozenset(atom for atom in aside if atom.startswith("@") or atom == "shipping"))


def pieces(text: str) -> list[str]:
    """Runs of Korean letters, Latin letters and digits, lower case, camel case split."""
    return PIECE.findall(CAMEL.sub(" ", text).lower())


def turned(found: list[str]) -> list[str]:
    """`date of order` as `order date`."""
    if "of" not in found[1:-1]:
        return found
    place = found.index("of", 1)
    return found[place + 1 :] + found[:place]


def read_pieces(found: list[str]) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Atoms, unknown pieces and the number at the end."""
    number = int(found[-1][:4]) if found and found[-1].isdigit() else 0
    words = [piece for piece in found if not piece.isdigit()]
    atoms: list[str] = []
    unknown: list[str] = []
    for group in joined(words):
        known, strange = segment(group)
        atoms += known
        unknown += strange
    return tuple(dict.fromkeys(atoms)), tuple(unknown), number


def joined(words: list[str]) -> list[str]:
    """Neighbouring pieces that are one word of the vocabulary together, such as `line` and `item`."""
    result: list[str] = []
    for word in words:
        if len(result) > 1 and result[-2] + result[-1] + word in WORDS:
            result[-2:] = [result[-2] + result[-1] + word]
        elif result and result[-1] + word in WORDS:
            result[-1] += word
        else:
            result.append(word)
    return result


@lru_cache(maxsize=8192)
def segment(run: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A run of letters as vocabulary words: most letters covered, then fewest words; Latin runs whole or not at all.

    Returns:
        Atoms, and what is left over.
    """
    if run in EMPTY_WORDS:
        return (), ()
    whole = whole_word(run)
    if whole:
        return whole, ()
    words, left = best_split(run)
    if left and not HANGUL.fullmatch(run):
        return (), (run,)
    return tuple(chain.from_iterable(WORDS[word] for word in words)), left


def whole_word(run: str) -> tuple[str, ...] | None:
    """What a run of letters means where it is one word, or one in the plural."""
    return WORDS.get(run) or WORDS.get(run.removesuffix("s"))


def best_split(run: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a run and the letters between them, by dynamic programming over places."""
    best: list[tuple[int, int, tuple[str, ...], tuple[str, ...]]] = [(0, 0, (), ())]
    for end in range(1, len(run) + 1):
        missed, count, words, left = best[end - 1]
        ways = [
            (missed + 1, count, words, grown(left, run[end - 1], fresh=bool(words) and not run[: end - 1].endswith(left[-1:])))
        ]
        for start in range(max(0, end - LONGEST_WORD), end):
            word = run[start:end]
            if word in WORDS and stands_well(word, start, end, len(run)):
                missed, count, words, left = best[start]
                ways.append((missed, count + 1, (*words, word), left))
        best.append(min(ways, key=lambda way: way[:2]))
    return best[-1][2], best[-1][3]


def grown(left: tuple[str, ...], letter: str, *, fresh: bool) -> tuple[str, ...]:
    """What is left over with one letter more."""
    return (*left, letter) if fresh or not left else (*left[:-1], left[-1] + letter)


def stands_well(word: str, start: int, end: int, length: int) -> bool:
    """Whether a short word stands where it can be one: single letters at the edge they belong to, two Latin ones at the end."""
    if len(word) > 1:
        return len(word) > 2 or end == length or bool(HANGUL.match(word))
    if word in AT_THE_END:
        return start > 0 and end == length
    return begins_well(word, start, end, length)


def begins_well(word: str, start: int, end: int, length: int) -> bool:
    """Whether a single letter that something must follow stands where it can be a word."""
    return (word in AT_THE_START and start == 0) or (word in NOT_AT_THE_END and end < length)
