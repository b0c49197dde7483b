"""Who is held out: decided by arithmetic on the customer's name, so that it never changes and needs no list.

The place of a customer between 0 and 1 is the first 13 hexadecimal digits of SHA-256 over
"salt:id", divided by 16^13. The same number comes out of plain Python,
`int(sha256(f"{salt}:{id}".encode()).hexdigest()[:13], 16) / 16**13`, and of any database with SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, Whole
from dangol.core.errors import DataError, told

DIGITS = 13  # 52 bits: every place is an exact double

Ids = Iterable[str] | Iterable[bytes] | Iterable[int] | npt.NDArray[np.generic]


@dataclass(frozen=True)
class Assignment:
    """Which arm each customer belongs to and how likely that was.

    Attributes:
        arms: names of the arms in the order of the shares.
        arm: index into `arms` of each customer, shape (n,).
        probability: the share of that arm, shape (n,), for weighting by inverse chance.
    """

    arms: tuple[str, ...]
    arm: Whole
    probability: Vector

    def counts(self) -> dict[str, int]:
        """How many customers each arm has."""
        sizes = np.bincount(self.arm, minlength=len(self.arms))
        return {name: int(size) for name, size in zip(self.arms, sizes, strict=True)}


def places(ids: Ids, salt: str) -> Vector:
    """Each customer's fixed place between 0 (included) and 1 (excluded), even and unrelated between salts.

    Args:
        ids: texts, bytes or whole numbers; a number counts as its decimal text.
        salt: names the decision, e.g. a programme and its start; not empty.

    Raises:
        DataError: an empty salt.
    """
    if not salt:
        raise DataError(
            told("salt must not be empty: {salt:quoted}", salt=salt), hint=told("name the decision, such as a programme")
        )
    prefix = hashlib.sha256(f"{salt}:".encode())
    listed = ids.tolist() if isinstance(ids, np.ndarray) else ids
    digests = b"".join([_digest(prefix, one) for one in listed])
    leading = np.frombuffer(digests, dtype=">u8") >> np.uint64(64 - 4 * DIGITS)
    return leading.astype(np.float64) / float(16**DIGITS)


def assign(ids: Ids, salt: str, shares: Mapping[str, float]) -> Assignment:
    """Put every customer into an arm, always the same one.

    Arms take consecutive stretches of 0…1 in the order given: enlarging the first one moves
    nobody out of it.

    Args:
        ids: texts, bytes or whole numbers, n of them.
        salt: names the decision.
        shares: arm to share, at least 0, together 1.

    Raises:
        DataError: shares that are negative or do not add up to 1, or an empty salt.
    """
    sizes = np.array(list(shares.values()), dtype=np.float64)
    if not sizes.size or (sizes < 0).any() or abs(float(sizes.sum()) - 1.0) > 1e-9:
        raise DataError(told("shares must be at least 0 and add up to 1, not {shares}", shares=repr(dict(shares))))
    arm = np.searchsorted(np.cumsum(sizes), places(ids, salt), side="right")
    # rounding may leave the last edge a hair below 1; nobody may land in an arm of no share
    arm = np.minimum(arm, int(np.flatnonzero(sizes)[-1]))
    return Assignment(tuple(shares), arm.astype(np.int64), sizes[arm])


def _digest(prefix: hashlib._Hash, one: str | bytes | int) -> bytes:
    """The first eight bytes of one customer's hash."""
    fresh = prefix.copy()
    fresh.update(one if isinstance(one, bytes) else str(one).encode())
    return fresh.digest()[:8]
