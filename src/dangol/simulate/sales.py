"""Order lines and returns as the mall and the stores deliver them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.catalogue import product_ids
from dangol.simulate.clock import Flags, Floats, Ints
from dangol.simulate.column import coded, digits, joined, moments
from dangol.simulate.contact import card_refs, mall_refs
from dangol.simulate.scene import Scene
from dangol.simulate.words import PAYMENTS, REASONS, STORE_PLACES

CAMPAIGN_COUPON, PLAIN_COUPON = "CAMPAIGN10", "WELCOME5"
STATUS = ("completed", "cancelled")
FREE_SHIPPING_FROM, SHIPPING = 30_000, 3_000
STORES = len(STORE_PLACES)


@dataclass(frozen=True)
class Sold:
    """Everything about a block's orders that both sales files need.

    Attributes:
        order_ids: text per order.
        total: net sales per order, won.
        store, staff, payment: places in their lists, per order.
        shipped: local day per order.
    """

    scene: Scene
    order_ids: pa.Array
    total: Floats
    store: Ints
    staff: Ints
    payment: Ints
    shipped: Floats


def make_sold(scene: Scene) -> Sold:
    """Join the drawn orders with what only the files show: stores, staff, payment, shipping."""
    rng, people, orders = scene.stream("till"), scene.people, scene.orders
    home = people.number * 7 % STORES
    elsewhere = rng.random(len(orders)) < 0.15
    store = np.where(elsewhere, rng.integers(0, STORES, len(orders)), home[orders.person])
    staff = store * 4 + rng.integers(0, 4, len(orders))
    payment = rng.integers(0, len(PAYMENTS), len(orders))
    shipped = orders.at + rng.uniform(0.3, 2.0, len(orders))
    return Sold(scene, digits(orders.number), scene.totals, store, staff, payment, shipped)


def mall_lines(sold: Sold) -> pa.Table:
    """Order lines of the online mall with what belongs to the order repeated on each line."""
    stop = sold.scene.world.window.stop
    orders, rows = sold.scene.orders, np.flatnonzero(~sold.scene.orders.in_store[sold.scene.lines.order])
    order = sold.scene.lines.order[rows]
    cancelled = orders.cancelled[order]
    undone = orders.at[order] + 0.3
    shipped = sold.shipped[order]
    device = (orders.number // 3 % 10 < 3).astype(np.int64)[order]
    shipping = np.where(sold.total[order] >= FREE_SHIPPING_FROM, 0, SHIPPING)
    coupon = orders.coupon[order] | orders.caused[order]
    region = sold.scene.contact.region.dictionary_encode()
    return pa.table(
        {
            **line_columns(sold, rows, mall_refs(sold.scene.people)),
            "status": coded((cancelled & (undone < stop)).astype(np.int64), STATUS),
            "channel": coded(np.zeros(len(rows)), ["mall"]),
            "device": coded(device, ["mobile", "desktop"]),
            "order_region": coded(region.indices.to_numpy()[orders.person[order]], region.dictionary),
            "payment_method": coded(sold.payment[order], PAYMENTS),
            "coupon_code": coded(orders.caused[order].astype(np.int64), [PLAIN_COUPON, CAMPAIGN_COUPON], ~coupon),
            "shipping_amount": shipping,
            "shipped_at": moments(shipped, cancelled | (shipped >= stop)),
            "cancelled_at": moments(undone, ~cancelled | (undone >= stop)),
        }
    )


def store_lines(sold: Sold) -> pa.Table:
    """Lines of the stores' tills, with store and staff."""
    orders, rows = sold.scene.orders, np.flatnonzero(sold.scene.orders.in_store[sold.scene.lines.order])
    order = sold.scene.lines.order[rows]
    return pa.table(
        {
            **line_columns(sold, rows, card_refs(sold.scene.people)),
            "channel": coded(np.zeros(len(rows)), ["store"]),
            "store_id": coded(sold.store[order], [f"S{number + 1:02d}" for number in range(STORES)]),
            "staff_id": coded(sold.staff[order], [f"E{number:03d}" for number in range(4 * STORES)]),
            "device": coded(np.zeros(len(rows)), ["pos"]),
            "coupon_code": coded(np.zeros(len(rows)), [CAMPAIGN_COUPON], ~orders.caused[order]),
        }
    )


def line_columns(sold: Sold, rows: Ints, refs: pa.Array) -> dict[str, object]:
    """Columns that every order line has."""
    lines, order = sold.scene.lines, sold.scene.lines.order[rows]
    return {
        "customer_ref": coded(sold.scene.orders.person[order], refs),
        "order_id": coded(order, sold.order_ids),
        "line_no": lines.line_no[rows],
        "ordered_at": moments(sold.scene.orders.at[order]),
        "product_id": coded(lines.product[rows], product_ids(sold.scene.world.catalogue)),
        "quantity": lines.quantity[rows],
        "unit_price": lines.price[rows].astype(np.int64),
        "discount_amount": lines.discount[rows].astype(np.int64),
        "coupon_amount": lines.coupon[rows].astype(np.int64),
        "net_amount": lines.net[rows].astype(np.int64),
        "unit_cost": lines.cost[rows].astype(np.int64),
    }


def returned_lines(sold: Sold, in_store: bool) -> pa.Table:
    """Lines that came back or will come back, by the system they were bought in."""
    lines, orders = sold.scene.lines, sold.scene.orders
    here: Flags = np.isfinite(lines.returned) & (orders.in_store[lines.order] == in_store)
    rows = np.flatnonzero(here)
    order = lines.order[rows]
    reason = (lines.product[rows] * 31 + order) % len(REASONS)
    refs = card_refs(sold.scene.people) if in_store else mall_refs(sold.scene.people)
    ids = joined("R", sold.order_ids.take(pa.array(order)), "-", digits(lines.line_no[rows]))
    return pa.table(
        {
            "customer_ref": coded(orders.person[order], refs),
            "return_id": ids,
            "order_id": coded(order, sold.order_ids),
            "product_id": coded(lines.product[rows], product_ids(sold.scene.world.catalogue)),
            "returned_at": moments(lines.returned[rows]),
            "quantity": lines.quantity[rows],
            "refund_amount": lines.net[rows].astype(np.int64),
            "reason": coded(reason, REASONS),
        }
    )
