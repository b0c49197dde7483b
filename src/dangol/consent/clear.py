"""The gate that every contact goes through: who of the candidates may be contacted, on which channel, by which record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.consent.records import ADVERTISING, RECONFIRM_MONTHS, latest_consents
from dangol.core.cleared import Clearance, claim_mint
from dangol.core.engine import Duck
from dangol.core.errors import ConsentError, told
from dangol.core.query import Scope, bind, literal, preceded, sql
from dangol.core.tables import CHANNELS, FACTS

_mint = claim_mint()

# when no channel is allowed, the reason that is easiest to mend is told
CHOICE = sql("""
    with asked as (select distinct customer_id from candidates where customer_id is not null),
    blocked as (
        select distinct s.customer_id, w.channel
        from suppressed s join wanted w on coalesce(s.channel, '') = '' or s.channel = w.channel),
    closed_to as (select distinct customer_id, channel from closed),
    pairs as (
        select a.customer_id, w.channel, w.place, l.recorded_at, l.night,
               case when b.customer_id is not null then 'suppressed'
                    when c.customer_id is not null and l.verdict = 'allowed' then 'policy'
                    else coalesce(l.verdict, 'no_consent') end as verdict
        from asked a cross join wanted w
        left join latest l on l.customer_id = a.customer_id and l.channel = w.channel
        left join blocked b on b.customer_id = a.customer_id and b.channel = w.channel
        left join closed_to c on c.customer_id = a.customer_id and c.channel = w.channel),
    ranked as (
        select *, row_number() over (
            partition by customer_id
            order by case verdict when 'allowed' then 0 when 'policy' then 1 when 'reconfirm_due' then 2 when 'expired' then 3
                                  when 'suppressed' then 4 when 'withdrawn' then 5 else 6 end, place) as choice
        from pairs)
    select cast(customer_id as bigint) as customer_id, verdict as reason, channel, recorded_at as consent_recorded_at, night
    from ranked where choice = 1 order by customer_id""")


@dataclass(frozen=True)
class Asking:
    """What one wants to do.

    Attributes:
        channels: tried in this order; the first allowed one is taken.
        as_of: the moment of the contact, UTC without zone.
        purpose: what for.
        reconfirm_months: consent older than this no longer counts.
    """

    channels: tuple[str, ...]
    as_of: datetime
    purpose: str = ADVERTISING
    reconfirm_months: int = RECONFIRM_MONTHS

    def __post_init__(self) -> None:
        unknown = [channel for channel in self.channels if channel not in CHANNELS]
        if not self.channels or unknown:
            hint = told("known: {names:listed}{more}", names=list(CHANNELS), more="")
            raise ConsentError(told("cannot ask for channels {names:listed}", names=list(self.channels)), hint=hint)
        if self.reconfirm_months < 1:
            what = told("consent cannot be confirmed every {n} months", n=self.reconfirm_months)
            raise ConsentError(what, hint=told("24 in Korea"))


def clear(
    duck: Duck,
    candidates: exp.Expr,
    records: Mapping[str, exp.Expr],
    *,
    asking: Asking,
    suppressed: exp.Expr | None = None,
    closed: exp.Expr | None = None,
) -> Clearance:
    """Sort candidates into those who may be contacted and those who may not, with the reason.

    Args:
        duck: where the tables are.
        candidates: a table or select with customer_id.
        records: what stands for `consents` and, where the company has it, `messages`, cut at the asked moment.
        asking: what one wants to do.
        suppressed: a table or select with customer_id and channel (missing or empty: every channel).
        closed: the same for channels that the company's own policies do not use for a customer; each channel is named.

    Raises:
        ConsentError: there is no table `consents` at all.
    """
    if "consents" not in records:
        what = told("no consent records among {names:listed}", names=sorted(records))
        raise ConsentError(what, hint=told("without records nobody may be contacted"))
    sources = {
        "consents": records["consents"],
        "messages": records.get("messages", nothing("messages")),
        "candidates": candidates,
        "suppressed": suppressed if suppressed is not None else nothing("consents"),
        "closed": closed if closed is not None else nothing("consents"),
        "wanted": wanted(asking.channels),
    }
    question = preceded(CHOICE, latest=latest_consents(asking.purpose, asking.reconfirm_months))
    answer = duck.arrow(bind(question, Scope(asking.as_of, sources=sources)))
    allowed = pc.equal(answer["reason"], "allowed")
    cleared = _mint(answer.filter(allowed), asking.purpose, asking.as_of)
    refused = answer.filter(pc.invert(allowed)).select(["customer_id", "reason"])
    return Clearance(cleared, refused.cast(pa.schema([("customer_id", pa.int64()), ("reason", pa.string())])))


def wanted(channels: tuple[str, ...]) -> exp.Expr:
    """The asked channels with their place in the order."""
    rows = [
        exp.select(exp.alias_(literal(channel), "channel"), exp.alias_(literal(place), "place"))
        for place, channel in enumerate(channels)
    ]
    return exp.union(*rows, distinct=False) if len(rows) > 1 else rows[0]


def nothing(table: str) -> exp.Expr:
    """A fact table without rows, for companies that do not have it."""
    columns = [exp.alias_(exp.cast(exp.null(), column.sql_type), column.name) for column in FACTS[table].columns]
    return exp.select(*columns).where(exp.false())
