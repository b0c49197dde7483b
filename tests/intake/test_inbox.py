"""Events one by one: checked, safe before they are acknowledged, delivered once, readable at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dangol.core.text import tell
from dangol.intake.inbox import Busy, Journal, gather, received, seen_since
from dangol.intake.inbox import journal as journal_module

NOW = datetime(2026, 11, 22, 3, 0, 0)
TRACK = {"type": "track", "userId": "c1", "event": "Product Viewed", "messageId": "m1"}


def test_a_call_becomes_an_event_in_our_columns():
    call = {
        "type": "track", "userId": 17, "anonymousId": "a-1", "event": "Product Added", "messageId": "m9",
        "timestamp": "2026-11-22T02:00:00Z", "properties": {"product_id": "P7", "value": 12900, "url": "https://shop.example/p7"},
        "context": {"campaign": {"source": "naver", "medium": "cpc", "name": "가을"}, "device": {"type": "ios"},
                    "sessionId": "s"},
    }  # fmt: skip
    (row,) = received([call], NOW).rows["events"]
    assert row == {
        "event_id": "m9", "customer_ref": "17", "anonymous_id": "a-1", "occurred_at": "2026-11-22 02:00:00.000000",
        "event_name": "Product Added", "session_id": "s", "device": "app", "page_url": "https://shop.example/p7",
        "product_id": "P7", "amount": "12900", "utm_source": "naver", "utm_medium": "cpc", "utm_campaign": "가을",
    }  # fmt: skip


def test_identify_says_who_somebody_is_and_alias_whose_a_device_was():
    person = {"type": "identify", "userId": "c1", "traits": {"firstName": "하나", "lastName": "김", "email": "hana@example.com",
              "address": {"city": "서울", "postalCode": "04524"}}}  # fmt: skip
    alias = {"type": "alias", "userId": "c1", "previousId": "a-1"}
    company = {"type": "group", "userId": "c1", "groupId": "g1", "traits": {"name": "한빛", "employees": 20}}
    rows = received([person, alias, company], NOW).rows
    assert rows["customers"][0]["customer_name"] == "하나 김"
    assert (rows["customers"][0]["city"], rows["customers"][1]) == ("서울", {"customer_ref": "c1", "account_ref": "g1"})
    assert rows["accounts"] == [{"account_ref": "g1", "account_name": "한빛", "employee_count": "20"}]
    assert [(row["event_name"], row.get("anonymous_id")) for row in rows["events"]][:2] == [
        ("Identified", None),
        ("Identified", "a-1"),
    ]


@pytest.mark.parametrize(
    ("at", "sent", "expected"),
    [
        ("2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z", NOW - timedelta(hours=1)),
        ("2026-11-22T10:00:00+09:00", None, NOW - timedelta(hours=2)),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", NOW),
        (None, None, NOW),
    ],
)
def test_a_wrong_clock_is_put_right(at, sent, expected):
    (row,) = received([{**TRACK, "timestamp": at, "sentAt": sent}], NOW).rows["events"]
    assert datetime.fromisoformat(row["occurred_at"]) == expected


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ({"type": "track", "event": "X"}, "give 'userId' or 'anonymousId'"),
        ({"type": "track", "userId": "1"}, "track needs 'event'"),
        ({"type": "alias", "userId": "1"}, "alias needs 'previousId'"),
        ({"type": "identify", "anonymousId": "1"}, "identify needs 'userId'"),
        ({"type": "buy", "userId": "1"}, "type: must be one of"),
        ({**TRACK, "timestamp": "yesterday"}, "timestamp: must be a date"),
        ({**TRACK, "timestamp": "1970-01-01T00:00:00Z"}, "timestamp: a moment between 2000-01-01 and tomorrow is needed"),
        ({**TRACK, "properties": {"x": "y" * 40_000}}, "larger than 32,768 bytes"),
        ({**TRACK, "event": "E" * 300}, "event: must have at most 200"),
        ("nonsense", "must be a section"),
    ],
)
def test_a_wrong_call_is_refused_with_its_reason_and_stops_no_other(call, problem):
    found = received([TRACK, call, {**TRACK, "messageId": "m2"}], NOW)
    assert found.accepted == 2
    (refusal,) = found.refusals
    assert refusal.place == 1
    assert refusal.problems[0].startswith(problem)
    assert tell(refusal.problems[0], "ko") != refusal.problems[0]


def test_what_was_taken_is_delivered_once_and_seen_at_once(tmp_path):
    journal = Journal(tmp_path, close_seconds=0.05)
    journal.append({"events": [{"event_id": "1"}], "customers": [{"customer_ref": "c"}]})
    first, place = seen_since(tmp_path, {})
    journal.append({"events": [{"event_id": "2"}]})
    second, place = seen_since(tmp_path, place)
    assert ([row for _, row in first], [row for _, row in second]) == (
        [{"event_id": "1"}, {"customer_ref": "c"}],
        [{"event_id": "2"}],
    )
    journal.close()
    assert seen_since(tmp_path, place)[0] == []
    made = {path.parent.name: path.read_text().splitlines() for path in gather(tmp_path)}
    assert {table: [json.loads(line) for line in lines] for table, lines in made.items()} == {
        "events": [{"event_id": "1"}, {"event_id": "2"}], "customers": [{"customer_ref": "c"}]
    }  # fmt: skip
    assert gather(tmp_path) == []
    assert seen_since(tmp_path, place)[0] == []
    assert len(seen_since(tmp_path, {})[0]) == 3


def test_many_senders_at_once_lose_nothing(tmp_path):
    journal = Journal(tmp_path, close_seconds=0.02)

    def send(sender):
        for number in range(50):
            journal.append({"events": [{"event_id": f"{sender}-{number}"}]})

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    journal.close()
    lines = [line for path in gather(tmp_path) for line in path.read_text().splitlines()]
    assert sorted(json.loads(line)["event_id"] for line in lines) == sorted(f"{s}-{n}" for s in range(8) for n in range(50))


def test_deliveries_made_while_events_arrive_lose_and_double_nothing(tmp_path):
    journal, done = Journal(tmp_path, close_seconds=0.001), threading.Event()
    made = []

    def deliver():
        while not done.is_set():
            made.extend(gather(tmp_path))

    reader = threading.Thread(target=deliver)
    reader.start()
    for number in range(400):
        journal.append({"events": [{"event_id": str(number)}]})
    done.set()
    reader.join()
    journal.close()
    lines = [line for path in {*made, *gather(tmp_path)} for line in path.read_text().splitlines()]
    assert sorted(int(json.loads(line)["event_id"]) for line in lines) == list(range(400))


def test_a_flood_is_told_to_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "MOST_WAITING", 100)
    journal = Journal(tmp_path)
    journal.waiting.append(journal_module.Waiting(b"x" * 90))
    journal.size = 90
    with pytest.raises(Busy):
        journal.append({"events": [{"event_id": "n" * 50}]})


KILLED = """
import sys
from pathlib import Path
from dangol.intake.inbox import Journal
journal = Journal(Path(sys.argv[1]), close_seconds=60)
for number in range(10**6):
    journal.append({"events": [{"event_id": str(number)}]})
    print(number, flush=True)
"""


def test_a_killed_server_loses_nothing_it_acknowledged(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    acknowledged = [process.stdout.readline() for _ in range(200)]
    assert gather(tmp_path) == []  # a living writer's file is left alone
    process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.readlines()
    process.wait()
    (open_file,) = (tmp_path / "inbox" / "open").iterdir()
    with open_file.open("ab") as torn:
        torn.write(b'events\t{"event_id": "to')
        os.fsync(torn.fileno())
    (made,) = gather(tmp_path)
    found = [json.loads(line)["event_id"] for line in made.read_text().splitlines()]
    assert found[: len(acknowledged)] == [line.strip() for line in acknowledged]
    assert len(found) in (len(acknowledged), len(acknowledged) + 1)
