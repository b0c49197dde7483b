"""Surveys: what customers say they spend with everybody, or how much of it with us."""

from dangol.core.declare import Query, feature, money, share, sql


@feature(
    ko="지갑 설문",
    en="Wallet survey",
    stated_spend=money(ko="설문: 연간 총지출", en="Stated yearly spend with everybody"),
    stated_share=share(ko="설문: 우리 비중", en="Stated share spent with us"),
)
def wallet_survey() -> Query:
    """The customer's latest answers: how much he spends altogether in a year, and which share of it with us (T10)."""
    return sql("""
        with placed as (
            select customer_id, stated_spend, stated_share,
                   row_number() over (partition by customer_id
                                      order by case when stated_spend is null then 1 else 0 end, given_at desc, stated_spend desc)
                       as spend_place,
                   row_number() over (partition by customer_id
                                      order by case when stated_share is null then 1 else 0 end, given_at desc, stated_share desc)
                       as share_place
            from feedback where customer_id is not null)
        select customer_id, max(case when spend_place = 1 then stated_spend end) as stated_spend,
               max(case when share_place = 1 then stated_share end) as stated_share
        from placed group by customer_id""")
