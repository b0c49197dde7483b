"""What it cost to serve customers: messages, conversations and returned orders, at the costs that are known or planned."""

from __future__ import annotations

from dangol.core.declare import Query, sql
from dangol.core.query import preceded

# A conversation costs what is asked with, else what the plan says; a returned order what the plan says; neither counts otherwise.
RATES = """
    select cast(coalesce(nullif(cast($service_cost as double), 0), max(case when figure = 'conversation_cost' then amount end), 0e0)
                as decimal(18, 2)) as conversation,
           cast(coalesce(max(case when figure = 'return_cost' then amount end), 0e0) as decimal(18, 2)) as returned
    from entered"""
TOUCHED = """
    select m.customer_id, 'message' as kind, cast(coalesce(c.cost_per_contact, 0) as decimal(18, 4)) as cost
    from messages m left join campaigns c on c.campaign_id = m.campaign_id
    where m.message_event = 'sent' and m.customer_id is not null and days_between(m.occurred_at, as_of) <= $days
    union all
    select i.customer_id, 'conversation' as kind, cast(r.conversation as decimal(18, 4)) as cost
    from interactions i cross join rates r where i.customer_id is not null and days_between(i.occurred_at, as_of) <= $days
    union all
    select b.customer_id, 'return' as kind, cast(r.returned as decimal(18, 4)) as cost
    from (select distinct customer_id, order_id, date_trunc('day', local(returned_at)) as day from returns
          where customer_id is not null and days_between(returned_at, as_of) <= $days) b cross join rates r"""


def with_costs(query: Query, *, days: int = 365, service_cost: float = 0.0) -> Query:
    """The query with `rates` (conversation, returned) and `touched` (customer_id, kind, cost) in front.

    Args:
        query: that reads them.
        days: looked back from now.
        service_cost: of one conversation; 0 for that of the plan.
    """
    return preceded(query, rates=sql(RATES, service_cost=service_cost), touched=sql(TOUCHED, days=days))
