"""Which records are compared at all: those that agree on something that few others have.

Each key is a few columns that must be equal. A value of a key that too many records hold says little, and would be dear: it is
left out, and finer keys find the same people. How many is too many follows from the data, so that small companies are searched
widely and large ones still fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from dangol.identity.matching.marks import CONTACTS, Flags, Marks
from dangol.identity.matching.people import MISSING, Coded, Codes, Ints, People, among, derived, once

# Columns that must be equal. `phone_key` and `email_key` count only where they are not shared. The first ones nearly identify
# somebody: how many pairs they give shows how often people are in more than once.
IDENTIFYING = 5
KEYS: tuple[tuple[str, ...], ...] = (
    ("phone_key",),
    ("email_key",),
    ("name_roman", "birth_day"),
    ("name_roman", "address_key"),
    ("address_key", "address_unit"),
    ("email_user",),
    ("name_roman", "postcode_key"),
    ("name_roman", "address_area"),
    ("name_roman",),
    ("family_key", "birth_day"),
    ("given_key", "birth_day"),
    ("birth_day", "postcode_key"),
    ("birth_day", "address_area"),
    ("birth_day",),
    ("address_key",),
    ("given_key", "postcode_key"),
    ("family_key", "postcode_key"),
    ("given_key", "phone_tail"),
    ("family_key", "phone_tail"),
    ("name_roman", "phone_head"),
    ("name_letters",),
    ("family_key", "address_area"),
    ("given_key", "address_area"),
    ("family_start", "given_start", "birth_year"),
    ("birth_year", "address_area"),
    ("family_key",),
    ("given_key",),
    ("address_start",),
    ("postcode_key",),
)
# Pairs a key may give for each record: an identifying one, and any other one (more where people are in often); and in any case.
PAIRS_IDENTIFYING = 30
PAIRS_A_RECORD = 3
PAIRS_ANYHOW = 100_000
LARGEST_BLOCK = 300
# Companies with no more pairs than this are compared whole.
PAIRS_OF_ALL = 2_500_000
TAIL = 4
START = 8

NO_BLOCK = np.uint64(0)
SPREAD = np.uint64(0x9E3779B97F4A7C15)

Blocks = npt.NDArray[np.uint64]
# The block of each record, under each key.
Blocked = tuple[Blocks, ...]


def key_columns(people: People, marks: Marks) -> dict[str, Coded]:
    """Every column a key is made of, as numbers."""
    forms = ("name_roman", "name_letters", "family_key", "given_key")
    found = {
        name: people.columns[name]
        for name in ("email_user", "address_key", "address_unit", "birth_day", "birth_year", "postcode_key", "address_area")
    }
    found |= {name: people.form(name) for name in forms}
    found |= {name: unshared(people.columns[name], marks.shared[name]) for name in CONTACTS}
    phones = people.columns["phone_key"]
    found["phone_tail"] = derived(phones, pc.utf8_slice_codeunits(phones.values, -TAIL))
    found["phone_head"] = derived(phones, pc.utf8_slice_codeunits(phones.values, 0, -TAIL))
    found["address_start"] = derived(found["address_key"], pc.utf8_slice_codeunits(found["address_key"].values, 0, START))
    for name in ("family", "given"):
        form = found[f"{name}_key"]
        found[f"{name}_start"] = derived(form, pc.utf8_slice_codeunits(form.values, 0, 1))
    return found


def unshared(contact: Coded, shared: Flags) -> Coded:
    """A contact column without the contacts that belong to nobody."""
    dropped = np.append(shared, True)[contact.codes]
    return Coded(np.where(dropped, MISSING, contact.codes).astype(np.int32), contact.values)


def block_of(columns: Mapping[str, Coded], key: tuple[str, ...]) -> Blocks:
    """The block of each record under a key, a number that stays the same from run to run; 0 where a column is missing."""
    block = np.zeros(len(columns[key[0]].codes), dtype=np.uint64)
    known = np.ones(len(block), dtype=bool)
    for name in key:
        column = columns[name]
        known &= column.known
        block = (block ^ column.record_numbers) * SPREAD
        block ^= block >> np.uint64(29)
    return np.where(known, block | np.uint64(1), NO_BLOCK)


def blocked(people: People, marks: Marks) -> Blocked:
    """The block of each record under each key."""
    columns = key_columns(people, marks)
    return tuple(block_of(columns, key) for key in KEYS)


@dataclass(frozen=True)
class Reach:
    """How far each key reaches.

    Attributes:
        caps: the largest block of each key that was searched when this was decided. A block may grow to twice its cap before it
            is refused, so that a few new records change little.
        refused: of each key the blocks between the cap and its double that were refused, in order.
    """

    caps: tuple[int, ...]
    refused: tuple[Blocks, ...]

    def searched(self, key: int, names: Blocks, sizes: Ints) -> Flags:
        """Whether blocks of a key are searched.

        Args:
            key: number of the key.
            names: the blocks.
            sizes: how many records each holds.
        """
        found: Flags = (sizes > 1) & (sizes <= 2 * self.caps[key]) & ~among(names, self.refused[key])
        return found


def reach(blocks: Blocked, records: int) -> Reach:
    """How far each key may reach, so that its pairs stay affordable."""
    caps, refused, often = [], [], 0
    for number, block in enumerate(blocks):
        names, sizes, _ = sizes_of(block)
        identifying = number < IDENTIFYING
        limit = cap(sizes, PAIRS_IDENTIFYING * records if identifying else max(PAIRS_A_RECORD * records, 2 * often))
        often = max(often, pairs_up_to(sizes, limit)) if identifying else often
        caps.append(limit)
        refused.append(names[(sizes > limit) & (sizes <= 2 * limit)])
    return Reach(tuple(caps), tuple(refused))


def pairs_up_to(sizes: Ints, limit: int) -> int:
    """Pairs within blocks that are not too large."""
    searched = sizes[sizes <= limit]
    return int((searched * (searched - 1) // 2).sum())


def cap(sizes: Ints, pairs_allowed: int) -> int:
    """The largest block that is still searched."""
    ordered = np.sort(sizes)
    pairs = np.cumsum(ordered * (ordered - 1) // 2)
    affordable = int(np.searchsorted(pairs, max(pairs_allowed, PAIRS_ANYHOW), side="right"))
    if affordable == len(ordered):
        return LARGEST_BLOCK
    return int(min(ordered[affordable] - 1, LARGEST_BLOCK))


def sizes_of(block: Blocks) -> tuple[Blocks, Ints, Codes]:
    """The distinct blocks, how many records each holds, and the place of each record's block (-1 for none)."""
    known = block != NO_BLOCK
    names, place, size = np.unique(block[known], return_inverse=True, return_counts=True)
    places = np.full(len(block), MISSING, dtype=np.int32)
    places[known] = place
    return names, size.astype(np.int64), places


def is_small(records: int) -> bool:
    """Whether a company has so few records that all of them are compared."""
    return records * (records - 1) // 2 <= PAIRS_OF_ALL


def candidates(blocks: Blocked, limits: Reach, chosen: Flags | None = None, here: Flags | None = None) -> tuple[Ints, Ints]:
    """Every pair of records that share a block, once: the lower and the higher record of each pair.

    Args:
        blocks: of each record under each key.
        limits: how far each key reaches.
        chosen: pairs without any of these records are left out; None for all.
        here: records that count; None for all.
    """
    records = len(blocks[0])
    counted = np.arange(records) if here is None else np.flatnonzero(here)
    if is_small(len(counted)):
        return every_pair(counted, chosen)
    packed = [np.empty(0, dtype=np.int64)]
    for number, block in enumerate(blocks):
        counts = block if here is None else np.where(here, block, NO_BLOCK)
        concerned = sharing(counts, chosen)
        names, sizes, places = sizes_of(counts[concerned])
        searched = limits.searched(number, names, sizes)
        low, high = pairs_within(places, searched, None if chosen is None else chosen[concerned])
        packed.append(concerned[low] * records + concerned[high])
    pairs = once(np.concatenate(packed))
    return pairs // max(records, 1), pairs % max(records, 1)


def sharing(block: Blocks, chosen: Flags | None) -> Ints:
    """Records in order that share a block with a chosen one; all that have one when None."""
    if chosen is None:
        return np.flatnonzero(block)
    wanted = once(block[chosen])
    return np.flatnonzero(among(block, wanted[wanted != NO_BLOCK]))


def every_pair(counted: Ints, chosen: Flags | None) -> tuple[Ints, Ints]:
    """All pairs of some records, or those of them that hold a chosen one."""
    one, two = np.triu_indices(len(counted), 1)
    low, high = counted[one], counted[two]
    if chosen is None:
        return low, high
    kept = chosen[low] | chosen[high]
    return low[kept], high[kept]


def moved(blocks: Blocked, limits: Reach, before: Flags, after: Flags) -> Flags:
    """Records whose block has become too large, or is no longer so, since some records came and went.

    Args:
        blocks: of each record under each key.
        limits: how far each key reaches.
        before, after: the records there were, and the records there are.
    """
    touched = np.zeros(len(before), dtype=bool)
    changed = before != after
    for number, block in enumerate(blocks):
        concerned = sharing(block, changed)
        names, place = np.unique(block[concerned], return_inverse=True)
        sizes = [np.bincount(place[which[concerned]], minlength=len(names)) for which in (before, after)]
        searched = [limits.searched(number, names, np.maximum(size, 2)) for size in sizes]
        touched[concerned] |= (searched[0] != searched[1])[place]
    return touched & after


def pairs_within(places: Codes, searched: Flags, chosen: Flags | None) -> tuple[Ints, Ints]:
    """Every pair of records of the same block, lower record first, where the block is searched.

    Args:
        places: of each record the place of its block; -1 for none.
        searched: of each block, whether it is searched.
        chosen: pairs without any of these records are left out; None for all.
    """
    if chosen is not None:
        touched = np.zeros(len(searched), dtype=bool)
        touched[places[chosen & (places >= 0)]] = True
        searched = searched & touched
    member = np.flatnonzero(np.append(searched, False)[places])
    order = member[np.argsort(places[member], kind="stable")]
    ends = list(steps_apart(order, places[order]))
    low = np.concatenate([low for low, _ in ends] or [np.empty(0, dtype=np.int64)])
    high = np.concatenate([high for _, high in ends] or [np.empty(0, dtype=np.int64)])
    if chosen is not None:
        kept = chosen[low] | chosen[high]
        low, high = low[kept], high[kept]
    return np.minimum(low, high), np.maximum(low, high)


def steps_apart(order: Ints, place: Codes) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of neighbours one, two, three … steps apart, as long as any share a block."""
    here = np.arange(len(order))
    for step in range(1, len(order)):
        here = here[: np.searchsorted(here, len(order) - step)]
        here = here[place[here] == place[here + step]]
        if not len(here):
            return
        yield order[here].astype(np.int64), order[here + step].astype(np.int64)
