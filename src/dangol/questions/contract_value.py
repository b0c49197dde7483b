"""What contracts are worth, stated in the same ways as what customers of a shop are worth, and how much of it stays (V14, K7; R111, R121, R183)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, money, month, number, question, share, sql

LIKELY = NextAction("누가 떠날 것 같나요?", "Who is likely to leave?", question="likely_to_leave")


@question(
    "V14",
    ko="계약 고객의 가치를 여러 방법으로 구하면 얼마인가요?",
    en="What are customers with a contract worth, stated in several ways?",
    optional=(
        "profile.contract_value_12m",
        "profile.contract_months_12m",
        "profile.contract_value_ahead",
        "profile.contract_ahead_days",
    ),
    sentence=(
        "계약 고객 한 명의 가치는 지금까지 낸 금액으로 {billed:money}입니다. 직접 공식으로는 {formula:money}, 앞으로 12개월 예측으로는 {predicted:money}입니다.",
        "A customer with a contract has paid {billed:money} so far. By the direct formula one is worth {formula:money}, by the "
        "prediction for the next 12 months {predicted:money}.",
    ),
    headline="""
        select max(case when method = 'billed' then value_each end) as billed,
               max(case when method = 'formula' then value_each end) as formula,
               max(case when method = 'predicted' then value_each end) as predicted,
               max(customer_count) as n
        from answer""",
    chart=Chart("bar", "method", ("value_each",)),
    actions=(LIKELY,),
    method=category(ko="방법", en="Way"),
    customer_count=count(ko="고객 수", en="Customers"),
    value_each=money(ko="1인당 금액", en="Revenue each"),
    total=money(ko="합계", en="In all"),
    monthly_fee=money(ko="1인당 월 금액", en="Monthly fee each"),
    monthly_end_share=share(ko="월 해지율", en="Ends a month"),
    lifetime_months=number(ko="유지 개월 수", en="Months it lasts"),
    ahead_days=number(ko="예측 기간(일)", en="Days looked ahead"),
)
def contract_values(days: int = 365) -> Query:
    """Fees so far; formula: monthly fee over the monthly share of contracts that end; predicted: 12 months, and a long window.

    The formula takes the ends of the last `days` over the months that contracts ran in them. It assumes that every contract ends
    with the same chance for ever, which makes it too low where those likely to leave have left already; the prediction does not.
    Fees as they are today; revenue, not margin; not discounted. Contracts without a fee are left out.
    """
    return sql(
        """
        with fees as (
            select customer_id, cast(monthly_fee as double) as fee, ended_at,
                   greatest(days_between(started_at, coalesce(ended_at, as_of)), 0e0) / 30.4375e0 as lasted,
                   greatest(days_between(started_at, as_of) - cast($days as double), 0e0) as began_before,
                   days_between(coalesce(ended_at, as_of), as_of) as gone
            from contracts where customer_id is not null and monthly_fee > 0),
        so_far as (select count(distinct customer_id) as customer_count, sum(fee * lasted) as total from fees),
        exposed as (
            select sum(case when ended_at is not null and gone <= $days then 1 else 0 end) as ends,
                   sum(case when gone <= $days then lasted - began_before / 30.4375e0 else 0e0 end) as months
            from fees),
        running as (
            select count(distinct customer_id) as customer_count, sum(fee) as fee, count(*) as contract_count
            from fees where ended_at is null),
        rates as (
            select r.customer_count, share(r.fee, r.customer_count) as fee_each, share(e.ends, e.months) as end_share
            from running r cross join exposed e where e.months > 0),
        ahead as (
            select count(*) as customer_count, sum(contract_value_12m) as year, sum(contract_value_ahead) as further,
                   max(contract_ahead_days) as ahead_days, avg(contract_months_12m) as months
            from profile where contract_value_12m is not null)
        select 'billed' as method, customer_count, money_per(total, customer_count) as value_each, cast(total as decimal(18, 2)) as total,
               cast(null as decimal(18, 2)) as monthly_fee, cast(null as double) as monthly_end_share,
               cast(null as double) as lifetime_months, cast(null as double) as ahead_days
        from so_far where customer_count > 0
        union all
        select 'formula', customer_count, money_per(fee_each / end_share, 1), money_per(fee_each / end_share * customer_count, 1),
               money_per(fee_each, 1), end_share, 1e0 / end_share, null
        from rates where end_share > 0
        union all
        select 'predicted', customer_count, money_per(year, customer_count), cast(year as decimal(18, 2)), null, null, months, 365e0
        from ahead where customer_count > 0
        union all
        select 'predicted_ahead', customer_count, money_per(further, customer_count), cast(further as decimal(18, 2)), null, null, null,
               cast(ahead_days as double)
        from ahead where customer_count > 0""",
        days=days,
    )


# What every customer pays a month at the first of each month, up to the last one that is over by what orders and contracts tell.
RUNNING = """
    with known as (
        select customer_id, local(started_at) as started_at, local(ended_at) as ended_at, coalesce(monthly_fee, 0) as fee
        from contracts where customer_id is not null and (ended_at is null or ended_at > started_at)),
    priced as (select case when count(monthly_fee) > 0 then 1 end as is_known from contracts),
    reach as (
        select date_trunc('month', greatest(local(data_until), max(coalesce(ended_at, started_at)))) as until,
               date_trunc('month', min(started_at)) as since
        from known),
    digits as (
        select 0 as digit union all select 1 union all select 2 union all select 3 union all select 4 union all select 5
        union all select 6 union all select 7 union all select 8 union all select 9),
    steps as (select 10 * t.digit + u.digit as step from digits t cross join digits u),
    edges as (
        select r.until - interval '1' month * s.step as month, s.step
        from steps s cross join reach r where s.step <= $months + 12 and r.until - interval '1' month * s.step > r.since),
    running as (
        select e.month, k.customer_id, sum(k.fee) as fee
        from edges e join known k on k.started_at < e.month and (k.ended_at is null or k.ended_at >= e.month)
        group by e.month, k.customer_id),
    moved as (
        select a.month, count(*) as customer_count, count(case when b.customer_id is null then 1 end) as lost_count, sum(a.fee) as mrr,
               sum(case when b.customer_id is null then a.fee else 0 end) as lost_mrr,
               sum(case when b.fee < a.fee then a.fee - b.fee else 0 end) as contraction_mrr,
               sum(case when b.fee > a.fee then b.fee - a.fee else 0 end) as expansion_mrr
        from running a join edges e on e.month = a.month
        left join running b on b.customer_id = a.customer_id and b.month = a.month + interval '1' month
        where e.step between 1 and $months group by a.month),
    gained as (
        select e.month - interval '1' month as month, count(*) as new_count, sum(b.fee) as new_mrr
        from running b join edges e on e.month = b.month
        left join running a on a.customer_id = b.customer_id and a.month = b.month - interval '1' month
        where a.customer_id is null and e.step < $months group by e.month),
    yearly as (
        select e.month + interval '11' month as month, share(sum(least(coalesce(b.fee, 0), a.fee)), sum(a.fee)) as gross,
               share(sum(coalesce(b.fee, 0)), sum(a.fee)) as net
        from running a join edges e on e.month = a.month
        left join running b on b.customer_id = a.customer_id and b.month = a.month + interval '12' month
        where e.step >= 12 group by e.month)
    select cast(m.month as date) as month, m.customer_count, m.lost_count, share(m.lost_count, m.customer_count) as logo_churn,
           coalesce(g.new_count, 0) as new_count, cast(p.is_known * m.mrr as decimal(18, 2)) as mrr,
           cast(p.is_known * m.lost_mrr as decimal(18, 2)) as lost_mrr,
           cast(p.is_known * m.contraction_mrr as decimal(18, 2)) as contraction_mrr,
           cast(p.is_known * m.expansion_mrr as decimal(18, 2)) as expansion_mrr,
           cast(p.is_known * coalesce(g.new_mrr, 0) as decimal(18, 2)) as new_mrr,
           p.is_known * share(m.mrr - m.lost_mrr - m.contraction_mrr, m.mrr) as gross_retention,
           p.is_known * share(m.mrr - m.lost_mrr - m.contraction_mrr + m.expansion_mrr, m.mrr) as net_retention,
           p.is_known * y.gross as gross_retention_12m, p.is_known * y.net as net_retention_12m
    from moved m cross join priced p left join gained g on g.month = m.month left join yearly y on y.month = m.month
    order by m.month desc"""


@question(
    "K7",
    ko="계약 고객과 월 반복 매출은 매달 얼마나 유지되나요?",
    en="How many contract customers and how much recurring revenue do we keep each month?",
    optional=("contracts.monthly_fee",),
    sentence=(
        "{month:month} 초 계약 고객 {n:count}명 가운데 {lost:count}명({rate:percent})이 그달에 떠났습니다. "
        "월 반복 매출(MRR)의 총유지율(GRR)은 {gross:percent}, 순유지율(NRR)은 {net:percent}입니다. "
        "1년 전과 견준 총유지율은 {gross_year:percent}, 순유지율은 {net_year:percent}입니다. "
        "유지 중인 계약이 하나도 남지 않은 고객을 떠난 것으로 봅니다. (계약 종료 기준)",
        "Of {n:count} customers with a contract at the beginning of {month:month}, {lost:count} left in it, {rate:percent}. "
        "Monthly recurring revenue, MRR, was retained at {gross:percent} gross, GRR, and {net:percent} net, NRR. "
        "Against a year before, gross retention is {gross_year:percent} and net retention {net_year:percent}. "
        "Who has no running contract any more has left: told from the ends of contracts.",
    ),
    headline="""
        select max(month) as month, max_by(customer_count, month) as n, max_by(lost_count, month) as lost,
               max_by(logo_churn, month) as rate, max_by(gross_retention, month) as gross, max_by(net_retention, month) as net,
               max_by(gross_retention_12m, month) as gross_year, max_by(net_retention_12m, month) as net_year
        from answer""",
    chart=Chart("line", "month", ("logo_churn", "gross_retention", "net_retention")),
    actions=(LIKELY, NextAction("계약 고객의 가치", "What contracts are worth", question="contract_values")),
    month=month(ko="월", en="Month"),
    customer_count=count(ko="월초 계약 고객 수", en="Customers at its beginning"),
    lost_count=count(ko="떠난 고객 수", en="Left in it"),
    logo_churn=share(ko="고객 이탈률", en="Customer (logo) churn"),
    new_count=count(ko="새로 계약한 고객 수", en="Began or returned in it"),
    mrr=money(ko="월초 MRR", en="MRR at its beginning"),
    lost_mrr=money(ko="이탈로 잃은 MRR", en="MRR lost with those who left"),
    contraction_mrr=money(ko="축소된 MRR", en="MRR contracted"),
    expansion_mrr=money(ko="확대된 MRR", en="MRR expanded"),
    new_mrr=money(ko="신규 MRR", en="New MRR"),
    gross_retention=share(ko="총유지율(GRR)", en="Gross revenue retention (GRR)"),
    net_retention=share(ko="순유지율(NRR)", en="Net revenue retention (NRR)"),
    gross_retention_12m=share(ko="12개월 총유지율", en="GRR over 12 months"),
    net_retention_12m=share(ko="12개월 순유지율", en="NRR over 12 months"),
)
def contract_retention(months: int = 12) -> Query:
    """Customers with a running contract and what they pay a month, at the first of each month and at the next one's.

    Left: no contract of the customer runs any more; an end of one among several contracts contracts his fee. What is there at the
    end of a month is what was there at its beginning, less lost and contracted, plus expanded and new. Over 12 months: the
    fees of those who were there a year before the month's end, against theirs then. Fees as they are today, so that a rise within
    one contract is not seen, only one by another contract; revenue, not margin; contracts without a fee count as customers, not as
    money. At most 99 months together with the year before them. Companies without contracts: K6, by the lapse point.
    """
    return sql(RUNNING, months=months)
