"""Numbers of sources as pages and answers may show them: what reaches a person is covered."""

from __future__ import annotations

from dangol.intake.automap.values import EMAIL, is_phone


def hidden(number: str) -> str:
    """A source's customer number with its middle covered."""
    return number if len(number) <= 4 else f"{number[:2]}{'*' * (len(number) - 4)}{number[-2:]}"


def recognised(number: str) -> str:
    """A lead's number as a list may show it: one that is an address or a telephone is hidden."""
    return hidden(number) if EMAIL.fullmatch(number) or is_phone(number) else number
