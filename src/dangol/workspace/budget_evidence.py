"""What the company's own data say about uses of money: contacts and their stage, new customers and spend week by week.

A contact belongs to the use that fits the customer at that moment: acquire before the first order, reactivate beyond the lapse
point, retain when silent for more than twice the own mean gap, else grow; the stages of the profile, at the time of the contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from dangol.core.query import Query, named, preceded, sql
from dangol.lift import OPTIONAL, Reading, decided_members, imported_members, outcomes
from dangol.workspace.binding import Binder
from dangol.workspace.effects import IMPORTED_HORIZON_DAYS, MOST_MEMBERS
from dangol.workspace.figures import CONSENTS
from dangol.workspace.programmes import DECISIONS, Programmes
from dangol.workspace.registry import readable_columns
from dangol.workspace.snapshot import Snapshot

CHURN, MARGIN = "churn_probability", "expected_margin_12m"
# Contacts (customer_id, campaign_id, at, spent) with the use that the customer's orders before the contact put them under.
STAGED = sql("""
    with shopping_days as (
        select customer_id, ordered_at, lag(ordered_at) over (partition by customer_id order by ordered_at) as day_before
        from (select customer_id, min(ordered_at) as ordered_at
              from orders where status = 'completed' and customer_id is not null
              group by customer_id, date_trunc('day', local(ordered_at))) days),
    marked as (
        select customer_id, ordered_at as at, 0 as is_contact, day_before, cast(null as varchar) as campaign_id,
               cast(null as double) as spent
        from shopping_days where customer_id in (select customer_id from contacts)
        union all
        select customer_id, at, 1 as is_contact, cast(null as timestamp) as day_before, campaign_id, spent from contacts),
    walked as (
        select customer_id, at, is_contact, campaign_id, spent,
               sum(1 - is_contact)
                   over (partition by customer_id order by at, is_contact desc rows unbounded preceding) as day_count,
               min(case when is_contact = 0 then at end)
                   over (partition by customer_id order by at, is_contact desc rows unbounded preceding) as first_at,
               max(case when is_contact = 0 then at end)
                   over (partition by customer_id order by at, is_contact desc rows unbounded preceding) as last_at,
               max(day_before)
                   over (partition by customer_id order by at, is_contact desc rows unbounded preceding) as previous_at
        from marked),
    lapse as (select max(lapse_days) as lapse_days from profile)
    select w.customer_id, w.campaign_id, w.spent,
           case when w.day_count = 0 then 'acquire'
                when days_between(w.last_at, w.at) > l.lapse_days then 'reactivate'
                when w.day_count = 1 or days_between(w.previous_at, w.last_at) > l.lapse_days then 'grow'
                when days_between(w.last_at, w.at) > 2 * days_between(w.first_at, w.last_at) / (w.day_count - 1) then 'retain'
                else 'grow' end as purpose
    from walked w cross join lapse l where w.is_contact = 1""")
# What contacts of the last year cost: messages by their campaign, our own decisions by their arm.
CONTACTED = sql("""
    select m.customer_id, m.campaign_id, m.occurred_at as at, cast(coalesce(c.cost_per_contact, 0) as double) as spent
    from messages m left join campaigns c on c.campaign_id = m.campaign_id
    where m.message_event = 'sent' and m.customer_id is not null and days_between(m.occurred_at, as_of) <= 365
          and (m.campaign_id is null or m.campaign_id not in (select campaign_id from decisions where campaign_id is not null))
    union all
    select customer_id, campaign_id, decided_at as at, cast(coalesce(cost, 0) as double) as spent
    from decisions where action = 'contact' and days_between(decided_at, as_of) <= 365 and decided_at < as_of""")
SPENT = sql("select purpose, sum(spent) as spent, count(*) as contacts from staged group by purpose order by purpose")
ASSIGNED = sql("select customer_id, campaign_id, assigned_at as at, cost as spent from assigned")
# Members of campaigns with what they bought, the use they stood under, and what is at stake with each now.
MEMBERS = sql("""
    select o.campaign_id, o.customer_id, o.arm, o.treated, o.probability, o.assigned_at, o.cost, o.randomised, o.order_count,
           o.net_sales, o.margin, o.before_order_count, o.before_net_sales, o.before_margin, s.purpose,
           cast(p.expected_margin_12m as double) as margin_now, cast(p.churn_probability as double) as churn_now
    from outcome o join staged s on s.campaign_id = o.campaign_id and s.customer_id = o.customer_id
    left join profile p on p.customer_id = o.customer_id
    order by o.campaign_id, o.customer_id""")
# Whoever bought and may be contacted, with the use that fits now.
AUDIENCE = sql("""
    select case p.lifecycle_stage when 'lapsed' then 'reactivate' when 'at_risk' then 'retain' else 'grow' end as purpose,
           cast(p.expected_margin_12m as double) as margin_now, cast(p.churn_probability as double) as churn_now
    from profile p join reachable r on r.customer_id = p.customer_id
    where p.order_count > 0 order by p.customer_id""")
REACHABLE = sql("""
    select customer_id from profile where customer_id not in
        (select customer_id from suppressed_customers where customer_id is not null and (channel is null or channel = ''))""")
CONSENTING = sql("""
    select customer_id from profile where customer_id in (select customer_id from consents_now where allowed)
        and customer_id not in
        (select customer_id from suppressed_customers where customer_id is not null and (channel is null or channel = ''))""")
# What newcomers of the last year bring in their first twelve months: so far, and the part of the forecast that falls into them.
NEWCOMER_VALUE = sql("""
    with valued as (
        select customer_id, cast(margin as double)
               + cast(expected_margin_12m as double) * (365 - days_between(first_ordered_at, as_of)) / 365e0 as worth
        from profile
        where order_count > 0 and expected_margin_12m is not null and days_between(first_ordered_at, as_of) <= 365)
    select a.acquisition_channel as channel, count(*) as customers, avg(v.worth) as worth, stddev_samp(v.worth) as spread
    from valued v join people a on a.customer_id = v.customer_id
    where a.acquisition_channel is not null group by a.acquisition_channel order by a.acquisition_channel""")
NEWCOMERS = sql("""
    select a.acquisition_channel as channel, cast(date_trunc('week', local(p.first_ordered_at)) as date) as week, count(*) as came
    from profile p join people a on a.customer_id = p.customer_id
    where p.order_count > 0 and a.acquisition_channel is not null
    group by a.acquisition_channel, cast(date_trunc('week', local(p.first_ordered_at)) as date)""")
WEEKLY_SPEND = sql("""
    select coalesce(channel, '') as channel, cast(date_trunc('week', cast(spent_on as timestamp)) as date) as week,
           cast(sum(cost) as double) as spent,
           cast(sum(case when days_between(cast(spent_on as timestamp), local(as_of)) <= 365 then cost else 0 end) as double)
               as lately
    from spend group by coalesce(channel, ''), cast(date_trunc('week', cast(spent_on as timestamp)) as date)""")
SUPPRESSED = {"customer_id": "BIGINT", "channel": "VARCHAR"}
ALLOWING = {"customer_id": "BIGINT", "channel": "VARCHAR", "allowed": "BOOLEAN"}
NO_AUDIENCE = pa.schema([("purpose", pa.string()), ("margin_now", pa.float64()), ("churn_now", pa.float64())]).empty_table()
NO_SCORES = ("profile.churn_probability", "profile.expected_margin_12m")


@dataclass(frozen=True)
class Evidence:
    """Reads from a serving snapshot what money did.

    Attributes:
        programmes: the ledger and the campaigns of one company.
    """

    programmes: Programmes

    @property
    def snapshot(self) -> Snapshot:
        """The serving one."""
        return self.programmes.snapshot

    @cached_property
    def binder(self) -> Binder:
        """Facts, profile, ledger, consents and suppressions at the snapshot's moment."""
        snapshot = self.snapshot
        profile = {"customer_id": "BIGINT", "first_seen_at": "TIMESTAMP"}
        profile |= {name: output.sql_type for name, output in snapshot.columns.items()}
        known = Binder(snapshot.facts, snapshot.as_of, self.programmes.settings.company.zone)
        return known.reading(
            profile=(named("profile"), profile),
            decisions=(named("decisions"), DECISIONS),
            suppressed_customers=(named("suppressed_customers"), SUPPRESSED),
            consents_now=(named(CONSENTS), ALLOWING),
        )

    def read(self, query: Query, optional: Sequence[str] = ()) -> pa.Table:
        """A declared query's rows; without any where the company lacks what it reads."""
        duck = self.snapshot.duck.cursor()
        duck.register("suppressed_customers", self.programmes.suppressed())
        declared = {"profile": readable_columns(self.programmes.registry)}
        bound = self.binder.bind(query, where="budget", optional=optional, declared=declared)
        return duck.arrow(bound.tree) if bound.outputs and not bound.lost else pa.table({})

    def spent(self) -> dict[str, tuple[float, int]]:
        """Cost and number of the last year's contacts by use."""
        staged = preceded(STAGED, contacts=CONTACTED)
        found = self.read(preceded(SPENT, staged=staged), optional=("messages", "campaigns", *NO_SCORES))
        return {row["purpose"]: (row["spent"], row["contacts"]) for row in found.to_pylist()}

    def audience(self) -> pa.Table:
        """Whoever may be contacted now: purpose, margin_now and churn_now, missing where there is no such score."""
        reachable = CONSENTING if CONSENTS in self.snapshot.tables else REACHABLE
        found = self.read(preceded(AUDIENCE, reachable=reachable), optional=NO_SCORES)
        return found if found.num_columns else NO_AUDIENCE

    def members(self) -> list[tuple[pa.Table, Reading]]:
        """Members of campaigns drawn at random, a table for those that are read together, the latest campaigns first.

        The runs of a programme are read together as long as its holdout and arms stayed the same; each campaign of another system
        stands alone. Half a million members at most.
        """
        own = [(decided_members(horizons), max(horizons.values())) for horizons in self.own_campaigns()]
        drawn = [({name: IMPORTED_HORIZON_DAYS}, IMPORTED_HORIZON_DAYS) for name in self.drawn_campaigns()]
        asked = [*own, *((imported_members(horizons), days) for horizons, days in drawn)]
        tables = [(self.members_of(query), Reading(days, self.snapshot.as_of, "margin")) for query, days in asked]
        return [(table, reading) for table, reading in tables if table.num_rows]

    def own_campaigns(self) -> list[dict[str, int]]:
        """Campaigns of the ledger that may be read together, each with its horizon in days."""
        groups: dict[str, dict[str, int]] = {}
        left = MOST_MEMBERS
        for each in self.programmes.campaigns():
            left -= sum(each.counts.get(name, 0) for name in ("contact", "hold_out"))
            if left < 0:
                break
            said = each.settings
            alike = f"{each.programme} {said.holdout} {said.horizon_days} {said.arms}"
            groups.setdefault(alike, {})[each.campaign_id] = said.horizon_days
        return list(groups.values())

    def drawn_campaigns(self) -> list[str]:
        """Campaigns of other systems whose members were drawn at random."""
        imported = [each for each in self.programmes.imported() if each.randomised]
        return [each.campaign_id for each in imported if each.member_count <= MOST_MEMBERS]

    def members_of(self, members: Query) -> pa.Table:
        """Members of campaigns with their later orders and their stage."""
        query = preceded(
            MEMBERS,
            outcome=outcomes(members),
            assigned=members,
            contacts=ASSIGNED,
            staged=STAGED,
        )
        found = self.read(query, optional=(*OPTIONAL, *NO_SCORES))
        return found.filter(pc.field("randomised")) if found.num_rows else found
