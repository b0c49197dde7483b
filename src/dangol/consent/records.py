"""The state of consent at a moment, read from records that are only ever added to.

For each customer, channel and purpose the latest record counts; of two at the same moment the stricter one. Where several source
records were found to be one person, each has its own latest word, and one refusal among them stands for all: matching may err,
and a message to somebody who said no cannot be called back. Whoever unsubscribed or complained after agreeing has withdrawn.
Korea's Network Act, Art. 50(8), wants consent to advertising confirmed every two years: an older one no longer allows anything.
"""

from __future__ import annotations

from dangol.core.query import Query, preceded, sql

ADVERTISING = "advertising"
RECONFIRM_MONTHS = 24
# what a company may lack without its consent becoming unreadable
OPTIONAL = ("messages", "consents.purpose", "consents.night", "consents.expires_at", "consents.record_key")


def latest_consents(purpose: str = ADVERTISING, reconfirm_months: int = RECONFIRM_MONTHS) -> Query:
    """The latest word of every customer on every channel, and whether it still allows contact.

    Reads `consents` and `messages`, both cut at `as_of`. Gives customer_id, channel, recorded_at, night and verdict:
    allowed, withdrawn, expired or reconfirm_due. Consent is good for [recorded_at, recorded_at + months); a record without
    a purpose is about advertising.
    """
    return sql(
        """
        with stated as (
            select customer_id, channel, coalesce(nullif(trim(purpose), ''), 'advertising') as purpose,
                   coalesce(allowed, false) as allowed, recorded_at, coalesce(night, false) as night, expires_at,
                   coalesce(record_key, '') as record_key
            from consents where customer_id is not null and channel is not null and recorded_at < as_of),
        said as (
            select *, row_number() over (
                partition by customer_id, channel, purpose, record_key
                order by recorded_at desc, case when allowed then 1 else 0 end) as turn
            from stated),
        channels as (select distinct customer_id, channel from stated),
        walked_away as (
            select c.customer_id, c.channel, 'advertising' as purpose, false as allowed, m.occurred_at as recorded_at,
                   false as night, cast(null as timestamp) as expires_at, 1 as refusal
            from messages m join channels c on c.customer_id = m.customer_id and c.channel = coalesce(m.channel, c.channel)
            where m.message_event in ('unsubscribed', 'complained') and m.occurred_at < as_of),
        records as (
            select customer_id, channel, purpose, allowed, recorded_at, night, expires_at,
                   case when turn = 1 and not allowed then 0 else 1 end as refusal
            from said
            union all
            select * from walked_away),
        ranked as (
            select customer_id, channel, allowed, recorded_at, night and allowed as night, expires_at,
                   row_number() over (
                       partition by customer_id, channel
                       order by refusal, recorded_at desc, case when allowed then 1 else 0 end,
                                case when expires_at is null then 1 else 0 end, expires_at, case when night then 1 else 0 end
                   ) as place
            from records where purpose = $purpose)
        select customer_id, channel, recorded_at, night,
               case when not allowed then 'withdrawn'
                    when expires_at <= as_of then 'expired'
                    when recorded_at + to_months($months) <= as_of then 'reconfirm_due'
                    else 'allowed' end as verdict
        from ranked where place = 1""",
        purpose=purpose,
        months=reconfirm_months,
    )


def consents_now(purpose: str = ADVERTISING, reconfirm_months: int = RECONFIRM_MONTHS) -> Query:
    """Who allows what at the moment: customer_id, channel, allowed; the table that audience rules ask."""
    chosen = sql("select customer_id, channel, verdict = 'allowed' as allowed from latest")
    return preceded(chosen, latest=latest_consents(purpose, reconfirm_months))
