"""One customer for each person: all records of a company matched without settings and without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dangol.algorithms.expected_f1 import Cut
from dangol.core.engine import Duck
from dangol.core.errors import DataError, told
from dangol.identity.matching.compare import LAYOUTS
from dangol.identity.matching.decisions import Said, decided, judged
from dangol.identity.matching.groups import grow
from dangol.identity.matching.increment import (
    Kept,
    change,
    cluster_before,
    packed,
    pairs_again,
    places_in,
    renamed,
    settled,
    standardised,
    touched,
)
from dangol.identity.matching.model import Model
from dangol.identity.matching.people import Ints, People, once
from dangol.identity.matching.reading import Records, read
from dangol.identity.matching.scorer import AgreementScorer, Scored, learned, with_cut
from dangol.identity.matching.telling import pairs_table
from dangol.identity.standard import standard_people

# Among fewer records nothing can be learned, for every name looks rare: only rules that need no model join them.
FEWEST_TO_LEARN = 300
# Of pairs taken for one person so many must agree exactly in one of these, where both say anything of them; of fewer expected
# pairs nothing can be said.
LEAST_EXACT, FEW_LIKELY = 0.3, 5.0
EXACT: Mapping[str, Sequence[str]] = {
    "phone": ("same_mobile", "same_other", "same_shared"),
    "email": ("same", "same_shared", "same_user"),
    "birth": ("same",),
    "street": ("same_unit", "same"),
}
TRUSTED_ONLY = Cut(1_000.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Matched:
    """Records matched into customers.

    Attributes:
        cluster: of each record, in the order the records came in; numbers from 0 without gaps.
        model: to match new records by the same measure.
        alarms: sizes of heaps of records that were too large to be one person and had to be split.
        kept: what the next run needs to match only what is new.
        records: the distinct records and their places.
    """

    cluster: npt.NDArray[np.int64]
    model: Model
    alarms: tuple[int, ...]
    kept: Kept
    records: Records

    @cached_property
    def pairs(self) -> pa.Table:
        """Scored pairs with the evidence of each field (`dangol.identity.matching.telling.pairs_table`)."""
        return pairs_table(self.kept, self.model, self.records)


def match_people(
    duck: Duck,
    records: str | pa.Table,
    *,
    links: pa.Table | None = None,
    earlier_model: Model | None = None,
    earlier: Kept | None = None,
) -> Matched:
    """Which records are one person; no settings, any company, Korean or English.

    Of fewer than 300 records only those are joined that share a contact and do not contradict each other by name.

    Args:
        duck: to work on; a table named by `records` is found there.
        records: a table or its name, with system, customer_ref and any of the canonical `customers` columns; `birth_verified`
            (a flag) says that somebody has checked the birth date.
        links: what people have decided: left_system, left_ref, right_system, right_ref, same.
        earlier_model: judge by what an earlier run has learned instead of learning anew.
        earlier: with `earlier_model`, match only what has changed since that run; the customers are those of a full run.

    Raises:
        DataError: the records lack system or customer_ref, or `earlier` comes without its model.
    """
    if earlier is not None and earlier_model is None:
        raise DataError(told("earlier pairs come without the model they were scored by"))
    found = read(duck, records)
    if earlier is None or earlier_model is None:
        return whole(found, packed(standard_people(found.table)), links, earlier_model)
    return increment(found, links, earlier_model, earlier)


def whole(found: Records, standard: pa.Table, links: pa.Table | None, model: Model | None) -> Matched:
    """Match all records."""
    people = People(standard)
    said = judged(links, found.table)
    if model is None:
        scorer, pairs = learned(people)
    else:
        scorer = AgreementScorer.of(people, model)
        pairs = scorer.pairs()
    forest = grow(scorer, pairs, decided(scorer.comparer, found.number, found.verified(standard), said))
    if model is None:
        learnable = len(found) >= FEWEST_TO_LEARN and believable(pairs)
        scorer = with_cut(scorer, forest.best() if learnable else TRUSTED_ONLY)
    return finished(found, standard, scorer.model, pairs, forest.alarms, forest.groups(scorer.model.cut), said)


def believable(pairs: Scored) -> bool:
    """Whether pairs taken for one person agree exactly in a contact, a birth date or a street often enough.

    Where nobody is in twice, learning finds another kind of pairs than persons, such as neighbours in a row of numbered
    telephones.

    Args:
        pairs: with their chances and codes.
    """
    known, exact = np.zeros(len(pairs), dtype=bool), np.zeros(len(pairs), dtype=bool)
    for place, layout in enumerate(LAYOUTS):
        steps = layout.step[pairs.codes[:, place].astype(np.int64)]
        known |= (steps > 0) & (layout.ladder.field in EXACT)
        exact |= np.isin(steps, [layout.ladder.number(name) for name in EXACT.get(layout.ladder.field, ())])
    likely = float(pairs.chance[known].sum())
    return likely < FEW_LIKELY or float(pairs.chance[exact].sum()) >= LEAST_EXACT * likely


def increment(found: Records, links: pa.Table | None, model: Model, earlier: Kept) -> Matched:
    """Match what has changed since an earlier run."""
    place = places_in(earlier.keys, found.keys)
    standard = standardised(found.table, found.keys, earlier, place)
    now = change(standard, earlier, place)
    said = judged(links, found.table)
    scorer = AgreementScorer.of(now.people, model, now.here)
    pairs, active = pairs_again(now, scorer, earlier, touched(now, scorer))
    active |= renamed(now, scorer)
    active[np.concatenate(said[:2])] = True
    active[places_in(found.keys, earlier.said)] = True
    absent = np.full(len(now.people) - len(found), -1, dtype=np.int64)
    number, verified = np.append(found.number, absent), np.append(found.verified(standard), absent).astype(np.int32)
    forest = grow(scorer, pairs, decided(scorer.comparer, number, verified, said, now.here), active)
    group = settled(forest.groups(model.cut), now.here & ~forest.grown, cluster_before(now, earlier))
    return finished(found, standard, model, pairs, forest.alarms, group[: len(found)], said)


def finished(
    found: Records, standard: pa.Table, model: Model, pairs: Scored, alarms: tuple[int, ...], group: Ints, said: Said
) -> Matched:
    """The result of a run."""
    cluster = np.unique(group, return_inverse=True)[1].astype(np.int64)
    kept = Kept(standard, found.keys, cluster, pairs, found.keys[once(np.concatenate(said[:2]))])
    return Matched(cluster[found.place], model, alarms, kept, found)
