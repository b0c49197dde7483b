"""Two companies after a whole run: real grocery sales, and an invented company with everything else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from dangol.core.query import Value
from dangol.simulate import Plan, simulate
from dangol.workspace.answers import Answer
from dangol.workspace.company import Company

A_MONTH_EARLIER = datetime(2026, 9, 30, 15)
FILES = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")


@dataclass
class Asked:
    """A company, plain SQL on what was delivered, and its answers."""

    company: Company
    raw: duckdb.DuckDBPyConnection

    def sql(self, text: str) -> list[dict[str, Any]]:
        """Independent figures: plain SQL on the delivered rows."""
        result = self.raw.execute(text)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def answer(self, number: str, options: Mapping[str, Value] | None = None) -> Answer:
        question, answer = self.company.ask(number, options)
        for language in ("ko", "en") if answer.answerable else ():
            assert len(self.company.sentence(question, answer, language)) > 20
        return answer

    def table(self, number: str, options: Mapping[str, Value] | None = None) -> list[dict[str, Any]]:
        answer = self.answer(number, options)
        assert answer.answerable, answer.missing
        names = [column[0] for column in answer.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.rows]


def equal(left: Any, right: Any) -> bool:
    """Counts exactly, sums to a millionth, money to a cent."""
    if left is None or right is None:
        return left is right
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return math.isclose(float(left), float(right), rel_tol=1e-6, abs_tol=0.0100001)
    if isinstance(left, float) or isinstance(right, float):
        return math.isclose(float(left), float(right), rel_tol=1e-6, abs_tol=1e-9)
    return left == right


@pytest.fixture(scope="session")
def same():
    """Compare an answer's table with expected rows on the columns that the expected rows have, in order."""

    def compare(found: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]) -> None:
        assert len(found) == len(expected)
        assert expected, "nothing to compare"
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            wrong = {name: (one[name], value) for name, value in other.items() if not equal(one[name], value)}
            assert not wrong, f"row {place}: {wrong}"

    return compare


@pytest.fixture(scope="session")
def groceries(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Complete Journey: 2,469 households; margin assumed at 25 %; its figures are drawn from the delivered files."""
    data, base = shared_data / "complete_journey", tmp_path_factory.mktemp("groceries")
    sources = "".join(f"  - {{name: {name}, files: ['{data / name}.parquet'], preset: complete_journey}}\n" for name in FILES)
    head = "company: {name: Groceries, language: en, zone: America/New_York, currency: USD, margin_share: 0.25}\n"
    (base / "dangol.yaml").write_text(f"{head}sources:\n{sources}")
    return asked(base, GROCERIES, data)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """한빛상회: 2,000 people, two systems, Korean office files; its figures are drawn from the unified rows.

    It was run a month earlier, too; `profile_before` is what that run said of everybody.
    """
    base = tmp_path_factory.mktemp("simulated")
    simulate(base, Plan(customers=2_000, seed=5, event_volume=0.2))
    earlier = Company.open(base)
    earlier.run(as_of=A_MONTH_EARLIER)
    before = earlier.snapshot.duck.arrow("select * from profile")
    earlier.snapshot.close()
    found = asked(base, SIMULATED, None)
    found.raw.execute("create table profile_before as from before")
    assert len(before) > 1_000
    return found


@pytest.fixture(scope="session", params=["groceries", "simulated"])
def company(request: pytest.FixtureRequest) -> Asked:
    """Each of the two companies in turn."""
    return request.getfixturevalue(request.param)


def asked(base: Path, views: str, data: Path | None) -> Asked:
    """Run a company's loop and mount what its figures are checked against."""
    company = Company.open(base)
    company.run()
    snapshot = company.snapshot
    folder = data or company.root / snapshot.pointer.facts / "facts"
    raw = duckdb.connect()
    raw.execute("set timezone = 'UTC'")
    raw.execute(f"attach '{company.root / snapshot.pointer.file}' as snapshot (read_only)")
    raw.execute(COMMON + views.replace("@", str(folder)))
    moment = snapshot.as_of.replace(tzinfo=UTC)
    local = moment.astimezone(ZoneInfo(company.settings.company.zone)).replace(tzinfo=None)
    raw.execute(f"create view now as select timestamp '{snapshot.as_of}' as utc, timestamp '{local}' as local")
    return Asked(company, raw)


COMMON = """
    create view profile as from snapshot.profile;
    create table identity as from snapshot.identity_map;
"""
# `clock` is the company's wall clock; `orders` are completed orders.
GROCERIES = """
    create view products as select cast(product_id as varchar) as product_id, product_type as product_name,
           product_category as category, brand from '@/products.parquet';
    create table lines as
    select i.customer_id, cast(basket_id as varchar) as order_id, cast(product_id as varchar) as product_id,
           cast(store_id as varchar) as store_id, cast(sales_value as decimal(18, 2)) as net,
           cast(cast(sales_value as decimal(18, 2)) * 0.25 as decimal(18, 2)) as margin,
           cast(transaction_timestamp as timestamp) as clock,
           timezone('UTC', timezone('America/New_York', cast(transaction_timestamp as timestamp))) as at_utc
    from '@/transactions.parquet' t join identity i on i.customer_ref = cast(t.household_id as varchar);
    create table orders as
    select min(customer_id) as customer_id, order_id, min(clock) as clock, min(at_utc) as at_utc, min(store_id) as store_id,
           sum(net) as net, sum(margin) as margin
    from lines group by order_id;
    create table returns (customer_id bigint, clock timestamp, refund decimal(18, 2))"""
SIMULATED = """
    create view products as from '@/products.parquet';
    create table lines as
    select customer_id, order_id, product_id, net_amount as net, margin_amount as margin, ordered_at as at_utc,
           ordered_at + interval 9 hour as clock
    from '@/order_lines.parquet' where cancelled_at is null;
    create table orders as
    select customer_id, order_id, ordered_at as at_utc, ordered_at + interval 9 hour as clock, store_id, device, order_region,
           shipped_at + interval 9 hour as shipped, net_amount as net, margin_amount as margin
    from '@/orders.parquet' where status = 'completed';
    create table returns as
    select customer_id, returned_at + interval 9 hour as clock, refund_amount as refund from '@/returns.parquet';
    create view people as from snapshot.people;
    create view stores as from '@/stores.parquet';
    create view events as from '@/events.parquet';
    create view messages as from '@/messages.parquet';
    create view campaigns as from '@/campaigns.parquet';
    create view interactions as from '@/interactions.parquet';
    create view spend as from '@/spend.parquet';
    create view consents as from '@/consents.parquet'"""
