"""How good the data are: shares filled and valid, scores, findings of monitors, and rules that clean."""

from dangol.intake.quality.finding import Finding
from dangol.intake.quality.reading import Reading
from dangol.intake.quality.report import ColumnQuality, QualityReport, Refusal, TableQuality, quality
from dangol.intake.quality.rule import Rule
from dangol.intake.quality.shelf import RULES

__all__ = [
    "RULES",
    "ColumnQuality",
    "Finding",
    "QualityReport",
    "Reading",
    "Refusal",
    "Rule",
    "TableQuality",
    "quality",
]
