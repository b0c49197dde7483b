"""What contracts are worth, stated in the same ways as what customers of a shop are worth (V14; R111, R121)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, money, number, question, share, sql


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
    actions=(NextAction("누가 떠날 것 같나요?", "Who is likely to leave?", question="likely_to_leave"),),
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
