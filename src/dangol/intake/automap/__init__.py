"""Auto-mapping: what dropped files are, told from their headers and their values; nothing is loaded here."""

from __future__ import annotations

from dangol.intake.automap.proposal import Proposal, Reading, Relation
from dangol.intake.automap.together import Proposed, Said, propose

__all__ = ["Proposal", "Proposed", "Reading", "Relation", "Said", "propose"]
