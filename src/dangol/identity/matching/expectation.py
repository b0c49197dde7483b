"""How right matching expects to be, and what it would expect at other thresholds; from its own chances, without any truth.

With p the chance of each pair to be one person, the pairs that are joined hold Σp right ones: precision is Σp(joined) over their
number, recall Σp(joined) over Σp of all pairs compared. It is an estimate: as good as the chances are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from pyarrow import feather

from dangol.identity.matching.keeping import CLUSTER, MODEL, PAIRS, RECORDS
from dangol.identity.matching.match import FEWEST_TO_LEARN

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True)
class Expected:
    """What is expected of joining some pairs.

    Attributes:
        threshold: pairs of this chance or above are joined; 0 for those that are joined now.
        pairs: how many.
        precision: share of them that are one person.
        recall: share of all pairs of one person that are among them.
    """

    threshold: float
    pairs: int
    precision: float
    recall: float


def expected(folder: Path) -> list[Expected]:
    """What is expected of the pairs joined now, and of thresholds on single pairs; nothing where nothing could be learned.

    Args:
        folder: that `keeping.keep` wrote to.
    """
    if not (folder / PAIRS).exists():
        return []
    found = pq.read_table(folder / PAIRS, columns=["left", "right", "chance"])
    cluster = feather.read_table(str(folder / RECORDS), columns=[CLUSTER], memory_map=False)[CLUSTER].to_numpy()
    if len(cluster) < FEWEST_TO_LEARN or not found.num_rows:
        return []
    chance = found["chance"].to_numpy()
    every = float(chance.sum()) + float(json.loads((folder / MODEL).read_text(encoding="utf-8"))["lost"])
    inside = cluster[found["left"].to_numpy()] == cluster[found["right"].to_numpy()]
    sizes = np.bincount(cluster)
    # Pairs of one customer that were never worth keeping count too, as wrong ones.
    now = of_pairs(0.0, int((sizes * (sizes - 1) // 2).sum()), float(chance[inside].sum()), every)
    cumulated = [chance[chance >= each] for each in THRESHOLDS]
    return [now, *(of_pairs(each, len(kept), float(kept.sum()), every) for each, kept in zip(THRESHOLDS, cumulated, strict=True))]


def of_pairs(threshold: float, pairs: int, right: float, every: float) -> Expected:
    """Expectation of joining so many pairs."""
    return Expected(threshold, pairs, min(right / pairs, 1.0) if pairs else 1.0, min(right / every, 1.0) if every else 1.0)
