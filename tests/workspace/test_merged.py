"""Two customers turn out to be one: old numbers lead on, and what was decided about them counts for the one they are."""

from __future__ import annotations

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from dangol.core.engine import Duck
from dangol.core.query import named
from dangol.faces.web.app import create_app
from dangol.lift import decided_members
from dangol.workspace.binding import Binder
from dangol.workspace.programmes import DECISIONS

MEMBERS = "customer_ref,customer_name,email,phone"
LINES = [
    f"o{number},{ref},2026-0{month}-11 10:00:00,p1,1,{1000 * number}"
    for number, (ref, month) in enumerate([("c1", 1), ("c2", 2), ("c2", 3), ("c3", 3)], start=1)
]


@pytest.fixture
def merged(shop):
    """A shop whose customers c1 and c2 were found to be one, and the number that c1 had."""
    shop.write(LINES)
    settings = (shop.base / "dangol.yaml").read_text()
    (shop.base / "dangol.yaml").write_text(f"{settings}  - {{name: members, files: [members.csv], table: customers}}\n")
    members(shop, "hana@example.com", "other@example.com")
    shop.company.run()
    before = {row["customer_ref"]: row["customer_id"] for row in shop.company.snapshot.duck.rows("from identity_map")}
    assert len(set(before.values())) == 3
    members(shop, "hana@example.com", "hana@example.com")
    shop.company.run()
    now = {row["customer_ref"]: row["customer_id"] for row in shop.company.snapshot.duck.rows("from identity_map")}
    assert now["c1"] == now["c2"]
    (former,) = {before["c1"], before["c2"]} - {now["c1"]}
    return shop, former, now["c1"]


def members(shop, first, second):
    rows = [f"c1,김하나,{first},", f"c2,김하나,{second},", "c3,박두리,,"]
    (shop.base / "members.csv").write_text("\n".join([MEMBERS, *rows]) + "\n", encoding="utf-8")


def test_the_old_number_leads_to_the_customer(merged):
    shop, former, now = merged
    assert shop.company.customers.find(former).customer_id == now
    client = TestClient(create_app(shop.company), base_url="http://127.0.0.1", follow_redirects=False)
    answer = client.get(f"/customers/{former}")
    assert (answer.status_code, answer.headers["location"]) == (308, str(now))
    assert client.get(f"/api/v1/customers/{former}").json()["customer_id"] == now


@pytest.mark.parametrize(
    ("arms", "expected"),
    [(("contact", "contact"), [("now", True)]), (("hold_out", "hold_out"), [("now", False)]), (("contact", "hold_out"), [])],
)
def test_decisions_about_both_count_once_and_only_where_they_agree(merged, arms, expected):
    shop, former, now = merged
    snapshot = shop.company.snapshot
    rows = [
        {"campaign_id": "c", "customer_id": number, "action": action, "probability": 0.5, "decided_at": snapshot.as_of}
        for number, action in zip((former, now), arms, strict=True)
    ]
    binder = Binder(snapshot.facts, snapshot.as_of, "Asia/Seoul").reading(decisions=(named("decisions"), DECISIONS))
    types = {
        "decided_at": pa.timestamp("us"),
        "customer_id": pa.int64(),
        "probability": pa.float64(),
        "cost": pa.decimal128(18, 2),
    }
    columns = {name: pa.array([row.get(name) for row in rows], types.get(name, pa.string())) for name in DECISIONS}
    with Duck() as duck:
        duck.register("decisions", snapshot.under_todays_numbers(pa.table(columns)))
        found = duck.rows(binder.bind(decided_members({"c": 30}), where="lift").tree)
    assert [(row["customer_id"], row["treated"]) for row in found] == [(now, treated) for _, treated in expected]
