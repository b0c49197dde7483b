"""What can go wrong, in words that say where it is and what to do.

DangolError
├── ConfigError         the settings file
├── DeclarationError    a feature, question, programme … written wrongly
├── UnknownName         a name nobody declared (with "did you mean")
├── SourceError         a file or database that cannot be read
├── DataError           rows that contradict themselves
├── NotReady            something must run first
├── TooLittleData       an honest refusal: have X, need Y
├── EngineError         a query or a store that failed
├── ConsentError        somebody said no, or never said yes
└── DestinationError    a platform that would not take it
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from rapidfuzz import process

from dangol.core.told import Told, told

__all__ = [
    "OUTCOMES",
    "ConfigError",
    "ConsentError",
    "DangolError",
    "DataError",
    "DeclarationError",
    "DestinationError",
    "EngineError",
    "NotReady",
    "Outcome",
    "SourceError",
    "Told",
    "TooLittleData",
    "UnknownName",
    "suggest",
    "told",
]


@dataclass(frozen=True)
class Outcome:
    """What an error means to a shell and to an HTTP client."""

    exit_status: int
    http_status: int


class DangolError(Exception):
    """Something went wrong; says what, where and what to do.

    Args:
        what: one sentence with the offending value in it. Whatever a user may meet is written with `told`, here and below,
            so that `dangol.core.text.tell_error` can say it in Korean too; plain text stays as it is.
        where: file, row, column, section or declaration, as precisely as known.
        hint: the next thing to do.
        problems: further problems of the same kind found in the same place, one line each.
    """

    code = "error"

    def __init__(self, what: str, *, where: str = "", hint: str = "", problems: Iterable[str] = ()) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        self.problems = tuple(problems)
        super().__init__(what)

    def __str__(self) -> str:
        return self.said(str)

    def said(self, say: Callable[[str], str]) -> str:
        """Where and what, further problems one a line, and what to do, each sentence as `say` words it."""
        what = say(self.what)
        lines = [f"{say(self.where)}: {what}" if self.where else what, *(f"  - {say(each)}" for each in self.problems)]
        return "\n".join([*lines, say(self.hint)] if self.hint else lines)


class ConfigError(DangolError):
    """The settings do not make sense."""

    code = "config"


class DeclarationError(DangolError):
    """A declared feature, question, prediction or programme is written wrongly."""

    code = "declaration"


class UnknownName(DangolError):
    """A name that nobody declared."""

    code = "unknown_name"

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str], *, where: str = "") -> UnknownName:
        """Say which known names are closest to the unknown one; the kind is a word of the catalogue: `told("question")`."""
        return cls(told("unknown {kind} {name:quoted}", kind=kind, name=name), where=where, hint=suggest(name, known))

    @classmethod
    def check(cls, kind: str, name: str, known: Collection[str], *, where: str = "") -> None:
        """Refuse a name that is not among the known ones, as `among` words it.

        Raises:
            UnknownName: nobody declared it.
        """
        if name not in known:
            raise cls.among(kind, name, known, where=where)


class SourceError(DangolError):
    """A file or database cannot be read as it is."""

    code = "source"


class DataError(DangolError):
    """Rows that contradict themselves or the declared tables."""

    code = "data"


class NotReady(DangolError):
    """Another step must run first."""

    code = "not_ready"


class TooLittleData(DangolError):
    """The data do not support the answer; says what there is and what is needed."""

    code = "too_little_data"

    @classmethod
    def have(cls, have: str, need: str, *, where: str = "") -> TooLittleData:
        """Refuse with the two figures that matter."""
        return cls(told("too little data: have {have}, need {need}", have=have, need=need), where=where)


class EngineError(DangolError):
    """A query or a store failed."""

    code = "engine"


class ConsentError(DangolError):
    """Contact would break what a person allowed."""

    code = "consent"


class DestinationError(DangolError):
    """A destination did not accept what was sent."""

    code = "destination"


OUTCOMES: dict[str, Outcome] = {
    "error": Outcome(1, 500),
    "config": Outcome(2, 422),
    "declaration": Outcome(3, 422),
    "unknown_name": Outcome(4, 404),
    "source": Outcome(5, 422),
    "data": Outcome(6, 422),
    "not_ready": Outcome(7, 409),
    "too_little_data": Outcome(8, 422),
    "engine": Outcome(9, 500),
    "consent": Outcome(10, 403),
    "destination": Outcome(11, 502),
}


def suggest(name: str, known: Iterable[str], *, limit: int = 3) -> Told:
    """The closest known names as a hint, or the first few when nothing is close."""
    names = sorted(set(known))
    close = [match for match, score, _ in process.extract(name, names, limit=limit) if score >= 60]
    if close:
        return told("did you mean {names:either}?", names=close)
    if not names:
        return told("nothing is declared yet")
    return told("known: {names:listed}{more}", names=names[:12], more=" …" if len(names) > 12 else "")
