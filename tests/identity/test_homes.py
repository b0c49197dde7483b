"""Households of a company as facts: numbers that stay, and moments before which nobody knew."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.core.engine import Duck
from dangol.identity.carried import Lasting
from dangol.identity.homes import Told, write_homes
from dangol.identity.standard import standard_people
from dangol.simulate import Plan, read_truth, simulate
from dangol.workspace.company import Company
from dangol.workspace.run import Run

EARLY, LATER, LAST = datetime(2024, 1, 1), datetime(2025, 6, 1), datetime(2025, 9, 1)
HOME, ELSEWHERE = "서울 강남구 테헤란로 12, 101동 1203호", "부산 해운대구 해운대로 77, 3동 401호"


@pytest.fixture(scope="module")
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


@pytest.fixture
def homes(duck, tmp_path_factory):
    """Records (customer, address, phone, registered) and everybody's numbers → rows by customer."""

    def run(records, everybody, before=None):
        columns = {
            name: pa.array([each[place] for each in records], pa.string()) for place, name in ((1, "address"), (2, "phone"))
        }
        told = Told(
            standard_people(pa.table(columns)),
            np.array([each[0] for each in records], dtype=np.int64),
            pa.chunked_array([pa.array([each[3] for each in records], pa.timestamp("us"))]),
        )
        run.folder = tmp_path_factory.mktemp("homes")
        write_homes(duck, told, np.array(everybody), before=before, target=run.folder, facts=run.folder)
        rows = pq.read_table(run.folder / "household_members.parquet").to_pylist()
        assert [row["customer_id"] for row in rows] == sorted(everybody)
        return {row["customer_id"]: row for row in rows}

    return run


def test_everybody_has_a_home_and_only_those_who_told_one_are_known(homes):
    found = homes([(3, HOME, None, EARLY), (8, HOME, None, LATER), (9, None, "010-2222-3333", EARLY)], [3, 8, 9, 12])
    assert found[3]["household_id"] == found[8]["household_id"]
    assert len({row["household_id"] for row in found.values()}) == 3
    assert [found[number]["home_known"] for number in (3, 8, 9, 12)] == [True, True, False, False]
    assert found[3]["evidence"] == "unit"
    assert found[3]["area"] == "서울 강남구"
    assert found[12]["confidence"] is None


def test_a_home_is_known_from_when_it_was_told_not_from_an_earlier_address(homes):
    found = homes([(1, ELSEWHERE, None, EARLY), (1, HOME, None, LATER), (2, HOME, None, LAST), (3, HOME, None, None)], [1, 2, 3])
    assert len({found[each]["household_id"] for each in (1, 2, 3)}) == 1
    assert found[1]["known_at"] == LATER
    assert found[2]["known_at"] == LAST
    assert found[3]["known_at"] is None


def test_a_household_that_nobody_left_or_joined_keeps_its_number(homes):
    first = homes([(1, HOME, None, EARLY), (2, HOME, None, EARLY), (3, ELSEWHERE, None, EARLY)], [1, 2, 3])
    before = homes.folder
    second = homes(
        [(3, ELSEWHERE, None, EARLY), (2, HOME, None, EARLY), (1, HOME, None, EARLY), (4, ELSEWHERE, None, LATER)],
        [1, 2, 3, 4],
        before,
    )
    assert {each: second[each]["household_id"] for each in (1, 2, 3)} == {each: first[each]["household_id"] for each in (1, 2, 3)}
    assert second[4]["household_id"] == first[3]["household_id"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.data())
def test_numbers_are_never_given_to_others(tmp_path_factory, duck, groups, data):
    """However members come, go and regroup: one number, one group; a group that stays together keeps its number."""
    folders = [None, tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")]
    member = pa.array(range(len(groups)), pa.int64())
    first = Lasting("k.parquet", None, folders[1]).number(duck, member, np.array(groups))
    there = data.draw(st.lists(st.booleans(), min_size=len(groups), max_size=len(groups)))
    again = [place for place, here in enumerate(there) if here]
    fresh = list(range(len(groups), len(groups) + 3))
    regrouped = np.array([groups[place] for place in again] + [10, 11, 12])
    second = Lasting("k.parquet", folders[1], folders[2]).number(duck, pa.array([*again, *fresh], pa.int64()), regrouped)
    assert [int(each) for each in second[: len(again)]] == [int(first[place]) for place in again]
    assert not set(second[len(again) :].tolist()) & set(first.tolist())


def test_households_of_an_invented_company_are_its_true_ones(tmp_path):
    """Pairs of customers found in one home by address, against the truth that only the simulator knows."""
    simulate(tmp_path, Plan(customers=3_000, seed=21, korean=False, event_volume=0.05, message_volume=0.05))
    company = Company.open(tmp_path)
    run = Run(company.base, company.root, company.settings, company.registry)
    with run.engine() as engine:
        run.load(engine)
        run.unify(engine, {}, tmp_path)
    truth = duckdb.connect()
    for name in ("people", "records"):
        truth.register(name, read_truth(tmp_path, name))
    truth.execute(
        f"""create table lives as
        select distinct i.customer_id, p.household_id as truly, h.household_id as found, h.evidence
        from '{tmp_path}/identity_map.parquet' i join records r using (system, customer_ref) join people p using (person_id)
        join '{tmp_path}/facts/household_members.parquet' h on h.customer_id = i.customer_id where h.home_known"""
    )
    rows = truth.execute(
        """select a.evidence, count(*) as pairs, avg(case when a.truly = b.truly then 1 else 0 end) as right
        from lives a join lives b on a.found = b.found and a.customer_id < b.customer_id group by 1"""
    ).fetchall()
    by_evidence = {evidence: (pairs, right) for evidence, pairs, right in rows}
    assert by_evidence["unit"][0] > 100
    assert by_evidence["unit"][1] > 0.97
    assert sum(pairs * right for pairs, right in by_evidence.values()) / sum(pairs for pairs, _ in by_evidence.values()) > 0.9
