"""Sales: new customers, revenue, seasons and where orders come from (Q1 to Q13).

Revenue is net sales of completed orders less refunds, each in the month it is booked; months and days are the company's own.
"""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    count,
    flag,
    integer,
    money,
    month,
    number,
    question,
    share,
    sql,
)
from dangol.questions.journey import seasonal

LAST_FULL_MONTH = "where is_complete order by month desc limit 1"


@question(
    "Q1",
    ko="매달 신규 고객을 몇 명 얻고 있나요?",
    en="How many new customers do we acquire each month?",
    optional=("orders.record_no",),
    sentence=(
        "지난 {month:month}에는 신규 고객 {new_customers:count}명을 얻었습니다. 최근 {months:count}개월 평균은 {average:number}명입니다. "
        "고객 통합 전 기록으로 세면 {records:count}명으로 보였을 것입니다.",
        "We acquired {new_customers:count|new customer/new customers} in {month:month}; "
        "the mean of the last {months:count} months is {average:number}. Counted by source records it would look like {records:count}.",
    ),
    headline="""
        select max_by(month, month) as month, max_by(new_customer_count, month) as new_customers,
               max_by(new_record_count, month) as records,
               avg(new_customer_count) as average, count(*) as months,
               coalesce(nullif(sum(new_customer_count), 0), max(known_count)) as n
        from (select * from answer where is_complete order by month desc limit 12)""",
    hidden=("known_count",),
    chart=Chart("bar", "month", ("new_customer_count",)),
    actions=(
        NextAction("신규 고객 보기", "See new customers", rule="lifecycle_stage == 'new'"),
        NextAction("환영 프로그램 시작", "Start the welcome programme", programme="welcome"),
        NextAction("첫 구매를 만드는 상품", "Products that win new customers", question="products_winning_customers"),
    ),
    month=month(ko="월", en="Month"),
    new_customer_count=count(ko="신규 고객 수", en="New customers"),
    new_record_count=count(ko="통합 전 신규 고객 수", en="New customers by source records"),
    is_complete=flag(ko="월 마감 여부", en="Month complete"),
    known_count=count(ko="구매한 적 있는 고객 수", en="Customers who ever bought"),
)
def new_customers_by_month(months: int = 24) -> Query:
    """Customers by the month of their first completed order; the current month is shown but not compared, months of nobody new count.

    Beside them, where several source records turned out to be one customer: what would be counted if every record were one.
    """
    return sql(
        """
        with firsts as (
            select customer_id, min(ordered_at) as first_at
            from orders where status = 'completed' and customer_id is not null group by customer_id),
        records as (
            select record_no, min(ordered_at) as first_at
            from orders where status = 'completed' and record_no is not null group by record_no),
        counted as (
            select cast(date_trunc('month', local(first_at)) as date) as month, count(*) as record_count
            from records group by cast(date_trunc('month', local(first_at)) as date)),
        known as (select count(*) as records from counted),
        acquired as (
            select cast(date_trunc('month', local(first_at)) as date) as month, count(*) as new_customer_count
            from firsts group by cast(date_trunc('month', local(first_at)) as date)),
        edges as (
            select min(month) as first_month, date_trunc('month', local(data_until) - interval '1' microsecond) as last_month,
                   sum(new_customer_count) as known_count
            from acquired),
        calendar as (
            select cast(u.month as date) as month, e.known_count
            from edges e
            cross join unnest(generate_series(cast(e.first_month as timestamp), e.last_month, interval '1' month)) as u(month))
        select d.month, coalesce(a.new_customer_count, 0) as new_customer_count,
               case when k.records > 0 then coalesce(c.record_count, 0) end as new_record_count,
               d.month < cast(date_trunc('month', local(data_until)) as date) as is_complete,
               cast(d.known_count as bigint) as known_count
        from calendar d left join acquired a on a.month = d.month left join counted c on c.month = d.month cross join known k
        order by d.month desc limit $months""",
        months=months,
    )


@question(
    "Q2",
    ko="신규 고객 한 명을 얻는 데 비용이 얼마나 드나요?",
    en="What does it cost to acquire a customer?",
    sentence=(
        "최근 {months:count}개월 동안 신규 고객 한 명을 얻는 데 평균 {cost_each:money|이/가} 들었습니다. (마케팅 비용 {cost:money}, 신규 {n:count}명)",
        "Over the last {months:count} months a new customer cost {cost_each:money} on average "
        "({cost:money} of marketing spend, {n:count} new customers).",
    ),
    headline="""
        select share(sum(cost), sum(new_customer_count)) as cost_each, sum(cost) as cost, sum(new_customer_count) as n,
               count(*) as months
        from (select * from answer where is_complete order by month desc limit 12)""",
    chart=Chart("line", "month", ("cost_per_new_customer",)),
    actions=(NextAction("신규 고객 추이", "New customers by month", question="new_customers_by_month"),),
    month=month(ko="월", en="Month"),
    cost=money(ko="마케팅 비용", en="Marketing spend"),
    new_customer_count=count(ko="신규 고객 수", en="New customers"),
    cost_per_new_customer=money(ko="신규 고객당 비용", en="Cost per new customer"),
    is_complete=flag(ko="월 마감 여부", en="Month complete"),
)
def acquisition_cost(months: int = 24) -> Query:
    """All marketing spend of a month over its new customers (blended); not every new customer came through spending.

    Every month from the first with spending on counts, those without spending too.
    """
    return sql(
        """
        with firsts as (
            select customer_id, min(ordered_at) as first_at
            from orders where status = 'completed' and customer_id is not null group by customer_id),
        acquired as (
            select cast(date_trunc('month', local(first_at)) as date) as month, count(*) as new_customer_count
            from firsts group by cast(date_trunc('month', local(first_at)) as date)),
        spent as (
            select cast(date_trunc('month', spent_on) as date) as month, sum(cost) as cost
            from spend group by cast(date_trunc('month', spent_on) as date)),
        edges as (
            select min(month) as first_month,
                   greatest(max(month), date_trunc('month', local(data_until) - interval '1' microsecond)) as last_month
            from spent),
        calendar as (
            select cast(u.month as date) as month
            from edges e
            cross join unnest(generate_series(cast(e.first_month as timestamp), e.last_month, interval '1' month)) as u(month))
        select d.month, coalesce(s.cost, 0) as cost, coalesce(a.new_customer_count, 0) as new_customer_count,
               money_per(coalesce(s.cost, 0), a.new_customer_count) as cost_per_new_customer,
               d.month < cast(date_trunc('month', local(data_until)) as date) as is_complete
        from calendar d left join spent s on s.month = d.month left join acquired a on a.month = d.month
        order by d.month desc limit $months""",
        months=months,
    )


@question(
    "Q3",
    ko="고객당 매출은 얼마이고, 늘고 있나요?",
    en="What is revenue per customer, and is it growing?",
    optional=("returns",),
    sentence=(
        "최근 12개월 고객당 매출은 {revenue_each:money}입니다(구매 고객 {n:count}명). 매달 변화는 {slope:money}, "
        "95% 구간은 {slope_low:money}에서 {slope_high:money}입니다.",
        "Revenue per buying customer over 12 months is {revenue_each:money} ({n:count} buyers). "
        "Monthly change: {slope:money} (95 % interval {slope_low:money} to {slope_high:money}).",
    ),
    headline="""
        with points as (
            select month, cast(revenue_per_customer as double) as y, buyer_count,
                   cast(row_number() over (order by month) as double) as x
            from answer),
        fitted as (
            select regr_slope(y, x) as slope, count(*) as points, regr_sxx(y, x) as sxx, regr_syy(y, x) as syy,
                   max_by(y, x) as revenue_each, max_by(buyer_count, x) as n
            from points)
        select revenue_each, n, points, case when points >= 4 then slope end as slope,
               case when points >= 4 then slope - 1.96e0 * sqrt(greatest(syy - slope * slope * sxx, 0) / (points - 2) / sxx) end
                   as slope_low,
               case when points >= 4 then slope + 1.96e0 * sqrt(greatest(syy - slope * slope * sxx, 0) / (points - 2) / sxx) end
                   as slope_high
        from fitted""",
    chart=Chart("line", "month", ("revenue_per_customer",)),
    actions=(NextAction("고객자산 상위 고객", "Customers worth most", question="top_customers"),),
    month=month(ko="월", en="Month"),
    revenue=money(ko="12개월 매출", en="Revenue of 12 months"),
    buyer_count=count(ko="구매 고객 수", en="Buying customers"),
    revenue_per_customer=money(ko="고객당 매출", en="Revenue per customer"),
)
def revenue_per_customer(months: int = 13) -> Query:
    """Net sales of the twelve months ending with each complete month, over the customers who bought in them.

    Only months with twelve months of history are shown. The slope is ordinary least squares over the shown months, in
    money per month; overlapping windows make its interval too narrow rather than too wide.
    """
    return sql(
        """
        with booked as (
            select customer_id, cast(date_trunc('month', local(ordered_at)) as date) as month, net_amount as amount, 1 as bought
            from orders where status = 'completed' and customer_id is not null
            union all
            select customer_id, cast(date_trunc('month', local(returned_at)) as date) as month, -refund_amount as amount, 0 as bought
            from returns where customer_id is not null),
        monthly as (
            select customer_id, month, sum(amount) as amount, max(bought) as bought from booked group by customer_id, month),
        span as (select min(month) as first_month from monthly),
        ends as (
            select distinct month from monthly
            where month < cast(date_trunc('month', local(data_until)) as date) order by month desc limit $months),
        rolling as (
            select e.month, m.customer_id, sum(m.amount) as amount, max(m.bought) as bought
            from ends e cross join span s
            join monthly m on m.month <= e.month and m.month > e.month - interval '12' month
            where s.first_month <= e.month - interval '11' month
            group by e.month, m.customer_id)
        select month, cast(sum(amount) as decimal(18, 2)) as revenue, sum(bought) as buyer_count,
               money_per(sum(amount), sum(bought)) as revenue_per_customer
        from rolling group by month order by month desc""",
        months=months,
    )


@question(
    "Q4",
    ko="매출과 마진은 계절에 따라 어떻게 달라지나요?",
    en="How do revenue and margin vary by season?",
    optional=("returns", "orders.margin_amount"),
    sentence=(
        "가장 강한 달은 {best}월(평균의 {best_index:percent}), 가장 약한 달은 {worst}월({worst_index:percent})입니다. "
        "{months:count}개월 자료 기준이며 24개월이 안 되면 추세를 걷어 내지 못합니다.",
        "The strongest month is month {best} ({best_index:percent} of the mean), the weakest month {worst} "
        "({worst_index:percent}). Based on {months:count} months; with fewer than 24 the trend cannot be removed.",
    ),
    headline="""
        select min_by(month_of_year, (-sales_index, month_of_year)) as best, max(sales_index) as best_index,
               min_by(month_of_year, (sales_index, month_of_year)) as worst, min(sales_index) as worst_index,
               sum(month_count) as months, sum(month_count) as n
        from answer""",
    chart=Chart("bar", "month_of_year", ("sales_index",)),
    month_of_year=integer(ko="월", en="Month of the year"),
    sales_index=share(ko="매출 지수", en="Sales index"),
    margin_index=share(ko="마진 지수", en="Margin index"),
    month_count=count(ko="관찰한 달 수", en="Months observed"),
)
def seasonality() -> Query:
    """Sales and margin per day of each complete month over the mean, by month of the year.

    With 24 or more complete months the straight-line trend is divided out first; with fewer the index is raw.
    """
    return seasonal(
        sql("""
        select month_of_year, avg(case when series = 'sales' then season_index end) as sales_index,
               avg(case when series = 'margin' then season_index end) as margin_index,
               count(case when series = 'sales' then 1 end) as month_count
        from seasonal group by month_of_year order by month_of_year"""),
        monthly=sql("""
        with booked as (
            select date_trunc('month', local(ordered_at)) as month, net_amount as sales, margin_amount as margin
            from orders where status = 'completed'
            union all
            select date_trunc('month', local(returned_at)) as month, -refund_amount as sales, -refund_amount as margin from returns),
        summed as (
            select month, sum(sales) as sales, sum(margin) as margin,
                   days_between(month, month + interval '1' month) as day_count
            from booked where month < date_trunc('month', local(data_until)) group by month),
        whole as (select * from summed where month > (select min(month) from summed))
        select 'sales' as series, month, share(sales, day_count) as rate, 1e0 as weight from whole
        union all
        select 'margin' as series, month, share(margin, day_count) as rate, 1e0 as weight from whole"""),
    )


@question(
    "Q5",
    ko="매출은 신규 고객과 기존 고객 중 어디에서 나오나요?",
    en="Does revenue come from new or from repeat buyers?",
    optional=("orders.record_no",),
    sentence=(
        "지난 {month:month} 매출의 {repeat_share:percent|이/가} 기존 고객에게서 나왔습니다. (신규 {new_sales:money}, 기존 {repeat_sales:money}) "
        "고객 통합 전 기록으로 세면 {record_share:percent|으로/로} 보였을 것입니다.",
        "{repeat_share:percent} of sales in {month:month} came from repeat customers "
        "(new {new_sales:money}, repeat {repeat_sales:money}). Counted by source records it would look like {record_share:percent}.",
    ),
    headline="""
        select month, repeat_share, repeat_share_by_record as record_share, new_sales, repeat_sales, order_count as n
        from answer where is_complete order by month desc limit 1""",
    chart=Chart("stacked", "month", ("new_sales", "repeat_sales")),
    actions=(NextAction("재구매 전환 현황", "One-time buyers who return", question="second_order_return"),),
    month=month(ko="월", en="Month"),
    new_sales=money(ko="신규 고객 매출", en="Sales to new customers"),
    repeat_sales=money(ko="기존 고객 매출", en="Sales to repeat customers"),
    repeat_share=share(ko="기존 고객 비중", en="Share of repeat customers"),
    repeat_share_by_record=share(ko="통합 전 기존 고객 비중", en="Share of repeat customers by source records"),
    order_count=count(ko="주문 수", en="Orders"),
    is_complete=flag(ko="월 마감 여부", en="Month complete"),
)
def new_and_repeat_sales(months: int = 24) -> Query:
    """Net sales of each month by customers whose first order is of that month, against all others; before refunds.

    Beside it, where several source records turned out to be one customer: the share if every record were one.
    """
    return sql(
        """
        with firsts as (
            select customer_id, min(date_trunc('month', local(ordered_at))) as first_month
            from orders where status = 'completed' and customer_id is not null group by customer_id),
        records as (
            select record_no, min(date_trunc('month', local(ordered_at))) as first_month
            from orders where status = 'completed' and record_no is not null group by record_no),
        sold as (
            select date_trunc('month', local(o.ordered_at)) as month, f.first_month, r.first_month as record_month, o.net_amount
            from orders o join firsts f on f.customer_id = o.customer_id left join records r on r.record_no = o.record_no
            where o.status = 'completed')
        select cast(month as date) as month,
               cast(sum(case when month = first_month then net_amount else 0 end) as decimal(18, 2)) as new_sales,
               cast(sum(case when month > first_month then net_amount else 0 end) as decimal(18, 2)) as repeat_sales,
               share(sum(case when month > first_month then net_amount else 0 end), sum(net_amount)) as repeat_share,
               share(sum(case when month > record_month then net_amount when record_month is not null then 0 end), sum(net_amount))
                   as repeat_share_by_record,
               count(*) as order_count, month < date_trunc('month', local(data_until)) as is_complete
        from sold group by month order by month desc limit $months""",
        months=months,
    )


@question(
    "Q6",
    ko="마진은 신규 고객과 기존 고객 중 어디에서 나오나요?",
    en="Does margin come from new or from repeat buyers?",
    sentence=(
        "지난 {month:month} 마진의 {repeat_share:percent|이/가} 기존 고객에게서 나왔습니다. (신규 {new_margin:money}, 기존 {repeat_margin:money})",
        "{repeat_share:percent} of the margin in {month:month} came from repeat customers "
        "(new {new_margin:money}, repeat {repeat_margin:money}).",
    ),
    headline="""
        select month, repeat_share, new_margin, repeat_margin, order_count as n
        from answer where is_complete order by month desc limit 1""",
    chart=Chart("stacked", "month", ("new_margin", "repeat_margin")),
    month=month(ko="월", en="Month"),
    new_margin=money(ko="신규 고객 마진", en="Margin from new customers"),
    repeat_margin=money(ko="기존 고객 마진", en="Margin from repeat customers"),
    repeat_share=share(ko="기존 고객 비중", en="Share of repeat customers"),
    order_count=count(ko="주문 수", en="Orders"),
    is_complete=flag(ko="월 마감 여부", en="Month complete"),
)
def new_and_repeat_margin(months: int = 24) -> Query:
    """Margin of each month by customers whose first order is of that month, against all others; before refunds."""
    return sql(
        """
        with firsts as (
            select customer_id, min(date_trunc('month', local(ordered_at))) as first_month
            from orders where status = 'completed' and customer_id is not null group by customer_id),
        earned as (
            select date_trunc('month', local(o.ordered_at)) as month, f.first_month, o.margin_amount
            from orders o join firsts f on f.customer_id = o.customer_id where o.status = 'completed')
        select cast(month as date) as month,
               cast(sum(case when month = first_month then margin_amount else 0 end) as decimal(18, 2)) as new_margin,
               cast(sum(case when month > first_month then margin_amount else 0 end) as decimal(18, 2)) as repeat_margin,
               share(sum(case when month > first_month then margin_amount else 0 end), sum(margin_amount)) as repeat_share,
               count(*) as order_count, month < date_trunc('month', local(data_until)) as is_complete
        from earned group by month order by month desc limit $months""",
        months=months,
    )


@question(
    "Q7",
    ko="1년에 몇 건의 주문을 발송하나요?",
    en="How many orders do we ship per year?",
    sentence=(
        "{year:text}년에는 주문 {orders:count}건을 발송했습니다.",
        "{orders:count|order was/orders were} shipped in {year:text}.",
    ),
    headline="select max(year) as year, max_by(order_count, year) as orders, sum(order_count) as n from answer",
    chart=Chart("bar", "year", ("order_count",)),
    year=integer(ko="연도", en="Year"),
    order_count=count(ko="발송 주문 수", en="Orders shipped"),
)
def shipped_orders_by_year() -> Query:
    """Completed orders by the calendar year in which they were first shipped."""
    return sql("""
        select cast(extract(year from local(shipped_at)) as bigint) as year, count(*) as order_count
        from orders where status = 'completed' and shipped_at is not null
        group by cast(extract(year from local(shipped_at)) as bigint) order by year desc""")


@question(
    "Q8",
    ko="하루 매출은 얼마이고, 어느 요일에 더 잘 팔리나요?",
    en="What do we sell per day, and which weekdays are stronger?",
    hidden=("daily_mean",),
    sentence=(
        "하루 평균 {daily:money|을/를} 팝니다. 가장 강한 요일은 {best}번째 요일(월요일=1)로 평균의 {best_index:percent}입니다.",
        "We sell {daily:money} a day on average. The strongest weekday is number {best} (Monday is 1) at "
        "{best_index:percent} of the mean.",
    ),
    headline="""
        select max(daily_mean) as daily, min_by(weekday, (-sales_index, weekday)) as best, max(sales_index) as best_index, sum(day_count) as n
        from answer""",
    chart=Chart("bar", "weekday", ("sales_index",), low="index_low", high="index_high"),
    weekday=integer(ko="요일(월=1)", en="Weekday (Monday is 1)"),
    sales_per_day=money(ko="하루 매출", en="Sales per day"),
    order_count_per_day=number(ko="하루 주문 수", en="Orders per day"),
    sales_index=share(ko="매출 지수", en="Sales index"),
    index_low=share(ko="지수 하한(95%)", en="Index, low (95 %)"),
    index_high=share(ko="지수 상한(95%)", en="Index, high (95 %)"),
    day_count=count(ko="관찰한 날 수", en="Days observed"),
    daily_mean=money(ko="전체 하루 평균", en="Mean of all days"),
)
def sales_by_weekday(days: int = 365) -> Query:
    """Net sales per day by weekday over the last days, before refunds; days without any order do not count.

    The interval is the mean plus or minus 1.96 standard errors, over the mean of all days.
    """
    return sql(
        """
        with daily as (
            select date_trunc('day', local(ordered_at)) as sold_on, sum(net_amount) as sales, count(*) as order_count
            from orders where status = 'completed' and days_between(ordered_at, as_of) <= $days
            group by date_trunc('day', local(ordered_at))),
        overall as (select avg(cast(sales as double)) as daily_mean from daily),
        weekly as (
            select cast(weekday_of(sold_on) as bigint) as weekday, avg(cast(sales as double)) as mean_sales,
                   avg(order_count) as order_count_per_day, stddev_samp(cast(sales as double)) as spread, count(*) as day_count
            from daily group by cast(weekday_of(sold_on) as bigint))
        select w.weekday, cast(w.mean_sales as decimal(18, 2)) as sales_per_day, w.order_count_per_day,
               share(w.mean_sales, o.daily_mean) as sales_index,
               share(w.mean_sales - 1.96e0 * w.spread / sqrt(w.day_count), o.daily_mean) as index_low,
               share(w.mean_sales + 1.96e0 * w.spread / sqrt(w.day_count), o.daily_mean) as index_high,
               w.day_count, cast(o.daily_mean as decimal(18, 2)) as daily_mean
        from weekly w cross join overall o order by w.weekday""",
        days=days,
    )


@question(
    "Q9",
    ko="연도별 평균 주문 금액과 추세는 어떤가요?",
    en="What is the average order value per year, and its trend?",
    hidden=("average_order_value_90",),
    sentence=(
        "{year:text}년 평균 주문 금액은 {average:money}이고 주문은 {n:count}건입니다. 최근 90일 평균은 {recent:money}입니다.",
        "The average order value of {year:text} is {average:money} over {n:count} orders; in the last 90 days it is {recent:money}.",
    ),
    headline="""
        select max(year) as year, max_by(average_order_value, year) as average, max_by(order_count, year) as n,
               max(average_order_value_90) as recent
        from answer""",
    chart=Chart("bar", "year", ("average_order_value",)),
    year=integer(ko="연도", en="Year"),
    order_count=count(ko="주문 수", en="Orders"),
    net_sales=money(ko="순매출", en="Net sales"),
    average_order_value=money(ko="평균 주문 금액", en="Average order value"),
    average_order_value_90=money(ko="최근 90일 평균", en="Average of the last 90 days"),
)
def average_order_value_by_year() -> Query:
    """Net sales before refunds over completed orders, by calendar year, beside the last 90 days."""
    return sql("""
        with recent as (
            select money_per(sum(net_amount), count(*)) as average_order_value_90
            from orders where status = 'completed' and days_between(ordered_at, as_of) <= 90),
        yearly as (
            select cast(extract(year from local(ordered_at)) as bigint) as year, count(*) as order_count, sum(net_amount) as net_sales
            from orders where status = 'completed' group by cast(extract(year from local(ordered_at)) as bigint))
        select y.year, y.order_count, cast(y.net_sales as decimal(18, 2)) as net_sales,
               money_per(y.net_sales, y.order_count) as average_order_value, r.average_order_value_90
        from yearly y cross join recent r order by y.year desc""")
