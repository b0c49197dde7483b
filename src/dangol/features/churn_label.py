"""What the company's own list says of a customer: gone or not, and what he pays a month."""

from dangol.core.declare import Query, feature, flag, money, sql


@feature(
    ko="이탈 여부 명단",
    en="Marked as left or not",
    optional=("churn_labels.monthly_fee",),
    has_left=flag(ko="이탈한 고객(명단)", en="Has left, by the list"),
    listed_fee=money(ko="월 금액(명단)", en="Monthly fee, by the list"),
)
def churn_label() -> Query:
    """Whether the list marks the customer as gone, where of several entries one that stayed counts; and what he pays or paid."""
    return sql("""
        select customer_id, min(case when churn_status = 'left' then 1 else 0 end) = 1 as has_left,
               cast(sum(monthly_fee) as decimal(18, 2)) as listed_fee
        from churn_labels where customer_id is not null group by customer_id""")
