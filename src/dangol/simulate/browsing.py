"""Web events in the words of Segment's e-commerce specification v2: sessions around orders and sessions without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.baskets import categories
from dangol.simulate.catalogue import DRAWS, PRODUCTS_IN_CATEGORY, product_ids
from dangol.simulate.clock import Flags, Floats, Ints, at_usual_hour, spread
from dangol.simulate.column import coded, digits, moments
from dangol.simulate.contact import mall_refs
from dangol.simulate.scene import Scene
from dangol.simulate.words import ACQUISITION, CATEGORIES

NAMES = ("Products Searched", "Product Viewed", "Product Added", "Checkout Started", "Order Completed")
SEARCH, VIEW, ADD, CHECKOUT, COMPLETED = range(5)
STEP_SECONDS = 45.0
LOGGED_IN_SHARE = 0.8
BEFORE_ORDER_DAYS = 3.0
ROOM = 10**8


@dataclass(frozen=True)
class Sessions:
    """Visits to the mall.

    Attributes:
        person: place in the block.
        at: local day of the first event.
        order: place of the order made in it, −1 for none.
        searches, views, adds: how many events of each kind.
    """

    person: Ints
    at: Floats
    order: Ints
    searches: Ints
    views: Ints
    adds: Ints

    @property
    def sizes(self) -> Ints:
        """Events of each session."""
        return self.searches + self.views + self.adds + 2 * (self.order >= 0)


@dataclass(frozen=True)
class Steps:
    """Single events: their session, place in it, kind, local day."""

    session: Ints
    place: Ints
    kind: Ints
    at: Floats


def make_events(scene: Scene) -> pa.Table:
    """Rows of `events` of a block: what people did in the mall before and without ordering."""
    rng = scene.stream("events")
    sessions = ordering(scene, rng), looking(scene, rng)
    visits = Sessions(*(np.concatenate([getattr(each, name) for each in sessions]) for name in Sessions.__dataclass_fields__))
    steps = take_steps(scene, visits, rng)
    return event_table(scene, visits, steps, shown(scene, visits, steps, rng), rng)


def ordering(scene: Scene, rng: np.random.Generator) -> Sessions:
    """The session of each mall order."""
    bought = np.flatnonzero(~scene.orders.in_store)
    size = np.bincount(scene.lines.order, minlength=len(scene.orders))[bought]
    views = size + rng.poisson(1.2, len(bought))
    searches = (rng.random(len(bought)) < 0.4).astype(np.int64)
    start = scene.orders.at[bought] - ((views + searches + size + 2) * STEP_SECONDS) / 86_400
    return Sessions(scene.orders.person[bought], start, bought, searches, views, size)


def looking(scene: Scene, rng: np.random.Generator) -> Sessions:
    """Sessions without an order: some in the days before one, others at any time while a customer."""
    people, orders, season, window = scene.people, scene.orders, scene.world.season, scene.world.window
    volume = 0.5 * scene.world.plan.event_volume
    bought = np.flatnonzero(~orders.in_store)
    visits = np.repeat(bought, rng.poisson(people.browsing[orders.person[bought]] * volume))
    before = orders.at[visits] - rng.exponential(BEFORE_ORDER_DAYS, len(visits)) - 0.02
    begin = season.until(np.maximum(people.acquired, window.start))
    mass = np.maximum(season.until(np.clip(people.left, None, window.stop)) - begin, 0.0) * people.has_mall
    rate = (people.rate * (1 - people.store_share) + 0.01) * people.browsing * volume
    idle = np.repeat(np.arange(len(people)), rng.poisson(rate * mass))
    idle_at = season.when(begin[idle] + rng.random(len(idle)) * mass[idle])
    person = np.concatenate([orders.person[visits], idle])
    at = at_usual_hour(np.concatenate([before, idle_at]), np.zeros(len(person), dtype=np.bool_), rng)
    known = (at > people.acquired[person]) & (at >= window.start)
    person, at = person[known], at[known]
    searches, adds = ((rng.random(len(person)) < share).astype(np.int64) for share in (0.3, 0.15))
    return Sessions(person, at, np.full(len(person), -1), searches, 1 + rng.poisson(1.6, len(person)), adds)


def take_steps(scene: Scene, sessions: Sessions, rng: np.random.Generator) -> Steps:
    """The events of all sessions, those outside the window left out; an order completes at its own moment."""
    session, place = spread(sessions.sizes)
    kind = kinds(sessions, session, place)
    at = sessions.at[session] + (place * STEP_SECONDS + rng.integers(0, 40, len(session))) / 86_400
    done = np.flatnonzero(kind == COMPLETED)
    at[done] = scene.orders.at[sessions.order[session[done]]]
    kept = (at >= scene.world.window.start) & (at < scene.world.window.stop)
    return Steps(session[kept], place[kept], kind[kept], at[kept])


def kinds(sessions: Sessions, session: Ints, place: Ints) -> Ints:
    """What each event of a session is: searches, views, additions, then checkout and order."""
    viewing = sessions.searches[session]
    adding = viewing + sessions.views[session]
    paying = adding + sessions.adds[session]
    kind: Ints = (place >= viewing).astype(np.int64) + (place >= adding) + (place >= paying) + (place > paying)
    return kind


def shown(scene: Scene, sessions: Sessions, steps: Steps, rng: np.random.Generator) -> Ints:
    """The product of each view or addition (for a search, one of the category sought): first what is then bought."""
    people, catalogue, season, lines = scene.people, scene.world.catalogue, scene.world.season, scene.lines
    session = steps.session
    person, order = sessions.person[session], sessions.order[session]
    month = season.month[season.place(sessions.at)][session]
    category = categories(people.taste, catalogue.season, person, month, rng.random(len(session)))
    product: Ints = catalogue.draw[people.tier[person] * len(CATEGORIES) + category, rng.integers(0, DRAWS, len(session))]
    first = np.searchsorted(lines.order, np.arange(len(scene.orders) + 1))
    step = steps.place - sessions.searches[session] - np.where(steps.kind == ADD, sessions.views[session], 0)
    looks = np.flatnonzero((order >= 0) & ((steps.kind == VIEW) | (steps.kind == ADD)))
    line = first[order[looks]] + step[looks]
    bought = line < first[order[looks] + 1]
    product[looks[bought]] = lines.product[line[bought]]
    return product


def event_table(scene: Scene, sessions: Sessions, steps: Steps, product: Ints, rng: np.random.Generator) -> pa.Table:
    """The events as rows; a fifth of the sessions without an order is not logged in and shows a cookie only."""
    session, kind, people = steps.session, steps.kind, scene.people
    person = sessions.person[session]
    hidden: Flags = ((sessions.order < 0) & (rng.random(len(sessions.order)) > LOGGED_IN_SHARE))[session]
    source = rng.integers(0, len(ACQUISITION), len(sessions.order))[session]
    spent = np.append(scene.totals, 0.0)[sessions.order[session]].astype(np.int64)
    base = (scene.world.window.delivery * 10**4 + scene.block.number + 1) * ROOM
    device = (people.number % 10 < 3).astype(np.int64)[person]
    return pa.table(
        {
            "customer_ref": coded(person, mall_refs(people), hidden),
            "event_id": digits(base + np.arange(len(session))),
            "anonymous_id": coded(person, digits(people.number * 48_271 % 2_147_483_647 + 10**10)),
            "occurred_at": moments(steps.at),
            "event_name": coded(kind, NAMES),
            "session_id": coded(session, digits(base + np.arange(len(sessions.order)))),
            "device": coded(device, ["mobile", "desktop"]),
            "product_id": coded(product, product_ids(scene.world.catalogue), (kind == SEARCH) | (kind >= CHECKOUT)),
            "search_term": coded(product // PRODUCTS_IN_CATEGORY, [name for name, *_ in CATEGORIES], kind != SEARCH),
            "amount": pa.array(spent, mask=kind != COMPLETED),
            "utm_source": coded(source, ACQUISITION),
        }
    )
