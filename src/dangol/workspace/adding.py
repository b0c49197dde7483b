"""Adding files: what they are is told from headers and values, checked as a load would check it, and written as editable YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from dangol.core.declare.source import Preset
from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, DangolError, SourceError, told
from dangol.core.tables import Table, find_table
from dangol.core.text import Language
from dangol.intake import SourceSettings, Terms
from dangol.intake.automap import Proposal, Proposed, Relation, Said, propose
from dangol.intake.header import plain, words
from dangol.intake.mapping import nameable
from dangol.intake.opening import Bench
from dangol.intake.plan import Planner, match_pattern
from dangol.workspace.entry import entry_of, sketch_of
from dangol.workspace.registry import discover
from dangol.workspace.settings import FILE, Settings, load_settings
from dangol.workspace.starting import free_name, relative, with_entries

SHORTEST_GLOB = 3
Decide = Callable[[Proposal], Proposal]


@dataclass(frozen=True)
class Understood:
    """What was made of files, before anything is written.

    Attributes:
        folder: the company's.
        proposals: sources to be added, named.
        patterns: name of a source → its files as the settings will name them.
        relations: keys that one source shares with another.
        refused: files that cannot be added at all, with the reason.
        known: files that a source reads already, by its name.
        problems: name of a source → why a load would refuse it as it stands.
    """

    folder: Path
    proposals: tuple[Proposal, ...]
    patterns: Mapping[str, tuple[str, ...]]
    relations: tuple[Relation, ...]
    refused: Mapping[Path, DangolError]
    known: Mapping[Path, str]
    problems: Mapping[str, tuple[str, ...]]

    @property
    def ready(self) -> tuple[Proposal, ...]:
        """Sources that can be loaded as they stand."""
        return tuple(each for each in self.proposals if not self.problems.get(each.name))

    @property
    def left_out(self) -> tuple[Proposal, ...]:
        """Sources about which something must be said first."""
        return tuple(each for each in self.proposals if self.problems.get(each.name))


def understand(folder: Path, files: Sequence[Path], said: Said | None = None, decide: Decide | None = None) -> Understood:
    """What files are and what the settings would say of them.

    Args:
        folder: the company's, with its `dangol.yaml`.
        files: to be added; those that a source reads already are passed over.
        said: table, system or columns that somebody said.
        decide: settles what is doubtful, such as by asking; nothing doubtful is taken without it.

    Raises:
        SourceError: files that are not there.
        ConfigError: no settings yet, or wrong ones.
        UnknownName: no such table.
    """
    settings = load_settings(folder)
    said = said or Said()
    check_files(files, said.table)
    known = readers(folder, files, settings, said.table)
    fresh = [file for file in dict.fromkeys(files) if file not in known]
    presets = list(discover(folder / "custom").sources.values())
    with (
        Duck(memory_limit=settings.engine.memory_limit, threads=settings.engine.threads) as duck,
        TemporaryDirectory() as staging,
    ):
        bench = Bench(duck, Path(staging))
        found = with_names(propose(fresh, bench, presets, said), settings)
        proposals = tuple(map(decide or untouched, found.proposals))
        patterns = {each.name: patterns_of(each, folder) for each in proposals}
        problems = problems_of(proposals, patterns, settings, bench, folder, presets)
    return Understood(folder, proposals, patterns, found.relations, found.refused, known, problems)


def untouched(proposal: Proposal) -> Proposal:
    """Decide nothing."""
    return proposal


def check_files(files: Sequence[Path], table: str) -> None:
    """Make sure that there is something to add and a table to add it to.

    Raises:
        SourceError: files that are not there.
        UnknownName: no such table.
    """
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise SourceError(told("{n} of {all} files are not there", n=len(missing), all=len(files)), problems=missing)
    if table:
        find_table(table)


def readers(folder: Path, files: Sequence[Path], settings: Settings, table: str) -> dict[Path, str]:
    """Files that a source reads already; where a table is said, sources that read them into another one do not count."""
    read = read_by(settings, table, folder)
    return {file: read[file.resolve()] for file in files if file.resolve() in read}


def read_by(settings: Settings, table: str, folder: Path) -> dict[Path, str]:
    """Which source reads a file, into a table where one is said; of several sources the last."""
    same = (source for source in settings.sources if not table or source.table in (None, table))
    return {path: source.name for source in same for path in paths_of(source.files, folder)}


def paths_of(patterns: Sequence[str], folder: Path) -> set[Path]:
    """Files that patterns mean at this moment."""
    return {path.resolve() for pattern in patterns for path in match_pattern(pattern, folder)}


def with_names(proposed: Proposed, settings: Settings) -> Proposed:
    """Proposals under names that no source has yet, taken from their files."""
    taken = {source.name for source in settings.sources}
    names: dict[str, str] = {}
    for each in proposed.proposals:
        names[each.name] = free_name(common_stem([file.stem for file in each.files]), taken)
        taken.add(names[each.name])
    proposals = tuple(replace(each, name=names[each.name]) for each in proposed.proposals)
    relations = tuple(replace(each, source=names[each.source], target=names[each.target]) for each in proposed.relations)
    return replace(proposed, proposals=proposals, relations=relations)


def common_stem(stems: Sequence[str]) -> str:
    """What file names begin with alike; the first one where they do not."""
    alike = "".join(signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, zip(*stems, strict=False)))
    short = alike.rstrip("0123456789 _-.(") if len(stems) > 1 else stems[0]
    return short if len(short) >= SHORTEST_GLOB else stems[0]


def patterns_of(proposal: Proposal, folder: Path) -> tuple[str, ...]:
    """The files as the settings name them: one pattern where it means exactly these, so that tomorrow's file is read too."""
    shown = [relative(path, folder) for path in proposal.paths]
    if len(shown) == 1:
        return tuple(shown)
    start, suffix = common_stem(shown), Path(shown[0]).suffix
    pattern = f"{start}*{suffix}"
    exact = bool(Path(start).name) and paths_of([pattern], folder) == {path.resolve() for path in proposal.paths}
    return (pattern,) if exact else tuple(shown)


def source_of(proposal: Proposal, patterns: tuple[str, ...]) -> SourceSettings:
    """The settings of a proposed source."""
    said: dict[str, object] = {"name": proposal.name, "files": patterns, "system": proposal.system}
    if proposal.preset:
        said |= {"preset": proposal.preset}
    elif proposal.table:
        said |= {"table": proposal.table.name, "columns": proposal.columns, "ignore": tempting(proposal)}
    return SourceSettings.model_validate(said)


def tempting(proposal: Proposal) -> tuple[str, ...]:
    """Headers left out that a load would take by their names: they are named, so that nothing loads silently."""
    if proposal.table is None or proposal.preset:
        return ()
    tempted = names_of(proposal.table, set(proposal.columns))
    unused = (each.header for each in proposal.readings if each.header not in used_headers(proposal))
    return tuple(header for header in unused if plain(header) in tempted)


def used_headers(proposal: Proposal) -> set[str]:
    """Headers that fill a column."""
    return {header for found in proposal.columns.values() for header in ((found,) if isinstance(found, str) else found)}


def names_of(table: Table, filled: Collection[str]) -> set[str]:
    """Every header that a load takes by its name for one of a table's columns that is not filled yet."""
    columns = [column for name, column in nameable(table).items() if name not in filled]
    return {plain(column.name) for column in columns}.union(*map(words, columns))


def problems_of(
    proposals: Sequence[Proposal],
    patterns: Mapping[str, tuple[str, ...]],
    settings: Settings,
    bench: Bench,
    folder: Path,
    presets: Sequence[Preset],
) -> dict[str, tuple[str, ...]]:
    """What a load would refuse, source by source: every problem at once, before anything is written."""
    company = settings.company
    now = datetime.now(UTC).replace(tzinfo=None)
    terms = Terms(root=folder, base=folder, zone=company.zone, currency=company.currency, now=now)
    found: dict[str, tuple[str, ...]] = {}
    for each in proposals:
        if each.table is None:
            found[each.name] = (unclear(each),)
            continue
        if each.missing:
            found[each.name] = tuple(lacking(each, name) for name in each.missing)
            continue
        planner = Planner(terms, bench, presets)
        for _ in planner.plan_source(source_of(each, patterns[each.name])):
            pass
        found[each.name] = tuple(planner.problems)
    return found


def unclear(proposal: Proposal) -> str:
    """What is said of a file that no table fits."""
    file = proposal.files[0].path.name
    if proposal.candidates:
        return told(
            "{file:quoted} fits no table well; closest: {tables:listed}; say which with --table and --column",
            file=file,
            tables=list(proposal.candidates),
        )
    return told("{file:quoted} fits no table; say which with --table and --column", file=file)


def lacking(proposal: Proposal, name: str) -> str:
    """What is said of a required column that no header surely fills."""
    table = proposal.table
    assert table is not None
    doubtful = next((each for each in proposal.readings if each.column == name and each.status == "asked"), None)
    title = table.by_name[name].ko
    if doubtful is None:
        return told("no header means {column} ({title}); say which: --column {column}=HEADER", column=name, title=title)
    return told(
        "{header:quoted} may be {column} ({title}), but that is not sure enough; if it is: --column {said:quoted}",
        header=doubtful.header,
        column=name,
        title=title,
        said=f"{name}={doubtful.header}",
    )


def write(understood: Understood, language: Language) -> None:
    """Append what was understood to the settings: sources that load, and as comments those about which something must be said.

    Raises:
        ConfigError: the new entries would break the settings; nothing is written then.
    """
    path = understood.folder / FILE
    before = path.read_text(encoding="utf-8")
    ready = [entry_of(each, understood.patterns[each.name], tempting(each), language) for each in understood.ready]
    sketches = [
        sketch_of(each, understood.patterns[each.name], understood.problems[each.name], language) for each in understood.left_out
    ]
    new = [each for each in sketches if marker(each) not in before]
    path.write_text(with_entries(before, [*ready, *new]), encoding="utf-8")
    try:
        load_settings(understood.folder)
    except ConfigError:
        path.write_text(before, encoding="utf-8")
        raise


def marker(sketch: str) -> str:
    """The line by which a sketch is found again."""
    return next(line for line in sketch.splitlines() if "files:" in line)


def add_sources(folder: Path, files: Sequence[Path], *, table: str = "", system: str = "") -> list[tuple[str, str]]:
    """Add files without asking; returns (name, files) of every source that was written.

    Raises:
        SourceError: files that are not there, or that cannot be added; all of them listed.
        ConfigError: no settings yet, or wrong ones.
    """
    understood = understand(folder, files, Said(table, system))
    write(understood, load_settings(folder).company.language)
    complain(understood)
    return [(each.name, ", ".join(understood.patterns[each.name])) for each in understood.ready]


def complain(understood: Understood) -> None:
    """Say what could not be added.

    Raises:
        SourceError: every file that was left out, with the reason.
    """
    problems: list[str] = [
        told("{place}: {what}", place=path.name, what=problem_line(each)) for path, each in understood.refused.items()
    ]
    problems += [line for each in understood.left_out for line in understood.problems[each.name]]
    if problems:
        count = len(understood.refused) + len(understood.left_out)
        raise SourceError(told("{n|file was/files were} left out", n=count), problems=problems)


def problem_line(problem: DangolError) -> str:
    """A file's refusal in one line."""
    return told("{what}{hint}", what=problem.what, hint=told(" ({hint})", hint=problem.hint) if problem.hint else "")
