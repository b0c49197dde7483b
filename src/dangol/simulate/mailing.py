"""Newsletters and campaign messages: sent to who allows them, opened, clicked, and sometimes the last straw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.clock import SECONDS, Flags, Floats, Ints, spread, utc_moment
from dangol.simulate.column import coded, digits, moments
from dangol.simulate.contact import mall_refs
from dangol.simulate.permission import CHANNELS, EMAIL, KAKAO, Permission
from dangol.simulate.scene import Scene

EVERY_DAYS = 14
SEND_HOUR = 10 / 24
CHANCE = 0.35
LEFT_OPEN_SHARE = 0.12
BOUNCED_SHARE = 0.01
RESULTS = ("sent", "opened", "clicked", "bounced", "unsubscribed")
SENT, OPENED, CLICKED, BOUNCED, UNSUBSCRIBED = range(5)
ROOM = 10**8


@dataclass(frozen=True)
class Sends:
    """Messages sent: to whom (place in the block), when (local day), by which channel, of which campaign (place in a list)."""

    person: Ints
    at: Floats
    channel: Ints
    campaign: Ints


def issues(first: float, stop: float) -> Ints:
    """Numbers of the newsletters sent in [first, stop); number n goes out on local day 14 n at ten."""
    low = int(np.ceil((first - SEND_HOUR) / EVERY_DAYS))
    high = int(np.ceil((stop - SEND_HOUR) / EVERY_DAYS))
    return np.arange(low, high)


def issue_channel(number: Ints) -> Ints:
    """Newsletters go by e-mail and by Kakao in turn."""
    return np.where(number % 2 == 0, EMAIL, KAKAO)


def issue_names(numbers: Ints) -> list[str]:
    """Campaign numbers of newsletters."""
    return [f"N{utc_moment(number * EVERY_DAYS + SEND_HOUR):%Y%m%d}" for number in numbers.tolist()]


def newsletters(scene: Scene, permission: Permission, rng: np.random.Generator) -> Sends:
    """Newsletters to mall members who allow the channel at that moment."""
    people, window = scene.people, scene.world.window
    numbers = issues(window.start, window.stop)
    begin = np.ceil((np.maximum(people.acquired, window.start) - SEND_HOUR) / EVERY_DAYS).astype(np.int64)
    stop = int(numbers[-1]) + 1 if len(numbers) else int(begin.max(initial=0))
    person, step = spread(np.where(people.has_mall, np.maximum(stop - begin, 0), 0))
    chosen = np.flatnonzero(rng.random(len(person)) < min(CHANCE * scene.world.plan.message_volume, 1.0))
    person, number = person[chosen], begin[person[chosen]] + step[chosen]
    at = number * EVERY_DAYS + SEND_HOUR + rng.integers(0, 3600, len(person)) / SECONDS
    channel = issue_channel(number)
    free = permission.holds(person, channel, at)
    return Sends(person[free], at[free], channel[free], (number - (numbers[0] if len(numbers) else 0))[free])


def last_straws(scene: Scene, permission: Permission, campaigns: int) -> Sends:
    """The message whose unsubscribe link was used, for each e-mail permission withdrawn in the window."""
    window = scene.world.window
    at = permission.withdrawn[:, EMAIL]
    sent = at - 600 / SECONDS
    person = np.flatnonzero(scene.people.has_mall & (sent > scene.people.acquired) & (sent >= window.start) & (at < window.stop))
    numbers = issues(window.start, window.stop)
    latest = np.floor((sent[person] - SEND_HOUR) / EVERY_DAYS).astype(np.int64) - (int(numbers[0]) if len(numbers) else 0)
    return Sends(person, sent[person], np.full(len(person), EMAIL), np.clip(latest, 0, max(campaigns - 1, 0)))


def make_messages(scene: Scene, permission: Permission, campaign: tuple[str, Flags, Floats] | None) -> pa.Table:
    """Rows of `messages`: what was sent and what became of it.

    Args:
        scene: a block.
        permission: its permissions.
        campaign: number of a campaign, who of the block was treated, and when; None without one.
    """
    rng = scene.stream("messages")
    names = issue_names(issues(scene.world.window.start, scene.world.window.stop)) or ["N"]
    parts = [newsletters(scene, permission, rng), last_straws(scene, permission, len(names))]
    straws = len(parts[1].person)
    if campaign:
        treated = np.flatnonzero(campaign[1])
        parts.insert(1, Sends(treated, campaign[2][treated], np.full(len(treated), KAKAO), np.full(len(treated), len(names))))
        names.append(campaign[0])
    sends = Sends(*(np.concatenate([getattr(each, name) for each in parts]) for name in Sends.__dataclass_fields__))
    return message_table(scene, sends, names, straws, rng)


def message_table(scene: Scene, sends: Sends, names: list[str], straws: int, rng: np.random.Generator) -> pa.Table:
    """One row for each thing that happened to a message."""
    people, count = scene.people, len(sends.person)
    bounced = rng.random(count) < BOUNCED_SHARE
    gone = np.where(people.left[sends.person] < sends.at, LEFT_OPEN_SHARE, 1.0)
    opens = (rng.random(count) < people.opening[sends.person] * gone) & ~bounced
    last = np.arange(count) >= count - straws
    opens, bounced = opens | last, bounced & ~last
    clicks = opens & (rng.random(count) < people.clicking[sends.person]) & ~last
    opened_at = sends.at + np.where(last, 300 / SECONDS, rng.exponential(0.3, count) + 0.001)
    happened = [np.arange(count), *(np.flatnonzero(each) for each in (opens, clicks, bounced, last))]
    row = np.concatenate(happened)
    kind = np.repeat(np.arange(len(RESULTS)), [len(each) for each in happened])
    delay = np.choose(
        kind, [np.zeros(len(row)), (opened_at - sends.at)[row], (opened_at - sends.at)[row] + 0.001, 60 / SECONDS, 600 / SECONDS]
    )
    at = sends.at[row] + delay
    kept = np.flatnonzero(at < scene.world.window.stop)
    kept = kept[np.lexsort((kind[kept], row[kept]))]
    row, kind, at = row[kept], kind[kept], at[kept]
    base = (scene.world.window.delivery * 10**4 + scene.block.number + 1) * ROOM
    return pa.table(
        {
            "customer_ref": coded(sends.person[row], mall_refs(people)),
            "message_id": coded(row, digits(base + np.arange(count))),
            "campaign_id": coded(sends.campaign[row], names),
            "channel": coded(sends.channel[row], CHANNELS),
            "message_event": coded(kind, RESULTS),
            "occurred_at": moments(at),
        }
    )
