"""What may be asked for, and what may not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dangol.core.errors import ConfigError, DataError, NotReady, SourceError
from dangol.simulate import Plan, advance, read_truth, simulate
from dangol.simulate.plan import BLOCK_PEOPLE, Block, blocks_of


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customers", 999),
        ("customers", 5_000_001),
        ("seed", -1),
        ("years", 0.1),
        ("store_share", 1.0),
        ("event_volume", 50),
        ("message_volume", -1),
    ],
)
def test_figures_outside_their_range_are_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ConfigError, match=field):
        Plan(**{field: value})


@pytest.mark.parametrize("end", [datetime(2026, 10, 31, 12), datetime(2026, 10, 31, 15, tzinfo=UTC)])
def test_the_end_must_be_midnight_in_seoul(end: datetime) -> None:
    with pytest.raises(ConfigError, match="midnight"):
        Plan(end=end)


def test_small_companies_are_korean_and_large_ones_are_not() -> None:
    assert Plan(customers=50_000).is_korean
    assert not Plan(customers=50_001).is_korean
    assert Plan(customers=60_000, korean=True).is_korean


def test_blocks_cover_a_cohort_without_gap() -> None:
    blocks = blocks_of(Block(7, 100, 2 * BLOCK_PEOPLE + 5, 0.0, 1.0))
    assert [block.number for block in blocks] == [7, 8, 9]
    assert [block.people for block in blocks] == [BLOCK_PEOPLE, BLOCK_PEOPLE, 5]
    assert [block.first for block in blocks] == [100, 100 + BLOCK_PEOPLE, 100 + 2 * BLOCK_PEOPLE]


def test_a_folder_holds_one_company(korean: tuple[Path, object]) -> None:
    with pytest.raises(ConfigError, match="already holds"):
        simulate(korean[0], Plan(customers=1_000))


def test_nothing_advances_without_a_company(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no company"):
        advance(tmp_path, 30)
    with pytest.raises(NotReady, match="people"):
        read_truth(tmp_path, "people")
    with pytest.raises(ConfigError, match="400 days"):
        advance(tmp_path, 400)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("system,customer_ref,arm\nmall,M00000001,gift\n", DataError, "gift"),
        ("system,customer_ref,arm\nmall,M99999999,treated\n", DataError, "1 customer numbers"),
        ("system,customer_ref,arm\nmall,12345,treated\n", DataError, "1 rows"),
        ("system,customer_ref\nmall,M00000001\n", SourceError, "arm"),
    ],
)
def test_a_contacted_list_that_means_nobody_is_refused(
    korean: tuple[Path, object], tmp_path: Path, content: str, error: type[Exception], words: str
) -> None:
    file = tmp_path / "contacted.csv"
    file.write_text(content, encoding="utf-8")
    before = sorted(path.name for path in (korean[0] / "data").iterdir())
    with pytest.raises(error, match=words):
        advance(korean[0], 10, contacted=file)
    assert sorted(path.name for path in (korean[0] / "data").iterdir()) == before
