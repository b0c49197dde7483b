"""What a run of matching leaves for the next one, as files: the model, the standardised records and their scored pairs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from dangol.core.errors import DataError
from dangol.identity.matching.increment import HOME_KIND, Kept
from dangol.identity.matching.match import Matched
from dangol.identity.matching.model import Model
from dangol.identity.matching.scorer import Scored

MODEL, RECORDS, PAIRS = "matching_model.json", "matching_records.arrow", "matching_pairs.parquet"
KEY, CLUSTER, CODE = "record_key", "cluster", "code_{place}"


def keep(matched: Matched, folder: Path) -> None:
    """Write what the next run needs.

    Args:
        matched: the result of this run.
        folder: for three files.
    """
    kept, pairs = matched.kept, matched.kept.pairs
    records = kept.standard.append_column(KEY, pa.array(kept.keys)).append_column(CLUSTER, pa.array(kept.cluster))
    feather.write_feather(records, str(folder / RECORDS), compression="lz4")  # keeps what Parquet would not: codes of values
    codes = {CODE.format(place=place): pairs.codes[:, place] for place in range(pairs.codes.shape[1])}
    found = pa.table({"left": pairs.left, "right": pairs.right, "chance": pairs.chance, **codes})
    pq.write_table(found, folder / PAIRS, compression="lz4")
    whole = {"model": matched.model.to_json(), "said": [int(each) for each in kept.said], "lost": pairs.lost}
    (folder / MODEL).write_text(json.dumps(whole), encoding="utf-8")


def recall(folder: Path | None) -> tuple[Model, Kept] | None:
    """What an earlier run left; None where there was none, or where another version of matching left it.

    Args:
        folder: that `keep` wrote to.
    """
    if folder is None or not (folder / MODEL).exists():
        return None
    whole = json.loads((folder / MODEL).read_text(encoding="utf-8"))
    model = understood(whole["model"])
    if model is None:
        return None
    records = feather.read_table(str(folder / RECORDS), memory_map=False).unify_dictionaries().combine_chunks()
    if HOME_KIND not in records.column_names:
        return None
    pairs = recalled_pairs(folder, whole["lost"])
    standard = records.drop_columns([KEY, CLUSTER])
    said = np.array(whole["said"], dtype=np.uint64)
    return model, Kept(standard, records[KEY].to_numpy(), records[CLUSTER].to_numpy(), pairs, said)


def understood(document: str) -> Model | None:
    """The model that a document holds; None where another version of matching wrote it."""
    try:
        return Model.from_json(document)
    except DataError:
        return None


def recalled_pairs(folder: Path, lost: float) -> Scored:
    """The scored pairs that an earlier run left.

    Args:
        folder: that `keep` wrote to.
        lost: expected pairs of one person that no block held.
    """
    found = pq.read_table(folder / PAIRS)
    names = [name for name in found.column_names if name.startswith("code_")]
    codes = np.column_stack([found[name].to_numpy() for name in names])
    return Scored(found["left"].to_numpy(), found["right"].to_numpy(), found["chance"].to_numpy(), codes, lost)
