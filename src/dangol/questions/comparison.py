"""Value held against something: three ways to state it, and figures of others that the company entered (V8, V9)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, measure, money, number, question, share, sql, text

DISTRIBUTION = NextAction("가치 분포 보기", "How value is distributed", question="value_distribution")


@question(
    "V8",
    ko="고객평생가치를 세 가지 방법으로 구하면 얼마인가요?",
    en="What is lifetime value, stated in three ways?",
    optional=("profile.expected_margin_12m", "returns"),
    sentence=(
        "고객 한 명의 가치는 지금까지의 마진으로 {historic:money}입니다. 직접 공식으로는 {formula:money}, 앞으로 12개월 예측으로는 {predicted:money}입니다.",
        "A customer is worth {historic:money} by the margin so far. By the direct formula it is {formula:money}. "
        "By the prediction for the next 12 months it is {predicted:money}.",
    ),
    headline="""
        select max(case when method = 'historic' then value_each end) as historic,
               max(case when method = 'formula' then value_each end) as formula,
               max(case when method = 'predicted' then value_each end) as predicted, max(customer_count) as n
        from answer""",
    chart=Chart("bar", "method", ("value_each",)),
    actions=(
        DISTRIBUTION,
        NextAction("얼마까지 쓸 수 있나요?", "How much may we pay?", question="payable_acquisition_cost"),
    ),
    method=category(ko="방법", en="Way"),
    customer_count=count(ko="고객 수", en="Customers"),
    value_each=money(ko="1인당 가치", en="Value each"),
    total=money(ko="합계", en="In all"),
    margin_per_order=money(ko="주문당 마진", en="Margin per order"),
    orders_per_year=number(ko="연간 주문 수", en="Orders a year"),
    lifetime_years=number(ko="거래 기간(년)", en="Years as a customer"),
)
def lifetime_values(days: int = 365) -> Query:
    """Historic: margin less refunds so far. Formula: margin per order × orders a year × years. Predicted: expected margin of 12 months.

    The formula takes the company's own figures of the last `days`, or half of the history where it is shorter: margin per order less
    refunds, orders per active customer a year, and one over the yearly share of customers lost, of those active in the period before.
    It is about active customers, not discounted, and assumes that all go on as now; the three differ because they answer different
    questions.
    """
    return sql(
        """
        with dated as (
            select customer_id, margin_amount as margin, days_between(ordered_at, as_of) as age,
                   least(cast($days as double), floor(max(days_between(ordered_at, as_of)) over () / 2)) as span
            from orders where status = 'completed' and customer_id is not null),
        refunded as (
            select customer_id, -refund_amount as margin, days_between(returned_at, as_of) as age
            from returns where customer_id is not null),
        buyers as (
            select customer_id, max(span) as span, max(case when age <= span then 1 else 0 end) as is_now,
                   max(case when age > span and age <= 2 * span then 1 else 0 end) as is_before
            from dated group by customer_id),
        spans as (
            select max(span) as span, sum(is_now) as active, share(sum(is_now * is_before), sum(is_before)) as kept from buyers),
        recent as (
            select sum(case when d.age <= s.span then d.margin end) as margin, count(case when d.age <= s.span then 1 end) as order_count
            from dated d cross join spans s),
        back as (select sum(case when r.age <= s.span then r.margin end) as margin from refunded r cross join spans s),
        parts as (
            select s.active, share(r.margin + coalesce(b.margin, 0), r.order_count) as margin_per_order,
                   share(r.order_count, s.active) * 365e0 / s.span as orders_per_year,
                   case when s.kept > 0 and s.kept < 1 then 1e0 / (1 - power(s.kept, 365e0 / s.span)) end as years
            from spans s cross join recent r cross join back b where s.span > 0),
        so_far as (
            select count(*) as customer_count, sum(margin) as total from profile where order_count > 0 and margin is not null),
        ahead as (
            select count(*) as customer_count, sum(expected_margin_12m) as total
            from profile where order_count > 0 and expected_margin_12m is not null)
        select 'historic' as method, customer_count, money_per(total, customer_count) as value_each, cast(total as decimal(18, 2)) as total,
               cast(null as decimal(18, 2)) as margin_per_order, cast(null as double) as orders_per_year,
               cast(null as double) as lifetime_years
        from so_far
        union all
        select 'formula', cast(active as bigint), money_per(margin_per_order * orders_per_year * years, 1),
               money_per(margin_per_order * orders_per_year * years * active, 1), money_per(margin_per_order, 1), orders_per_year, years
        from parts where years is not null
        union all
        select 'predicted', customer_count, money_per(total, customer_count), cast(total as decimal(18, 2)), null, null, null
        from ahead where customer_count > 0""",
        days=days,
    )


@question(
    "V9",
    ko="우리 고객 가치는 다른 회사나 업계와 비교해 어떤가요?",
    en="How does our customer value compare with others?",
    optional=("spend", "profile.expected_margin_12m", "profile.net_sales_365", "profile.order_count_365", "products.category"),
    sentence=(
        "입력된 수치 {figures:count}개 가운데 우리가 앞서는 것은 {ahead:count}개입니다. 가장 뒤지는 것은 '{worst}'(기준의 {worst_index:percent})입니다.",
        "Of {figures:count} figures entered we are ahead in {ahead:count}. We lag most in “{worst}”, at {worst_index:percent} of the yardstick.",
    ),
    headline="""
        select max(buyer_count) as n, count(*) as figures, count(case when relative >= 1 and figure <> 'market_total' then 1 end) as ahead,
               min_by(figure, (case when figure = 'market_total' then 1e9 else relative end, figure)) as worst,
               min(case when figure <> 'market_total' then relative end) as worst_index
        from answer where relative is not null""",
    hidden=("buyer_count",),
    chart=Chart("bar", "figure", ("relative",)),
    actions=(
        NextAction("고객평생가치 세 가지", "Lifetime value in three ways", question="lifetime_values"),
        NextAction("지갑점유율", "Share of wallet", question="share_of_wallet"),
    ),
    figure=category(ko="지표", en="Figure"),
    category=text(ko="카테고리", en="Category"),
    unit=category(ko="단위", en="Unit"),
    own=measure(ko="우리", en="Ours"),
    other=measure(ko="비교 대상", en="Theirs"),
    relative=share(ko="비교 대상 대비", en="Ours against theirs"),
    source=text(ko="출처", en="Source"),
    buyer_count=count(ko="구매 고객 수", en="Buyers"),
)
def relative_value() -> Query:
    """Own figures over those that the company entered, each with its source; nothing is compared that nobody entered.

    Of the last 365 days: sales and orders per buyer, sales per order, buyers with several orders, spend per new customer, which is turned
    round so that more is better, and our part of a market. Lifetime value is the mean expected margin of 12 months. Whether the others
    measured the same is for whoever enters the figure to judge (R179).
    """
    return sql("""
        with bought as (
            select customer_id, count(*) as order_count, sum(net_amount) as sales, max(days_between(ordered_at, as_of)) as first_age
            from orders where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= 365
            group by customer_id),
        firsts as (
            select count(*) as new_count from (
                select customer_id, min(ordered_at) as first_at from orders
                where status = 'completed' and customer_id is not null group by customer_id) f
            where days_between(first_at, as_of) <= 365),
        spent as (select sum(cost) as cost from spend where days_between(cast(spent_on as timestamp), local(as_of)) <= 365),
        worth as (
            select avg(cast(expected_margin_12m as double)) as mean_value from profile where order_count > 0 and expected_margin_12m is not null),
        totals as (
            select count(*) as buyers, sum(order_count) as orders, sum(sales) as sales, count(case when order_count > 1 then 1 end) as repeaters
            from bought),
        sold as (
            select p.category, sum(l.net_amount) as sales
            from order_lines l join products p on p.product_id = l.product_id where days_between(l.ordered_at, as_of) <= 365 group by p.category),
        everything as (
            select sum(net_amount) as sales from orders where status = 'completed' and days_between(ordered_at, as_of) <= 365),
        compared as (
            select e.figure, e.category, e.source, e.amount as other, t.buyers as buyer_count,
                   case e.figure when 'lifetime_value' then w.mean_value when 'sales_per_customer' then share(t.sales, t.buyers)
                                 when 'orders_per_customer' then share(t.orders, t.buyers) when 'average_order_value' then share(t.sales, t.orders)
                                 when 'repeat_share' then share(t.repeaters, t.buyers) when 'acquisition_cost' then share(s.cost, f.new_count)
                                 when 'market_total' then cast(case when e.category is null then a.sales else o.sales end as double) end as own
            from entered e cross join totals t cross join worth w cross join spent s cross join firsts f cross join everything a
            left join sold o on o.category = e.category
            where e.figure in ('lifetime_value', 'sales_per_customer', 'orders_per_customer', 'average_order_value', 'repeat_share',
                               'acquisition_cost', 'market_total'))
        select figure, category,
               case figure when 'orders_per_customer' then 'number' when 'repeat_share' then 'share' else 'money' end as unit,
               own, other, case when figure = 'acquisition_cost' then share(other, own) else share(own, other) end as relative,
               source, buyer_count
        from compared order by relative desc nulls last, figure, category""")
