"""Colours that people with any colour vision tell apart and that stand out from white by at least 3 to 1.

Blue, vermilion and green after Okabe and Ito (2008, Color Universal Design), the others darkened to reach the contrast.
"""

from __future__ import annotations

SERIES = ("#0072B2", "#D55E00", "#00805C", "#A3478A", "#8A6A00", "#3B4A5A")
HEAT = ("#EAF2F9", "#C4DCEE", "#8FBBDD", "#3772AA", "#1C5A96", "#0B447C")
INK, MUTED, GRID = "#1B2733", "#5A6775", "#DDE3E9"
DARK_FROM = 3


def heat_colour(share: float) -> str:
    """A colour between the palest (0) and the darkest (1)."""
    return HEAT[min(int(max(share, 0.0) * len(HEAT)), len(HEAT) - 1)]


def ink_on(colour: str) -> str:
    """The colour of writing that is legible on a heat colour."""
    return "#FFFFFF" if HEAT.index(colour) >= DARK_FROM else INK
