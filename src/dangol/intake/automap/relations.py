"""How files hang together: keys whose values one file shares with another, whose numbers they are, and files of one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from dangol.core.engine.duck import Duck
from dangol.intake.automap.inspect import Inspected, keys_of
from dangol.intake.automap.proposal import SURE, Proposal, Reading, Relation, sources_of

# Where each key is at home.
HOMES = {
    "customer_ref": "customers",
    "product_id": "products",
    "order_id": "orders",
    "store_id": "stores",
    "staff_id": "staff",
    "campaign_id": "campaigns",
    "account_ref": "accounts",
}
# Files with one row for each customer.
MEMBERS = ("customers", "churn_labels")
CONTAINED = 0.8
LEFT_DOUBT = 0.3
FEWEST_KEYS = 5
SHARED = 0.3
TOUCHING = 0.02
SAME_PEOPLE = 0.5
COMPARED = ("phone", "email", "customer_name")
KeysOf = Callable[[Inspected, str], frozenset[str]]


def keys_reader(duck: Duck) -> KeysOf:
    """Reads a column's different values once, however often they are asked for."""
    seen: dict[tuple[str, str], frozenset[str]] = {}

    def read(file: Inspected, header: str) -> frozenset[str]:
        place = (str(file.path), header)
        if place not in seen:
            seen[place] = keys_of(file, header, duck)
        return seen[place]

    return read


def own_keys(proposal: Proposal, header: str, keys: KeysOf) -> frozenset[str]:
    """A column's different values over all files of a source; none without a header."""
    if not header:
        return frozenset()
    return frozenset().union(*(keys(file, header) for file in proposal.files))


def header_of(proposal: Proposal, column: str) -> str:
    """The one header that fills a column; empty where none does."""
    found = proposal.columns.get(column, "")
    return found if isinstance(found, str) else ""


def confirmed(proposals: Sequence[Proposal], keys: KeysOf) -> list[Proposal]:
    """Doubtful keys whose values are nearly all values of another file's sure key become sure."""
    return [
        replace(each, readings=tuple(confirm(each, reading, proposals, keys) for reading in each.readings)) for each in proposals
    ]


def confirm(proposal: Proposal, reading: Reading, proposals: Sequence[Proposal], keys: KeysOf) -> Reading:
    """One doubtful key, compared with the same key of other files."""
    if reading.status != "asked" or reading.column not in HOMES:
        return reading
    if not met_elsewhere(proposal, reading, proposals, keys):
        return reading
    surer = 1 - (1 - reading.confidence) * LEFT_DOUBT
    return replace(reading, confidence=surer, why="relation", status="mapped" if surer >= SURE else "asked")


def met_elsewhere(proposal: Proposal, reading: Reading, proposals: Sequence[Proposal], keys: KeysOf) -> bool:
    """Whether another file has nearly the same values in the same column."""
    mine = own_keys(proposal, reading.header, keys)
    others = (other for other in proposals if other is not proposal and reading.column not in other.standing_in)
    return any(is_same_key(mine, own_keys(other, header_of(other, reading.column), keys)) for other in others)


def is_same_key(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether nearly all values of the smaller side are values of the other."""
    return min(len(mine), len(theirs)) >= FEWEST_KEYS and len(mine & theirs) >= CONTAINED * min(len(mine), len(theirs))


def relations(proposals: Sequence[Proposal], keys: KeysOf) -> list[Relation]:
    """How much of every file's keys the files know in which those keys are at home."""
    return [each for column, table in HOMES.items() for each in relations_of(column, table, proposals, keys)]


def relations_of(column: str, table: str, proposals: Sequence[Proposal], keys: KeysOf) -> list[Relation]:
    """How much of one key the files know in which it is at home."""
    homes = at_home(proposals, table) or most_known(proposals, column, keys)
    away = [each for each in proposals if each not in homes]
    found = (best_relation(each, column, homes, keys) for each in away)
    return [each for each in found if each is not None]


def at_home(proposals: Sequence[Proposal], table: str) -> list[Proposal]:
    """Sources in which the keys of a table are at home."""
    names = MEMBERS if table in MEMBERS else (table,)
    return [each for name in names for each in sources_of(proposals, name)]


def most_known(proposals: Sequence[Proposal], column: str, keys: KeysOf) -> list[Proposal]:
    """Where no file is a key's home: the file that has most of its values."""
    having = [each for each in proposals if header_of(each, column)]
    return [max(having, key=lambda each: len(own_keys(each, header_of(each, column), keys)))] if len(having) > 1 else []


def best_relation(proposal: Proposal, column: str, homes: Sequence[Proposal], keys: KeysOf) -> Relation | None:
    """The home that knows most of a file's keys."""
    header = header_of(proposal, column)
    mine = own_keys(proposal, header, keys)
    known = {home.name: own_keys(home, header_of(home, column), keys) for home in homes if header_of(home, column)}
    best = max(known, key=lambda name: len(mine & known[name]), default="")
    if not mine or not known.get(best):
        return None
    shared = len(mine & known[best])
    return Relation(proposal.name, header, best, column, shared / len(mine), shared / min(len(mine), len(known[best])))


def with_systems(proposals: Sequence[Proposal], keys: KeysOf) -> list[Proposal]:
    """Whose customer numbers every file uses: files whose numbers meet share a system, those of other people do not.

    Files of members are the anchors; two of them are one system where they share numbers and the same people are behind them.
    """
    anchors = [each for each in at_home(proposals, "customers") if not each.preset and header_of(each, "customer_ref")]
    if len(anchors) < 2:
        return list(proposals)
    names = system_names(grouped(anchors, lambda one, other: same_people(one, other, keys)))
    return [placed(each, anchors, names, keys) for each in proposals]


def system_names(groups: Sequence[Sequence[Proposal]]) -> dict[int, str]:
    """What the system of each file is called, by the file's identity: the first group is the company's main one."""
    return {id(member): "main" if not place else f"system_{place + 1}" for place, group in enumerate(groups) for member in group}


def placed(proposal: Proposal, anchors: Sequence[Proposal], names: dict[int, str], keys: KeysOf) -> Proposal:
    """A file with the system of the members whose numbers it uses most."""
    if id(proposal) in names:
        return replace(proposal, system=names[id(proposal)])
    mine = frozenset() if proposal.preset else customers_of(proposal, keys)
    best = max(anchors, key=lambda anchor: len(mine & customers_of(anchor, keys)))
    known = len(mine & customers_of(best, keys))
    return replace(proposal, system=names[id(best)]) if mine and known >= SHARED * len(mine) else proposal


def customers_of(proposal: Proposal, keys: KeysOf) -> frozenset[str]:
    """The customer numbers of a source; none where it has no such column."""
    return own_keys(proposal, header_of(proposal, "customer_ref"), keys)


def same_people(one: Proposal, other: Proposal, keys: KeysOf) -> bool:
    """Whether two files of members count the same people: they share numbers, and contacts as often as numbers."""
    numbers = [customers_of(each, keys) for each in (one, other)]
    met = met_share(*numbers)
    told = [share for share in (share_of(one, other, column, keys) for column in COMPARED) if share is not None]
    return met >= TOUCHING and max(told, default=met) >= SAME_PEOPLE * met


def met_share(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared values as a share of the side that has fewer."""
    return len(one & other) / max(min(len(one), len(other)), 1)


def share_of(one: Proposal, other: Proposal, column: str, keys: KeysOf) -> float | None:
    """Share of a contact's values that two files have in common; None where one of them has none."""
    values = [own_keys(each, header_of(each, column), keys) for each in (one, other)]
    return met_share(*values) if all(values) else None


def grouped(items: Sequence[Proposal], alike: Callable[[Proposal, Proposal], bool]) -> list[list[Proposal]]:
    """Items in groups of those that are alike, directly or through others."""
    home = {id(item): item for item in items}

    def root(item: Proposal) -> Proposal:
        while home[id(item)] is not item:
            item = home[id(item)]
        return item

    for one, other in combinations(items, 2):
        if alike(one, other):
            home[id(root(other))] = root(one)
    groups: dict[int, list[Proposal]] = {}
    for item in items:
        groups.setdefault(id(root(item)), []).append(item)
    return list(groups.values())


def gathered(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Files of one kind and one system as one source each."""
    kinds: dict[tuple[object, ...], Proposal] = {}
    for each in proposals:
        kind = (each.files[0].headers, each.table.name if each.table else str(each.paths[0]), each.preset, each.system)
        first = kinds.get(kind)
        kinds[kind] = replace(first, files=(*first.files, *each.files), repeats=first.repeats or each.repeats) if first else each
    return list(kinds.values())
