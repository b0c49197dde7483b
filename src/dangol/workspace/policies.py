"""Policies at work: which channels are not used for whom, and for whom a further contact would cost more than he is worth to us.

What contacts of a year cost is counted by campaign: the mean cost of its arms, for those held out as for those contacted, so that
both reach the limit together and stay comparable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import reduce

import pyarrow as pa
from sqlalchemy import select
from sqlglot import exp

from dangol.core.declare import Policy, ProgrammeSettings
from dangol.core.errors import ConfigError, told
from dangol.core.query import Scope, Value, bind, literal, sql
from dangol.core.store import Campaign, Store
from dangol.core.tables import CHANNELS
from dangol.ledger import Run
from dangol.workspace.customers import Customers

YEAR = timedelta(days=365)
WORTH = "expected_margin_12m"
CLOSED = pa.schema([("customer_id", pa.int64()), ("channel", pa.string())])
SPENT_UP = sql("""
    with spent as (
        select d.customer_id, sum(c.cost) as amount
        from decisions d join campaign_costs c on c.campaign_id = d.campaign_id
        where d.action in ('contact', 'hold_out') and d.as_of > $since and d.as_of < $run_as_of
        group by d.customer_id)
    select distinct cast(l.customer_id as bigint) as customer_id
    from limits l left join spent s on s.customer_id = l.customer_id
    where coalesce(s.amount, 0e0) + $cost > l.amount""")


class Policies:
    """The policies of one company on its serving snapshot.

    Args:
        customers: as rules choose them.
        store: with the campaigns of before.
        policies: of the settings.
        rules: of all segments, by name.
    """

    def __init__(self, customers: Customers, store: Store, policies: Sequence[Policy], rules: Mapping[str, str]) -> None:
        self.customers = customers
        self.store = store
        self.policies = policies
        self.rules = rules

    def members(self, policy: Policy) -> exp.Expr:
        """Who is in the segment of a policy, as a condition on the profile.

        Raises:
            ConfigError: there is no such segment, or its rule cannot be read: then nobody knows whom the policy protects.
        """
        hint = told("change the segment or the policy on page Segments")
        if policy.segment not in self.rules:
            raise ConfigError(
                told("there is a policy for segment {name:quoted}, which is not there", name=policy.segment), hint=hint
            )
        try:
            return self.customers.condition(self.rules[policy.segment])
        except ConfigError as wrong:
            what = told("the policy of segment {name:quoted} cannot be held", name=policy.segment)
            raise ConfigError(what, problems=[wrong.what, *wrong.problems], hint=hint) from wrong

    def closed(self) -> pa.Table:
        """Channels that are not used for a customer by the policies of his segments: customer_id and channel."""
        found = [self.closed_by(each) for each in self.policies if each.channels]
        return pa.concat_tables(found) if found else CLOSED.empty_table()

    def closed_by(self, policy: Policy) -> pa.Table:
        """The channels that a policy does not name, for everybody in its segment."""
        duck = self.customers.snapshot.duck.cursor()
        inside = exp.select("profile.customer_id").from_("profile").where(self.members(policy))
        numbers = duck.arrow(self.customers.reading(inside))["customer_id"].combine_chunks().cast(pa.int64())
        others = [channel for channel in CHANNELS if channel not in policy.channels]
        tables = [pa.table([numbers, pa.repeat(pa.scalar(each, pa.string()), len(numbers))], schema=CLOSED) for each in others]
        return pa.concat_tables(tables) if tables else CLOSED.empty_table()

    def spent_up(self, run: Run) -> pa.Table | None:
        """Those for whom a contact of this run would cost more than a policy allows: customer_id; None where nothing is limited.

        Whoever has no expected margin has no limit. A contact that costs nothing is never too dear.
        """
        limiting = [each for each in self.policies if each.promotion_share is not None]
        cost = cost_of(run.settings)
        if not limiting or not cost:
            return None
        if WORTH not in self.customers.snapshot.columns:
            what = told("promotion limits need expected margins, which nobody predicts here")
            raise ConfigError(what, hint=told("see why on page Models, or take promotion_share out of the policies"))
        limits: list[exp.Query] = [self.limits_of(each) for each in limiting]
        together = reduce(lambda above, below: exp.union(above, below, distinct=False), limits)
        duck = self.customers.snapshot.duck.cursor()
        duck.register("campaign_costs", self.campaign_costs())
        sources = {"limits": self.customers.reading(together)}
        values: dict[str, Value] = {"since": run.as_of - YEAR, "run_as_of": run.as_of, "cost": cost}
        found = duck.arrow(bind(SPENT_UP, Scope(run.as_of, sources=sources, values=values)))
        duck.drop("campaign_costs")
        return found

    def limits_of(self, policy: Policy) -> exp.Select:
        """What contacts of a year with each customer of a policy's segment may cost."""
        margin = exp.column(WORTH, table="profile")
        earning = exp.Greatest(this=exp.cast(margin, "double"), expressions=[exp.Literal.number(0)])
        amount = exp.Mul(this=earning, expression=literal(policy.promotion_share or 0.0))
        chosen = exp.select("profile.customer_id", exp.alias_(amount, "amount")).from_("profile")
        return chosen.where(self.members(policy), exp.not_(exp.Is(this=margin.copy(), expression=exp.null())))

    def campaign_costs(self) -> pa.Table:
        """What a contact of each campaign of ours costs in the mean: campaign_id and cost."""
        with self.store.reading() as session:
            found = session.execute(select(Campaign.campaign_id, Campaign.settings)).all()
        costs = [cost_of(ProgrammeSettings(**settings)) for _, settings in found]
        return pa.table(
            {"campaign_id": pa.array([name for name, _ in found], pa.string()), "cost": pa.array(costs, pa.float64())}
        )


def cost_of(settings: ProgrammeSettings) -> float:
    """What a contact of a programme costs in the mean of its arms."""
    return sum(arm.share * arm.cost for arm in settings.arms)
