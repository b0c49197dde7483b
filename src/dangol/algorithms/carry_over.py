"""The numbers groups keep from one grouping to the next: most members decide, and a number is never given to somebody else.

Matching numbers its groups anew each time. Here a group that lost or won a few members stays the one it was; of groups that
became one, one number stays; a part that splits off gets back the number that its members had before they were joined.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dangol.core.errors import DataError, told

Numbers = npt.NDArray[np.int64]
Moments = npt.NDArray[np.float64]
UNKNOWN = 0


def carry_over(
    group: npt.ArrayLike,
    earlier: npt.ArrayLike,
    back: npt.ArrayLike,
    *,
    free: int,
    taken: npt.ArrayLike,
    since: npt.ArrayLike | None = None,
) -> Numbers:
    """The lasting number of every member.

    A number goes to the group with most of the members that had it, of equals to the one that had it longest and has no other; a
    group that several numbers come to keeps the one of most of its members, the oldest of equals. A group without any takes back
    the number that most of its members had before, if nobody has it now; else it gets the next free one. Members are taken in the
    order given, so that nothing depends on how groups are numbered.

    Args:
        group: which group each member belongs to now, at least 0, shape (n,).
        earlier: the number each had before, 0 for new members, shape (n,).
        back: the number each is to have back when its group parts from the others, 0 for none, shape (n,).
        free: the first number that was never given.
        taken: numbers of members that are not here today; they are not given to others.
        since: when each came to its earlier number, in any unit, shape (n,); all at once when None.

    Raises:
        DataError: lengths that differ, negative groups, or numbers that were never given.
    """
    members = np.asarray(group, dtype=np.int64)
    had, former = np.asarray(earlier, dtype=np.int64), np.asarray(back, dtype=np.int64)
    check(members, had, former, free)
    came = np.zeros(members.shape) if since is None else np.asarray(since, dtype=np.float64)
    if not members.size:
        return members
    groups = in_order(members)
    count = int(groups.max()) + 1
    number = np.full(count, UNKNOWN, dtype=np.int64)
    place(number, *kept(groups, had, came))
    used = np.union1d(np.union1d(np.asarray(taken, dtype=np.int64), had), number)
    orphans = number[groups] == UNKNOWN
    place(number, *kept(groups[orphans], np.where(np.isin(former[orphans], used), UNKNOWN, former[orphans]), came[orphans]))
    fresh = np.flatnonzero(number == UNKNOWN)
    number[fresh] = free + np.arange(fresh.size)
    return np.asarray(number[groups])


def check(members: Numbers, had: Numbers, former: Numbers, free: int) -> None:
    """Refuse what cannot be numbers of the same members."""
    if not members.shape == had.shape == former.shape:
        raise DataError(told("lengths differ: {lengths}", lengths=", ".join(str(each.size) for each in (members, had, former))))
    wrong = int(((members < 0) | (had < 0) | (former < 0) | (had >= free) | (former >= free)).sum())
    if wrong:
        raise DataError(told("{count} numbers were never given", count=str(wrong)))


def in_order(members: Numbers) -> Numbers:
    """Groups numbered by their first member."""
    _, seen, codes = np.unique(members, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(seen, kind="stable"), kind="stable")[codes], dtype=np.int64)


def place(number: Numbers, groups: Numbers, numbers: Numbers) -> None:
    """Give groups their numbers."""
    number[groups] = numbers


def kept(groups: Numbers, numbers: Numbers, since: Moments) -> tuple[Numbers, Numbers]:
    """Groups that keep a number, and which: each number to one group, each group one number.

    A number goes only where most of its members are; of equals to those who had it longest and have no other number to keep.

    Args:
        groups: of each member, numbered in order.
        numbers: of each member; 0 says nothing.
        since: when each came to its number.
    """
    some = numbers != UNKNOWN
    found, which, members = np.unique(
        np.column_stack([groups[some], numbers[some]]), axis=0, return_inverse=True, return_counts=True
    )
    longest = np.full(len(found), np.inf)
    np.minimum.at(longest, which.reshape(-1), since[some])
    group, number = (np.unique(found[:, each], return_inverse=True) for each in (0, 1))
    most = np.zeros(len(number[0]), dtype=np.int64)
    np.maximum.at(most, number[1], members)
    able = np.flatnonzero(members == most[number[1]])
    # most members first, then the oldest number, then who had it longest, then the group that comes first
    order = able[np.lexsort((group[1][able], longest[able], number[1][able], -members[able]))]
    left = order[matched(group[1][order], number[1][order])]
    return found[left, 0], found[left, 1]


def matched(groups: Numbers, numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Which pairs hold, taken one by one: neither the group nor the number may be in an earlier pair that holds.

    Args:
        groups, numbers: of each pair, from 0, the first to be taken first.
    """
    # where nobody else asks for either
    holds: npt.NDArray[np.bool_] = (np.bincount(groups)[groups] == 1) & (np.bincount(numbers)[numbers] == 1)
    served: set[int] = set()
    given: set[int] = set()
    for place in np.flatnonzero(~holds).tolist():
        group, number = int(groups[place]), int(numbers[place])
        if group not in served and number not in given:
            holds[place] = True
            served.add(group)
            given.add(number)
    return holds
