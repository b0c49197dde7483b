"""Destinations: how an audience leaves the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dangol.core.declare.declaration import Declaration, documented, written_in


@dataclass(frozen=True, kw_only=True)
class Destination(Declaration):
    """A declared destination: `deliver(cleared, folder, …)` hands over customers whom consent cleared."""

    deliver: Callable[..., Any]


def destination(*, ko: str, en: str, name: str) -> Callable[[Callable[..., Any]], Destination]:
    """Declare a destination: a function that accepts only cleared customers."""

    def declare(deliver: Callable[..., Any]) -> Destination:
        return Destination(
            name=name, ko=ko, en=en, doc=documented(deliver), file=written_in(deliver), deliver=deliver, room="destination"
        )

    return declare
