"""Best weekday and hour against the formula worked out person by person."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from dangol.features.timing import CHANNEL_STRENGTH, OWN_STRENGTH

AS_OF = datetime(2026, 3, 1)


def drawn(seed):
    dice = random.Random(seed)
    rows = []
    for number in range(dice.randint(5, 60)):
        at = AS_OF - timedelta(hours=dice.randint(1, 24 * 60))
        rows.append((dice.randint(1, 8), number, at, dice.choice(["web", "web", "store", None])))
    return rows


def best(rows, part):
    """customer → (slot, share), by plain counting."""
    slot = {number: part(at + timedelta(hours=9)) for _, number, at, _ in rows}
    everybody = Counter(slot[number] for _, number, _, _ in rows)
    people = {}
    for customer, number, _, channel in rows:
        people.setdefault(customer, []).append((number, channel or ""))
    main = {}
    for customer, orders in people.items():
        used = Counter(channel for _, channel in orders)
        main[customer] = min(used, key=lambda name, used=used: (-used[name], name))
    found = {}
    for customer, orders in people.items():
        alike = [slot[number] for other, number, _, _ in rows if main[other] == main[customer]]
        own = Counter(slot[number] for number, _ in orders)

        def chance(each, alike=alike, own=own, orders=orders):
            company = everybody[each] / len(rows)
            channel = (alike.count(each) + CHANNEL_STRENGTH * company) / (len(alike) + CHANNEL_STRENGTH)
            return (own[each] + OWN_STRENGTH * channel) / (len(orders) + OWN_STRENGTH)

        likeliest = max(map(chance, everybody))
        found[customer] = ({each for each in everybody if abs(chance(each) - likeliest) < 1e-12}, likeliest)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_against_counting(engine, write_facts, profile_of, tmp_path, seed):
    rows = drawn(seed)
    orders = [
        {"customer_id": customer, "order_id": f"o{number}", "ordered_at": str(at), "status": "completed", "channel": channel}
        for customer, number, at, channel in rows
    ]
    people = [{"customer_id": each, "first_seen_at": "2025-01-01", "record_count": 0} for each in range(1, 9)]
    found = profile_of(engine, write_facts(tmp_path, people=people, orders=orders), AS_OF, only=["best_time"])
    for name, part in (("best_weekday", datetime.isoweekday), ("best_hour", lambda at: at.hour)):
        expected = best(rows, part)
        for customer, values in found.items():
            slots, share = expected.get(customer, ({None}, None))
            assert values[name] in slots, customer
            assert values[f"{name}_share"] == (share if share is None else pytest.approx(share, rel=1e-12))
