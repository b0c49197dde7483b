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
    hidden=("scored_count", "likely_count"),
    sentence=(
        "아직 남아 있는 고객 {n:count}명 중 떠날 가능성이 50%를 넘는 고객은 {likely:count}명입니다. "
        "명단은 가능성과 월 금액을 함께 보아 정했습니다.",
        "Of {n:count} customers who are still there, {likely:count} are more likely than not to leave; the list is ranked by chance "
        "and monthly fee together.",
    ),
    headline="select max(scored_count) as n, max(likely_count) as likely from answer",
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
    likely_count=count(ko="떠날 가능성 50% 초과 고객", en="Customers above 50 %"),
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
        ranked as (
            select customer_id, leaving_probability, leaving_basis, monthly_fee, cause_group,
                   cast(leaving_probability * cast(monthly_fee as double) as decimal(18, 2)) as fee_at_stake,
                   row_number() over (order by leaving_probability * cast(coalesce(monthly_fee, 0) as double) desc,
                                               leaving_probability desc, customer_id) as place,
                   count(*) over () as scored_count,
                   count(case when leaving_probability > 0.5e0 then 1 end) over () as likely_count
            from scored)
        select place, customer_id, leaving_probability, leaving_basis, monthly_fee, fee_at_stake, cause_group, scored_count,
               likely_count
        from ranked order by place limit $top""",
        top=top,
    )
