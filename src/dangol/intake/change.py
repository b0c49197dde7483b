"""A source whose columns changed: told before anything is loaded, so that the last good data keep serving."""

from __future__ import annotations

from collections.abc import Sequence

from dangol.core.errors import SourceError, told
from dangol.intake.header import plain
from dangol.intake.manifest import Delivery
from dangol.intake.mapping import Mapped
from dangol.intake.settings import SourceSettings


def check_unchanged(mapped: Mapped, settings: SourceSettings, before: Sequence[Delivery]) -> None:
    """Make sure that a file still brings what the source's latest file brought.

    Args:
        mapped: the new file's columns.
        settings: its source's; columns named under `optional` may be absent.
        before: everything loaded so far.

    Raises:
        SourceError: columns are gone; they are named, with the file that had them, the unused headers and what to do.
    """
    latest = latest_delivery(mapped.table.name, settings.name, before)
    gone = lost(latest, mapped, settings) if latest else []
    if latest is None or not gone:
        return
    what = told(
        "columns that {file:quoted} still had are gone: {columns:listed}",
        file=latest.file,
        columns=[f"{name} ({', '.join(latest.headers[name])})" for name in gone],
    )
    unused = told("; unused headers: {headers:listed}", headers=list(mapped.unmapped[:10])) if mapped.unmapped else ""
    hint = told(
        'have the file delivered with them; if a header was renamed, write columns: {{{name}: "its new header"}}; '
        "if it is gone for good, optional: [{name}]{unused}",
        name=gone[0],
        unused=unused,
    )
    raise SourceError(what, hint=hint)


def latest_delivery(table: str, source: str, before: Sequence[Delivery]) -> Delivery | None:
    """What the source delivered last for the same table."""
    same = [each for each in before if each.source == source and each.table == table]
    return max(same, key=lambda each: each.number, default=None)


def lost(latest: Delivery, mapped: Mapped, settings: SourceSettings) -> list[str]:
    """Columns that an earlier file filled and whose headers the new one lacks; other settings are no change of the file."""
    there = {plain(header) for headers in (*mapped.columns.values(), mapped.unmapped) for header in headers}
    expected = filled_by(latest) - {*mapped.names, *settings.optional}
    return [name for name, headers in latest.headers.items() if name in expected and there.isdisjoint(map(plain, headers))]


def filled_by(latest: Delivery) -> set[str]:
    """Columns that had a value in a delivery."""
    empty = {name for name, count in latest.filled.items() if not count}
    return set(latest.headers) - empty
