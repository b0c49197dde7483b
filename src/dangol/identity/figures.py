"""What identity did to a company: records that became customers, by what and how surely, and what that tells about orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dangol.core.engine import Duck
from dangol.core.query import sql
from dangol.identity.matching.expectation import expected

FIGURES = "identity.json"
REACH = """
    select customer_id, count(*) as records, count(distinct system) as systems from identity_map group by customer_id"""
SYSTEMS = """
    select i.system, count(*) as records, count(distinct i.customer_id) as customers,
           count(*) filter (where r.records > 1) as joined, count(*) filter (where r.systems > 1) as linked
    from identity_map i join identity_reach r using (customer_id) group by i.system order by i.system"""
RULES = "select rule, count(*) as records from identity_map group by rule order by records desc, rule"
SURENESS = """
    select least(floor(confidence * 20) / 20, 0.95) as low, count(*) as records
    from identity_map where confidence is not null group by low order by low"""
SIZES = "select least(records, 10) as records, count(*) as customers from identity_reach group by 1 order by 1"
LARGEST = "select customer_id, records from identity_reach where records >= 20 order by records desc, customer_id limit 20"
ORDERS = """
    select o.system as place, count(*) as rows, count(o.customer_ref) as named, count(i.customer_id) as known,
           count(*) filter (where r.systems > 1) as linked
    from orders o left join identity_map i on i.system = o.system and i.customer_ref = o.customer_ref
    left join identity_reach r on r.customer_id = i.customer_id group by o.system order by o.system"""
EVENTS_NAMED = "select count(*) as rows, count(customer_ref) as named from events"
EVENTS_KNOWN = """
    select count(e.customer_id) as known, count(*) filter (where r.systems > 1) as linked
    from fact_events e left join identity_reach r on r.customer_id = e.customer_id"""


def measure(duck: Duck, tables: Sequence[str], folder: Path) -> dict[str, Any]:
    """Count what identity did and write it beside the identity map.

    Args:
        duck: with `identity_map`, the accepted tables and the facts as `fact_<table>`.
        tables: accepted tables that name customers.
        folder: of the identity map and of what matching kept.
    """
    duck.create("identity_reach", sql(REACH).tree, temporary=True)
    found: dict[str, Any] = {
        "systems": duck.rows(sql(SYSTEMS).tree),
        "rules": duck.rows(sql(RULES).tree),
        "confidence": duck.rows(sql(SURENESS).tree),
        "sizes": duck.rows(sql(SIZES).tree),
        "largest": duck.rows(sql(LARGEST).tree),
        "orders": duck.rows(sql(ORDERS).tree) if "orders" in tables else [],
        "events": traffic(duck) if "events" in tables else {},
        "expected": [asdict(each) for each in expected(folder)],
    }
    duck.drop("identity_reach")
    (folder / FIGURES).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return found


def traffic(duck: Duck) -> dict[str, int]:
    """Visits with a login and visits whose customer is known after stitching."""
    return {**duck.row(sql(EVENTS_NAMED).tree), **duck.row(sql(EVENTS_KNOWN).tree)}


def read_figures(folder: Path) -> dict[str, Any]:
    """What `measure` wrote; empty where an older version made the folder."""
    path = folder / FIGURES
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found
