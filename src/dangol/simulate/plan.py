"""What company to invent: how large, from when to when, with which data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dangol.core.errors import ConfigError, told

RANGES: dict[str, tuple[float, float]] = {
    "customers": (1_000, 5_000_000),
    "seed": (0, 2**62),
    "years": (0.5, 10),
    "store_share": (0.1, 0.9),
    "event_volume": (0, 20),
    "message_volume": (0, 3),
}
LARGEST_KOREAN = 50_000
CAUSES = ("", "price", "service", "loyalty", "communication")
# Blocks are drawn independently; their size belongs to the seed, whatever the memory or the number of threads.
BLOCK_PEOPLE = 20_000
BLOCKS_IN_A_FILE = 5


@dataclass(frozen=True)
class Plan:
    """The size and the seed of an invented company; equal plans make equal companies, byte by byte.

    Attributes:
        customers: people who ever bought or registered, 1,000 to 5,000,000.
        seed: decides everything else.
        years: how long the company has existed.
        end: the moment up to which it delivers data, UTC; midnight in Seoul is 15:00.
        store_share: share of people who (also) hold a store card.
        event_volume: web events, 1 for about 50 a customer; 0 for no event file.
        message_volume: newsletters, 1 for about 5 a customer; 0 for no message file.
        service: whether conversations and reviews are delivered.
        korean: Korean office files instead of Parquet; for up to 50,000 customers unless said otherwise.
        cause: what drives people away beside their own nature (price, service, loyalty, communication), see `cause`; nothing
            when empty. Expected figures of the truth do not know of it.

    Raises:
        ConfigError: a figure outside its range, or an unknown cause.
    """

    customers: int = 2_000
    seed: int = 1
    years: float = 2.0
    end: datetime = datetime(2026, 10, 31, 15)
    store_share: float = 0.5
    event_volume: float = 1.0
    message_volume: float = 1.0
    service: bool = True
    korean: bool | None = None
    cause: str = ""

    def __post_init__(self) -> None:
        wrong = [
            told(
                "{name} {value}, allowed {low} to {high}",
                name=name,
                value=f"{getattr(self, name):,}",
                low=f"{low:,}",
                high=f"{high:,}",
            )
            for name, (low, high) in RANGES.items()
            if not low <= getattr(self, name) <= high
        ]
        if not is_seoul_midnight(self.end):
            wrong.append(
                told("end {moment}, must be midnight in Seoul, written as 15:00 UTC without a zone", moment=str(self.end))
            )
        if self.cause not in CAUSES:
            wrong.append(told("unknown cause {name:quoted}, known: {names:listed}", name=self.cause, names=list(CAUSES[1:])))
        if wrong:
            raise ConfigError(told("no company can be invented with {problem}", problem=wrong[0]), problems=wrong[1:])

    @property
    def start(self) -> datetime:
        """The day the company opened, UTC."""
        return self.end - timedelta(days=round(self.years * 365))

    @property
    def is_korean(self) -> bool:
        """Whether the files are Korean office files."""
        return self.customers <= LARGEST_KOREAN if self.korean is None else self.korean


def is_seoul_midnight(moment: datetime) -> bool:
    """Whether a day begins in Seoul at this UTC moment."""
    return moment.tzinfo is None and moment.time() == time(15)


@dataclass(frozen=True)
class Window:
    """The stretch of time one delivery covers, in local days since 1970 (Seoul), [start, stop)."""

    delivery: int
    start: float
    stop: float


@dataclass(frozen=True)
class Block:
    """People drawn together: their numbers follow each other, and no block looks at another.

    Attributes:
        number: of the block; part of the seed.
        first: number of its first person.
        people: how many.
        acquired_from, acquired_to: local days between which they became known.
        opening: whether the company grows over that time from nothing.
    """

    number: int
    first: int
    people: int
    acquired_from: float
    acquired_to: float
    opening: bool = True


def blocks_of(block: Block) -> list[Block]:
    """A cohort cut into blocks of the fixed size."""
    sizes = [min(BLOCK_PEOPLE, block.people - done) for done in range(0, block.people, BLOCK_PEOPLE)]
    return [
        Block(
            block.number + place, block.first + place * BLOCK_PEOPLE, size, block.acquired_from, block.acquired_to, block.opening
        )
        for place, size in enumerate(sizes)
    ]
