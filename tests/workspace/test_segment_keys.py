"""Segment keys: groups are counted and joined as plain pandas would, and small ones cannot be found out."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.algorithms.age_band import years
from dangol.algorithms.small_cells import hidden
from dangol.core.errors import DangolError
from dangol.workspace.company import Company
from dangol.workspace.segment_keys import Group, grouped
from dangol.workspace.settings import SegmentScheme

AS_OF = datetime(2026, 6, 1)
NOTHING = dict.fromkeys(
    ("population_count", "spend_amount", "impression_count", "click_count", "conversion_count", "metric_value")
)


@pytest.mark.parametrize(
    ("text", "band"),
    [("30-34", (30, 35)), ("25~29세", (25, 30)), ("30대", (30, 40)), ("60대 이상", (60, 120)), ("65+", (65, 120)),
     ("65세 이상", (65, 120)), ("under 18", (0, 18)), ("18세 미만", (0, 18)), ("20s", (20, 30)), ("34", (34, 35)),
     ("19세 이하", (0, 20)), ("55 and over", (55, 120)), ("unknown", None), ("", None), ("40-30", None)],
)  # fmt: skip
def test_age_bands_are_read_as_people_write_them(text, band):
    assert years(text) == band


@given(counts=st.lists(st.integers(0, 60), min_size=1, max_size=9), fewest=st.integers(2, 15))
def test_nobody_can_subtract_what_is_hidden(counts, fewest):
    """Whoever knows the total, all shown groups and the limit finds at least two ways to fill each hidden group."""
    covered = hidden(counts, fewest)
    people = np.array(counts)
    assert not (people[~covered] < fewest)[people[~covered] > 0].any()
    if covered.any() and (~covered & (people >= fewest)).any():
        assert covered.sum() >= 2
        assert people[covered].sum() >= fewest


def alike(*rows):
    return [dict(zip(("gender", "region", "age", "customers", "net_sales"), row, strict=True)) for row in rows]


def said(**values):
    return {"gender": "", "region": "", "age": "", "metric": "", "base_count": 0, "based": 0, "row_count": 1, **NOTHING, **values}


PEOPLE = alike(
    ("female", "서울", "34", 30, 300), ("female", "부산", "38", 10, 50), ("male", "서울", "36", 60, 600), ("male", "", "", 5, 5)
)


def test_totals_are_divided_and_rates_averaged_by_our_customers():
    sources = [said(age="30-39", spend_amount=1000), said(gender="female", metric="reach", metric_value=0.4),
               said(gender="male", metric="reach", metric_value=0.1)]  # fmt: skip
    found = grouped(PEOPLE, sources, SegmentScheme(name="s", by=("region",)), AS_OF)
    cells = {each.group.region: each for each in found.cells}
    assert {name: each.customers for name, each in cells.items()} == {"서울": 90, "부산": 10}
    assert cells["서울"].figures["spend_amount"] == pytest.approx(900)
    assert cells["부산"].figures["spend_amount"] == pytest.approx(100)
    assert cells["서울"].figures["reach"] == pytest.approx((0.4 * 30 + 0.1 * 60) / 90)
    assert cells["부산"].figures["reach"] == pytest.approx(0.4)
    assert cells["서울"].carried == {"spend_amount", "reach"}
    assert (found.unplaced, found.customers) == (5, 105)


def test_a_figure_of_the_very_group_is_taken_as_it_is():
    sources = [said(gender="female", spend_amount=70), said(gender="male", spend_amount=30)]
    found = grouped(PEOPLE, sources, SegmentScheme(name="s", by=("gender",)), AS_OF)
    assert {each.group.key: (each.figures["spend_amount"], each.carried) for each in found.cells} == {
        "gender=female": (70, frozenset()), "gender=male": (30, frozenset())}  # fmt: skip


def test_sums_beside_their_parts_do_not_count_twice():
    sources = [said(spend_amount=100), said(gender="female", spend_amount=70), said(gender="male", spend_amount=30)]
    found = grouped(PEOPLE, sources, SegmentScheme(name="s", by=("region",)), AS_OF)
    total = sum(each.figures["spend_amount"] for each in found.cells)
    assert total == pytest.approx(70 + 30 * 60 / 65)  # what falls on customers whose region is not known stays outside


def test_what_counted_too_few_people_is_not_taken():
    found = grouped(
        PEOPLE, [said(metric="reach", metric_value=1.0, base_count=9, based=1)], SegmentScheme(name="s", by=("gender",)), AS_OF
    )
    assert found.figures == ()


def test_small_segments_show_nothing():
    people = alike(("female", "서울", "34", 30, 300), ("female", "부산", "38", 3, 50), ("female", "제주", "38", 12, 70))
    found = grouped(people, [said(spend_amount=450)], SegmentScheme(name="s", by=("region",)), AS_OF)
    shown = {each.group.region: each.customers for each in found.cells}
    assert shown == {"서울": 30, "부산": None, "제주": None}
    assert all(each.figures == {"spend_amount": None} and each.net_sales is None for each in found.cells if each.hidden)


def test_keys_are_canonical():
    assert Group("female", (30.0, 40.0), "서울").key == "gender=female|age=30-39|region=서울"
    assert Group().key == "all"


SETTINGS = """company: {name: 가게, zone: Asia/Seoul, currency: USD, margin_share: 0.3}
engine: {threads: 1}
segment_keys: [{name: gender_age, by: [gender, age], ages: [30, 40, 50]}]
sources:
  - {name: lines, files: [lines.csv], table: order_lines}
  - {name: members, files: [members.csv], table: customers}
  - {name: ads, files: [ads.csv], table: segment_facts, date_order: dmy, owner: media, refresh_days: 30, legal_basis: licence}
"""


@pytest.fixture
def advertised(tmp_path, shared_data) -> Company:
    """Customers of ours beside real advertising figures by gender and age."""
    ads = pd.read_parquet(shared_data / "kag_facebook_ads" / "ads.parquet")
    ads.drop(columns=["interest"]).to_csv(tmp_path / "ads.csv", index=False)
    rng = np.random.default_rng(3)
    count = 400
    members = pd.DataFrame({
        "customer_ref": [f"C{number}" for number in range(count)], "gender": rng.choice(["F", "M"], count),
        "birth_date": [f"{2026 - age}-01-15" for age in rng.integers(30, 50, count)], "registered_at": "2024-01-01"})  # fmt: skip
    members.to_csv(tmp_path / "members.csv", index=False)
    lines = pd.DataFrame({
        "order_id": [f"O{number}" for number in range(count)], "customer_ref": members["customer_ref"], "product_id": "P",
        "ordered_at": "2026-03-01 12:00", "quantity": 1, "net_amount": rng.integers(10, 99, count)})  # fmt: skip
    lines.to_csv(tmp_path / "lines.csv", index=False)
    (tmp_path / "dangol.yaml").write_text(SETTINGS)
    company = Company.open(tmp_path)
    company.run()
    return company


def test_real_advertising_by_gender_and_age_meets_our_customers(advertised, shared_data):
    found = advertised.segment_keys.grouped()
    ads = pd.read_parquet(shared_data / "kag_facebook_ads" / "ads.parquet")
    wide = ads.assign(
        age=ads["age"].str[:1] + "0-" + ads["age"].str[:1] + "9", gender=ads["gender"].map({"F": "female", "M": "male"})
    )
    expected = wide.groupby(["gender", "age"])[["Spent", "Clicks", "Impressions"]].sum()
    cells = {(each.group.gender, each.group.key.partition("age=")[2]): each for each in found.cells}
    assert len(cells) == 4
    for key, cell in cells.items():
        assert cell.figures["spend_amount"] == pytest.approx(expected.loc[key, "Spent"], abs=0.6)
        assert cell.figures["click_count"] == pytest.approx(expected.loc[key, "Clicks"])
        assert "spend_amount" in cell.carried  # the source's bands are five years wide, ours ten
    assert sum(each.customers for each in found.cells) == 400


def test_figures_of_groups_enter_no_profile_and_no_rule(advertised):
    assert not [name for name in advertised.snapshot.columns if "spend" in name or "impression" in name]
    with pytest.raises(DangolError, match="impression_count"):
        advertised.customers.count("impression_count > 5")
