"""Opening the company that a command is about."""

from __future__ import annotations

from pathlib import Path

from dangol.faces.cli.console import terminal
from dangol.workspace.company import Company


def opened(folder: Path) -> Company:
    """The company in a folder; from now on the terminal speaks in its currency and clock."""
    company = Company.open(folder)
    terminal.currency, terminal.zone = company.settings.company.currency, company.settings.company.zone
    return company
