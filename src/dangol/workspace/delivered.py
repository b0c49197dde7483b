"""Attributes as sources delivered them: one JSON object of header and text for each row, read as columns."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from itertools import chain

import pyarrow as pa
import pyarrow.json

from dangol.predictions.attributes import Columns, read

NOTHING = "{}"
BLOCK = 1 << 24  # bytes that are read at once; no row's object may take more


def delivered(objects: Sequence[str | None]) -> Columns:
    """Every header as a column of numbers, days or words, whichever nearly all of its values can be read as.

    Args:
        objects: a JSON object of header and text for each row, None where nothing was delivered; shape (n,).
    """
    headers = dict.fromkeys(chain.from_iterable(json.loads(each) for each in objects if each))
    if not headers:
        return {}
    options = pa.json.ParseOptions(explicit_schema=pa.schema(dict.fromkeys(headers, pa.string())))
    rows = io.BytesIO("\n".join(each or NOTHING for each in objects).encode())
    table = pa.json.read_json(rows, read_options=pa.json.ReadOptions(block_size=BLOCK), parse_options=options)
    return {header: read(table.column(header).to_pylist()) for header in headers}
