"""The files against the latent truth: shares, rates, tastes, values, permissions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from dangol.core.engine import Duck
from dangol.core.tables import TABLES
from dangol.simulate import Plan, Truth, advance, read_truth, simulate
from dangol.simulate.settings_text import TABLES as FILES

Made = tuple[Path, Truth]
SALES = """
    select 'mall' as system, customer_ref, order_id, product_id, ordered_at, net_amount, quantity * unit_cost as cost,
           status = 'completed' as counts
    from mall_order_lines
    union all by name
    select 'pos' as system, customer_ref, order_id, product_id, ordered_at, net_amount, quantity * unit_cost as cost,
           true as counts
    from pos_order_lines"""


def opened(folder: Path, delivery: str = "000") -> Duck:
    """Every Parquet file and the truth as views."""
    duck = Duck()
    for name in FILES:
        files = sorted((folder / "data").glob(f"{name}-{delivery}*.parquet"))
        if files:
            duck.view(name, files)
    for name in ("people", "records"):
        duck.view(name, sorted((folder / "truth").glob(f"{name}-000-*.parquet")))
    return duck


@pytest.fixture(scope="module")
def data(large: Made) -> Duck:
    duck = opened(large[0])
    duck.define("sales", SALES)
    return duck


def test_required_columns_are_there_and_filled(data: Duck) -> None:
    for name in FILES:
        required = TABLES[FILES[name]].required
        assert set(required) <= set(data.columns(name)), name
        empty = " + ".join(f"count(*) filter (where {column} is null)" for column in required) or "0"
        assert data.value(f"select {empty} from {name}") == 0, name


def test_the_alive_share_is_what_the_dropout_says(large: Made) -> None:
    people = read_truth(large[0], "people")
    acquired = people.column("acquired_at").to_numpy()
    days = (np.datetime64(large[1].before) - acquired) / np.timedelta64(1, "D")
    survival = np.exp(-people.column("leaving_a_year").to_numpy() * days / 365)
    alive = people.column("alive").to_numpy()
    error = np.sqrt((survival * (1 - survival)).sum()) / len(survival)
    assert abs(alive.mean() - survival.mean()) < 4 * error
    assert int(alive.sum()) == large[1].alive
    assert 0.45 < alive.mean() < 0.75


def test_nobody_orders_before_joining_or_after_leaving(data: Duck) -> None:
    outside = data.value("""
        select count(*) from sales join records using (system, customer_ref) join people using (person_id)
        where ordered_at < acquired_at - interval 1 second
           or ordered_at > coalesce(churned_at, timestamp '2100-01-01') + interval 1 day""")
    assert outside == 0


def test_orders_follow_each_persons_own_rate(data: Duck) -> None:
    found = data.row("""
        with counted as (
            select person_id,
                   count(distinct order_id) filter (where ordered_at > acquired_at + interval 30 minute) as orders
            from sales join records using (system, customer_ref) join people using (person_id) group by person_id),
        exposed as (
            select person_id, orders_a_year / (365.0 * 86400)
                   * date_diff('second', acquired_at, coalesce(churned_at, timestamp '2026-10-31 15:00:00')) as expected
            from people)
        select sum(coalesce(orders, 0)) as orders, sum(expected) as expected, corr(coalesce(orders, 0), expected) as agreement
        from exposed left join counted using (person_id)""")
    assert found["orders"] == pytest.approx(found["expected"], rel=0.06)
    assert found["agreement"] > 0.95


def test_sizes_are_those_of_the_speed_targets(large: Made) -> None:
    rows, people = large[1].rows, large[1].people
    assert 16 < (rows["mall_order_lines"] + rows["pos_order_lines"]) / people < 24
    assert rows["mall_members"] + rows["pos_members"] > people


def test_lines_add_up_and_cost_less_than_they_bring(data: Duck) -> None:
    found = data.row("""
        select count(*) filter (where net_amount <> quantity * unit_price - discount_amount - coupon_amount) as wrong,
               count(*) filter (where net_amount <= 0) as free, sum(net_amount - quantity * unit_cost) / sum(net_amount) as margin
        from mall_order_lines""")
    assert found["wrong"] == found["free"] == 0
    assert 0.3 < found["margin"] < 0.5


def test_both_accounts_of_a_person_mostly_agree(data: Duck) -> None:
    found = data.row("""
        with pairs as (
            select c.match, m.customer_name = p.customer_name as same_name,
                   regexp_replace(replace(p.phone, '+82 ', '0'), '[^0-9]', '', 'g')
                   = regexp_replace(m.phone, '[^0-9]', '', 'g') as same_phone
            from records c join records o on o.person_id = c.person_id and o.system = 'mall' and c.system = 'pos'
            join mall_members m on m.customer_ref = o.customer_ref join pos_members p on p.customer_ref = c.customer_ref)
        select avg((match = 'exact')::int) as exact, count(*) as pairs,
               bool_and(same_name and same_phone) filter (where match = 'exact') as agrees,
               bool_or(same_name and same_phone) filter (where match = 'masked') as masked_agrees,
               avg((same_name and same_phone)::int) filter (where match = 'typo') as typo_agrees from pairs""")
    assert found["pairs"] > 5_000
    assert found["exact"] == pytest.approx(0.80, abs=0.02)
    assert found["agrees"]
    assert not found["masked_agrees"]
    assert found["typo_agrees"] < 0.05


def test_consents_are_only_added_and_messages_respect_them(data: Duck) -> None:
    log = data.row("""
        with numbered as (
            select *, row_number() over (partition by customer_ref, channel order by recorded_at) as place,
                   lag(allowed) over (partition by customer_ref, channel order by recorded_at) as before from mall_consents)
        select count(*) filter (where place = 1 and method <> 'signup') as first_wrong,
               count(*) filter (where place > 1 and allowed = before) as repeated,
               count(*) filter (where night and not allowed) as night_wrong,
               avg(allowed::int) filter (where place = 1) as share, max(place) as most from numbered""")
    assert (log["first_wrong"], log["repeated"], log["night_wrong"]) == (0, 0, 0)
    assert 0.60 < log["share"] < 0.72
    assert log["most"] == 3
    forbidden = data.value("""
        select count(*) from (
            select m.message_id, arg_max(c.allowed, c.recorded_at) as allowed
            from mall_messages m join mall_consents c
              on c.customer_ref = m.customer_ref and c.channel = m.channel and c.recorded_at <= m.occurred_at
            where m.message_event = 'sent' group by m.message_id)
        where not allowed""")
    assert forbidden == 0


def test_the_dissatisfied_complain_and_give_fewer_stars(data: Duck) -> None:
    found = data.row("""
        select (select corr(rating, satisfaction)
                from mall_feedback join records using (customer_ref) join people using (person_id)) as stars,
               (select corr(satisfaction, leaving_a_year) from people) as leaving""")
    assert found["stars"] > 0.4
    assert found["leaving"] < -0.2


def test_seasons_show_in_the_sales(data: Duck) -> None:
    found = data.row("""
        select avg(n) filter (where dayofweek(day) = 6) / avg(n) filter (where dayofweek(day) = 2) as saturday,
               avg(camping) filter (where month(day) in (5, 6, 7))
               / avg(camping) filter (where month(day) in (12, 1, 2)) as camping
        from (select (ordered_at + interval 9 hour)::date as day, count(*) as n, avg((category = '캠핑')::int) as camping
              from sales join products using (product_id)
              where ordered_at > timestamp '2025-06-01' group by day)""")
    assert 1.1 < found["saturday"] < 1.5
    assert found["camping"] > 2.5


@pytest.mark.slow
def test_expected_values_come_true_in_the_year_after(tmp_path: Path) -> None:
    plan = Plan(customers=40_000, seed=5, korean=False, event_volume=0, message_volume=0, service=False)
    simulate(tmp_path, plan)
    people = read_truth(tmp_path, "people", delivery=0)
    advance(tmp_path, 365)
    duck = opened(tmp_path, "001")
    duck.define("sales", SALES)
    came_true = duck.arrow("""
        select person_id, count(distinct order_id) as orders, sum(case when counts then net_amount - cost end) as margin
        from sales join records using (system, customer_ref) group by person_id""")
    duck.define(
        "refunds",
        "select order_id, product_id from mall_returns union all select order_id, product_id from pos_returns",
    )
    lost = duck.value("""
        select sum(net_amount - cost) from sales s join records using (system, customer_ref)
        where exists (from refunds r where r.order_id = s.order_id and r.product_id = s.product_id)""")
    assert float(came_true.column("orders").to_numpy().sum()) == pytest.approx(total(people, "expected_orders_12m"), rel=0.02)
    realised = float(np.nansum(came_true.column("margin").to_numpy().astype(float))) - float(lost)
    assert realised == pytest.approx(total(people, "expected_margin_12m"), rel=0.025)


def total(table: pa.Table, name: str) -> float:
    return float(table.column(name).to_numpy().sum())
