"""Events over HTTP into a company, through a run, to a customer's profile; and what senders are told."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from dangol.faces.web import create_app
from dangol.intake.inbox import gather
from dangol.workspace.company import Company

LINES = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount\n" + "".join(
    f"o{number},c{number % 3},2026-0{1 + number % 9}-11 10:00:00,p1,1,1000\n" for number in range(12)
)
KEY, TOKEN = "a-write-key-of-the-shop", "a-token-that-opens-all"


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "lines.csv").write_text(LINES, encoding="utf-8")
    (tmp_path / "dangol.yaml").write_text(
        "company: {name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.3}\nengine: {threads: 1}\n"
        "sources:\n  - {name: shop, files: [lines.csv], table: order_lines}\n",
        encoding="utf-8",
    )
    return Company.open(tmp_path)


def client(shop, **secrets):
    return TestClient(create_app(shop, **secrets), base_url="http://127.0.0.1")


def test_events_reach_the_profile_with_the_next_run(shop):
    now = datetime.now(UTC).replace(tzinfo=None)
    calls = [
        {"type": "page", "anonymousId": "phone-7", "messageId": "1"},
        {
            "type": "track",
            "anonymousId": "phone-7",
            "event": "Product Added",
            "properties": {"product_id": "p1"},
            "messageId": "2",
        },
        {"type": "identify", "userId": "c1", "anonymousId": "phone-7", "traits": {"email": "hana@example.com"}, "messageId": "3"},
        {"type": "track", "userId": "c1", "event": "Product Added", "messageId": "4"},
    ]
    with client(shop) as web:
        for _ in range(2):  # sent twice, as after a lost answer
            answer = web.post("/api/v1/batch", json={"batch": calls})
            assert (answer.status_code, answer.json()) == (202, {"accepted": 4, "refused": []})
    shop.run(as_of=datetime(now.year + 1, 1, 1))
    rows = {row["customer_ref"]: row for row in shop.snapshot.duck.rows("from identity_map join profile using (customer_id)")}
    facts = shop.snapshot.duck.rows("select event_name, customer_id from facts_events order by occurred_at, event_id")
    assert [row["customer_id"] for row in facts] == [rows["c1"]["customer_id"]] * 4
    people = shop.snapshot.duck.rows("select email from facts_people where email is not null")
    assert people == [{"email": "hana@example.com"}]


def test_packed_and_single_calls_are_taken_and_wrong_ones_named(shop):
    with client(shop) as web:
        body = gzip.compress(json.dumps({"batch": [{"type": "track", "userId": "1"}, {"type": "page", "userId": "1"}]}).encode())
        packed = web.post("/api/v1/batch", content=body, headers={"content-encoding": "gzip", "content-type": "application/json"})
        assert packed.json() == {"accepted": 1, "refused": [{"place": 0, "problems": ["track needs 'event'"]}]}
        assert web.post("/api/v1/track", json={"userId": "1", "event": "X"}).status_code == 202
        refused = web.post("/api/v1/track", json={"userId": "1"}, headers={"accept-language": "ko"})
        assert refused.status_code == 422
        assert refused.json()["problems"][0].startswith("batch.0: track")
        assert "필요" in refused.json()["problems"][0]
    assert sum(len(path.read_text().splitlines()) for path in gather(shop.root)) == 2


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"batch": 5}', "application/json", 422),
        (b'{"type": "track"}', "text/plain", 415),  # what a page of another site could send without being asked
        (b" " * 600_000, "application/json", 413),
    ],
)
def test_bodies_that_cannot_be_read(shop, content, kind, status):
    with client(shop) as web:
        answer = web.post("/api/v1/batch", content=content, headers={"content-type": kind})
        assert answer.status_code == status
        assert answer.json()["detail"]
    bomb = gzip.compress(b" " * 5_000_000)
    with client(shop) as web:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        assert web.post("/api/v1/batch", content=bomb, headers=headers).status_code == 413


def test_a_write_key_sends_events_and_sees_nothing(shop):
    basic = {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
    with client(shop, token=TOKEN, write_key=KEY) as web:
        event = {"userId": "1", "event": "X"}
        assert web.post("/api/v1/track", json=event, headers=basic).status_code == 202
        assert web.post("/api/v1/track", json=event, headers={"authorization": f"Bearer {KEY}"}).status_code == 202
        assert web.post("/api/v1/track", json=event, headers={"authorization": "Basic !!"}).status_code == 401
        assert web.post("/api/v1/track", json=event).status_code == 401
        assert web.get("/api/v1/customers", headers=basic).status_code == 401
        assert web.get("/api/v1/questions", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
