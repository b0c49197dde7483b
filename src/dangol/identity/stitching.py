"""Visits before a login: whose they were is known once somebody logs in on the same device.

An event without a customer belongs to whoever was logged in on that device half an hour before or less; else to whoever logs in
there next, within 30 days. On a shared device every login speaks for the visits around it only. `stitched_at` says from when this
is known: before that moment the event is nobody's, so that features of an earlier day are not changed by a later login. For the
same reason what is known at once is never taken back by what comes later.
"""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, sql

NO_MOMENT = datetime(1970, 1, 1)
NEEDED = frozenset({"anonymous_id", "customer_ref", "occurred_at"})
VISITS = """
    select distinct anonymous_id, occurred_at from everything where customer_ref is null and anonymous_id is not null"""
# Logins on devices that were used without one; of several customers at one moment the smallest number, so that runs agree.
LOGINS = """
    select e.anonymous_id, e.occurred_at as logged_in_at, min(i.customer_id) as customer_id
    from everything e semi join visits v on v.anonymous_id = e.anonymous_id
    join identity_map i on i.system = e.system and i.customer_ref = e.customer_ref
    group by e.anonymous_id, e.occurred_at"""
STITCHED = """
    select v.anonymous_id, v.occurred_at,
           case when l.logged_in_at >= v.occurred_at - interval '30' minute then l.customer_id
                when n.logged_in_at < v.occurred_at + interval '30' day then n.customer_id end as customer_id,
           case when l.logged_in_at >= v.occurred_at - interval '30' minute then v.occurred_at
                when n.logged_in_at < v.occurred_at + interval '30' day then n.logged_in_at end as stitched_at
    from visits v
    asof left join logins l on l.anonymous_id = v.anonymous_id and l.logged_in_at <= v.occurred_at
    asof left join logins n on n.anonymous_id = v.anonymous_id and n.logged_in_at > v.occurred_at"""


def stitch(duck: Duck, events: exp.Expr) -> int:
    """Make the table `stitched_visits` of anonymous_id, occurred_at, customer_id and stitched_at; returns how many visits it has.

    Args:
        duck: with `identity_map`.
        events: the accepted events with system, customer_ref, anonymous_id and occurred_at.
    """
    scope = Scope(NO_MOMENT, sources={"everything": events})
    for name, text in (("visits", VISITS), ("logins", LOGINS), ("stitched_visits", STITCHED)):
        duck.create(name, bind(sql(text), scope), temporary=True)
    for name in ("logins", "visits"):
        duck.drop(name)
    return int(duck.value("SELECT count(*) FROM stitched_visits WHERE customer_id IS NOT NULL"))
