"""Who customers are: where they live, in which homes and companies, and how much of it we know (Q67 to Q69, Q74)."""

from typing import Literal

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    integer,
    money,
    number,
    probability,
    question,
    share,
    sql,
)


@question(
    "Q67",
    ko="고객은 어디에 살고, 매장에서 얼마나 떨어져 있나요?",
    en="Where do customers live, and how far from a store?",
    optional=("people.region", "household_members", "orders", "stores", "postcodes", "people.postcode"),
    hidden=("median_km",),
    sentence=(
        "사는 지역을 아는 고객 {n:count}명 가운데 {top_share:percent|이/가} {region}에 삽니다. "
        "가장 가까운 매장까지의 거리는 중앙값 {distance:number}km입니다.",
        "Of {n:count} customers whose region is known {top_share:percent} live in {region}. "
        "The median distance to the nearest store is {distance:number} km.",
    ),
    headline="""
        select sum(customer_count) as n, min_by(region, (-customer_count, region)) as region, max(median_km) as distance,
               share(max(customer_count), sum(customer_count)) as top_share
        from answer where region not in ('unknown', 'other')""",
    chart=Chart("bar", "region", ("customer_count",)),
    actions=(NextAction("지역별 매출 보기", "Sales by region", question="sales_by_region"),),
    region=category(ko="지역", en="Region"),
    customer_count=count(ko="고객 수", en="Customers"),
    customer_share=share(ko="비중", en="Share"),
    inferred_count=count(ko="주소로 추정한 고객 수", en="Told from the address"),
    net_sales=money(ko="최근 1년 매출", en="Sales of the last year"),
    median_distance_km=number(ko="가까운 매장까지 거리 중앙값(km)", en="Median distance to the nearest store, km"),
    median_km=number(ko="전체 거리 중앙값(km)", en="Median distance of all, km"),
)
def customers_by_region(days: int = 365, fewest: int = 10) -> Query:
    """Customers by the region they gave, else by the region of their address; the distance from their postcode to the nearest store.

    Regions with fewer customers than `fewest` are put together as 'other'. Distances are great circles between the points of
    postcodes and stores (haversine, a sphere of 6,371 km); without both there are none.
    """
    return sql(
        """
        with near as (
            select c.postcode,
                   min(2 * 6371e0 * asin(sqrt(power(sin(radians(s.latitude - c.latitude) / 2), 2)
                       + cos(radians(c.latitude)) * cos(radians(s.latitude))
                       * power(sin(radians(s.longitude - c.longitude) / 2), 2)))) as km
            from postcodes c cross join stores s group by c.postcode),
        bought as (
            select customer_id, sum(net_amount) as net_sales from orders
            where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= $days group by customer_id),
        lived as (
            select coalesce(p.region, split_part(h.area, ' ', 1), 'unknown') as region,
                   case when p.region is null and h.area is not null then 1 else 0 end as inferred,
                   coalesce(b.net_sales, 0) as net_sales, n.km
            from people p left join household_members h on h.customer_id = p.customer_id
            left join bought b on b.customer_id = p.customer_id left join near n on n.postcode = p.postcode),
        sized as (
            select case when count(*) over (partition by region) >= $fewest or region = 'unknown' then region else 'other' end as region,
                   inferred, net_sales, km
            from lived),
        overall as (select percentile(km, 0.5) as median_km from lived)
        select s.region, count(*) as customer_count, share(count(*), sum(count(*)) over ()) as customer_share,
               sum(s.inferred) as inferred_count, cast(sum(s.net_sales) as decimal(18, 2)) as net_sales,
               percentile(s.km, 0.5) as median_distance_km, max(o.median_km) as median_km
        from sized s cross join overall o group by s.region order by customer_count desc, s.region""",
        days=days,
        fewest=fewest,
    )


@question(
    "Q68",
    ko="고객은 몇 가구이고, 한 집에서 몇 명이 사나요?",
    en="How many households are there, and in how many do several people buy?",
    hidden=("day_count",),
    sentence=(
        "집이 확인된 고객 {members:count}명은 {n:count}가구를 이룹니다. 이 중 {multi:count}가구는 최근 {days:days} 동안 두 명 이상이 샀고, "
        "가구당 매출은 {each:money}입니다.",
        "{members:count} customers whose home is known form {n:count} households. In {multi:count} of them two or more bought within "
        "the last {days:days}; sales per household are {each:money}.",
    ),
    headline="""
        select sum(household_count) as n, sum(member_count) as members, sum(multi_buyer_count) as multi, max(day_count) as days,
               share(sum(net_sales), sum(household_count)) as each
        from answer""",
    chart=Chart("bar", "household_size", ("household_count",)),
    actions=(
        NextAction("함께 사는 고객 보기", "See customers who live together", rule="household_size_found >= 2"),
        NextAction("가구별 최우수 고객", "Who our best customers are", question="best_customers"),
    ),
    household_size=integer(ko="확인된 가구원 수", en="Members found"),
    household_count=count(ko="가구 수", en="Households"),
    member_count=count(ko="고객 수", en="Customers"),
    buyer_count=count(ko="구매 고객 수", en="Buyers"),
    buyers_per_household=number(ko="가구당 구매 고객", en="Buyers per household"),
    multi_buyer_count=count(ko="두 명 이상 산 가구", en="Households with several buyers"),
    net_sales=money(ko="순매출", en="Net sales"),
    sales_per_household=money(ko="가구당 매출", en="Sales per household"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def households(days: int = 365) -> Query:
    """Households by the number of customers found in them, with buyers and sales of the last days; eight are the most.

    Only customers who told an address, or share a telephone, are known to have a home; the others do not count.
    """
    return sql(
        """
        with bought as (
            select customer_id, sum(net_amount) as net_sales from orders
            where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= $days group by customer_id),
        homes as (
            select h.household_id, count(*) as size, count(b.customer_id) as buyers, coalesce(sum(b.net_sales), 0) as net_sales
            from household_members h left join bought b on b.customer_id = h.customer_id
            where h.home_known group by h.household_id)
        select cast(size as bigint) as household_size, count(*) as household_count, cast(sum(size) as bigint) as member_count,
               cast(sum(buyers) as bigint) as buyer_count, share(sum(buyers), count(*)) as buyers_per_household,
               count(case when buyers > 1 then 1 end) as multi_buyer_count, cast(sum(net_sales) as decimal(18, 2)) as net_sales,
               money_per(sum(net_sales), count(*)) as sales_per_household, cast($days as bigint) as day_count
        from homes group by size order by household_size""",
        days=days,
    )


@question(
    "Q69",
    ko="거래처는 어떤 업종이고 규모는 얼마나 되나요?",
    en="Which industries and sizes are our accounts?",
    optional=("orders", "opportunities", "account_members", "accounts.industry", "accounts.employee_count"),
    hidden=("day_count",),
    sentence=(
        "거래처 {n:count}곳 가운데 {buying:count}곳이 최근 {days:days} 동안 모두 {sales:money}어치를 샀습니다. "
        "매출이 가장 큰 업종은 {industry|이고/고} 영업 기회의 {win_rate:percent|이/가} 성사되었습니다.",
        "Of {n:count} accounts {buying:count} bought for {sales:money} in all within the last {days:days}. "
        "The industry that buys most is {industry}; {win_rate:percent} of decided opportunities were won.",
    ),
    headline="""
        with industries as (select industry, sum(net_sales) as net_sales from answer where industry <> 'unknown' group by industry),
        most as (select min_by(industry, (-net_sales, industry)) as industry from industries)
        select sum(a.account_count) as n, sum(a.buying_count) as buying, sum(a.net_sales) as sales, max(m.industry) as industry,
               share(sum(a.won_count), sum(a.won_count) + sum(a.lost_count)) as win_rate, max(a.day_count) as days
        from answer a cross join most m""",
    chart=Chart("heatmap", "size_band", ("industry",), "net_sales"),
    actions=(NextAction("최우수 거래처 보기", "Who our best customers are", question="best_customers"),),
    industry=category(ko="업종", en="Industry"),
    size_band=category(ko="직원 수", en="Employees"),
    account_count=count(ko="거래처 수", en="Accounts"),
    buying_count=count(ko="구매 거래처 수", en="Accounts that bought"),
    net_sales=money(ko="순매출", en="Net sales"),
    sales_per_account=money(ko="거래처당 매출", en="Sales per account"),
    won_count=count(ko="성사", en="Won"),
    lost_count=count(ko="실패", en="Lost"),
    open_count=count(ko="진행 중", en="Open"),
    win_rate=share(ko="성사율", en="Win rate"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def accounts_by_industry(days: int = 365, level: Literal["account", "top"] = "account") -> Query:
    """Accounts by industry and number of employees: what they bought within the last days, and how opportunities ended.

    With level 'top', subsidiaries count with the account at the top of their tree, and its industry and size. An order counts for
    the account that it names, else for that of the customer. The win rate is won over won and lost, of all time.
    """
    return sql(
        """
        with counted as (
            select account_id as own_id, case when $level = 'top' then top_id else account_id end as account_id from accounts),
        placed as (
            select distinct c.account_id, coalesce(a.industry, 'unknown') as industry,
                   case when a.employee_count is null then 'unknown' when a.employee_count < 10 then '1-9'
                        when a.employee_count < 50 then '10-49' when a.employee_count < 250 then '50-249'
                        when a.employee_count < 1000 then '250-999' else '1000+' end as size_band,
                   coalesce(a.employee_count, -1) as employee_count
            from counted c join accounts a on a.account_id = c.account_id),
        bought as (
            select c.account_id, sum(o.net_amount) as net_sales
            from orders o left join account_members m on m.customer_id = o.customer_id
            join counted c on c.own_id = coalesce(o.account_id, m.account_id)
            where o.status = 'completed' and days_between(o.ordered_at, as_of) <= $days group by c.account_id),
        pursued as (
            select c.account_id, count(case when o.outcome = 'won' then 1 end) as won, count(case when o.outcome = 'lost' then 1 end) as lost,
                   count(case when o.outcome = 'open' then 1 end) as open
            from opportunities o join counted c on c.own_id = o.account_id group by c.account_id)
        select p.industry, p.size_band, count(*) as account_count, count(b.account_id) as buying_count,
               cast(sum(coalesce(b.net_sales, 0)) as decimal(18, 2)) as net_sales,
               money_per(sum(coalesce(b.net_sales, 0)), count(*)) as sales_per_account,
               cast(sum(u.won) as bigint) as won_count, cast(sum(u.lost) as bigint) as lost_count, cast(sum(u.open) as bigint) as open_count,
               share(sum(u.won), sum(u.won) + sum(u.lost)) as win_rate, cast($days as bigint) as day_count
        from placed p left join bought b on b.account_id = p.account_id left join pursued u on u.account_id = p.account_id
        group by p.industry, p.size_band order by p.industry, min(p.employee_count), p.size_band""",
        days=days,
        level=level,
    )


@question(
    "Q74",
    ko="고객 정보는 몇 명까지 알고, 추정하고, 모르나요?",
    en="For how many customers do we know, infer or lack each attribute?",
    optional=(
        "people.gender",
        "people.gender_inferred",
        "people.gender_chance",
        "people.birth_date",
        "people.age_band",
        "people.region",
        "people.city",
        "people.address",
        "people.phone",
        "people.email",
        "people.occupation",
        "people.income_band",
        "household_members",
        "account_members",
    ),
    sentence=(
        "고객 {n:count}명에 대해 가장 많이 아는 항목은 {most}({most_share:percent}), 가장 모르는 항목은 {least}({least_share:percent})입니다.",
        "Of {n:count} customers we know most about {most} ({most_share:percent}) and least about {least} ({least_share:percent}).",
    ),
    headline="""
        select max(customer_count) as n, max_by(field, (known_share, field)) as most, max(known_share) as most_share,
               min_by(field, (known_share, field)) as least, min(known_share) as least_share
        from answer""",
    chart=Chart("stacked", "field", ("given_count", "inferred_count", "missing_count")),
    actions=(NextAction("사는 지역 보기", "Where customers live", question="customers_by_region"),),
    field=category(ko="항목", en="Attribute"),
    given_count=count(ko="직접 알려 준 고객", en="Given"),
    inferred_count=count(ko="추정한 고객", en="Inferred"),
    missing_count=count(ko="모르는 고객", en="Missing"),
    known_share=share(ko="아는 비율", en="Share known"),
    confidence=probability(ko="추정 확신도", en="Confidence of what is inferred"),
    customer_count=count(ko="전체 고객", en="All customers"),
)
def attribute_coverage() -> Query:
    """Customers by what is known of them: given by a source, inferred by us and how surely, or missing.

    Inferred are the gender from a name where a company wants that, the region from an address, the household from shared addresses
    and telephones, the account from orders.
    """
    return sql("""
        with told as (
            select p.customer_id, p.gender, p.gender_inferred, p.gender_chance, p.birth_date, p.age_band, p.region, p.city, p.address, p.phone, p.email, p.occupation,
                   p.income_band, h.area, h.home_known, h.confidence as home_confidence, m.evidence as account_evidence
            from people p left join household_members h on h.customer_id = p.customer_id
            left join account_members m on m.customer_id = p.customer_id),
        fields as (
            select 'gender' as field, 1 as place, count(gender) as given, count(case when gender is null then gender_inferred end) as inferred,
                   avg(case when gender is null then gender_chance end) as confidence, count(*) as n
            from told
            union all select 'birth_date', 2, count(birth_date), 0, null, count(*) from told
            union all select 'age_band', 3, count(age_band), 0, null, count(*) from told
            union all select 'region', 4, count(region), count(case when region is null then area end), null, count(*) from told
            union all select 'city', 5, count(city), 0, null, count(*) from told
            union all select 'address', 6, count(address), 0, null, count(*) from told
            union all select 'phone', 7, count(phone), 0, null, count(*) from told
            union all select 'email', 8, count(email), 0, null, count(*) from told
            union all select 'occupation', 9, count(occupation), 0, null, count(*) from told
            union all select 'income_band', 10, count(income_band), 0, null, count(*) from told
            union all select 'household', 11, 0, count(case when home_known then 1 end), avg(home_confidence), count(*) from told
            union all select 'account', 12, count(case when account_evidence = 'given' then 1 end),
                             count(case when account_evidence <> 'given' then 1 end), null, count(*) from told)
        select field, given as given_count, inferred as inferred_count, n - given - inferred as missing_count,
               share(given + inferred, n) as known_share, confidence, n as customer_count
        from fields order by place""")
