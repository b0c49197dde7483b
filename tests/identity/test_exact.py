"""Exact rules of identity: who is joined, who is not, and that numbers stay."""

from __future__ import annotations

import random
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.core.engine import Duck
from dangol.identity.exact import IDENTITY_MAP, identify, summary
from dangol.identity.lasting import Memory
from dangol.simulate import Plan, read_truth, simulate
from dangol.workspace.company import Company
from dangol.workspace.run import Run
from dangol.workspace.unify import unify

COLUMNS = frozenset({"customer_ref", "customer_name", "email", "phone"})
NOW = datetime(2026, 11, 22, 9)
NAMES = ("system", "customer_ref", "customer_name", "email", "phone")


@pytest.fixture(scope="module")
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


@pytest.fixture
def joined(duck, tmp_path_factory):
    """Records (system, number, name, e-mail, phone) → number of each."""

    def run(records, earlier=None):
        rows = [dict(zip(NAMES, record, strict=True)) for record in records]
        duck.register("customers", pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in NAMES}))
        target = tmp_path_factory.mktemp("map")
        memory = Memory(earlier)
        count = identify(duck, ["customers"], columns=COLUMNS, memory=memory, noticed_at=NOW, target=target)
        run.file = target / IDENTITY_MAP
        found = {(row["system"], row["customer_ref"]): row["customer_id"] for row in pq.read_table(run.file).to_pylist()}
        assert count == len(set(found.values()))
        return found

    return run


def one(found, *keys):
    return len({found[key] for key in keys}) == 1


A, B, C = ("mall", "1"), ("pos", "1"), ("pos", "2")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (("김하나", "hana@example.com", None), ("김 하나", "HANA@example.com ", None), True),
        (("김하나", None, "010-1234-5678"), ("김하나", None, "+82 10 1234 5678"), True),
        (("김하나", None, "010-1234-5678"), ("박두리", None, "01012345678"), False),
        (("김하나", None, None), ("김하나", None, None), False),
        (("김하나", "a@b", None), ("김하나", "a@b", None), False),
        (("김하나", "", ""), ("김하나", "", ""), False),
        (("김", None, "010-1234-5678"), ("김", None, "010-1234-5678"), False),
        ((None, "x@example.com", None), (None, "x@example.com", None), True),
        (("김하나", None, "112"), ("김하나", None, "112"), False),
    ],
)
def test_who_is_one_customer(joined, first, second, same):
    assert one(joined([(*A, *first), (*C, *second)]), A, C) is same


def test_the_same_number_in_two_systems_is_not_one_person(joined):
    assert not one(joined([(*A, "김하나", None, None), (*B, "박두리", None, None)]), A, B)


def test_a_mailbox_of_many_names_joins_nobody(joined):
    family = [("mall", str(n), name, "home@example.com", None) for n, name in enumerate(["김하나", "박두리", "이세나"])]
    assert len(set(joined(family).values())) == 1
    office = [*family, ("mall", "9", "최네온", "home@example.com", None)]
    assert len(set(joined(office).values())) == 4


def test_a_chain_of_rules_joins_all(joined):
    records = [
        (*A, "김하나", "hana@example.com", None),
        (*B, "김하나", "hana@example.com", "010-1234-5678"),
        (*C, "김하나", None, "010-1234-5678"),
    ]
    found = joined(records)
    assert one(found, A, B, C)


def test_numbers_stay_when_records_are_added(joined):
    records = [("mall", f"{n:02}", f"사람{n}", f"p{n}@example.com", None) for n in range(5)]
    before = joined(records)
    after = joined(
        [("mall", "00-new", "새사람", None, None), *records, ("pos", "1", "사람3", "p3@example.com", None)], joined.file.parent
    )
    assert {key: after[key] for key in before} == before
    assert after["pos", "1"] == before["mall", "03"]
    assert after["mall", "00-new"] == 6


def test_when_two_known_customers_prove_one_the_older_number_stays(joined):
    before = joined([(*A, "김하나", "hana@example.com", None), (*C, "김하나", None, "010-1234-5678")])
    assert not one(before, A, C)
    after = joined([(*A, "김하나", "hana@example.com", "010-1234-5678"), (*C, "김하나", None, "010-1234-5678")], joined.file.parent)
    assert set(after.values()) == {min(before.values())}


record = st.tuples(
    st.sampled_from(["mall", "pos"]), st.integers(0, 6).map(str), st.sampled_from(["김하나", "박두리", "이세나", None]),
    st.sampled_from(["a@example.com", "b@example.com", None]), st.sampled_from(["010-1111-2222", "01011112222", "010-3333-4444", None]),
)  # fmt: skip
records = st.lists(record, min_size=1, max_size=12, unique_by=lambda each: each[:2])


@given(people=records, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_joining_is_an_equivalence_and_order_is_irrelevant(joined, people, seed):
    found = joined(people)
    assert joined(random.Random(seed).sample(people, len(people))) == found
    assert sorted(set(found.values())) == list(range(1, len(set(found.values())) + 1))
    assert same_groups([found[each[0], each[1]] for each in people], closure(people))


def closure(people):
    """Groups by brute force: pairs that a rule joins, spread until nothing changes."""
    digits = [None if each[4] is None else "".join(c for c in each[4] if c.isdigit()) for each in people]
    crowd = {email: {each[2] for each in people if each[3] == email} - {None} for email in {each[3] for each in people}}
    group = list(range(len(people)))

    def linked(i, j):
        mail = people[i][3] is not None and people[i][3] == people[j][3] and len(crowd[people[i][3]]) <= 3
        phone = digits[i] is not None and digits[i] == digits[j] and people[i][2] is not None and people[i][2] == people[j][2]
        return mail or phone

    changed = True
    while changed:
        changed = False
        for i in range(len(people)):
            for j in range(len(people)):
                if linked(i, j) and group[i] != group[j]:
                    group = [min(group[i], group[j]) if each in (group[i], group[j]) else each for each in group]
                    changed = True
    return group


def same_groups(left, right):
    return all((left[i] == left[j]) == (right[i] == right[j]) for i in range(len(left)) for j in range(len(left)))


def test_the_summary_counts(joined, duck):
    joined([(*A, "김하나", "hana@example.com", None), (*B, "김하나", "hana@example.com", None), (*C, "박두리", None, None)])
    assert summary(duck, joined.file) == {"record_count": 3, "customer_count": 2, "joined_count": 1}


def test_joined_pairs_of_a_company_with_known_truth(tmp_path):
    """Precision at least 0.99; recall is what exact rules can do on masked names and missing e-mails."""
    simulate(tmp_path, Plan(customers=2_000, seed=11, event_volume=0, message_volume=0, service=False))
    company = Company.open(tmp_path)
    with Duck(memory_limit="1GB", threads=1) as engine:
        run = Run(company.base, company.root, company.settings, company.registry)
        company.root.mkdir()
        run.load(engine)
        unify(engine, company.root, company.settings.company, run.systems, earlier=None, target=tmp_path)
    raw = duckdb.connect()
    raw.register("truth", read_truth(tmp_path, "records"))
    found = raw.execute(
        f"select t.person_id, m.customer_id from truth t join '{tmp_path / IDENTITY_MAP}' m using (system, customer_ref)"
    ).fetchall()
    raw.execute("create table pairs (person bigint, customer bigint)")
    raw.executemany("insert into pairs values (?, ?)", found)
    right, made, true = raw.execute("""
        select (select sum(n * (n - 1) / 2) from (select count(*) as n from pairs group by person, customer)),
               (select sum(n * (n - 1) / 2) from (select count(*) as n from pairs group by customer)),
               (select sum(n * (n - 1) / 2) from (select count(*) as n from pairs group by person))""").fetchone()
    assert right / made >= 0.99
    assert right / true >= 0.7
