"""Randomised campaigns: the difference in means finds the known effect, in the past and in a closed loop."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from dangol.simulate import Plan, advance, read_truth, simulate
from dangol.simulate.experiment import TREATED_SHARE

QUIET = {"korean": False, "event_volume": 0, "message_volume": 0, "service": False}


def test_the_past_campaign_is_drawn_as_stated(large: tuple[Path, object]) -> None:
    folder = large[0]
    members = pq.read_table(folder / "data" / "mall_campaign_members-000-0000.parquet").to_pylist()
    treated = [row for row in members if row["arm"] == "treated"]
    share = len(treated) / len(members)
    assert 0.06 < len(members) / 30_000 < 0.10
    assert abs(share - TREATED_SHARE) < 4 * np.sqrt(0.16 / len(members))
    assert {row["assignment_probability"] for row in treated} == {0.8}
    assert {row["assignment_probability"] for row in members if row["arm"] == "held_out"} == {0.2}
    campaigns = pq.read_table(folder / "data" / "campaigns-000.parquet").to_pylist()
    assert [row["campaign_id"] for row in campaigns if row["randomised"]] == ["EXP-001"]
    assert campaigns[0]["cost_per_contact"] == 25


def test_only_members_reached_get_the_message_and_use_its_coupon(large: tuple[Path, object]) -> None:
    folder = large[0]
    members = pq.read_table(folder / "data" / "mall_campaign_members-000-0000.parquet").to_pylist()
    treated = {row["customer_ref"] for row in members if row["arm"] == "treated"}
    messages = pq.read_table(folder / "data" / "mall_messages-000-0000.parquet").to_pylist()
    reached = {row["customer_ref"] for row in messages if row["campaign_id"] == "EXP-001" and row["message_event"] == "sent"}
    lines = pq.read_table(
        folder / "data" / "mall_order_lines-000-0000.parquet", columns=["customer_ref", "coupon_code"]
    ).to_pylist()
    assert reached == treated
    assert {row["customer_ref"] for row in lines if row["coupon_code"] == "CAMPAIGN10"} <= treated


@pytest.mark.slow
def test_over_seeds_the_difference_of_means_finds_the_mean_effect(tmp_path: Path) -> None:
    scores = []
    for seed in range(8):
        simulate(tmp_path / str(seed), Plan(customers=20_000, seed=seed, **QUIET))
        effect = read_truth(tmp_path / str(seed), "campaign_effect")
        scores.append(standard_error_distance(effect))
    assert np.abs(scores).max() < 3.5
    assert abs(np.mean(scores)) < 3 / np.sqrt(len(scores))


def standard_error_distance(effect: object) -> float:
    """How many standard errors the difference in means lies from the true mean effect."""
    rows = effect.to_pylist()  # type: ignore[attr-defined]
    arms = {
        arm: np.array([row["order_count"] for row in rows if row["arm"] == arm], dtype=float) for arm in ("treated", "held_out")
    }
    error = np.sqrt(sum(values.var(ddof=1) / len(values) for values in arms.values()))
    truth = np.mean([row["effect_orders"] for row in rows])
    return float((arms["treated"].mean() - arms["held_out"].mean() - truth) / error)


def test_a_later_campaign_moves_those_it_reached_and_nobody_else(tmp_path: Path) -> None:
    plan = Plan(customers=20_000, seed=21, **QUIET)
    for name in ("sent", "silent"):
        simulate(tmp_path / name, plan)
    people = read_truth(tmp_path / "sent", "people", delivery=0)
    chosen = people.filter(people.column("alive")).column("person_id").to_numpy()
    records = [row for row in read_truth(tmp_path / "sent", "records").to_pylist() if row["person_id"] in set(chosen.tolist())]
    rng = np.random.default_rng(1)
    treated = set(chosen[rng.random(len(chosen)) < 0.5].tolist())
    contacted = tmp_path / "contacted.csv"
    with contacted.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["system", "customer_ref", "arm"])
        writer.writerows(
            [row["system"], row["customer_ref"], "treated" if row["person_id"] in treated else "held_out"] for row in records
        )
    truth = advance(tmp_path / "sent", 35, contacted=contacted, campaign="C-1")
    advance(tmp_path / "silent", 35)
    effect = read_truth(tmp_path / "sent", "campaign_effect", delivery=1)
    assert (truth.members, truth.treated) == (len(chosen), len(treated))
    assert set(effect.column("campaign_id").to_pylist()) == {"C-1"}
    assert abs(standard_error_distance(effect)) < 3.5
    sent, silent = (orders_by_person(tmp_path / name) for name in ("sent", "silent"))
    held_out = set(chosen.tolist()) - treated
    assert all(sent.get(person, 0) == silent.get(person, 0) for person in held_out)
    gain = (sum(sent.get(person, 0) - silent.get(person, 0) for person in treated)) / len(treated)
    expected = np.mean([row["effect_orders"] for row in effect.to_pylist() if row["arm"] == "treated"])
    assert gain == pytest.approx(expected, rel=0.12)


def orders_by_person(folder: Path) -> dict[int, int]:
    """Orders of each person in the second delivery."""
    refs = {row["customer_ref"]: row["person_id"] for row in read_truth(folder, "records").to_pylist()}
    found: dict[int, set[str]] = {}
    for file in sorted((folder / "data").glob("*_order_lines-001-*.parquet")):
        for row in pq.read_table(file, columns=["customer_ref", "order_id"]).to_pylist():
            found.setdefault(refs[row["customer_ref"]], set()).add(row["order_id"])
    return {person: len(orders) for person, orders in found.items()}


def test_treated_effects_are_the_promised_ones(large: tuple[Path, object]) -> None:
    effect = read_truth(large[0], "campaign_effect")
    orders, chance = (effect.column(name).to_numpy() for name in ("effect_orders", "effect_order_probability"))
    people = read_truth(large[0], "people")
    annoyed = people.filter(people.column("annoyance").to_numpy() > 0).column("person_id").to_numpy()
    member = np.isin(effect.column("person_id").to_numpy(), annoyed)
    assert (orders[member] <= 1e-12).all()
    assert (orders[~member] >= -1e-12).all()
    assert (np.abs(chance) <= np.abs(orders) + 1e-9).all()
    assert 0.03 < orders.mean() < 0.15
