"""Records into customers: what holds whatever the records are, and increments that equal full runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from benchmarks.korean_records import records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.core.engine import Duck
from dangol.core.errors import DataError
from dangol.identity.matching import Matched, Model, match_people
from dangol.identity.matching.people import numbers_of

LINKS = ("left_system", "left_ref", "right_system", "right_ref", "same")


@pytest.fixture(scope="module")
def duck() -> Iterator[Duck]:
    """One engine for all."""
    with Duck(memory_limit="1GB", threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def invented() -> tuple[pa.Table, np.ndarray]:
    """Three thousand records of invented people, and the person of each."""
    return records(3_000, seed=11)


@pytest.fixture(scope="module")
def matched(duck: Duck, invented: tuple[pa.Table, np.ndarray]) -> Matched:
    """The customers of the invented records."""
    return match_people(duck, invented[0])


def people(rows: list[dict[str, object]]) -> pa.Table:
    """Records of one system, numbered in order."""
    names = {name: None for row in rows for name in row}
    columns = {name: pa.array([row.get(name) for row in rows]) for name in names}
    return pa.table({"system": ["shop"] * len(rows), "customer_ref": [str(place) for place in range(len(rows))], **columns})


def links(table: pa.Table, pairs: list[tuple[int, int, bool]]) -> pa.Table:
    """Decisions of people about places of records."""
    system, number = table["system"].to_pylist(), table["customer_ref"].to_pylist()
    rows = [(system[one], number[one], system[two], number[two], same) for one, two, same in pairs]
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(LINKS)})


def pairs_within(*labels: np.ndarray) -> int:
    """Pairs of records that agree in all labellings."""
    _, count = np.unique(np.column_stack(labels), axis=0, return_counts=True)
    return int((count * (count - 1) // 2).sum())


def same_groups(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether two labellings make the same groups."""
    return pairs_within(one, two) == pairs_within(one) == pairs_within(two)


def test_people_are_found_again(matched: Matched, invented: tuple[pa.Table, np.ndarray]) -> None:
    both, found, true = pairs_within(matched.cluster, invented[1]), pairs_within(matched.cluster), pairs_within(invented[1])
    assert both / found > 0.98
    assert 2 * both / (found + true) > 0.93


def test_the_order_of_records_changes_nothing(duck: Duck, matched: Matched, invented: tuple[pa.Table, np.ndarray]) -> None:
    shuffled = np.random.default_rng(1).permutation(len(matched.cluster))
    other = match_people(duck, invented[0].take(pa.array(shuffled)))
    assert same_groups(other.cluster, matched.cluster[shuffled])


def test_a_table_may_be_named(duck: Duck) -> None:
    duck.register("some_people", people([{"email": "minsu77@naver.com"}, {"email": "MINSU77@naver.com"}]))
    assert match_people(duck, "some_people").cluster.tolist() == [0, 0]
    duck.drop("some_people")


def test_numbers_have_no_gaps(matched: Matched) -> None:
    assert np.unique(matched.cluster).tolist() == list(range(matched.cluster.max() + 1))


def test_what_people_decide_holds(duck: Duck, matched: Matched, invented: tuple[pa.Table, np.ndarray]) -> None:
    table = invented[0]
    joined = matched.pairs.filter(matched.pairs["joined"]).slice(0, 40)
    parted = matched.pairs.filter(pa.compute.invert(matched.pairs["joined"])).slice(0, 40)
    said = [(int(row["left"]), int(row["right"]), False) for row in joined.to_pylist()]
    said += [(int(row["left"]), int(row["right"]), True) for row in parted.to_pylist()]
    again = match_people(duck, table, links=links(table, said), earlier_model=matched.model)
    for one, two, same in said:
        assert same or again.cluster[one] != again.cluster[two]
    forbidden = {place for one, two, same in said if not same for place in (one, two)}
    held = [again.cluster[one] == again.cluster[two] for one, two, same in said if same and not {one, two} & forbidden]
    assert held
    assert all(held)


def test_unlinking_and_linking_again_is_as_before(duck: Duck, matched: Matched, invented: tuple[pa.Table, np.ndarray]) -> None:
    table, first = invented[0], matched.pairs.filter(matched.pairs["joined"]).slice(0, 1).to_pylist()[0]
    said = links(table, [(int(first["left"]), int(first["right"]), False)])
    apart = match_people(duck, table, links=said, earlier_model=matched.model, earlier=matched.kept)
    assert apart.cluster[first["left"]] != apart.cluster[first["right"]]
    back = match_people(duck, table, earlier_model=matched.model, earlier=apart.kept)
    assert same_groups(back.cluster, matched.cluster)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), new=st.floats(0, 0.2), gone=st.floats(0, 0.1), count=st.sampled_from([300, 2_800]))
def test_an_increment_is_a_full_run(
    duck: Duck, invented: tuple[pa.Table, np.ndarray], seed: int, new: float, gone: float, count: int
) -> None:
    rng, table = np.random.default_rng(seed), invented[0].slice(0, count)
    before = np.flatnonzero(rng.random(count) >= new)
    now = np.flatnonzero(rng.random(count) >= gone)
    first = match_people(duck, table.take(pa.array(before)))
    full = match_people(duck, table.take(pa.array(now)), earlier_model=first.model)
    step = match_people(duck, table.take(pa.array(now)), earlier_model=first.model, earlier=first.kept)
    assert same_groups(full.cluster, step.cluster)
    assert len(full.kept.pairs) == len(step.kept.pairs)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30, unique=True), st.randoms())
def test_a_value_has_the_same_number_wherever_it_stands(values: list[str], chance: Random) -> None:
    mixed = chance.sample(values, len(values))
    first, second = (dict(zip(each, numbers_of(pa.array(each)).tolist(), strict=True)) for each in (values, mixed))
    assert first == second
    assert len(set(first.values())) == len(values)


def test_a_million_values_have_a_million_numbers() -> None:
    values = pa.array(map(str, range(1_000_000)))
    numbers = numbers_of(values)
    assert len(np.unique(numbers)) == len(values)
    assert (numbers_of(values.slice(999_990)) == numbers[999_990:]).all()


def test_a_model_survives_being_written(duck: Duck, matched: Matched, invented: tuple[pa.Table, np.ndarray]) -> None:
    model = Model.from_json(matched.model.to_json())
    assert same_groups(match_people(duck, invented[0], earlier_model=model).cluster, matched.cluster)


def test_a_model_of_other_steps_is_refused(matched: Matched) -> None:
    with pytest.raises(DataError, match="version 1"):
        Model.from_json(matched.model.to_json().replace("same_mobile", "same_cell"))


def test_pairs_say_what_every_field_says(matched: Matched) -> None:
    for row in matched.pairs.slice(0, 200).to_pylist():
        bits = sum(row[f"{field}_bits"] for field in ("name", "phone", "email", "birth", "street", "area", "gender"))
        assert row["name"] is not None or row["name_bits"] == 0.0
        # Three kinds of pairs: the odds are at most those against strangers alone.
        assert row["weight"] <= bits + np.log2(matched.model.mixture.shares[0] / matched.model.mixture.shares[2]) + 0.01


def test_a_record_with_nothing_but_a_mobile_joins_its_owner(duck: Duck) -> None:
    table, truth = records(2_000, seed=3)
    owner = next(row for row in range(len(truth)) if table["phone"][row].as_py() and table["email"][row].as_py())
    phone = table["phone"][owner].as_py()
    bare = pa.table({"system": ["till"], "customer_ref": ["1"], "phone": [phone]})
    found = match_people(duck, pa.concat_tables([table, bare], promote_options="default"))
    assert found.cluster[-1] == found.cluster[owner]


def test_a_name_alone_joins_nobody(duck: Duck) -> None:
    found = match_people(duck, people([{"customer_name": "김민수"}, {"customer_name": "김민수"}, {"customer_name": "박서연"}]))
    assert len(set(found.cluster.tolist())) == 3


def test_a_contact_of_many_names_joins_nobody(duck: Duck) -> None:
    names = ("김민수", "박영자", "최정훈", "이서연", "정다은", "강하늘", "윤보라", "임재현")
    found = match_people(duck, people([{"customer_name": name, "phone": "010-7391-2845"} for name in names]))
    assert len(set(found.cluster.tolist())) == len(names)


def test_rows_of_one_number_are_one_customer(duck: Duck) -> None:
    table = pa.table({
        "system": ["a", "a", "b"], "customer_ref": ["7", "7", "7"], "phone": ["010-7391-2845", "010-2864-9173", "010-5582-1374"],
    })  # fmt: skip
    found = match_people(duck, table).cluster
    assert found[0] == found[1] != found[2]


def test_two_verified_birth_dates_are_two_people(duck: Duck) -> None:
    row = {"customer_name": "김민수", "phone": "010-7391-2845", "email": "minsu77@naver.com"}
    rows: list[dict[str, object]] = [{**row, "birth_date": day, "birth_verified": True} for day in ("1992-01-09", "1992-01-08")]
    assert len(set(match_people(duck, people(rows)).cluster.tolist())) == 2
    assert len(set(match_people(duck, people([{**each, "birth_verified": False} for each in rows])).cluster.tolist())) == 1


def test_ten_thousand_records_of_one_person_cost_little(duck: Duck) -> None:
    rows: list[dict[str, object]] = [{"customer_name": "김민수", "phone": "010-7391-2845"} for _ in range(10_000)]
    found = match_people(duck, people([*rows, {"customer_name": "박서연", "phone": "010-2864-9173"}]))
    assert len(set(found.cluster[:-1].tolist())) == 1
    assert found.cluster[-1] != found.cluster[0]


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_records_that_say_nothing_stay_alone(duck: Duck, count: int) -> None:
    table = pa.table({
        "system": pa.array(["a"] * count, pa.string()), "customer_ref": pa.array(map(str, range(count)), pa.string()),
        "customer_name": pa.nulls(count, pa.string()), "phone": pa.nulls(count),
    })  # fmt: skip
    found = match_people(duck, table)
    assert len(set(found.cluster.tolist())) == count
    assert found.pairs.num_rows == 0


def test_what_cannot_be_matched_is_refused(duck: Duck, matched: Matched) -> None:
    table = people([{"email": "minsu77@naver.com"}] * 2)
    with pytest.raises(DataError, match="customer_ref"):
        match_people(duck, table.drop_columns(["customer_ref"]))
    with pytest.raises(DataError, match="'same'"):
        match_people(duck, table, links=links(table, [(0, 1, True)]).drop_columns(["same"]))
    with pytest.raises(DataError, match="itself"):
        match_people(duck, table, links=links(table, [(0, 0, False)]))
    with pytest.raises(DataError, match="without the model"):
        match_people(duck, table, earlier=matched.kept)


def test_a_stricter_cut_only_parts(duck: Duck, matched: Matched, invented: tuple[pa.Table, np.ndarray]) -> None:
    strict = match_people(duck, invented[0], earlier_model=replace(matched.model, cut=matched.model.cut + 6.0))
    assert pairs_within(strict.cluster, matched.cluster) == pairs_within(strict.cluster)
    assert pairs_within(strict.cluster) < pairs_within(matched.cluster)


def numbered(kind: str, count: int) -> list[dict[str, str]]:
    """Invented people such as people make them up to try something: numbered contacts, few names."""
    names = ("김민준", "이서연", "박지후", "최하윤", "정도현", "강수아", "윤예준", "임채원")
    return [
        {
            "system": kind,
            "customer_ref": f"{kind}{number}",
            "customer_name": f"{names[number % 8][0]}{names[number // 8 % 8][1:]}" if kind == "c" else f"리드{number}",
            "email": f"{kind}{number}@example.com",
            "phone": f"010-2000-{number:04d}" if kind == "c" else f"010-7{number % 1000:03d}-{number:04d}",
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("leads", [0, 900], ids=["one kind", "two kinds"])
def test_where_nobody_is_in_twice_neighbours_in_a_row_of_numbers_stay_apart(duck: Duck, leads: int) -> None:
    rows = [*numbered("c", 300), *numbered("lead", leads)]
    assert len(set(match_people(duck, pa.Table.from_pylist(rows)).cluster.tolist())) == len(rows)


def test_a_duplicate_among_numbered_people_is_still_found_by_its_contact(duck: Duck) -> None:
    rows = [*numbered("c", 300), *numbered("lead", 900)]
    again = {**rows[7], "system": "pos", "customer_ref": "p7", "phone": ""}
    found = match_people(duck, pa.Table.from_pylist([*rows, again])).cluster
    assert found[7] == found[-1]
    assert len(set(found.tolist())) == len(rows)
