"""Companies that sell to companies and keep no orders: each won opportunity is one, and the account is the customer.

What a sales team calls won is a sale with a day, an amount, an account and somebody who made it, which is all that an order is
made of here. Where orders are delivered they are what was sold, and opportunities stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, sql
from dangol.core.tables import TABLES
from dangol.identity.lasting import NO_MOMENT

Present = Mapping[str, frozenset[str]]
SOLD = ("orders", "order_lines")
NEEDED = frozenset({"account_ref", "stage", "closed_at", "amount"})

# Stages are called differently everywhere; what is neither won nor lost is open.
OUTCOME = """
    select o.*, case when regexp_matches(lower(o.stage), 'lost|실주|미수주|실패|무산|탈락|취소') then 'lost'
                     when regexp_matches(lower(o.stage), 'won|수주|성사|계약 ?(완료|체결)') then 'won' else 'open' end as outcome
    from opportunities o"""
ORDERS = """
    select system, source, delivery, row_no, account_ref as customer_ref, account_ref, opportunity_id as order_id,
           closed_at as ordered_at, 'completed' as status, staff_id, amount as net_amount
    from judged_opportunities where outcome = 'won' and closed_at is not null and amount is not null"""
LINES = """
    select system, source, delivery, row_no, account_ref as customer_ref, opportunity_id as order_id, 1 as line_no,
           closed_at as ordered_at, product_id, cast(1 as double) as quantity, amount as net_amount
    from judged_opportunities where outcome = 'won' and closed_at is not null and amount is not null and product_id is not null"""
CUSTOMERS = """
    select distinct on (system, account_ref) system, source, delivery, row_no, account_ref as customer_ref, account_ref,
           country, region
    from accounts where account_ref is not null order by system, account_ref, source, delivery, row_no"""


def judge(duck: Duck, present: Present) -> None:
    """Make the table `judged_opportunities`: opportunities with every canonical column, and whether they were won."""
    if "opportunities" in present:
        duck.create("judged_opportunities", bind(sql(OUTCOME), scope(present)), temporary=True)


def stand_in(duck: Duck, present: Present) -> dict[str, frozenset[str]]:
    """The tables of a company, with won opportunities for orders and accounts for customers where it keeps neither.

    Args:
        duck: with a view for every accepted table, and `judged_opportunities`.
        present: columns that the company has, by table.

    Returns:
        Columns by table, those standing in included.
    """
    found = dict(present)
    if any(name in present for name in SOLD) or not present.get("opportunities", frozenset()) >= NEEDED:
        return found
    given = present["opportunities"]
    found["orders"] = frozenset({"customer_ref", "account_ref", "order_id", "ordered_at", "status", "net_amount"}) | given & {
        "staff_id"
    }
    duck.define("orders", sql(ORDERS).tree)
    if "product_id" in given:
        found["order_lines"] = frozenset(
            {"customer_ref", "order_id", "line_no", "ordered_at", "product_id", "quantity", "net_amount"}
        )
        duck.define("order_lines", sql(LINES).tree)
    if "customers" not in present and "accounts" in present:
        found["customers"] = frozenset({"customer_ref", "account_ref"}) | present["accounts"] & {"country", "region"}
        duck.define("customers", bind(sql(CUSTOMERS), scope(present)))
    return found


def scope(present: Present) -> Scope:
    """Opportunities and accounts with every canonical column, missing where a company lacks it."""
    return Scope(NO_MOMENT, sources={name: whole(name, present) for name in ("opportunities", "accounts") if name in present})


def whole(name: str, present: Present) -> exp.Expr:
    """A table with every canonical column."""
    absent = [column for column in TABLES[name].columns if column.name not in present[name]]
    nulls = [exp.alias_(exp.cast(exp.null(), column.sql_type, dialect="duckdb"), column.name) for column in absent]
    return exp.select("*", *nulls).from_(exp.to_table(name))
