"""What is not yet bought from us: unused potential against peers, and the share of wallet (Q49, T10)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, money, question, share, sql

GROW = NextAction("등급별 대우와 예산", "Treatment and budget by tier", question="value_tiers")


@question(
    "Q49",
    ko="가치를 더 키울 수 있는 고객은 누구인가요?",
    en="Who has unused potential?",
    optional=("profile.main_category", "profile.wallet_share", "profile.category_count"),
    hidden=("found_count", "potential_total", "buyer_count"),
    sentence=(
        "고객 {n:count}명 가운데 {found:count}명이 비슷한 고객의 상위 20% 기준에 못 미칩니다. 모두 그만큼 산다면 12개월 마진이 {total:money} 늘어납니다. "
        "모두가 거기까지 오르지는 않으니 순서를 정하는 데만 쓰십시오.",
        "{found:count} of {n:count} customers stay below the best fifth of their peers. If all reached it, margin over 12 months would be "
        "{total:money} higher. Not everybody will: use it to decide where to begin.",
    ),
    headline="select max(buyer_count) as n, max(found_count) as found, max(potential_total) as total from answer",
    chart=Chart("none"),
    actions=(NextAction("지갑점유율", "Share of wallet", question="share_of_wallet"), GROW),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    peers=category(ko="비슷한 고객: 주 카테고리", en="Peers: main category"),
    tenure=category(ko="비슷한 고객: 거래 기간", en="Peers: time as a customer"),
    peer_count=count(ko="비슷한 고객 수", en="Peers"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    peer_level=money(ko="비슷한 고객의 상위 20% 기준", en="Best fifth of peers begins at"),
    potential=money(ko="남은 가치", en="Unused potential"),
    category_count=count(ko="구매한 카테고리 수", en="Different categories"),
    wallet_share=share(ko="지갑점유율", en="Share of wallet"),
    found_count=count(ko="여지가 있는 고객 수", en="Customers with potential"),
    potential_total=money(ko="남은 가치 합계", en="Unused potential in all"),
    buyer_count=count(ko="구매 고객 수", en="Buyers"),
)
def unused_potential(fewest: int = 30, top: int = 100) -> Query:
    """Buyers by what the 80th percentile of their peers is expected to bring more than they; lapsed customers are left out.

    Peers buy mostly the same category and have been customers for about as long: less than a quarter, less than a year, longer. Groups
    of fewer than `fewest` are put together over categories. Peers are these declared groups, not clusters found in the data.
    """
    return sql(
        """
        with grouped as (
            select customer_id, expected_margin_12m, category_count, wallet_share, main_category,
                   case when tenure_days < 91 then 'tenure_short' when tenure_days < 365 then 'tenure_middle' else 'tenure_long' end as tenure
            from profile where order_count > 0 and expected_margin_12m is not null and lifecycle_stage <> 'lapsed'),
        sized as (
            select customer_id, expected_margin_12m, category_count, wallet_share, tenure,
                   case when count(*) over (partition by main_category, tenure) >= $fewest and main_category is not null
                        then main_category else 'all' end as peers
            from grouped),
        levels as (
            select peers, tenure, count(*) as peer_count, percentile(cast(expected_margin_12m as double), 0.8) as peer_level
            from sized group by peers, tenure),
        compared as (
            select s.customer_id, s.peers, s.tenure, l.peer_count, s.expected_margin_12m, s.category_count, s.wallet_share,
                   cast(l.peer_level as decimal(18, 2)) as peer_level,
                   greatest(cast(l.peer_level as decimal(18, 2)) - s.expected_margin_12m, 0) as potential
            from sized s join levels l on l.peers = s.peers and l.tenure = s.tenure),
        ranked as (
            select customer_id, peers, tenure, peer_count, expected_margin_12m, category_count, wallet_share, peer_level, potential,
                   row_number() over (order by potential desc, expected_margin_12m desc, customer_id) as place,
                   count(case when potential > 0 then 1 end) over () as found_count, sum(potential) over () as potential_total,
                   count(*) over () as buyer_count
            from compared)
        select place, customer_id, peers, tenure, peer_count, expected_margin_12m, peer_level,
               cast(potential as decimal(18, 2)) as potential, category_count, wallet_share, found_count,
               cast(potential_total as decimal(18, 2)) as potential_total, buyer_count
        from ranked where place <= $top order by place""",
        fewest=fewest,
        top=top,
    )


@question(
    "T10",
    ko="고객의 지갑에서 우리가 차지하는 몫은 얼마인가요?",
    en="What is our share of customers' wallets?",
    optional=(
        "entered",
        "entered.amount",
        "feedback.stated_spend",
        "products.category",
        "profile.wallet_share",
        "profile.wallet_share_low",
        "profile.wallet_share_high",
        "profile.wallet_amount",
        "profile.wallet_low",
        "profile.wallet_high",
        "profile.wallet_evidence",
    ),
    hidden=("known_count", "share_all", "share_all_low", "share_all_high", "untapped_all", "market_all", "level_place"),
    sentence=(
        "설문을 근거로 보면 고객 {people:count}명의 지갑 가운데 우리 몫은 {share:percent|으로/로} 추정됩니다. "
        "우리 밖에서 쓰는 금액은 연간 {untapped:money|으로/로} 추정됩니다. "
        "근거가 낮은 범위로만 말할 수 있습니다: 우리 몫은 {low:percent}에서 {high:percent} 사이입니다. "
        "입력된 시장 규모에서 우리 몫은 {market:percent}입니다.",
        "By the survey our share of the wallets of {people:count} customers is estimated at {share:percent}. "
        "What they spend elsewhere is estimated at {untapped:money} a year. "
        "With low evidence only a range can be told: our share is between {low:percent} and {high:percent}. "
        "Of the market as entered our part is {market:percent}.",
    ),
    headline="""
        select coalesce(max(known_count), count(*)) as n, max(known_count) as people,
               case when max(known_count) is not null and max(share_all) is null then 'low' end as evidence, max(share_all) as share, max(untapped_all) as untapped,
               case when max(share_all) is null then max(share_all_low) end as low,
               case when max(share_all) is null then max(share_all_high) end as high, max(market_all) as market
        from answer""",
    chart=Chart("none"),
    actions=(NextAction("가치를 더 키울 수 있는 고객", "Who has unused potential", question="unused_potential"), GROW),
    level=category(ko="구분", en="Level"),
    name=category(ko="대상", en="What"),
    customer_id=integer(ko="고객", en="Customer"),
    customer_count=count(ko="고객 수", en="Customers"),
    own_sales=money(ko="우리 매출(1년)", en="Our sales, 365 days"),
    wallet=money(ko="추정 지갑(1년)", en="Estimated wallet, a year"),
    wallet_low=money(ko="지갑 하한", en="Wallet, low"),
    wallet_high=money(ko="지갑 상한", en="Wallet, high"),
    share=share(ko="지갑점유율", en="Share of wallet"),
    share_low=share(ko="지갑점유율 하한", en="Share of wallet, low"),
    share_high=share(ko="지갑점유율 상한", en="Share of wallet, high"),
    evidence=category(ko="근거 수준", en="Evidence"),
    known_count=count(ko="추정한 고객 수", en="Customers estimated"),
    share_all=share(ko="전체 지갑점유율", en="Share of wallet in all"),
    share_all_low=share(ko="전체 하한", en="Share in all, low"),
    share_all_high=share(ko="전체 상한", en="Share in all, high"),
    untapped_all=money(ko="우리 밖 지출", en="Spent elsewhere"),
    market_all=share(ko="시장 점유율", en="Part of the market"),
    level_place=integer(ko="순서", en="Order"),
)
def share_of_wallet(top: int = 100) -> Query:
    """Our sales of 365 days over what customers spend altogether: by market, by lifecycle stage, and by customer, most elsewhere first.

    Market: category totals that the company entered, over our sales. Customers: the prediction `wallet`; calibrated by a survey it gives
    a share with an 80 % interval, without one only a range from similar customers, and the evidence is low. Without a survey,
    enough similar customers or an entered market there is no answer.
    """
    return sql(
        """
        with estimated as (
            select customer_id, lifecycle_stage, net_sales_365 as own_sales, wallet_amount, wallet_low, wallet_high, wallet_share,
                   wallet_share_low, wallet_share_high, wallet_evidence,
                   row_number() over (order by coalesce(wallet_amount, wallet_high) - net_sales_365 desc, customer_id) as place
            from profile where wallet_evidence is not null),
        overall as (
            select count(*) as known_count, share(sum(own_sales), sum(wallet_amount)) as share_all,
                   share(sum(own_sales), sum(wallet_high)) as share_all_low, share(sum(own_sales), sum(wallet_low)) as share_all_high,
                   sum(wallet_amount) - sum(own_sales) as untapped_all
            from estimated),
        sold as (
            select p.category, sum(l.net_amount) as sales
            from order_lines l join products p on p.product_id = l.product_id where days_between(l.ordered_at, as_of) <= 365 group by p.category),
        everything as (
            select sum(net_amount) as sales from orders where status = 'completed' and days_between(ordered_at, as_of) <= 365),
        markets as (
            select coalesce(e.category, 'all') as name, case when e.category is null then a.sales else o.sales end as own_sales, e.amount
            from entered e cross join everything a left join sold o on o.category = e.category where e.figure = 'market_total'),
        markets_all as (select share(sum(own_sales), sum(amount)) as market_all from markets),
        levels as (
            select 1 as level_place, 'market' as level, name, cast(null as bigint) as customer_id, cast(null as bigint) as customer_count,
                   cast(own_sales as decimal(18, 2)) as own_sales, cast(amount as decimal(18, 2)) as wallet,
                   cast(null as decimal(18, 2)) as wallet_low, cast(null as decimal(18, 2)) as wallet_high,
                   share(own_sales, amount) as share, cast(null as double) as share_low, cast(null as double) as share_high,
                   'market' as evidence, cast(amount as double) as size
            from markets
            union all
            select 2, 'stage', lifecycle_stage, null, count(*), cast(sum(own_sales) as decimal(18, 2)), cast(sum(wallet_amount) as decimal(18, 2)),
                   cast(sum(wallet_low) as decimal(18, 2)), cast(sum(wallet_high) as decimal(18, 2)), share(sum(own_sales), sum(wallet_amount)),
                   share(sum(own_sales), sum(wallet_high)), share(sum(own_sales), sum(wallet_low)), max(wallet_evidence),
                   cast(sum(wallet_high) as double)
            from estimated group by lifecycle_stage
            union all
            select 3, 'customer', lifecycle_stage, customer_id, 1, cast(own_sales as decimal(18, 2)), cast(wallet_amount as decimal(18, 2)),
                   cast(wallet_low as decimal(18, 2)), cast(wallet_high as decimal(18, 2)), wallet_share, wallet_share_low, wallet_share_high,
                   wallet_evidence, cast(-place as double)
            from estimated where place <= $top)
        select l.level, l.name, l.customer_id, l.customer_count, l.own_sales, l.wallet, l.wallet_low, l.wallet_high, l.share, l.share_low,
               l.share_high, l.evidence, nullif(o.known_count, 0) as known_count, o.share_all, o.share_all_low, o.share_all_high,
               cast(o.untapped_all as decimal(18, 2)) as untapped_all, m.market_all, cast(l.level_place as bigint) as level_place
        from levels l cross join overall o cross join markets_all m order by l.level_place, l.size desc, l.name, l.customer_id""",
        top=top,
    )
