"""Somebody asks to be forgotten: afterwards no file of the workspace tells of them, and old files do not bring them back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from dangol.core.errors import ConfigError, UnknownName
from dangol.intake import erasure
from dangol.workspace.company import Company

# Everything by which the forgotten one could be recognised, in texts that nobody else has.
TELLTALE = ("M-7777", "P-8888", "하루방", "haroobang", "98765432", "cookie-haroo", "돌하르방길", "제일 비밀스러운 후기")
MEMBERS = """회원번호,이름,휴대폰,이메일,주소,가입일시
M-1,김민수,010-2345-6789,minsu@naver.com,서울 강남구 테헤란로 1,2024-01-02 10:00
M-2,이영희,010-3456-7890,younghee@daum.net,서울 서초구 서초대로 2,2024-01-03 10:00
M-7777,하루방,010-9876-5432,haroobang@example.com,제주 제주시 돌하르방길 77,2024-01-04 10:00
"""
POS_MEMBERS = """회원번호,이름,휴대폰,가입일시
P-1,박철수,010-4567-8901,2024-02-01 10:00
P-8888,하루방,01098765432,2024-02-02 10:00
"""
CONSENTS = """회원번호,채널,동의여부,동의일시
M-1,문자,Y,2026-01-02 10:00
M-7777,문자,Y,2026-01-04 10:00
"""
REVIEWS = """feedback_id,customer_ref,given_at,rating,body
F1,M-1,2026-02-01 10:00,5,좋아요
F2,M-7777,2026-02-02 10:00,1,제일 비밀스러운 후기
F3,M-7777,never,1,제일 비밀스러운 후기
"""
EVENTS = """event_id,anonymous_id,customer_ref,occurred_at,event_name
E1,cookie-1,M-1,2026-02-01 10:00,page_viewed
E2,cookie-haroo,,2026-02-01 09:50,page_viewed
E3,cookie-haroo,M-7777,2026-02-01 10:00,page_viewed
"""
SETTINGS = """company: {name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.3}
engine: {threads: 1}
inbox: {system: mall}
sources:
  - {name: lines, files: [lines*.csv], table: order_lines, system: mall}
  - {name: pos_lines, files: [pos_lines.csv], table: order_lines, system: pos}
  - {name: members, files: [members*.csv], table: customers, system: mall}
  - {name: pos_members, files: [pos_members.csv], table: customers, system: pos}
  - {name: consents, files: [consents.csv], table: consents, system: mall}
  - {name: reviews, files: [reviews.csv], table: feedback, system: mall}
  - {name: events, files: [events.csv], table: events, system: mall}
"""
HEADER = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount"


@pytest.fixture
def mall(tmp_path) -> Path:
    base = tmp_path / "mall"
    base.mkdir()
    lines = [f"O{number},M-{number % 2 + 1},2026-0{1 + number % 6}-05 12:00,A,1,{1000 + number}" for number in range(12)]
    lines += ["O90,M-7777,2026-03-01 12:00,A,2,5000.50", "O91,M-7777,2026-04-01 12:00,B,1,7000"]
    texts = {
        "lines.csv": "\n".join([HEADER, *lines]),
        "pos_lines.csv": "\n".join([HEADER, "S1,P-1,2026-03-02 12:00,A,1,900", "S2,P-8888,2026-03-03 12:00,B,1,800"]),
        "members.csv": MEMBERS, "pos_members.csv": POS_MEMBERS, "consents.csv": CONSENTS, "reviews.csv": REVIEWS,
        "events.csv": EVENTS, "dangol.yaml": SETTINGS,
    }  # fmt: skip
    for name, text in texts.items():
        (base / name).write_text(text + "\n", encoding="utf-8")
    company = Company.open(base)
    company.run()
    company.desk.rule("mall/M-7777", "pos/P-8888", same=True, who="tester", reason="same phone")
    company.receive([{"type": "track", "userId": "M-7777", "anonymousId": "cookie-haroo", "event": "Product Viewed",
                      "messageId": "h-1", "properties": {"name": "haroobang"}},
                     {"type": "track", "userId": "M-1", "anonymousId": "cookie-1", "event": "Product Viewed",
                      "messageId": "m-1"}])  # fmt: skip
    company.journal.close()
    company.run()
    return base


def told(root: Path) -> set[tuple[str, str]]:
    """Telltale texts in any file below a folder, raw or as its format stores them."""
    found = set()
    for path in filter(Path.is_file, root.rglob("*")):
        for text in contents(path):
            bare = text.replace("-", "").replace(" ", "")
            found |= {(path.relative_to(root).as_posix(), word) for word in TELLTALE if word in text or word in bare}
    return found


def contents(path: Path) -> Iterator[str]:
    yield path.read_bytes().decode("utf-8", errors="ignore")
    if path.suffix == ".parquet":
        yield json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    elif path.suffix == ".arrow":
        yield json.dumps(feather.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as opened:
            for (table,) in opened.execute("select table_name from duckdb_tables()").fetchall():
                yield str(opened.execute(f'from "{table}"').fetchall())
    elif path.suffix == ".db":
        with sqlite3.connect(path) as opened:
            for (table,) in opened.execute("select name from sqlite_master where type = 'table'").fetchall():
                yield str(opened.execute(f'select * from "{table}"').fetchall())


def sales(company: Company) -> list[tuple]:
    """All sales by day, whoever bought."""
    facts = company.snapshot.facts.files["orders"]
    return duckdb.sql(f"select ordered_at, order_id, net_amount from '{facts}' order by all").fetchall()


def test_the_workspace_tells_of_the_customer_before_so_that_its_silence_means_something(mall):
    found = {word for _, word in told(mall / ".dangol")}
    assert found == set(TELLTALE)


def test_nothing_in_the_workspace_tells_of_somebody_forgotten(mall):
    company = Company.open(mall)
    before = sales(company)
    asked = company.to_forget("mall/M-7777")
    assert {str(each) for each in asked.records} == {"mall/M-7777", "pos/P-8888"}
    company.forget(asked, who="tester", reason="asked by phone")
    company.run()
    company.store.close()
    assert told(mall / ".dangol") == set()
    assert sales(Company.open(mall)) == before


def test_old_files_do_not_bring_them_back_and_others_stay_who_they_are(mall):
    company = Company.open(mall)
    numbers = {row["customer_ref"]: row["customer_id"] for row in company.snapshot.duck.rows("from identity_map")}
    company.forget(company.to_forget("mall/M-7777"), who="tester", reason="asked by phone")
    company.run()
    # The same file under another name, and with one more member: both are new deliveries.
    (mall / "members2.csv").write_text(MEMBERS + "M-3,최지우,010-5555-6666,jiwoo@gmail.com,부산 해운대구 1,2026-05-01 10:00\n")
    (mall / "lines2.csv").write_text(f"{HEADER}\nO91,M-7777,2026-04-01 12:00,B,1,7000\nO92,M-3,2026-05-02 12:00,B,1,100\n")
    again = Company.open(mall)
    again.run()
    again.store.close()
    assert told(mall / ".dangol") == set()
    now = {row["customer_ref"]: row["customer_id"] for row in Company.open(mall).snapshot.duck.rows("from identity_map")}
    assert {ref: number for ref, number in now.items() if ref != "M-3"} == {
        ref: number for ref, number in numbers.items() if ref not in ("M-7777", "P-8888")
    }
    assert now["M-3"] not in numbers.values()


def test_rows_stay_accounted_for(mall):
    company = Company.open(mall)
    company.forget(company.to_forget("mall/M-7777"), who="tester", reason="asked by phone")
    company.run()
    report = company.quality()
    assert report.balanced
    refused = {(table.name, each.reason): each.rows for table in report.tables for each in table.refusals}
    assert refused["customers", "erased"] == 2  # one of each system
    assert refused["feedback", "erased"] == 1
    state = company.erasures.listed()[0]
    assert state.done_at is not None
    assert state.report["rows"]["customers"] == 2
    assert state.report["unnamed"] == {"order_lines": 3, "orders": 3}
    assert state.report["refused"] == 1
    assert {"members: members.csv", "pos_members: pos_members.csv", "events: events.csv"} <= set(state.report["copies"])


def test_whoever_comes_back_after_the_erasure_is_a_new_customer(mall):
    company = Company.open(mall)
    number = company.to_forget("mall/M-7777").customer_id
    company.forget(company.to_forget("mall/M-7777"), who="tester", reason="asked by phone")
    company.run()
    later = datetime.now(UTC) + timedelta(hours=10)  # on the company's clock, which is nine hours ahead
    (mall / "lines3.csv").write_text(f"{HEADER}\nO99,M-7777,{later:%Y-%m-%d %H:%M},B,1,7000\n")
    again = Company.open(mall)
    again.run()
    rows = again.snapshot.duck.rows("from identity_map where customer_ref = 'M-7777'")
    assert len(rows) == 1
    assert rows[0]["customer_id"] != number


def test_nobody_contacts_them_between_the_request_and_the_run(mall):
    company = Company.open(mall)
    number = company.to_forget("mall/M-7777").customer_id
    company.forget(company.to_forget("#" + str(number)), who="tester", reason="asked by phone")
    assert {"customer_id": number, "channel": ""} in company.programmes.suppressed().to_pylist()
    assert not [each for each in company.desk.rulings() if "7777" in str(each.left)]


def test_a_crash_after_the_request_leaves_it_to_the_next_run(mall):
    company = Company.open(mall)
    company.forget(company.to_forget("pos/P-8888"), who="tester", reason="asked by phone")
    assert company.erasures.listed()[0].done_at is None
    company.load()
    assert company.erasures.listed()[0].done_at is None
    again = Company.open(mall)
    again.run()
    again.store.close()
    assert again.erasures.listed()[0].done_at is not None
    assert told(mall / ".dangol") == set()


def test_a_crash_while_the_files_are_switched_leaves_no_copy_behind(mall, monkeypatch):
    company = Company.open(mall)
    company.forget(company.to_forget("mall/M-7777"), who="tester", reason="asked by phone")
    for step in ("record", "remove_copies"):
        with monkeypatch.context() as patched:
            patched.setattr(erasure, step, interrupted(getattr(erasure, step)))
            with pytest.raises(KeyboardInterrupt):
                Company.open(mall).run()
    again = Company.open(mall)
    again.run()
    again.store.close()
    assert told(mall / ".dangol") == set()


def interrupted(work):
    """The work is done, and then the machine stops."""

    def stopped(*given):
        work(*given)
        raise KeyboardInterrupt

    return stopped


def test_a_record_of_a_system_nobody_has_is_noted_all_the_same(mall):
    company = Company.open(mall)
    asked = company.to_forget("elsewhere/1")
    company.forget(asked, who="tester", reason="asked by phone")
    assert (asked.customer_id, len(company.erasures.listed())) == (None, 1)


def test_without_the_key_nothing_is_loaded(mall):
    company = Company.open(mall)
    company.forget(company.to_forget("mall/M-7777"), who="tester", reason="asked by phone")
    key = mall / ".dangol" / "erasure.key"
    assert key.stat().st_mode & 0o077 == 0
    key.unlink()
    with pytest.raises(ConfigError, match=r"key .* is missing"):
        Company.open(mall).run()


def test_what_cannot_be_asked_is_said(mall):
    company = Company.open(mall)
    with pytest.raises(UnknownName, match="no customer 999"):
        company.to_forget("999")
    with pytest.raises(ConfigError, match="names no record"):
        company.to_forget("somebody")
    with pytest.raises(ConfigError, match="needs a reason"):
        company.forget(company.to_forget("mall/M-7777"), who="tester", reason=" ")


def test_the_command_shows_erases_and_lists(mall, cli):
    folder = ("--folder", str(mall))
    status, said = cli("erase", "mall/M-7777", "--dry-run", *folder)
    assert status == 0
    assert "2 records would be erased" in said
    assert "M-7777" not in said
    status, said = cli("erase", "mall/M-7777", "--reason", "asked by phone", *folder)
    assert status == 0
    assert "2 records erased" in said
    assert "members: members.csv" in said
    status, said = cli("erase", *folder)
    assert status == 0
    assert "asked by phone" in said
