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

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process


@dataclass(frozen=True)
class Outcome:
    """What an error means to a shell and to an HTTP client."""

    exit_status: int
    http_status: int


class DangolError(Exception):
    """Something went wrong; says what, where and what to do.

    Args:
        what: one sentence with the offending value in it.
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
        head = f"{self.where}: {self.what}" if self.where else self.what
        lines = [head, *(f"  - {problem}" for problem in self.problems)]
        return "\n".join([*lines, self.hint] if self.hint else lines)


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
        """Say which known names are closest to the unknown one."""
        return cls(f"unknown {kind} {name!r}", where=where, hint=suggest(name, known))


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
        return cls(f"too little data: have {have}, need {need}", where=where)


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


def suggest(name: str, known: Iterable[str], *, limit: int = 3) -> str:
    """The closest known names as a hint, or the first few when nothing is close."""
    names = sorted(set(known))
    close = [match for match, score, _ in process.extract(name, names, limit=limit) if score >= 60]
    if close:
        return "did you mean " + " or ".join(repr(match) for match in close) + "?"
    listed = ", ".join(names[:12])
    return f"known: {listed}{' …' if len(names) > 12 else ''}" if names else "nothing is declared yet"
