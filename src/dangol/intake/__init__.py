"""Intake: sources read, mapped, checked and loaded once; what is refused is kept with its reason."""

from dangol.intake.accepted import accepted, repeating
from dangol.intake.erasure import Erased, Wiped, devices_of, wipe
from dangol.intake.load import Handled, IntakeReport, load
from dangol.intake.manifest import Delivery, deliveries, forget, last_loaded, table_files
from dangol.intake.notice import NOTICES, REASONS, Notice
from dangol.intake.quality import ColumnQuality, QualityReport, Refusal, TableQuality, quality
from dangol.intake.settings import DatabaseSettings, SourceSettings, Terms

__all__ = [
    "NOTICES",
    "REASONS",
    "ColumnQuality",
    "DatabaseSettings",
    "Delivery",
    "Erased",
    "Handled",
    "IntakeReport",
    "Notice",
    "QualityReport",
    "Refusal",
    "SourceSettings",
    "TableQuality",
    "Terms",
    "Wiped",
    "accepted",
    "deliveries",
    "devices_of",
    "forget",
    "last_loaded",
    "load",
    "quality",
    "repeating",
    "table_files",
    "wipe",
]
