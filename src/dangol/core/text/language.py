"""The two languages people meet, and how one is chosen for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")

_PREFERENCE = re.compile(r"\s*(?P<tag>[A-Za-z]{1,8}|\*)(?:[-_.@][^;,]*)?(?:\s*;\s*q\s*=\s*(?P<weight>[01](?:\.\d*)?))?\s*")
_NO_PREFERENCE = frozenset({"*", "c", "posix"})


@dataclass(frozen=True)
class Text:
    """A wording in Korean and in English."""

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        """The wording a reader of this language sees."""
        return self.ko if language == "ko" else self.en


def pick_language(stated: str | None, default: Language = "ko") -> Language:
    """The language to greet somebody in, from what a browser or a shell says about them.

    Args:
        stated: an `Accept-Language` header (`en-GB,en;q=0.8`) or a locale (`ko_KR.UTF-8`).
        default: for those who state nothing; who states only other languages reads English.
    """
    wanted = _wanted(stated or "")
    known = [language for tag in wanted for language in LANGUAGES if tag == language]
    if known:
        return known[0]
    return default if _NO_PREFERENCE.issuperset(wanted) else "en"


def _wanted(stated: str) -> list[str]:
    """Language tags, the most wanted first."""
    matches = filter(None, map(_PREFERENCE.fullmatch, stated.split(",")))
    weighted = sorted((-float(match["weight"] or 1), place, match["tag"]) for place, match in enumerate(matches))
    return [tag.lower() for weight, _, tag in weighted if weight]
