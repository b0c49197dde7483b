"""What people decide about customers holds in every later run until it is taken back, and leaves things as they were."""

from __future__ import annotations

import json

import pytest

from dangol.core.errors import ConfigError, UnknownName
from dangol.workspace.reviewing import Record

MEMBERS = [
    "customer_ref,customer_name,email,phone",
    "c1,김하나,hana@example.com,",
    "c2,김하나,,010-2345-6781",
    "c3,박두리,duri@example.com,",
]
LINES = [f"o{number},c{1 + number % 3},2026-0{1 + number}-11 10:00:00,p1,1,{1000 * number}" for number in range(1, 8)]


@pytest.fixture
def members(shop):
    shop.write(LINES)
    settings = (shop.base / "dangol.yaml").read_text()
    (shop.base / "dangol.yaml").write_text(f"{settings}  - {{name: members, files: [members.csv], table: customers}}\n")
    (shop.base / "members.csv").write_text("\n".join(MEMBERS) + "\n", encoding="utf-8")
    shop.company.run()
    return shop


def numbers(shop):
    return {row["customer_ref"]: row["customer_id"] for row in shop.company.snapshot.duck.rows("from identity_map")}


def test_joining_and_taking_it_back_leaves_everything_as_it_was(members, cli):
    before, profile = numbers(members), members.profile()
    assert before["c1"] != before["c2"]
    status, said = cli("review", "--folder", str(members.base), "--join", "main/c1", "main/c2", "--reason", "called her")
    assert (status, "dangol run" in said) == (0, True)
    members.company.run()
    now = numbers(members)
    assert now["c1"] == now["c2"]
    assert now["c3"] == before["c3"]
    assert len(members.profile()) == len(profile) - 1
    assert cli("review", "--folder", str(members.base), "--undo", "1")[0] == 0
    members.company.run()
    assert numbers(members) == before
    assert members.profile() == profile
    events = json.loads(cli("review", "--folder", str(members.base), "--rulings", "--json")[1])
    assert [event["kind"] for event in events["events"]] == ["split", "merge"]
    assert events["rulings"][0]["reason"] == "called her"


def test_parting_holds_against_the_same_contact(members):
    text = (members.base / "members.csv").read_text(encoding="utf-8")
    (members.base / "members.csv").write_text(text.replace("c2,김하나,,", "c2,김하나,hana@example.com,"), encoding="utf-8")
    members.company.run()
    assert numbers(members)["c1"] == numbers(members)["c2"]
    members.company.desk.rule("main/c1", "main/c2", same=False, who="tester")
    members.company.run()
    assert numbers(members)["c1"] != numbers(members)["c2"]


def test_wrong_decisions_are_refused(members, cli):
    desk = members.company.desk
    with pytest.raises(ConfigError, match="names no record"):
        desk.rule("c1", "main/c2", same=True, who="tester")
    with pytest.raises(ConfigError, match="named twice"):
        desk.rule("main/c1", "main/c1", same=True, who="tester")
    with pytest.raises(UnknownName, match="no decision 7"):
        desk.undo(7, who="tester")
    assert desk.rulings() == []
    assert str(Record.of("mall/a/b")) == "mall/a/b"


@pytest.mark.parametrize(
    ("language", "said"), [("ko", "확인이 필요한 기록 쌍이 없습니다"), ("en", "No pair of records is in doubt")]
)
def test_without_doubt_it_says_so(members, cli, language, said):
    listed = json.loads(cli("review", "--folder", str(members.base), "--json")[1])
    for each in listed:
        members.company.desk.rule(each["left"], each["right"], same=False, who="tester")
    assert said in cli("--lang", language, "review", "--folder", str(members.base))[1]
