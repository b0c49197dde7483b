"""Who may end a contract or leave the company's list, with what they pay and what goes with it (K5; R183, R184)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    integer,
    money,
    probability,
    question,
    share,
    sql,
)


@question(
    "K5",
    ko="계약이나 명단의 고객 중 누가 떠날 것 같나요?",
    en="Which customers with a contract, or on our list, are likely to leave?",
    optional=(
        "profile.contract_churn_probability",
        "profile.contract_fee",
        "profile.listed_churn_probability",
        "profile.listed_churn_cause",
        "profile.listed_fee",
    ),
    hidden=("scored_count", "expected_count", "top_share"),
    sentence=(
        "아직 남아 있는 고객 {n:count}명의 가능성을 더하면 {expected:count}명이 떠날 것으로 보입니다. "
        "위험의 {share:percent}가 상위 10%에 몰려 있으니 목록의 앞에서부터 챙기세요.",
        "By their chances {expected:count} of {n:count} customers who are still there are expected to leave. "
        "The first tenth of the list carries {share:percent} of what is at stake: start there.",
    ),
    headline="select max(scored_count) as n, max(expected_count) as expected, max(top_share) as share from answer",
    chart=Chart("none"),
    actions=(
        NextAction("떠날 가능성이 높은 고객 보기", "See who is likely to leave", rule="listed_churn_probability > 0.5"),
        NextAction("해지할 가능성이 높은 고객 보기", "See whose contract may end", rule="contract_churn_probability > 0.5"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    leaving_probability=probability(ko="떠날 가능성", en="Chance of leaving"),
    leaving_basis=category(ko="근거", en="Told from"),
    monthly_fee=money(ko="월 금액", en="Monthly fee"),
    fee_at_stake=money(ko="위험한 월 금액", en="Monthly fee at stake"),
    cause_group=category(ko="함께 나타나는 원인군", en="Cause group that goes with it"),
    scored_count=count(ko="점수가 있는 고객", en="Customers scored"),
    expected_count=count(ko="떠날 것으로 보이는 고객", en="Customers expected to leave"),
    top_share=share(ko="상위 10%의 위험 비중", en="Share at stake in the first tenth"),
)
def likely_to_leave(top: int = 100) -> Query:
    """Customers by what they pay a month times the chance that they leave; by the chance alone where nobody's fee is known.

    With dated contracts the chance is that of an end within the horizon; from a list of who left it is how likely somebody like
    this is to be marked as gone. The cause group (price, service, loyalty, communication, other) is what goes with it in the
    list's columns, not proof of a cause.
    """
    return sql(
        """
        with scored as (
            select customer_id, coalesce(contract_churn_probability, listed_churn_probability) as leaving_probability,
                   case when contract_churn_probability is not null then 'from_contracts' else 'from_list' end as leaving_basis,
                   case when contract_churn_probability is not null then contract_fee else listed_fee end as monthly_fee,
                   case when contract_churn_probability is null then listed_churn_cause end as cause_group
            from profile where coalesce(contract_churn_probability, listed_churn_probability) is not null),
        weighed as (
            select customer_id, leaving_probability, leaving_basis, monthly_fee, cause_group,
                   leaving_probability * case when max(monthly_fee) over () is null then 1e0
                                              else cast(coalesce(monthly_fee, 0) as double) end as stake
            from scored),
        ranked as (
            select customer_id, leaving_probability, leaving_basis, monthly_fee, cause_group, stake,
                   row_number() over (order by stake desc, leaving_probability desc, customer_id) as place,
                   count(*) over () as scored_count, sum(leaving_probability) over () as expected_count, sum(stake) over () as all_stake
            from weighed),
        first_tenth as (
            select sum(case when place <= greatest(scored_count / 10e0, 1e0) then stake end) as top_stake from ranked)
        select r.place, r.customer_id, r.leaving_probability, r.leaving_basis, r.monthly_fee,
               cast(r.leaving_probability * cast(r.monthly_fee as double) as decimal(18, 2)) as fee_at_stake, r.cause_group,
               r.scored_count, cast(round(r.expected_count) as bigint) as expected_count, share(f.top_stake, r.all_stake) as top_share
        from ranked r cross join first_tenth f order by r.place limit $top""",
        top=top,
    )
