"""Rules leave rows out of the facts, list what they left out, and taken back leave the facts as they were, byte for byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dangol.core.engine import Duck
from dangol.core.errors import UnknownName
from dangol.core.store import Audit, broken_link
from dangol.workspace.cleaning import LEFT_OUT, listed
from dangol.workspace.snapshot import Pointer

LINES = [
    "o1,c1,2026-01-11 10:12:00,p1,1,1000",
    "o1,c1,2026-01-11 10:12:00,p1,1,1000",
    "o2,c2,2026-02-11 10:12:00,p2,2,4000",
    "o3,c2,2026-03-11 10:12:00,TEST-1,1,99000",
    "o4,guest,2026-03-12 10:12:00,p1,1,5000",
    "o5,c3,2026-03-12 11:30:10,p1,1,7000",
    "o5b,c3,2026-03-12 11:30:10,p1,1,7000",
    "o6,c1,2026-04-02 09:30:00,POST,1,3000",
    "o6,c1,2026-04-02 09:30:00,p2,1,2000",
]


def facts(shop) -> Path:
    root = shop.base / ".dangol"
    return root / Pointer.read(root).facts


def prints(shop) -> dict[str, str]:
    folder = facts(shop) / "facts"
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}


def total(shop) -> float:
    with Duck(threads=1) as duck:
        duck.view("o", facts(shop) / "facts" / "orders.parquet")
        return float(duck.value("select sum(net_amount) from o"))


@pytest.fixture
def store(shop):
    shop.write(LINES)
    shop.company.run()
    return shop


def test_harmless_rules_are_on_and_say_what_they_left_out(store):
    assert store.company.switches.on() == {"test_orders", "placeholder_customers"}
    assert total(store) == 1000 + 1000 + 4000 + 5000 + 7000 + 7000 + 3000 + 2000
    found = [(row["rule"], row["table_name"], row["order_id"]) for row in listed(facts(store))]
    assert found == [
        ("placeholder_customers", "order_lines", "o4"),
        ("placeholder_customers", "orders", "o4"),
        ("test_orders", "order_lines", "o3"),
        ("test_orders", "orders", "o3"),
    ]
    assert store.company.snapshot.duck.value("select count(*) from identity_map") == 3


@pytest.mark.parametrize(
    ("rule", "less"),
    [("duplicate_lines", 1000), ("duplicate_orders", 7000), ("service_lines", 3000), ("reversed_outliers", 0)],
)
def test_what_a_rule_takes_comes_back_byte_for_byte(store, rule, less):
    before, sold = prints(store), total(store)
    switches = store.company.switches
    number = switches.switch(rule, on=True, who="tester", reason="looked at it")
    store.company.run()
    assert total(store) == sold - less
    assert (prints(store) != before) == bool(less)
    switches.undo(number, who="tester")
    store.company.run()
    assert prints(store) == before


def test_switching_off_keeps_everything(store):
    store.company.switches.switch("test_orders", on=False, who="tester")
    store.company.switches.switch("placeholder_customers", on=False, who="tester")
    store.company.run()
    assert total(store) == sum(float(line.split(",")[5]) for line in LINES)
    assert not (facts(store) / LEFT_OUT).exists()
    assert listed(facts(store)) == []


def test_running_again_without_a_switch_changes_nothing(store):
    assert all(not fresh for name, _, _, fresh in store.company.run().stages if name != "load")


def test_decisions_are_kept_and_audited(store):
    switches = store.company.switches
    number = switches.switch("service_lines", on=True, who="kim", reason="postage is no product")
    switches.undo(number, who="lee")
    assert [(each.rule, each.on, each.who, each.undone_at is None) for each in switches.rulings()] == [
        ("service_lines", True, "kim", False)
    ]
    with store.company.store.session() as session:
        entries = list(session.query(Audit).order_by(Audit.audit_id))
        assert [entry.who for entry in entries] == ["kim", "lee"]
        assert broken_link(entries) is None
    with pytest.raises(UnknownName, match="no decision"):
        switches.undo(number, who="lee")
    with pytest.raises(UnknownName, match="test_orders"):
        switches.switch("test_order", on=True, who="kim")


def test_a_number_that_may_be_real_is_a_placeholder_only_where_it_stands_for_many(shop):
    many = [f"n{place},0,2026-01-{1 + place % 28:02d} 10:12:00,p1,1,1000" for place in range(60)]
    few = [f"m{place},0000,2026-01-{1 + place % 28:02d} 10:12:00,p1,1,1000" for place in range(3)]
    shop.write([*LINES, *many, *few])
    shop.company.run()
    assert len(listed(facts(shop), "placeholder_customers", 1000)) == 2 * 60 + 2
    assert shop.company.snapshot.meta["identity"]["left_out"] == {"placeholder_customers": 122, "test_orders": 2}
