"""What people allow: consents per channel, given at registration, some withdrawn, a few given again; records only ever added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.cause import COMMUNICATION
from dangol.simulate.clock import Flags, Floats, Ints
from dangol.simulate.column import coded, moments
from dangol.simulate.contact import card_refs, mall_refs
from dangol.simulate.people import YEAR_DAYS, People
from dangol.simulate.plan import Block
from dangol.simulate.world import World

CHANNELS = ("email", "sms", "kakao")
EMAIL, SMS, KAKAO = range(3)
ALLOWED_SHARE = np.array([0.62, 0.66, 0.70])
NIGHT_SHARE = 0.3
WITHDRAWN_A_YEAR = 0.12
AGAIN_SHARE, AGAIN_DAYS = 0.15, 60.0
METHODS = ("signup", "unsubscribe_link", "my_page")


@dataclass(frozen=True)
class Permission:
    """Each person's permissions over time, people × channels.

    Attributes:
        allowed: at registration.
        night: whether between 21:00 and 8:00 too.
        withdrawn, again: local days, infinite for never.
    """

    allowed: Flags
    night: Flags
    withdrawn: Floats
    again: Floats

    def holds(self, person: Ints, channel: Ints, at: Floats) -> Flags:
        """Whether advertising is allowed to these people on these channels at these moments."""
        withdrawn, again = self.withdrawn[person, channel], self.again[person, channel]
        free: Flags = self.allowed[person, channel] & ((at < withdrawn) | (at >= again))
        return free


def make_permission(world: World, block: Block, people: People) -> Permission:
    """The permissions of a block, the same in every delivery."""
    rng = world.fixed_stream(block, "consents")
    shape = (len(people), len(CHANNELS))
    allowed = rng.random(shape) < ALLOWED_SHARE
    night = allowed & (rng.random(shape) < NIGHT_SHARE)
    withdrawn = people.acquired[:, None] + rng.exponential(YEAR_DAYS / WITHDRAWN_A_YEAR, shape)
    if world.plan.cause == COMMUNICATION:
        met = np.isfinite(people.grieved)
        allowed[met, EMAIL], withdrawn[met, EMAIL] = True, people.grieved[met]
    again = np.where(rng.random(shape) < AGAIN_SHARE, withdrawn + 1 + rng.exponential(AGAIN_DAYS, shape), np.inf)
    return Permission(allowed, night, np.where(allowed, withdrawn, np.inf), np.where(allowed, again, np.inf))


def consent_rows(world: World, people: People, permission: Permission, *, cards: bool) -> pa.Table:
    """Rows of `consents` recorded in the window: mall members for three channels, card holders for text messages.

    Card holders who also have a mall account are asked once, by the mall.
    """
    channels = [SMS] if cards else [EMAIL, SMS, KAKAO]
    members = np.flatnonzero(people.has_card & ~people.has_mall if cards else people.has_mall)
    person, channel = np.repeat(members, len(channels)), np.tile(channels, len(members))
    given = people.acquired[person]
    moved = [given, permission.withdrawn[person, channel], permission.again[person, channel]]
    at = np.concatenate(moved)
    what = np.repeat(np.arange(3), len(person))
    person, channel = np.tile(person, 3), np.tile(channel, 3)
    kept = np.flatnonzero((at >= world.window.start) & (at < world.window.stop))
    kept = kept[np.lexsort((at[kept], channel[kept], person[kept]))]
    person, channel, what, at = person[kept], channel[kept], what[kept], at[kept]
    allowed = np.select([what == 0, what == 1], [permission.allowed[person, channel], False], True)
    return pa.table(
        {
            "customer_ref": coded(person, card_refs(people) if cards else mall_refs(people)),
            "channel": coded(channel, CHANNELS),
            "purpose": coded(np.zeros(len(kept)), ["advertising"]),
            "allowed": allowed,
            "recorded_at": moments(at),
            "night": allowed & permission.night[person, channel],
            "method": coded(what, METHODS),
        }
    )
