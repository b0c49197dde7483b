"""The best customers: what sets them apart, what, when and how they buy, and four kinds that reward differently (V3 to V5, V15)."""

from collections.abc import Mapping
from typing import Literal

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    flag,
    integer,
    measure,
    money,
    number,
    question,
    share,
    sql,
)
from dangol.core.query import preceded
from dangol.questions.journey import seasonal

Basis = Literal["value", "sales", "margin"]
Grouping = Literal["category", "brand"]
THANK = NextAction("가치가 가장 높은 고객", "Customers worth most", question="top_customers")
NOBODY_RATED = "(select count(expected_margin_12m) from profile where order_count > 0) = 0"
# Where nobody's costs are known there is no value to rank by.
RATED: Mapping[Basis, str] = {
    "value": f"case when {NOBODY_RATED} then net_sales else expected_margin_12m end",
    "sales": "net_sales",
    "margin": "margin",
}
STAND_IN: Mapping[Basis, str] = {
    "value": f"select case when {NOBODY_RATED} then 'net_sales' end as stand_in",
    "sales": "select cast(null as varchar) as stand_in",
    "margin": "select cast(null as varchar) as stand_in",
}
TRAITS: Mapping[str, str] = {
    "order_count_365": "number", "average_order_value": "money", "net_sales_365": "money", "tenure_days": "days",
    "recency_days": "days", "mean_gap_days": "days", "category_count": "number", "brand_count": "number", "main_brand_share": "share",
    "main_category_share": "share", "channel_count": "number", "discounted_line_share": "share", "coupon_order_share": "share",
    "refund_share": "share", "weekend_share": "share", "open_share_90": "share", "click_share_90": "share",
}  # fmt: skip
MEASURED = " union all ".join(
    f"select 'column:{name}' as trait, '{kind}' as unit, {place} as place, v.is_vip, cast(p.{name} as double) as measure "
    "from profile p join vips v on v.customer_id = p.customer_id"
    for place, (name, kind) in enumerate(TRAITS.items(), start=1)
)


def marked(top_share: float, by: Basis) -> Query:
    """Every buyer who can be ranked, and whether he is among the best `top_share` of them."""
    return sql(
        f"""
        select customer_id, case when place <= ceil($top_share * customer_count) then 1 else 0 end as is_vip
        from (select customer_id, count(*) over () as customer_count,
                     row_number() over (order by rating desc, customer_id) as place
              from (select customer_id, {RATED[by]} as rating from profile where order_count > 0) rated
              where rating is not null) ranked""",
        top_share=top_share,
    )


@question(
    "V3",
    ko="VIP는 다른 고객과 무엇이 다른가요?",
    en="What sets our VIPs apart from other customers?",
    optional=tuple(f"profile.{name}" for name in (*TRAITS, "expected_margin_12m", "margin")),
    hidden=("place", "stand_in"),
    sentence=(
        "VIP {n_vip:count}명과 나머지 {others:count}명의 차이가 가장 큰 것은 '{trait}'입니다. "
        "VIP 평균은 {vip_money:money}, 나머지 평균은 {other_money:money}입니다. "
        "VIP 평균은 {vip_share:percent}, 나머지 평균은 {other_share:percent}입니다. "
        "VIP 평균은 {vip_days:days}, 나머지 평균은 {other_days:days}입니다. "
        "VIP 평균은 {vip_number:number}, 나머지 평균은 {other_number:number}입니다. "
        "비용을 몰라 기대 마진을 계산할 수 없으므로 VIP는 '{stand_in}' 순으로 골랐습니다.",
        "{n_vip:count} VIPs differ from the other {others:count} customers most in “{trait}”. "
        "VIPs have {vip_money:money} on average, the others {other_money:money}. "
        "VIPs have {vip_share:percent} on average, the others {other_share:percent}. "
        "VIPs have {vip_days:days} on average, the others {other_days:days}. "
        "VIPs have {vip_number:number} on average, the others {other_number:number}. "
        "Costs are not known, and so no expected margin is: VIPs are ranked by “{stand_in}”.",
    ),
    headline="""
        with most as (
            select vip_mean, other_mean, trait, unit from answer where effect_size is not null
            order by abs(effect_size) desc, place limit 1)
        select max(a.vip_count) as n_vip, max(a.other_count) as others, max(m.trait) as trait, max(a.stand_in) as stand_in,
               max(case when m.unit = 'money' then m.vip_mean end) as vip_money,
               max(case when m.unit = 'money' then m.other_mean end) as other_money,
               max(case when m.unit = 'share' then m.vip_mean end) as vip_share,
               max(case when m.unit = 'share' then m.other_mean end) as other_share,
               max(case when m.unit = 'days' then m.vip_mean end) as vip_days,
               max(case when m.unit = 'days' then m.other_mean end) as other_days,
               max(case when m.unit = 'number' then m.vip_mean end) as vip_number,
               max(case when m.unit = 'number' then m.other_mean end) as other_number,
               max(a.vip_count) + max(a.other_count) as n
        from answer a cross join most m where a.effect_size is not null""",
    chart=Chart("bar", "trait", ("effect_size",)),
    actions=(
        NextAction("VIP가 좋아하는 상품", "What VIPs prefer to buy", question="vip_preferences"),
        NextAction("상위 고객의 비중", "What share the best customers bring", question="value_concentration"),
        THANK,
    ),
    trait=category(ko="특성", en="Trait"),
    unit=category(ko="단위", en="Unit"),
    vip_mean=measure(ko="VIP 평균", en="VIPs, mean"),
    other_mean=measure(ko="나머지 평균", en="Others, mean"),
    ratio=number(ko="나머지 대비(배)", en="Times the others"),
    effect_size=number(ko="차이의 크기(d)", en="Size of the difference (d)"),
    vip_count=count(ko="VIP 수", en="VIPs"),
    other_count=count(ko="나머지 고객 수", en="Others"),
    place=integer(ko="순서", en="Order"),
    stand_in=category(ko="기대 마진 대신 쓴 기준", en="Ranked by, where there is no expected margin"),
)
def vip_traits(top_share: float = 0.2, by: Basis = "value") -> Query:
    """VIPs against all other buyers: means, and Cohen's d, the difference in pooled standard deviations; who is a VIP you decide.

    A difference of 0.2 is small, 0.5 medium, 0.8 large (Cohen 1988). Traits without a value for a customer leave him out. Some of the
    difference is by definition: whoever is worth most buys more (R108). Where no costs are known, sales to date stand for value.
    """
    return preceded(
        sql("""
        with compared as (
            select trait, unit, place, count(case when is_vip = 1 then measure end) as vip_count,
                   count(case when is_vip = 0 then measure end) as other_count,
                   avg(case when is_vip = 1 then measure end) as vip_mean, avg(case when is_vip = 0 then measure end) as other_mean,
                   var_samp(case when is_vip = 1 then measure end) as vip_variance,
                   var_samp(case when is_vip = 0 then measure end) as other_variance
            from measured group by trait, unit, place),
        pooled as (
            select trait, unit, place, vip_count, other_count, vip_mean, other_mean,
                   sqrt(share((vip_count - 1) * vip_variance + (other_count - 1) * other_variance, vip_count + other_count - 2)) as spread
            from compared where vip_count > 1 and other_count > 1)
        select trait, unit, vip_mean, other_mean, share(vip_mean, other_mean) as ratio, share(vip_mean - other_mean, spread) as effect_size,
               vip_count, other_count, cast(place as bigint) as place, b.stand_in
        from pooled cross join basis b order by abs(share(vip_mean - other_mean, spread)) desc nulls last, place"""),
        vips=marked(top_share, by),
        measured=sql(MEASURED),
        basis=sql(STAND_IN[by]),
    )


# Linearised variance of a share of money over customers, at least that of all customers together, so that a group which no VIP bought
# has a range too. The quantile is for all compared groups at once (Bonferroni): the normal one by Abramowitz and Stegun 26.2.23,
# widened to Student's t by their 26.7.5.
PREFERRED = """
    with bought as (
        select l.customer_id, v.is_vip, p.{grouping} as group_name, cast(sum(l.net_amount) as double) as amount
        from order_lines l join vips v on v.customer_id = l.customer_id join products p on p.product_id = l.product_id
        where p.{grouping} is not null and days_between(l.ordered_at, as_of) <= $days
        group by l.customer_id, v.is_vip, p.{grouping}),
    sized as (select *, count(*) over (partition by group_name) as buyers from bought),
    grouped as (
        select customer_id, is_vip, case when buyers >= $fewest then group_name else 'other' end as group_name, sum(amount) as amount
        from sized group by customer_id, is_vip, case when buyers >= $fewest then group_name else 'other' end),
    spenders as (select customer_id, is_vip, sum(amount) as spent from grouped group by customer_id, is_vip),
    wallets as (
        select is_vip, cast(count(*) as double) as people, sum(spent) as spent, sum(spent * spent) as squares from spenders group by is_vip),
    summed as (
        select g.group_name, g.is_vip, count(*) as buyers, sum(g.amount) as amount, sum(g.amount * g.amount) as squares,
               sum(g.amount * s.spent) as products
        from grouped g join spenders s on s.customer_id = g.customer_id group by g.group_name, g.is_vip),
    filled as (
        select k.group_name, w.is_vip, w.people, w.spent, w.squares as spent_squares, coalesce(s.buyers, 0) as buyers,
               coalesce(s.amount, 0e0) as amount, coalesce(s.squares, 0e0) as squares, coalesce(s.products, 0e0) as products,
               share(coalesce(s.amount, 0e0), w.spent) as part,
               share(sum(coalesce(s.amount, 0e0)) over (partition by k.group_name), sum(w.spent) over (partition by k.group_name)) as whole
        from (select distinct group_name from grouped) k cross join wallets w
        left join summed s on s.group_name = k.group_name and s.is_vip = w.is_vip),
    scattered as (
        select *, greatest(squares - 2 * part * products + part * part * spent_squares, 0e0) * people * people / (spent * spent) as own,
               greatest(squares - 2 * whole * products + whole * whole * spent_squares, 0e0) * people * people / (spent * spent) as around
        from filled where spent > 0),
    errors as (
        select *, greatest(share(own, people - 1),
                           share(sum(around) over (partition by group_name), sum(people) over (partition by group_name) - 1)) / people
                  as variance
        from scattered),
    compared as (
        select group_name, max(case when is_vip = 1 then people end) as vips, max(case when is_vip = 0 then people end) as others,
               max(case when is_vip = 1 then part end) as vip_share, max(case when is_vip = 0 then part end) as other_share,
               max(case when is_vip = 1 then buyers end) as vip_buyers, max(case when is_vip = 0 then buyers end) as other_buyers,
               case when group_name <> 'other' then sqrt(sum(variance)) end as error
        from errors group by group_name having count(*) = 2),
    counted as (
        select *, count(error) over () as groups, least(vips, others) - 1 as freedom,
               sqrt(2 * ln(40e0 * greatest(count(error) over (), 1))) as tail
        from compared),
    quantiles as (
        select *, tail - (2.515517e0 + 0.802853e0 * tail + 0.010328e0 * tail * tail)
                         / (1 + 1.432788e0 * tail + 0.189269e0 * tail * tail + 0.001308e0 * tail * tail * tail) as z
        from counted),
    reached as (
        select *, error * (z + (z * z * z + z) / (4 * freedom)
                           + (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / (96 * freedom * freedom)) as reach
        from quantiles where freedom > 0)
    select r.group_name, r.vip_share, r.other_share, r.vip_share - r.other_share as difference,
           r.vip_share - r.other_share - r.reach as difference_low, r.vip_share - r.other_share + r.reach as difference_high,
           2 * asin(sqrt(greatest(least(r.vip_share, 1e0), 0e0))) - 2 * asin(sqrt(greatest(least(r.other_share, 1e0), 0e0))) as effect_size,
           abs(r.vip_share - r.other_share) > r.reach as beyond_chance, r.vip_buyers as vip_buyer_count,
           r.other_buyers as other_buyer_count, cast(r.vips as bigint) as vip_count, cast(r.others as bigint) as other_count,
           cast(r.groups as bigint) as group_count, cast($days as bigint) as day_count, b.stand_in
    from reached r cross join basis b
    order by case when r.group_name = 'other' then 1 else 0 end, difference desc, r.group_name"""


@question(
    "V15",
    ko="VIP는 어떤 상품을 더 좋아하나요?",
    en="Which products do VIPs prefer?",
    optional=("profile.expected_margin_12m", "profile.margin"),
    hidden=("vip_count", "other_count", "group_count", "day_count", "stand_in"),
    sentence=(
        "최근 {days:days} 동안 산 VIP {n:count}명과 나머지 {others:count}명을 상품 {groups:count}가지로 견주었더니, 우연을 넘는 차이는 {found:count}가지입니다. "
        "VIP가 더 많이 쓰는 것은 {more|(으)로}, 돈의 {more_vip:percent}(나머지 {more_other:percent})를 씁니다. "
        "VIP가 덜 쓰는 것은 {less|(으)로}, 돈의 {less_vip:percent}(나머지 {less_other:percent})를 씁니다. "
        "비용을 몰라 기대 마진을 계산할 수 없으므로 VIP는 '{stand_in}' 순으로 골랐습니다.",
        "Of {groups:count} groups of products {found:count|differs/differ} beyond chance between {n:count} VIPs and {others:count} others who "
        "bought within {days:days}. "
        "VIPs prefer {more}: {more_vip:percent} of their money against {more_other:percent} of the others'. "
        "They care less for {less}: {less_vip:percent} of their money against {less_other:percent}. "
        "Costs are not known, and so no expected margin is: VIPs are ranked by “{stand_in}”.",
    ),
    headline="""
        with most as (
            select max(difference) as up, min(difference) as down from answer where beyond_chance)
        select max(a.vip_count) as n, max(a.other_count) as others, max(a.group_count) as groups,
               count(case when a.beyond_chance then 1 end) as found, max(a.day_count) as days, max(a.stand_in) as stand_in,
               min(case when a.difference = m.up and m.up > 0 then a.group_name end) as more,
               max(case when a.difference = m.up and m.up > 0 then a.vip_share end) as more_vip,
               max(case when a.difference = m.up and m.up > 0 then a.other_share end) as more_other,
               min(case when a.difference = m.down and m.down < 0 then a.group_name end) as less,
               max(case when a.difference = m.down and m.down < 0 then a.vip_share end) as less_vip,
               max(case when a.difference = m.down and m.down < 0 then a.other_share end) as less_other
        from answer a cross join most m where a.difference_low is not null""",
    chart=Chart("bar", "group_name", ("difference",), low="difference_low", high="difference_high"),
    actions=(
        NextAction("VIP는 언제, 어떻게 사나요?", "When and how VIPs buy", question="vip_tendencies"),
        NextAction("신규 고객을 부르는 상품", "Products that win customers", question="products_winning_customers"),
        THANK,
    ),
    group_name=category(ko="카테고리·브랜드", en="Category or brand"),
    vip_share=share(ko="VIP 지출 비중", en="Of VIPs' money"),
    other_share=share(ko="나머지 지출 비중", en="Of the others' money"),
    difference=share(ko="비중 차이", en="Difference"),
    difference_low=share(ko="차이 하한(95%)", en="Difference, low (95 %)"),
    difference_high=share(ko="차이 상한(95%)", en="Difference, high (95 %)"),
    effect_size=number(ko="차이의 크기(h)", en="Size of the difference (h)"),
    beyond_chance=flag(ko="우연을 넘음", en="Beyond chance"),
    vip_buyer_count=count(ko="산 VIP 수", en="VIPs who bought it"),
    other_buyer_count=count(ko="산 나머지 고객 수", en="Others who bought it"),
    vip_count=count(ko="VIP 수", en="VIPs"),
    other_count=count(ko="나머지 고객 수", en="Others"),
    group_count=count(ko="견준 가짓수", en="Groups compared"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
    stand_in=category(ko="기대 마진 대신 쓴 기준", en="Ranked by, where there is no expected margin"),
)
def vip_preferences(
    top_share: float = 0.2, by: Basis = "value", grouping: Grouping = "category", days: int = 365, fewest: int = 10
) -> Query:
    """What VIPs spend their money on against all other buyers, by category or brand, with Cohen's h and a range of the difference.

    A difference h of 0.2 is small, 0.5 medium, 0.8 large (Cohen 1988). The ranges hold for all groups together in 95 of 100 cases
    (Bonferroni), so that one of many does not stand out by chance; they count customers, not products, and widen where VIPs are few.
    Groups that fewer than `fewest` customers bought are "other", without a range. Products without a category or brand do not count
    (R108).
    """
    return preceded(
        sql(PREFERRED.replace("{grouping}", grouping), days=days, fewest=fewest),
        vips=marked(top_share, by),
        basis=sql(STAND_IN[by]),
    )


# Sales of a month by those who were customers when it began; a company's first month has none.
MONTHS = """
    with firsts as (
        select o.customer_id, v.is_vip, min(local(o.ordered_at)) as first_at
        from orders o join vips v on v.customer_id = o.customer_id where o.status = 'completed' group by o.customer_id, v.is_vip),
    sold as (
        select date_trunc('month', local(ordered_at)) as month, customer_id, sum(net_amount) as sales
        from orders where status = 'completed' and local(ordered_at) < date_trunc('month', local(data_until))
        group by date_trunc('month', local(ordered_at)), customer_id)
    select c.month, case when f.is_vip = 1 then 'vip' else 'other' end as series, count(*) as customers,
           days_between(c.month, c.month + interval '1' month) as days, coalesce(sum(s.sales), 0) as sales
    from (select distinct month from sold) c
    join firsts f on f.first_at < c.month
    left join sold s on s.customer_id = f.customer_id and s.month = c.month
    group by c.month, f.is_vip"""
TENDENCIES = """
with weighed as (
    select month_of_year, series, share(sum(season_index * weight), sum(weight)) as season_index
    from seasonal where season_index is not null group by month_of_year, series),
seasons as (
    select month_of_year, max(case when series = 'vip' then season_index end) as vip_index,
           max(case when series = 'other' then season_index end) as other_index
    from weighed group by month_of_year),
discountable as (
    select cast(extract(month from local(l.ordered_at)) as bigint) as month_of_year, v.is_vip, l.net_amount as amount,
           case when coalesce(l.discount_amount, 0) + coalesce(l.coupon_amount, 0) > 0 then l.net_amount else 0 end as discounted
    from order_lines l join vips v on v.customer_id = l.customer_id
    where l.discount_amount is not null or l.coupon_amount is not null),
discounts as (
    select month_of_year,
           share(sum(case when is_vip = 1 then discounted end), sum(case when is_vip = 1 then amount end)) as vip_share,
           share(sum(case when is_vip = 0 then discounted end), sum(case when is_vip = 0 then amount end)) as other_share
    from discountable group by month_of_year),
discounts_all as (
    select share(sum(case when is_vip = 1 then discounted end), sum(case when is_vip = 1 then amount end)) as vip_share,
           share(sum(case when is_vip = 0 then discounted end), sum(case when is_vip = 0 then amount end)) as other_share
    from discountable),
social as (
    select customer_id, max(case when feedback_kind = 'social' then 1 else 0 end) as is_social
    from feedback where customer_id is not null and feedback_kind is not null group by customer_id),
people_known as (
    select avg(case when v.is_vip = 1 then cast(p.main_brand_share as double) end) as vip_brand,
           avg(case when v.is_vip = 0 then cast(p.main_brand_share as double) end) as other_brand,
           count(case when v.is_vip = 1 then 1 end) as vip_count,
           case when sum(s.is_social) > 0
                then share(sum(case when v.is_vip = 1 then s.is_social end), count(case when v.is_vip = 1 then 1 end)) end as vip_social
    from vips v join profile p on p.customer_id = v.customer_id left join social s on s.customer_id = v.customer_id)
select s.month_of_year, s.vip_index, s.other_index, d.vip_share as vip_discount_share, d.other_share as other_discount_share,
       k.vip_social as vip_social_share, a.vip_share as vip_discount_all, a.other_share as other_discount_all,
       k.vip_brand as vip_brand_share, k.other_brand as other_brand_share, k.vip_count, b.stand_in
from seasons s left join discounts d on d.month_of_year = s.month_of_year cross join discounts_all a cross join people_known k cross join basis b
order by s.month_of_year"""


@question(
    "V4",
    ko="VIP는 언제 사고, 할인과 브랜드에 얼마나 끌리나요?",
    en="When do VIPs buy, and how far do discounts and brands move them?",
    optional=(
        "order_lines",
        "order_lines.discount_amount",
        "order_lines.coupon_amount",
        "feedback",
        "feedback.feedback_kind",
        "profile.main_brand_share",
        "profile.expected_margin_12m",
        "profile.margin",
    ),
    hidden=("vip_discount_all", "other_discount_all", "vip_brand_share", "other_brand_share", "vip_count", "stand_in"),
    sentence=(
        "VIP가 평소보다 가장 많이 사는 달은 {best}월(평균의 {best_index:percent})이고, 가장 적게 사는 달은 {worst}월({worst_index:percent})입니다. "
        "할인 상품의 비중은 VIP {vip_discount:percent}, 나머지 {other_discount:percent}입니다. "
        "한 브랜드에 쓰는 비중은 VIP {vip_brand:percent}, 나머지 {other_brand:percent}입니다. "
        "소셜 활동을 남긴 비중은 VIP {vip_social:percent}입니다. "
        "비용을 몰라 기대 마진을 계산할 수 없으므로 VIP는 '{stand_in}' 순으로 골랐습니다.",
        "VIPs buy most in month {best} ({best_index:percent} of the mean) and least in month {worst} ({worst_index:percent}). "
        "Discounted products: {vip_discount:percent} of what VIPs buy, {other_discount:percent} of the others. "
        "Share of money spent on one brand: {vip_brand:percent} for VIPs, {other_brand:percent} for the others. "
        "Of VIPs {vip_social:percent} are active in social media. "
        "Costs are not known, and so no expected margin is: VIPs are ranked by “{stand_in}”.",
    ),
    headline="""
        select min_by(month_of_year, (-vip_index, month_of_year)) as best, max(vip_index) as best_index,
               min_by(month_of_year, (vip_index, month_of_year)) as worst, min(vip_index) as worst_index,
               max(vip_discount_all) as vip_discount, max(other_discount_all) as other_discount, max(vip_brand_share) as vip_brand,
               max(other_brand_share) as other_brand, max(vip_social_share) as vip_social, max(stand_in) as stand_in,
               max(vip_count) as n
        from answer where vip_index is not null""",
    chart=Chart("bar", "month_of_year", ("vip_index", "other_index")),
    actions=(
        NextAction("계절에 따른 매출", "Sales by season", question="seasonality"),
        NextAction("보답이 필요한 고객 유형", "Kinds of customers to reward", question="appreciation_types"),
    ),
    month_of_year=integer(ko="월", en="Month of the year"),
    vip_index=share(ko="VIP 매출 지수", en="Sales index, VIPs"),
    other_index=share(ko="나머지 매출 지수", en="Sales index, others"),
    vip_discount_share=share(ko="VIP 할인 상품 비중", en="Discounted, VIPs"),
    other_discount_share=share(ko="나머지 할인 상품 비중", en="Discounted, others"),
    vip_social_share=share(ko="소셜 활동 VIP 비중", en="VIPs active in social media"),
    vip_discount_all=share(ko="VIP 할인 상품 비중(전체)", en="Discounted in all, VIPs"),
    other_discount_all=share(ko="나머지 할인 상품 비중(전체)", en="Discounted in all, others"),
    vip_brand_share=share(ko="VIP 주 브랜드 비중", en="Share of main brand, VIPs"),
    other_brand_share=share(ko="나머지 주 브랜드 비중", en="Share of main brand, others"),
    vip_count=count(ko="VIP 수", en="VIPs"),
    stand_in=category(ko="기대 마진 대신 쓴 기준", en="Ranked by, where there is no expected margin"),
)
def vip_tendencies(top_share: float = 0.2, by: Basis = "value") -> Query:
    """Sales per VIP and per other customer by month of the year over what is usual, and how much of it was discounted.

    Of each complete month only those count who were customers when it began, so that VIPs who came later make no season; with 24 such
    months the trend is divided out first, with fewer a season is not told from a trend. Months with more customers weigh more.
    Discounted is what was sold with a discount or coupon, by money. Who left feedback of kind social is active in social media (R109).
    Where no costs are known, sales to date stand for value.
    """
    return seasonal(
        sql(TENDENCIES),
        monthly=sql(
            "select series, month, share(sales, customers * days) as rate, cast(customers as double) as weight from months"
        ),
        trend="rate",
        vips=marked(top_share, by),
        basis=sql(STAND_IN[by]),
        months=sql(MONTHS),
    )


@question(
    "V5",
    ko="보답 방법을 달리해야 할 고객 유형은 무엇인가요?",
    en="Which kinds of customers need a different reward?",
    optional=(
        "profile.mostly_rewarded",
        "profile.expected_margin_12m",
        "profile.category_count",
    ),
    hidden=("told_count",),
    sentence=(
        "구매 고객 {n:count}명 가운데 예전에는 상위 고객이었지만 멀어진 고객이 {fallen:count}명입니다. "
        "혜택이 있을 때만 사는 고객은 {addicts:count}명입니다. "
        "한 번 사고 돌아오지 않은 고객은 {gone:count}명, 늘 같은 것만 사는 고객은 {conservative:count}명입니다.",
        "Of {n:count} buyers {fallen:count} were among the best and have drifted away. "
        "{addicts:count} buy for rewards only. "
        "{gone:count} bought once and never returned, {conservative:count} always buy the same.",
    ),
    headline="""
        select sum(customer_count) as n, sum(case when kind = 'fallen_angel' then customer_count else 0 end) as fallen,
               case when sum(told_count) > 0 then sum(case when kind = 'reward_addict' then customer_count else 0 end) end as addicts,
               sum(case when kind = 'never_returned' then customer_count else 0 end) as gone,
               sum(case when kind = 'conservative' then customer_count else 0 end) as conservative
        from answer""",
    chart=Chart("bar", "kind", ("customer_count",)),
    actions=(
        NextAction("멀어진 우수 고객에게 사과", "Win fallen angels back", programme="fallen_angel"),
        NextAction("한 번 산 고객의 두 번째 구매", "A second order from those who never returned", programme="never_returned"),
        NextAction("혜택만 찾는 고객에게 서비스로 보답", "Service instead of discounts", programme="reward_addict"),
        NextAction("늘 같은 것만 사는 고객에게 새 제안", "Something new for conservative customers", programme="conservative"),
    ),
    kind=category(ko="유형", en="Kind"),
    reward=category(ko="어울리는 보답", en="Fitting reward"),
    customer_count=count(ko="고객 수", en="Customers"),
    customer_share=share(ko="비중", en="Share"),
    net_sales=money(ko="누적 순매출", en="Net sales so far"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    told_count=count(ko="할인을 아는 고객 수", en="Customers whose discounts are known"),
)
def appreciation_types(fewest_orders: int = 3) -> Query:
    """Four kinds of customers whom a thank-you of one form would miss; everybody is in one row (R110).

    In this order: fallen angel: among the top fifth by sales of the year before the last one, and in the lower two fifths by recency
    now. Never returned: one order, lapsed. Reward addict: at least `fewest_orders` orders, and half of them with a coupon, or nine of
    ten products discounted. Conservative: at least `fewest_orders` orders, all of one category. All others are neither. Each of the
    four is a segment and the audience of a programme of its name.
    """
    return sql(
        """
        with kinds as (
            select p.net_sales, p.expected_margin_12m,
                   case when p.best_year_before and p.recency_score <= 2 then 'fallen_angel'
                        when p.order_count = 1 and p.lifecycle_stage = 'lapsed' then 'never_returned'
                        when p.order_count >= $fewest_orders and p.mostly_rewarded then 'reward_addict'
                        when p.order_count >= $fewest_orders and p.category_count = 1 then 'conservative'
                        else 'neither' end as kind,
                   case when p.mostly_rewarded is not null then 1 else 0 end as is_told
            from profile p where p.order_count > 0)
        select kind,
               case kind when 'fallen_angel' then 'personal_apology' when 'never_returned' then 'second_order_reason'
                         when 'reward_addict' then 'service_not_discount' when 'conservative' then 'try_something_new'
                         else 'usual_thanks' end as reward,
               count(*) as customer_count, share(count(*), sum(count(*)) over ()) as customer_share,
               cast(sum(net_sales) as decimal(18, 2)) as net_sales,
               cast(sum(expected_margin_12m) as decimal(18, 2)) as expected_margin_12m, sum(is_told) as told_count
        from kinds group by kind
        order by case kind when 'fallen_angel' then 1 when 'never_returned' then 2 when 'reward_addict' then 3
                           when 'conservative' then 4 else 5 end""",
        fewest_orders=fewest_orders,
    )
