"""Sales questions recomputed by plain SQL on what was delivered (Q1 to Q13)."""

from __future__ import annotations

import math

import pytest

MONTH = "date_trunc('month', clock)"
THIS_MONTH = "(select date_trunc('month', local) from now)"
LAST_YEAR = "at_utc >= (select utc - interval 365 day from now)"
FIRSTS = f"(select customer_id, min(clock) as clock, min({MONTH}) as month from orders where customer_id is not null group by 1)"


def split(amount):
    """Amounts of each month by customers who first bought in it, and by all others."""
    return f"""
        select cast({MONTH} as date) as month, sum(case when f.month = date_trunc('month', o.clock) then {amount} else 0 end) as new_amount,
               sum(case when f.month < date_trunc('month', o.clock) then {amount} else 0 end) as repeat_amount, count(*) as order_count
        from (select * from orders) o join {FIRSTS} f using (customer_id) group by 1 order by 1 desc limit 24""".replace(
        f"cast({MONTH} as date)", "cast(date_trunc('month', o.clock) as date)"
    )


BOTH = {
    "Q1": f"""
        select cast(m as date) as month, (select count(*) from {FIRSTS} f where f.month = m) as new_customer_count,
               m < {THIS_MONTH} as is_complete
        from (select unnest(range((select min(month) from {FIRSTS}), (select max(clock) from orders), interval 1 month)) as m)
        order by 1 desc limit 24""",
    "Q3": f"""
        select cast(m as date) as month,
               (select sum(net) from orders where customer_id is not null and clock >= m - interval 11 month and clock < m + interval 1 month)
               - coalesce((select sum(refund) from returns where customer_id is not null
                           and clock >= m - interval 11 month and clock < m + interval 1 month), 0) as revenue,
               (select count(distinct customer_id) from orders
                where clock >= m - interval 11 month and clock < m + interval 1 month) as buyer_count
        from (select distinct {MONTH} as m from orders where customer_id is not null)
        where m < {THIS_MONTH} and m >= (select min({MONTH}) + interval 11 month from orders where customer_id is not null)
        order by m desc limit 13""",
    "Q5": split("net").replace("new_amount", "new_sales").replace("repeat_amount", "repeat_sales"),
    "Q6": split("margin").replace("new_amount", "new_margin").replace("repeat_amount", "repeat_margin"),
    "Q8": f"""
        select isodow(day) as weekday, avg(net) as sales_per_day, avg(n) as order_count_per_day, count(*) as day_count,
               avg(net) / (select sum(net) / count(distinct cast(clock as date)) from orders where {LAST_YEAR}) as sales_index
        from (select cast(clock as date) as day, cast(sum(net) as double) as net, count(*) as n from orders where {LAST_YEAR} group by 1)
        group by 1 order by 1""",
    "Q9": """
        select year(clock) as year, count(*) as order_count, sum(net) as net_sales, round(sum(net) / count(*), 2) as average_order_value
        from orders group by 1 order by 1 desc""",
    "Q12": f"""
        select coalesce(store_id, 'unknown') as store_id, sum(net) as net_sales, sum(margin) as margin, count(*) as order_count,
               count(case when o.order_id = f.order_id then 1 end) as new_customer_count
        from orders o left join (select customer_id, arg_min(order_id, (at_utc, order_id)) as order_id
                                 from orders where customer_id is not null group by 1) f using (customer_id)
        where {LAST_YEAR} group by 1 order by sum(net) desc, 1 limit 100""",
}
SIMULATED = {
    "Q2": f"""
        select m as month, cost, new_customer_count, round(cost / nullif(new_customer_count, 0), 2) as cost_per_new_customer
        from (select cast(date_trunc('month', spent_on) as date) as m, sum(cost) as cost,
                     (select count(*) from {FIRSTS} f where f.month = date_trunc('month', any_value(spent_on))) as new_customer_count
              from spend group by 1) order by 1 desc limit 24""",
    "Q7": "select year(shipped) as year, count(*) as order_count from orders where shipped is not null group by 1 order by 1 desc",
    "Q10": f"""
        select coalesce(device, 'unknown') as device, sum(net) as net_sales, count(*) as order_count,
               sum(net) / (select sum(net) from orders where {LAST_YEAR}) as sales_share
        from orders where {LAST_YEAR} group by 1 order by sum(net) desc, 1""",
    "Q11": f"""
        select coalesce(o.order_region, p.region, 'unknown') as region, sum(net) as net_sales, count(*) as order_count
        from orders o left join people p using (customer_id) where {LAST_YEAR} group by 1 order by sum(net) desc, 1""",
    "Q13": f"""
        with said as (select customer_id, channel, arg_max(allowed, (recorded_at, not allowed)) as yes from consents
                      where purpose is null or purpose = 'advertising' group by 1, 2)
        select case when customer_id is null then 'unidentified'
                    when exists (select 1 from said where said.customer_id = o.customer_id and yes) then 'reachable'
                    else 'no_consent' end as reachable,
               count(distinct customer_id) as customer_count, count(*) as order_count, sum(net) as net_sales
        from orders o where {LAST_YEAR} group by 1 order by 1""",
}


@pytest.mark.real_data
@pytest.mark.parametrize("number", BOTH)
def test_recomputed_on_both_companies(company, same, number):
    same(company.table(number), company.sql(BOTH[number]))


@pytest.mark.parametrize("number", SIMULATED)
def test_recomputed_on_the_simulated_company(simulated, same, number):
    same(simulated.table(number), simulated.sql(SIMULATED[number]))


def test_seasons(company):
    """Sales a day of each complete month but the first, over their mean; the straight line divided out from 24 months on."""
    booked = company.sql(f"""
        select month, sum(net) as sales, sum(margin) as margin, date_diff('day', month, month + interval 1 month) as days
        from (select {MONTH} as month, net, margin from orders union all select {MONTH}, -refund, -refund from returns)
        where month < {THIS_MONTH} group by month order by month""")[1:]
    found = {row["month_of_year"]: row for row in company.table("Q4")}
    for column in ("sales", "margin"):
        a_day = [float(row[column]) / row["days"] for row in booked]
        mean, middle, places = sum(a_day) / len(a_day), (len(a_day) + 1) / 2, range(1, len(a_day) + 1)
        slope = sum((x - middle) * (y - mean) for x, y in zip(places, a_day, strict=True)) / sum(
            (x - middle) ** 2 for x in places
        )
        line = [mean + (slope if len(a_day) >= 24 else 0) * (x - middle) for x in places]
        for month, row in found.items():
            indices = [y / z for y, z, each in zip(a_day, line, booked, strict=True) if each["month"].month == month]
            assert row[f"{column}_index"] == pytest.approx(sum(indices) / len(indices), rel=1e-6)
            assert row["month_count"] == len(indices)


def test_headlines_say_what_the_tables_say(company):
    newest = next(row for row in company.table("Q1") if row["is_complete"])
    complete = [row["new_customer_count"] for row in company.table("Q1") if row["is_complete"]][:12]
    headline = company.answer("Q1").headline
    assert (headline["month"], headline["new_customers"]) == (newest["month"], newest["new_customer_count"])
    assert headline["average"] == pytest.approx(sum(complete) / len(complete))
    month = next(row for row in company.table("Q5") if row["is_complete"])
    assert company.answer("Q5").headline["repeat_share"] == pytest.approx(
        float(month["repeat_sales"] / (month["new_sales"] + month["repeat_sales"]))
    )
    rows = company.table("Q8")
    assert company.answer("Q8").headline["best"] == max(rows, key=lambda row: row["sales_index"])["weekday"]
    years = company.table("Q9")
    assert company.answer("Q9").headline["average"] == years[0]["average_order_value"]
    stores = [row for row in company.table("Q12") if row["store_id"] != "unknown"]
    assert company.answer("Q12").headline["store"] == stores[0]["store_id"]


def test_the_slope_is_least_squares(simulated):
    rows = sorted(simulated.table("Q3"), key=lambda row: row["month"])
    y = [float(row["revenue_per_customer"]) for row in rows]
    mean, middle = sum(y) / len(y), (len(y) + 1) / 2
    sxx = sum((x - middle) ** 2 for x in range(1, len(y) + 1))
    slope = sum((x - middle) * (value - mean) for x, value in enumerate(y, 1)) / sxx
    left = sum((value - mean - slope * (x - middle)) ** 2 for x, value in enumerate(y, 1))
    error = math.sqrt(left / (len(y) - 2) / sxx)
    headline = simulated.answer("Q3").headline
    assert headline["slope"] == pytest.approx(slope, rel=1e-6)
    assert headline["slope_low"] == pytest.approx(slope - 1.96 * error, rel=1e-6)
    assert headline["slope_high"] == pytest.approx(slope + 1.96 * error, rel=1e-6)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("number", "missing"),
    [
        ("Q2", "spend.*"),
        ("Q7", "orders.shipped_at"),
        ("Q10", "orders.device"),
        ("Q11", "orders.order_region"),
        ("Q13", "consents.*"),
    ],
)
def test_what_groceries_cannot_answer_says_what_to_add(groceries, number, missing):
    answer = groceries.answer(number)
    assert not answer.answerable
    assert missing in answer.missing
    assert answer.trust.level == "none"
    assert not answer.rows


def test_options_change_the_answer_and_wrong_ones_are_refused(simulated):
    assert len(simulated.table("Q1", {"months": 3})) == 3
    assert sum(row["order_count"] for row in simulated.table("Q10", {"days": 30})) < sum(
        row["order_count"] for row in simulated.table("Q10")
    )
    with pytest.raises(Exception, match="unknown option 'weeks'"):
        simulated.answer("Q1", {"weeks": 3})
    with pytest.raises(Exception, match="is not int"):
        simulated.answer("Q1", {"months": "three"})


@pytest.mark.real_data
def test_facts_carry_exactly_what_was_delivered(groceries):
    duck = groceries.company.snapshot.duck
    (delivered,) = groceries.sql("select count(*) as lines, sum(net) as net, count(distinct order_id) as orders from lines")
    found = duck.row(
        "select count(*) as lines, sum(net_amount) as net, count(distinct order_id) as orders from facts_order_lines"
    )
    assert found == delivered
    assert (found["lines"], found["orders"]) == (1_469_307, 155_848)
    assert duck.value("select sum(net_amount) from facts_orders") == found["net"]


def test_sales_of_the_simulated_company_are_those_of_its_files(simulated):
    """Products come from three sources here; every line counts once."""
    folder = simulated.company.root
    from dangol.intake import accepted

    duck = simulated.company.snapshot.duck.cursor()
    loaded = duck.row(f"select count(*) as lines, sum(net_amount) as net from ({duck.text(accepted(folder, 'order_lines'))})")
    assert duck.row("select count(*) as lines, sum(net_amount) as net from facts_order_lines") == loaded
