"""Contracts and subscriptions: how many a customer has, since when, and for how much."""

from dangol.core.declare import Query, category, count, days, feature, money, sql


@feature(
    ko="계약",
    en="Contracts",
    optional=("contracts.monthly_fee", "contracts.plan", "contracts.ended_at"),
    active_contract_count=count(ko="유지 중인 계약 수", en="Contracts running"),
    contract_count=count(ko="전체 계약 수", en="Contracts in all"),
    ended_contract_count=count(ko="끝난 계약 수", en="Contracts ended"),
    contract_tenure_days=days(ko="계약 유지 기간", en="Days under contract"),
    contract_fee=money(ko="월 계약 금액", en="Monthly fee"),
    contract_plan=category(ko="요금제", en="Plan"),
)
def contracts() -> Query:
    """What a customer has under contract; an end counts from the day it came."""
    return sql("""
        select customer_id, count(case when ended_at is null then 1 end) as active_contract_count, count(*) as contract_count,
               count(ended_at) as ended_contract_count,
               days_between(min(case when ended_at is null then started_at end), as_of) as contract_tenure_days,
               cast(sum(case when ended_at is null then monthly_fee end) as decimal(18, 2)) as contract_fee,
               max_by(case when ended_at is null then plan end, started_at) as contract_plan
        from contracts where customer_id is not null group by customer_id""")
