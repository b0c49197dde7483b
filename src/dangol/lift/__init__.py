"""What a contact changed: later orders of those contacted against those held out, and an honest sentence about it."""

from dangol.algorithms.difference import Lift
from dangol.lift.contrast import Amount, Contrast
from dangol.lift.measure import LiftResult, Reading, Verdict, measure
from dangol.lift.outcomes import OPTIONAL, decided_members, imported_members, outcomes

__all__ = [
    "OPTIONAL",
    "Amount",
    "Contrast",
    "Lift",
    "LiftResult",
    "Reading",
    "Verdict",
    "decided_members",
    "imported_members",
    "measure",
    "outcomes",
]
