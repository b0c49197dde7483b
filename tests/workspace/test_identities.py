"""Who is who: records and provenance of a customer, who a record was when, decisions about whole customers, exact unmerging."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from dangol.core.errors import ConfigError, UnknownName
from dangol.core.query import literal
from dangol.workspace.identities import moment_of
from dangol.workspace.reviewing import Record

MEMBERS = [
    "customer_ref,customer_name,email,phone,registered_at",
    "c1,김하나,hana@example.com,,2024-01-01",
    "c2,김하나,,010-2345-6781,2025-01-01",
    "c3,박두리,duri@example.com,,2025-02-01",
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


def content(shop):
    """Profile and facts, sign by sign."""
    folder = shop.company.root / shop.company.snapshot.pointer.facts / "facts"
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))} | {
        "profile": str(shop.profile())
    }


def test_joining_and_undoing_leaves_profile_and_facts_byte_equal(members):
    before = content(members)
    number = members.company.desk.rule("main/c1", "main/c2", same=True, who="tester", reason="called her")
    members.company.run()
    assert content(members) != before
    members.company.desk.undo(number, who="tester")
    members.company.run()
    assert content(members) == before


def test_who_a_record_was_when(members):
    start, first = moment() - timedelta(days=1), numbers(members)
    alone = moment()
    decision = members.company.desk.rule("main/c1", "main/c2", same=True, who="tester")
    members.company.run()
    merged, together = numbers(members), moment()
    assert merged["c1"] == merged["c2"]
    (gone,) = {first["c1"], first["c2"]} - {merged["c1"]}
    members.company.desk.undo(decision, who="tester")
    members.company.run()
    parted = moment()
    identities = members.company.identities
    for ref in ("c1", "c2"):
        seen = [identities.whois(f"main/{ref}", at).customer_id for at in (start, alone, together, parted)]
        assert seen == [None, first[ref], merged[ref], first[ref]]
    assert [identities.whois(str(gone), at).customer_id for at in (alone, together, parted)] == [gone, merged["c1"], gone]
    assert identities.whois(str(merged["c1"]), together).records == [Record("main", "c1"), Record("main", "c2")]
    assert identities.whois(str(gone), parted).records == [
        Record("main", next(ref for ref in ("c1", "c2") if first[ref] == gone))
    ]
    assert identities.whois("main/c3", together).now == first["c3"]


def moment():
    """Now, by the clock of runs."""
    return datetime.now(UTC).replace(tzinfo=None)


def test_what_is_unknown_is_said(members):
    identities, now = members.company.identities, datetime(2030, 1, 1)
    with pytest.raises(UnknownName, match="main/nobody"):
        identities.whois("main/nobody", now)
    with pytest.raises(UnknownName, match="unknown customer 999"):
        identities.whois("999", now)
    with pytest.raises(ConfigError, match="no moment"):
        moment_of("yesterday")
    assert moment_of("2026-03-01") == datetime(2026, 3, 1, 23, 59, 59)


def test_every_attribute_says_where_it_is_from(members):
    members.company.desk.rule("main/c1", "main/c2", same=True, who="tester")
    members.company.run()
    company = members.company
    found = company.identities.provenance(numbers(members)["c1"], company.snapshot.as_of)
    assert {name: (each.kind, each.source, str(each.record)) for name, each in found.items()} == {
        "customer_name": ("given", "members", "main/c2"),
        "email": ("given", "members", "main/c1"),
        "phone": ("given", "members", "main/c2"),
    }
    assert found["email"].at.year in (2023, 2024)
    earlier = company.identities.provenance(numbers(members)["c1"], datetime(2024, 7, 1))
    assert {name: str(each.record) for name, each in earlier.items()} == {"customer_name": "main/c1", "email": "main/c1"}
    records = company.identities.records(numbers(members)["c1"])
    assert [(str(each.record), each.rule) for each in records] == [("main/c1", "said"), ("main/c2", "said")]
    (event,) = company.identities.story(numbers(members)["c1"])
    assert event["kind"] == "merge"


def test_parting_some_records_is_one_decision(members):
    desk = members.company.desk
    three = [Record("main", each) for each in ("c1", "c2", "c3")]
    number = desk.part(three[:1], three[1:], who="tester", reason="two people")
    assert [(str(each.left), str(each.right), each.same) for each in desk.rulings()] == [
        ("main/c1", "main/c3", False),
        ("main/c1", "main/c2", False),
    ]
    desk.undo(number, who="tester")
    assert all(each.undone_at for each in desk.rulings())
    with pytest.raises(ConfigError, match="not none or all"):
        desk.part(three, [], who="tester", reason="")
    with pytest.raises(ConfigError, match="too many"):
        desk.part(three * 10, three * 20, who="tester", reason="")


def test_figures_add_up(members):
    figures = members.company.identities.figures
    (system,) = figures["systems"]
    assert (system["records"], system["customers"], system["linked"]) == (3, 3, 0)
    assert sum(each["records"] * each["customers"] for each in figures["sizes"]) == 3
    (orders,) = figures["orders"]
    assert (orders["rows"], orders["named"], orders["known"]) == (7, 7, 7)


@pytest.mark.parametrize(
    ("asked", "at", "said"),
    [
        ("main/c1", "2099-01-01", "main/c1 was customer"),
        ("main/c1", "2000-01-01", "Nobody knew main/c1 yet"),
        ("1", "2099-01-01", "Source records then: main/c1"),
    ],
)
def test_who_was_when_on_the_command_line(members, cli, asked, at, said):
    status, told = cli("whois", asked, "--folder", str(members.base), "--at", at)
    assert status == 0
    assert said in " ".join(told.split())


def names_of(shop, told):
    """Members of told gender and one whose name alone speaks, in a shop that may infer."""
    women, men = ["김하나", "이세나", "박미나", "최유나"], ["김민준", "이서준", "박예준", "최하준"]
    rows = [f"t{n},{(women, men)[n % 2][n % 4]},,,2024-01-01,{('female', 'male')[n % 2]}" for n in range(600)]
    lines = ["customer_ref,customer_name,email,phone,registered_at,gender", *rows, "c1,정미나,,,2024-01-01,"]
    (shop.base / "members.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = (shop.base / "dangol.yaml").read_text(encoding="utf-8")
    (shop.base / "dangol.yaml").write_text(f"{settings}identity: {{{told}}}\n", encoding="utf-8")
    shop.company.run()
    return shop.company


def test_inferred_gender_decides_only_where_the_settings_say_why(members):
    settings = (members.base / "dangol.yaml").read_text(encoding="utf-8")
    company = names_of(members, "infer_gender: 'greeting in letters'")
    who = numbers(members)["c1"]
    person = company.customers.people([literal(who)])[who]
    assert (person["gender"], person["gender_inferred"]) == (None, "female")
    assert "gender_inferred" not in company.snapshot.columns
    with pytest.raises(ConfigError) as refused:
        company.customers.count("gender_inferred == 'female'")
    assert "decides about nobody" in refused.value.problems[0]
    (members.base / "dangol.yaml").write_text(settings, encoding="utf-8")
    company = names_of(members, "infer_gender: 'greeting in letters', inferred_in_rules: 'a line of gifts'")
    assert company.customers.count("gender_inferred == 'female'") == 2  # and c2, of the file before
    told = company.snapshot.duck.cursor().value("select count(*) from people where gender = 'female' and gender_inferred is null")
    assert company.customers.count("gender == 'female'") == told > 0
