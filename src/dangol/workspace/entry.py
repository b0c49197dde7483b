"""A proposed source as YAML that a person reads, checks and edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from dangol.core.declare.source import Headers
from dangol.core.text import Language, tell, translate
from dangol.core.text import to_translate as words
from dangol.intake.automap import Proposal, Reading

CHECK = words("{sure:percent} sure: please check")
STANDS_IN = words("stands in, for want of a number of its own")
HEADLINE = words("{files}: {table}, {used:count} of {all:count} headers used")
NOT_SURE = words("not sure, left out: {header} ({sure:percent} {column}); to use it, write under columns: {line}")
NOT_USED = words("not used: {headers:listed}")
KEPT = words("kept as attributes: {headers:listed}")
TO_SETTLE = words("not loaded yet: settle this, then remove the # signs")
MOST_NAMED = 12


def entry_of(proposal: Proposal, patterns: Sequence[str], ignored: Sequence[str], language: Language) -> str:
    """The list item of a source, with comments on what is doubtful and what is left out.

    Args:
        proposal: with its name.
        patterns: its files as the settings name them.
        ignored: headers that must not be taken by their names.
        language: of the comments.
    """
    lines = [f"# {headline(proposal, language)}", *opening(proposal, patterns)]
    if not proposal.preset:
        lines += ["  columns:", *column_lines(proposal, language)]
        lines += [f"  ignore: [{', '.join(map(scalar, ignored))}]"] if ignored else []
    return "\n".join([*lines, *left_out_lines(proposal, language)])


def sketch_of(proposal: Proposal, patterns: Sequence[str], problems: Sequence[str], language: Language) -> str:
    """A source that cannot be loaded as it stands, as a comment to be completed."""
    lines = opening(proposal, patterns)
    lines += ["  columns:", *column_lines(proposal, language)] if proposal.columns and not proposal.preset else []
    lines += [f"  # {tell(each, language)}" for each in problems] + left_out_lines(proposal, language)
    return "\n".join([f"# {translate(TO_SETTLE, language)}", *(f"# {line}" for line in lines)])


def headline(proposal: Proposal, language: Language) -> str:
    """Which files, which table, how many headers."""
    used = sum(each.status in ("mapped", "guessed") for each in proposal.readings)
    files = ", ".join(path.name for path in proposal.paths[:3]) + (" …" if len(proposal.paths) > 3 else "")
    table = proposal.table.title(language) if proposal.table else "?"
    return translate(HEADLINE, language, files=files, table=table, used=used, all=len(proposal.readings))


def opening(proposal: Proposal, patterns: Sequence[str]) -> list[str]:
    """Name, files, table or preset, and system."""
    kind = {"preset": proposal.preset} if proposal.preset else {"table": proposal.table.name if proposal.table else "?"}
    named: Mapping[str, str] = {**kind, "system": proposal.system}
    files = ", ".join(map(scalar, patterns))
    return [
        f"- name: {scalar(proposal.name)}",
        f"  files: [{files}]",
        *(f"  {key}: {scalar(value)}" for key, value in named.items()),
    ]


def column_lines(proposal: Proposal, language: Language) -> list[str]:
    """Our columns with their headers; a remark beside those worth a look."""
    remarks = {
        each.column: translate(CHECK, language, sure=each.confidence) for each in proposal.readings if each.status == "guessed"
    }
    remarks |= dict.fromkeys(proposal.standing_in, translate(STANDS_IN, language))
    return [f"    {column}: {written(found)}{remark(remarks.get(column, ''))}" for column, found in proposal.columns.items()]


def written(headers: Headers) -> str:
    """One header, or several as a list."""
    return scalar(headers) if isinstance(headers, str) else f"[{', '.join(map(scalar, headers))}]"


def remark(text: str) -> str:
    """A comment at the end of a line."""
    return f"  # {text}" if text else ""


def left_out_lines(proposal: Proposal, language: Language) -> list[str]:
    """Comments on headers that are not used."""
    lines = [not_sure(each, language) for each in proposal.asked]
    for status, said in (("kept", KEPT), ("ignored", NOT_USED)):
        headers = [each.header for each in proposal.readings if each.status == status]
        shown = [*headers[:MOST_NAMED], *(["…"] if len(headers) > MOST_NAMED else [])]
        lines += [translate(said, language, headers=shown)] if shown else []
    return [f"  # {line}" for line in lines]


def not_sure(reading: Reading, language: Language) -> str:
    """What a doubtful header may be, and what to write if it is."""
    line = f"{reading.column}: {scalar(reading.header)}"
    return translate(NOT_SURE, language, header=reading.header, sure=reading.confidence, column=reading.column, line=line)


def scalar(text: str) -> str:
    """A text as YAML reads it back, on one line."""
    written = yaml.safe_dump(text, allow_unicode=True, width=100_000, default_flow_style=True).strip()
    plain = written.removesuffix("...").strip()
    return (
        yaml.safe_dump(text, allow_unicode=True, width=100_000, default_style='"').strip()
        if set(plain) & set(",[]{}#") and plain[0] not in "'\""
        else plain
    )
