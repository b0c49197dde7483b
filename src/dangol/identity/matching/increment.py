"""Only what is new: records that have not changed keep their standard form, their pairs and, untouched, their customer.

With the model of the earlier run the customers are exactly those a full run would find. A record is touched when it is new or
changed, when one of its contacts has become a shared one (or is no longer), or when a block it shares has become too large to
search (or is no longer).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from dangol.identity.matching import blocking
from dangol.identity.matching.marks import CONTACTS, Flags, Marks, names_behind
from dangol.identity.matching.people import STANDARD, Ints, People, once, whole_names
from dangol.identity.matching.reading import Keys
from dangol.identity.matching.scorer import AgreementScorer, Scored, joined
from dangol.identity.standard import standard_people

# Records standardised beside the new ones, so that the company's usual conventions are seen.
CONTEXT = 2_000


@dataclass(frozen=True)
class Kept:
    """What a run leaves for the next one.

    Attributes:
        standard: the standardised records, in the order of `keys`.
        keys: of each record, a number made from all it says; sorted as the run sorted them.
        cluster: of each record.
        pairs: scored pairs; places are those of `keys`.
        said: keys of the records that people had decided about.
    """

    standard: pa.Table
    keys: Keys
    cluster: Ints
    pairs: Scored
    said: Keys


@dataclass(frozen=True)
class Change:
    """How the records of this run stand to those of an earlier one; records that are gone come last.

    Attributes:
        people: the records of this run and then those that are gone.
        here, before: which of them there are now, and which there were.
        earlier_place: of each the place in the earlier run; -1 for new ones.
    """

    people: People
    here: Flags
    before: Flags
    earlier_place: Ints

    @cached_property
    def earlier_marks(self) -> Marks:
        """What stood behind the contacts in the earlier run."""
        return Marks({}, names_behind(self.people, self.before))


def places_in(keys: Keys, wanted: Keys) -> Ints:
    """The place of each wanted key among some keys; -1 where it is not there."""
    if not len(keys):
        return np.full(len(wanted), -1)
    order, asked = np.argsort(keys), np.argsort(wanted)
    place = np.empty(len(wanted), dtype=np.int64)
    place[asked] = order[np.minimum(np.searchsorted(keys[order], wanted[asked]), len(keys) - 1)]
    found: Ints = np.where(keys[place] == wanted, place, -1)
    return found


def standardised(records: pa.Table, keys: Keys, earlier: Kept, place: Ints) -> pa.Table:
    """The records in standard form; what an earlier run has standardised, found at its `place` there, is not done again."""
    new = np.flatnonzero(place < 0)
    sample = np.linspace(0, len(keys) - 1, min(CONTEXT, len(keys))).astype(np.int64)
    made = standard_people(records.take(pa.array(np.concatenate([new, sample])))).slice(0, len(new))
    both = appended(earlier.standard, packed(made))
    source = place.copy()
    source[new] = earlier.standard.num_rows + np.arange(len(new))
    return both.take(pa.array(source))


# What matching does not compare and households ask for.
HOME_KIND = "address_kind"


def packed(standard: pa.Table) -> pa.Table:
    """The standard columns as codes of their distinct values, and the whole name as one column."""
    named = standard.append_column("names", whole_names(standard))
    columns = {name: named[name].combine_chunks().dictionary_encode() for name in (*STANDARD, HOME_KIND, "names")}
    return pa.table(columns)


def appended(first: pa.Table, second: pa.Table) -> pa.Table:
    """Two packed tables as one."""
    return pa.concat_tables([first, second]).unify_dictionaries().combine_chunks()


def change(standard: pa.Table, earlier: Kept, place: Ints) -> Change:
    """How the records of this run stand to those of the earlier one, found at their `place` there."""
    left = np.ones(len(earlier.keys), dtype=bool)
    left[place[place >= 0]] = False
    gone = np.flatnonzero(left)
    people = People(appended(standard, earlier.standard.take(pa.array(gone))) if len(gone) else standard)
    here = np.arange(len(people)) < len(place)
    places = np.concatenate([place, gone])
    return Change(people, here, places >= 0, places)


def touched(found: Change, scorer: AgreementScorer) -> Flags:
    """Records of this run that are new, or whose contacts or blocks have changed their standing."""
    here, before = found.here, found.before
    small = blocking.is_small(int(here.sum()))
    if small != blocking.is_small(int(before.sum())):
        return here
    flags = here & ~before
    for name in CONTACTS:
        turned = found.earlier_marks.shared[name] != scorer.comparer.marks.shared[name]
        flags |= np.append(turned, False)[found.people.columns[name].codes] & here
    moved: Flags = flags if small else flags | blocking.moved(scorer.blocks, scorer.model.reach, before, here)
    return moved


def renamed(found: Change, scorer: AgreementScorer) -> Flags:
    """Records of this run behind whose contact there is now more than one name, or only one again: rules read that."""
    flags = np.zeros(len(found.people), dtype=bool)
    for name in CONTACTS:
        turned = found.earlier_marks.alone[name] != scorer.comparer.marks.alone[name]
        flags |= np.append(turned, False)[found.people.columns[name].codes]
    return flags & found.here


def pairs_again(found: Change, scorer: AgreementScorer, earlier: Kept, fresh: Flags) -> tuple[Scored, Flags]:
    """All pairs of this run: kept ones whose records are untouched, and those of touched records scored now.

    Returns:
        The pairs, and the records whose customer may change.
    """
    now = np.full(len(earlier.keys), -1, dtype=np.int64)
    known = found.earlier_place >= 0
    now[found.earlier_place[known]] = np.flatnonzero(known)
    left, right = now[earlier.pairs.left], now[earlier.pairs.right]
    gone = ~found.here[left] | ~found.here[right]
    old = ~gone & ~fresh[left] & ~fresh[right]
    low, high = np.minimum(left, right), np.maximum(left, right)
    kept = Scored(low[old], high[old], earlier.pairs.chance[old], earlier.pairs.codes[old])
    active = fresh.copy()
    active[left[gone]] = active[right[gone]] = True
    cluster = cluster_before(found, earlier)
    active |= np.isin(cluster, once(cluster[~found.here])) & (cluster >= 0)
    return joined([kept, scorer.pairs(fresh)]), active & found.here


def cluster_before(found: Change, earlier: Kept) -> Ints:
    """The cluster each record had; -1 for new ones."""
    return np.where(found.before, earlier.cluster[found.earlier_place], -1)


def settled(group: Ints, idle: Flags, cluster: Ints) -> Ints:
    """Groups with those of idle records taken from the earlier run: the place of the first record of each."""
    if not idle.any():
        return group
    places = np.flatnonzero(idle)
    _, first, inverse = np.unique(cluster[places], return_index=True, return_inverse=True)
    kept = group.copy()
    kept[places] = places[first][inverse]
    return kept
