"""Who lives with a customer, which company he belongs to, and all accounts as a tree; names of people masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from dangol.core.query import literal
from dangol.workspace.customers import Customers
from dangol.workspace.snapshot import Snapshot
from dangol.workspace.units import ACCOUNT_MEMBERS, ACCOUNTS, HOUSEHOLD_MEMBERS, HOUSEHOLDS

MOST_ACCOUNTS = 500
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Home:
    """A customer's household.

    Attributes:
        row: its line of the table `households`.
        evidence, confidence: what shows that this customer lives there.
        others: the others of the home: customer_id, masked name, net_sales, order_count, lifecycle_stage.
    """

    row: Row
    evidence: str | None
    confidence: float | None
    others: Sequence[Row]


@dataclass(frozen=True)
class Branch:
    """An account in its tree.

    Attributes:
        row: its line of the table `accounts`.
        depth: steps below the top.
        share: its part of the sales of the whole tree; missing where nothing was sold.
    """

    row: Row
    depth: int
    share: float | None


@dataclass(frozen=True)
class Tree:
    """An account with everything above and below it.

    Attributes:
        account: the account itself.
        branches: the whole tree it stands in, the top first, children below their parent.
    """

    account: Row
    branches: Sequence[Branch]


@dataclass(frozen=True)
class Belonging:
    """Homes and accounts of a snapshot."""

    snapshot: Snapshot
    customers: Customers

    def has(self, table: str) -> bool:
        """Whether the company knows homes, or accounts."""
        return table in self.snapshot.duck.cursor().tables()

    def rows(self, table: str, column: str, number: int) -> list[dict[str, Any]]:
        """Lines of a table of the snapshot by a number."""
        same = exp.EQ(this=exp.column(column), expression=literal(number))
        return self.snapshot.duck.cursor().rows(exp.select("*").from_(exp.to_table(table)).where(same))

    def home(self, customer_id: int) -> Home | None:
        """The home of a customer and who else lives there; None where nobody knows it."""
        mine = self.rows(HOUSEHOLD_MEMBERS, "customer_id", customer_id) if self.has(HOUSEHOLDS) else []
        if not mine or not mine[0]["home_known"]:
            return None
        household = mine[0]["household_id"]
        there = [row["customer_id"] for row in self.rows(HOUSEHOLD_MEMBERS, "household_id", household)]
        others = self.customers.masked_rows([each for each in there if each != customer_id])
        found = self.rows(HOUSEHOLDS, "household_id", household)
        return Home(found[0], mine[0]["evidence"], mine[0]["confidence"], others) if found else None

    def account(self, customer_id: int) -> Tree | None:
        """The account of a customer in its tree; None where he belongs to none."""
        mine = self.rows(ACCOUNT_MEMBERS, "customer_id", customer_id) if self.has(ACCOUNT_MEMBERS) else []
        return self.tree(mine[0]["account_id"]) if mine else None

    def tree(self, account_id: int) -> Tree | None:
        """An account in its tree; None where there is none of that number."""
        found = self.rows(ACCOUNTS, "account_id", account_id)
        if not found:
            return None
        return Tree(found[0], branches(self.rows(ACCOUNTS, "top_id", found[0]["top_id"])))

    def accounts(self, most: int = MOST_ACCOUNTS) -> tuple[Sequence[Branch], int]:
        """Accounts as trees, those that bought most first, and how many there are in all."""
        if not self.has(ACCOUNTS):
            return (), 0
        duck = self.snapshot.duck.cursor()
        tops = exp.select("account_id").from_(ACCOUNTS).where("parent_id IS NULL")
        tops = tops.order_by("group_net_sales DESC", "account_id").limit(most)
        order = {row["account_id"]: place for place, row in enumerate(duck.rows(tops))}
        rows = duck.rows(exp.select("*").from_(ACCOUNTS).where(exp.column("top_id").isin(query=tops)))
        ranked = sorted(rows, key=lambda row: order.get(row["top_id"], most))
        return branches(ranked)[:most], int(duck.value(exp.select("count(*)").from_(ACCOUNTS)))


def branches(rows: Sequence[Row]) -> list[Branch]:
    """Accounts with children below their parents, those that bought most first; trees in the order they come."""
    children: dict[int | None, list[Row]] = {}
    for row in rows:
        children.setdefault(row["parent_id"], []).append(row)
    totals = {row["account_id"]: row["group_net_sales"] for row in rows if row["parent_id"] is None}
    found: list[Branch] = []
    waiting = [(row, 0) for row in reversed(children.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        found.append(Branch(row, depth, part(row["net_sales"], totals.get(row["top_id"]))))
        below = sorted(children.get(row["account_id"], []), key=lambda each: (each["group_net_sales"], -each["account_id"]))
        waiting.extend((each, depth + 1) for each in below)
    return found


def part(amount: Decimal, whole: Decimal | None) -> float | None:
    """A share; missing of nothing."""
    return float(amount / whole) if whole else None
