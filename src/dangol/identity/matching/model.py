"""What was learned about a company's records, kept so that new records can be judged by the same measure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.algorithms.agreement_mixture import Mixture
from dangol.core.errors import DataError, told
from dangol.identity.matching.blocking import Reach
from dangol.identity.matching.compare import LAYOUTS
from dangol.identity.matching.evidence import LADDERS
from dangol.identity.matching.marks import RATED, Bands, Flags, Marks, column, names_behind
from dangol.identity.matching.people import Ints, People

VERSION = 1


@dataclass(frozen=True)
class Model:
    """A measure for pairs of records and where to cut, learned without labels.

    Attributes:
        mixture: how often each code occurs in each kind of pair.
        reach: how far each key of blocking reaches.
        bands: of each rated column the values that are not rare, and how common they are.
        rarest: of each rated column the band of all other values.
        cut: log2 odds from which two groups are one person.
        expected: precision, recall and F1 over pairs that are expected at the cut.
        records: how many records it was learned from.
    """

    mixture: Mixture
    reach: Reach
    bands: Mapping[str, Mapping[str, int]]
    rarest: Mapping[str, int]
    cut: float
    expected: Mapping[str, float] = field(default_factory=dict)
    records: int = 0

    def marks(self, people: People, here: Flags | None = None) -> Marks:
        """Marks of records' values: how common they are as when the model was learned, shared contacts as they are now.

        Args:
            people: the records.
            here: which of them count; None for all.
        """
        return Marks({name: self.known_bands(name, column(people, name).values) for name in RATED}, names_behind(people, here))

    def known_bands(self, name: str, values: pa.Array) -> Bands:
        """The band of each value; those the model has not seen are rare."""
        known = self.bands.get(name, {})
        place = pc.fill_null(pc.index_in(values, pa.array(list(known), values.type)), len(known))
        number = np.array([*known.values(), self.rarest.get(name, 0)], dtype=np.int16)
        found: Bands = number[place.to_numpy(zero_copy_only=False)]
        return found

    def to_json(self) -> str:
        """The model as text, for `Model.from_json`."""
        mixture = asdict(self.mixture)
        kinds = {kind: [codes.tolist() for codes in mixture[kind]] for kind in ("match", "shared", "stranger")}
        return json.dumps({
            "version": VERSION, "steps": ladders(), **kinds, "shares": list(self.mixture.shares), "caps": list(self.reach.caps),
            "refused": [base64.b64encode(each.astype("<u8").tobytes()).decode() for each in self.reach.refused],
            "bands": {name: dict(known) for name, known in self.bands.items()}, "rarest": dict(self.rarest),
            "cut": self.cut, "expected": dict(self.expected),
            "records": self.records,
        })  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Model:
        """A model as `to_json` wrote it.

        Raises:
            DataError: the model was made for other fields or steps than these.
        """
        kept: dict[str, Any] = json.loads(text)
        if kept.get("version") != VERSION or kept.get("steps") != ladders():
            raise DataError(
                told("the matching model has version {version}", version=repr(kept.get("version"))),
                hint=told("match all records once without it"),
            )
        kinds = [tuple(np.array(codes) for codes in kept[kind]) for kind in ("match", "shared", "stranger")]
        one, two, three = kept["shares"]
        mixture = Mixture((one, two, three), kinds[0], kinds[1], kinds[2])
        refused = tuple(np.frombuffer(base64.b64decode(each), dtype="<u8").astype(np.uint64) for each in kept["refused"])
        return cls(
            mixture,
            Reach(tuple(kept["caps"]), refused),
            kept["bands"],
            kept["rarest"],
            float(kept["cut"]),
            kept["expected"],
            int(kept["records"]),
        )


def ladders() -> dict[str, list[str]]:
    """The steps of every field; a model fits only the ladders it was learned on."""
    return {ladder.field: [step.name for step in ladder.steps] for ladder in LADDERS}


def common_values(people: People, found: Marks) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Of each rated column the values that are not rare, with their band; and the band of the rare ones."""
    rarest = {name: int(found.band[name].max(initial=0)) for name in RATED}
    return {name: common(column(people, name).values, found.band[name], rarest[name]) for name in RATED}, rarest


def common(values: pa.Array, band: Bands, rarest: int) -> dict[str, int]:
    """Values and bands of those that are not rare."""
    chosen: Ints = np.flatnonzero(band < rarest)
    return dict(zip(values.take(pa.array(chosen)).to_pylist(), band[chosen].tolist(), strict=True))


def radix() -> Ints:
    """By what each field's code is multiplied to make one number of a pattern."""
    sizes = [each.codes for each in LAYOUTS]
    return np.concatenate([[1], np.cumprod(sizes[:-1])]).astype(np.int64)
