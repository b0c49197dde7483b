"""The numbers groups keep from one grouping to the next: most members decide, and a number is never given to somebody else.

Matching numbers its groups anew each time. Here a group that lost or won a few members stays the one it was; of groups that
became one, one number stays; a part that splits off gets back the number that its members had before they were joined.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dangol.core.errors import DataError, told

Numbers = npt.NDArray[np.int64]
UNKNOWN = 0


def carry_over(group: npt.ArrayLike, earlier: npt.ArrayLike, first: npt.ArrayLike, *, free: int, taken: npt.ArrayLike) -> Numbers:
    """The lasting number of every member.

    A number goes to the group with most of the members that had it; a group that several numbers come to keeps the one of most of
    its members, the oldest of equals. A group without any takes back the number that most of its members began with, if nobody
    has it now; else it gets the next free one. Members are taken in the order given, so that nothing depends on how groups are
    numbered.

    Args:
        group: which group each member belongs to now, at least 0, shape (n,).
        earlier: the number each had before, 0 for new members, shape (n,).
        first: the number each began with, 0 for new members, shape (n,).
        free: the first number that was never given.
        taken: numbers of members that are not here today; they are not given to others.

    Raises:
        DataError: lengths that differ, negative groups, or numbers that were never given.
    """
    members = np.asarray(group, dtype=np.int64)
    had, began = np.asarray(earlier, dtype=np.int64), np.asarray(first, dtype=np.int64)
    check(members, had, began, free)
    if not members.size:
        return members
    groups = in_order(members)
    count = int(groups.max()) + 1
    number = np.full(count, UNKNOWN, dtype=np.int64)
    place(number, *kept(groups, had))
    used = np.union1d(np.union1d(np.asarray(taken, dtype=np.int64), had), number)
    orphans = number[groups] == UNKNOWN
    place(number, *kept(groups[orphans], np.where(np.isin(began[orphans], used), UNKNOWN, began[orphans])))
    fresh = np.flatnonzero(number == UNKNOWN)
    number[fresh] = free + np.arange(fresh.size)
    return np.asarray(number[groups])


def check(members: Numbers, had: Numbers, began: Numbers, free: int) -> None:
    """Refuse what cannot be numbers of the same members."""
    if not members.shape == had.shape == began.shape:
        raise DataError(told("lengths differ: {lengths}", lengths=", ".join(str(each.size) for each in (members, had, began))))
    wrong = int(((members < 0) | (had < 0) | (began < 0) | (had >= free) | (began >= free)).sum())
    if wrong:
        raise DataError(told("{count} numbers were never given", count=str(wrong)))


def in_order(members: Numbers) -> Numbers:
    """Groups numbered by their first member."""
    _, seen, codes = np.unique(members, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(seen, kind="stable"), kind="stable")[codes], dtype=np.int64)


def place(number: Numbers, groups: Numbers, numbers: Numbers) -> None:
    """Give groups their numbers."""
    number[groups] = numbers


def kept(groups: Numbers, numbers: Numbers) -> tuple[Numbers, Numbers]:
    """Groups that keep a number, and which: each number to one group, each group one number.

    Args:
        groups: of each member, numbered in order.
        numbers: of each member; 0 says nothing.
    """
    some = numbers != UNKNOWN
    pairs, members = np.unique(np.column_stack([groups[some], numbers[some]]), axis=0, return_counts=True)
    # each number goes where most of its members are, the group that comes first of equals
    pairs, members = best(pairs, members, by=1, then=0)
    # each group keeps the number of most of its members, the oldest of equals
    pairs, _ = best(pairs, members, by=0, then=1)
    return pairs[:, 0], pairs[:, 1]


def best(pairs: Numbers, members: Numbers, *, by: int, then: int) -> tuple[Numbers, Numbers]:
    """Of all pairs with the same value in a column the one with most members, the smallest of equals."""
    order = np.lexsort((pairs[:, then], -members, pairs[:, by]))
    _, firsts = np.unique(pairs[order, by], return_index=True)
    chosen = order[firsts]
    return pairs[chosen], members[chosen]
