"""Products: what sells, what wins customers, what is bought again (Q92 to Q94)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, days, money, question, share, sql


@question(
    "Q92",
    ko="매출, 마진, 고객이 가장 많은 상품은 무엇인가요?",
    en="Which products bring most revenue, margin and customers?",
    hidden=("a_count",),
    optional=("order_lines.margin_amount", "products.product_name", "products.category"),
    sentence=(
        "최근 1년 매출이 가장 큰 상품은 {name|(으)로} {sales:money}입니다. A등급 상품 {a_count:count}개가 매출의 80%를 만듭니다.",
        "The product with most sales of the last year is {name} with {sales:money}; "
        "{a_count:count} class A products make 80 % of sales.",
    ),
    headline="""
        select min_by(coalesce(product_name, product_id), (-net_sales, product_id)) as name, max(net_sales) as sales,
               max(a_count) as a_count, sum(line_count) as n
        from answer""",
    chart=Chart("bar", "product_name", ("net_sales",)),
    actions=(NextAction("신규 고객을 부르는 상품", "Products that win customers", question="products_winning_customers"),),
    product_id=category(ko="상품 번호", en="Product number"),
    product_name=category(ko="상품명", en="Product"),
    category=category(ko="카테고리", en="Category"),
    net_sales=money(ko="순매출", en="Net sales"),
    margin=money(ko="마진", en="Margin"),
    customer_count=count(ko="구매 고객 수", en="Customers"),
    line_count=count(ko="판매 건수", en="Lines sold"),
    abc_class=category(ko="ABC 등급", en="ABC class"),
    a_count=count(ko="A등급 상품 수", en="Class A products"),
)
def top_products(days: int = 365, top: int = 100) -> Query:
    """Products by net sales before refunds; class A makes the first 80 % of sales, B the next 15 %, C the rest."""
    return sql(
        """
        with sold as (
            select product_id, sum(net_amount) as net_sales, sum(margin_amount) as margin,
                   count(distinct customer_id) as customer_count, count(*) as line_count
            from order_lines where days_between(ordered_at, as_of) <= $days group by product_id),
        ranked as (
            select product_id, net_sales, margin, customer_count, line_count,
                   share(sum(net_sales) over (order by net_sales desc, product_id) - net_sales, sum(net_sales) over ()) as before_share
            from sold),
        classed as (
            select product_id, net_sales, margin, customer_count, line_count,
                   case when before_share < 0.8e0 then 'A' when before_share < 0.95e0 then 'B' else 'C' end as abc_class,
                   count(case when before_share < 0.8e0 then 1 end) over () as a_count
            from ranked)
        select c.product_id, p.product_name, p.category, cast(c.net_sales as decimal(18, 2)) as net_sales,
               cast(c.margin as decimal(18, 2)) as margin, c.customer_count, c.line_count, c.abc_class, c.a_count
        from classed c left join products p on p.product_id = c.product_id
        order by c.net_sales desc, c.product_id limit $top""",
        days=days,
        top=top,
    )


@question(
    "Q93",
    ko="신규 고객을, 그것도 가치 높은 고객을 부르는 상품은 무엇인가요?",
    en="Which products win new customers, and the most valuable ones?",
    optional=("profile.expected_margin_12m", "products.product_name"),
    sentence=(
        "첫 구매 상품으로 가장 많이 팔린 것은 {name|(으)로} 신규 고객 {n_first:count}명을 데려왔습니다.",
        "The product most often bought first is {name}, with {n_first:count} new customers.",
    ),
    headline="""
        select min_by(coalesce(product_name, product_id), (-new_customer_count, product_id)) as name, max(new_customer_count) as n_first,
               sum(new_customer_count) as n
        from answer""",
    chart=Chart("bar", "product_name", ("new_customer_count",)),
    actions=(NextAction("신규 고객 추이", "New customers by month", question="new_customers_by_month"),),
    product_id=category(ko="상품 번호", en="Product number"),
    product_name=category(ko="상품명", en="Product"),
    new_customer_count=count(ko="신규 고객 수", en="New customers"),
    mean_net_sales=money(ko="고객당 누적 매출", en="Sales per customer so far"),
    mean_expected_margin=money(ko="고객당 12개월 기대 마진", en="Expected margin per customer"),
)
def products_winning_customers(top: int = 50) -> Query:
    """Products of first orders (the dearest of the order), and what their customers are worth; ten customers at least."""
    return sql(
        """
        select p.first_product as product_id, max(d.product_name) as product_name, count(*) as new_customer_count,
               cast(avg(p.net_sales) as decimal(18, 2)) as mean_net_sales,
               cast(avg(p.expected_margin_12m) as decimal(18, 2)) as mean_expected_margin
        from profile p left join products d on d.product_id = p.first_product
        where p.first_product is not null
        group by p.first_product having count(*) >= 10
        order by count(*) desc, p.first_product limit $top""",
        top=top,
    )


@question(
    "Q94",
    ko="다시 사는 상품은 무엇이고, 얼마나 자주 사나요?",
    en="Which products are bought again, and how often?",
    optional=("products.product_name",),
    sentence=(
        "고객 {buyers:count}명 이상이 산 상품 가운데 재구매율이 가장 높은 것은 {name}({rate:percent})이며, 보통 {cycle:days}마다 다시 삽니다.",
        "Among products with at least {buyers:count} buyers {name} is bought again most ({rate:percent}), "
        "usually every {cycle:days}.",
    ),
    headline="""
        select min_by(coalesce(product_name, product_id), (-repeat_share, product_id)) as name, max(repeat_share) as rate,
               min_by(median_cycle_days, (-repeat_share, product_id)) as cycle, min(customer_count) as buyers, sum(customer_count) as n
        from answer""",
    chart=Chart("bar", "product_name", ("repeat_share",)),
    product_id=category(ko="상품 번호", en="Product number"),
    product_name=category(ko="상품명", en="Product"),
    customer_count=count(ko="구매 고객 수", en="Buyers"),
    repeat_share=share(ko="재구매율", en="Share who bought again"),
    median_cycle_days=days(ko="재구매 주기(중앙값)", en="Median days between"),
)
def repeat_products(fewest: int = 50, top: int = 50) -> Query:
    """Share of a product's buyers who bought it again on another day, and the median days between."""
    return sql(
        """
        with bought as (
            select product_id, customer_id, min(ordered_at) as ordered_at
            from order_lines where customer_id is not null
            group by product_id, customer_id, date_trunc('day', local(ordered_at))),
        by_customer as (
            select product_id, customer_id, count(*) - 1 as repeat_count from bought group by product_id, customer_id),
        gaps as (
            select b.product_id, days_between(lag(b.ordered_at) over (
                       partition by b.product_id, b.customer_id order by b.ordered_at), b.ordered_at) as gap_days
            from bought b join by_customer c
            on c.product_id = b.product_id and c.customer_id = b.customer_id and c.repeat_count > 0),
        rates as (
            select product_id, count(*) as customer_count,
                   share(count(case when repeat_count > 0 then 1 end), count(*)) as repeat_share
            from by_customer group by product_id having count(*) >= $fewest),
        cycles as (select product_id, percentile(gap_days, 0.5) as median_cycle_days from gaps group by product_id)
        select r.product_id, p.product_name, r.customer_count, r.repeat_share, c.median_cycle_days
        from rates r join cycles c on c.product_id = r.product_id left join products p on p.product_id = r.product_id
        where r.repeat_share > 0
        order by r.repeat_share desc, r.product_id limit $top""",
        fewest=fewest,
        top=top,
    )
