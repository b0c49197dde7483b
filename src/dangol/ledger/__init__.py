"""What was decided about whom and why, with its probability: written once, the same again on every run."""

from dangol.ledger.decide import Decisions, Known, Run, decide
from dangol.ledger.record import Recorded, earlier_decisions, mark_exported, record

__all__ = ["Decisions", "Known", "Recorded", "Run", "decide", "earlier_decisions", "mark_exported", "record"]
