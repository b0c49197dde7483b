"""The state of a company's data in one document: coverage, scores, findings, what rules match, and what it means in money."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dangol.core.engine.duck import Duck
from dangol.intake.manifest import Delivery, deliveries
from dangol.intake.quality.check import Check, checks
from dangol.intake.quality.cleaning import Effect, effects, match
from dangol.intake.quality.coverage import coverage
from dangol.intake.quality.finding import Finding
from dangol.intake.quality.money import Refused, Revenue, refused_money, revenue
from dangol.intake.quality.pulse import pulse
from dangol.intake.quality.reading import Reading
from dangol.intake.quality.report import QualityReport, quality, report_from_json
from dangol.intake.quality.score import Score, scores
from dangol.intake.quality.shelf import RULES
from dangol.intake.quality.timeline import over_time
from dangol.intake.quality.values import price_jumps, value_changes

DOCUMENT, COVERAGE = "quality.json", "coverage.parquet"


@dataclass(frozen=True)
class State:
    """What is known of the data that were loaded; nothing in it depends on the present moment.

    Attributes:
        findings: of monitors and checks, the worst first.
        effects: what each cleaning rule matches, whether on or off.
        checks: counts behind the findings, those that pass included.
        refused: quarantined rows by source and reason, with their money.
        sources: table names by source.
    """

    report: QualityReport
    revenue: Revenue
    scores: tuple[Score, ...]
    findings: tuple[Finding, ...]
    effects: tuple[Effect, ...]
    checks: tuple[Check, ...]
    refused: tuple[Refused, ...]
    sources: Mapping[str, tuple[str, ...]]
    coverage: pa.Table

    def write(self, folder: Path) -> None:
        """Write the document and the coverage beside it."""
        document = {
            "report": asdict(self.report),
            "revenue": asdict(self.revenue),
            "scores": [each.as_json() for each in self.scores],
            "findings": [each.as_json() for each in self.findings],
            "effects": [asdict(each) for each in self.effects],
            "checks": [asdict(each) for each in self.checks],
            "refused": [asdict(each) for each in self.refused],
            "sources": self.sources,
        }
        (folder / DOCUMENT).write_text(json.dumps(document, ensure_ascii=False, default=str), encoding="utf-8")
        pq.write_table(self.coverage, folder / COVERAGE)

    @classmethod
    def read(cls, folder: Path) -> State:
        """Back from `write`."""
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        return cls(
            report=report_from_json(document["report"]),
            revenue=Revenue(**document["revenue"]),
            scores=tuple(Score.from_json(each) for each in document["scores"]),
            findings=tuple(Finding(**each) for each in document["findings"]),
            effects=tuple(Effect(**each) for each in document["effects"]),
            checks=tuple(Check(**{**each, "values": tuple(map(tuple, each["values"]))}) for each in document["checks"]),
            refused=tuple(Refused(**each) for each in document["refused"]),
            sources={source: tuple(tables) for source, tables in document["sources"].items()},
            coverage=pq.read_table(folder / COVERAGE),
        )


def measured(root: Path, duck: Duck, systems: Mapping[str, str], *, zone: str, currency: str) -> State:
    """Measure everything that was loaded into a workspace: a few passes over each table.

    Args:
        root: the workspace's folder.
        duck: counts; temporary tables only.
        systems: whose customer and order numbers each source uses.
        zone: of the company's clock.
        currency: of its money.

    Raises:
        NotReady: nothing was loaded yet.
    """
    reading, loaded = Reading.of(duck, root, systems, zone), deliveries(root)
    pulses = {table: pulse(reading, table) for table in reading.present}
    match(reading, RULES)
    checked = checks(reading, currency)
    refused = refused_money(duck, root, loaded)
    found = [*over_time(pulses), *price_jumps(reading), *value_changes(reading), *found_in(checked), *found_in(refused)]
    return State(
        report=quality(root, duck),
        revenue=revenue(reading),
        scores=tuple(scores(pulses, loaded, checked, found)),
        findings=tuple(sorted(found, key=lambda each: each.rank)),
        effects=tuple(effects(reading)),
        checks=tuple(checked),
        refused=tuple(refused),
        sources=tables_of(loaded),
        coverage=coverage(pulses),
    )


def found_in(counted: Sequence[Check | Refused]) -> list[Finding]:
    """Those that are more than a slip."""
    return [found for each in counted if (found := each.finding()) is not None]


def tables_of(loaded: Sequence[Delivery]) -> dict[str, tuple[str, ...]]:
    """Tables that each source fills."""
    found: dict[str, dict[str, None]] = {}
    for each in loaded:
        found.setdefault(each.source, {}).update({table: None for table, rows in each.rows.items() if rows})
    return {source: tuple(tables) for source, tables in found.items()}
