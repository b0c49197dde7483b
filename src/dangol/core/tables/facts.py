"""Facts: the canonical tables as declarations see them, with customers found and orders completed from their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dangol.core.tables.churn import CHURN_TABLES
from dangol.core.tables.contact import CONTACT_TABLES, EVENTS
from dangol.core.tables.people import ACCOUNTS, CONSENTS, CUSTOMERS, LEADS, OPPORTUNITIES
from dangol.core.tables.schema import Column, Table
from dangol.core.tables.segment import SEGMENT_FACTS
from dangol.core.tables.trade import ORDER_LINES, ORDERS, TRADE_TABLES

CUSTOMER_ID = Column("customer_id", "integer", "고객", "Customer")
NOT_IN_FACTS = {"customer_ref", "currency"}
# What is said of a source record rather than of the person.
NOT_OF_PEOPLE = {"customer_ref", "registered_at", "identity_verified", "email_verified"}


def fact(table: Table, *, without: frozenset[str] = frozenset(), more: tuple[Column, ...] = ()) -> Table:
    """A canonical table as a fact table: the source's customer number gives way to ours."""
    kept = tuple(column for column in table.columns if column.name not in NOT_IN_FACTS | without)
    return replace(table, columns=((CUSTOMER_ID,) if table.person else ()) + kept + more)


def recognised(table: Table) -> Table:
    """A fact table in which whose a row is may have become known after it."""
    whose, *others = table.columns
    return replace(table, columns=(replace(whose, known_at="stitched_at"), *others))


PEOPLE = Table(
    "people",
    "고객",
    "Customers",
    (
        CUSTOMER_ID,
        Column("first_seen_at", "moment", "처음 확인된 일시", "First seen at"),
        Column("record_count", "count", "원천 기록 수", "Source records"),
        *(column for column in CUSTOMERS.columns if column.name not in NOT_OF_PEOPLE),
        Column("gender_inferred", "category", "이름으로 추정한 성별", "Gender inferred from the name", personal="sensitive"),
        Column("gender_chance", "probability", "추정 성별의 확률", "Chance of the inferred gender"),
    ),
    key=("customer_id",),
    moment="first_seen_at",
)
# Which source record said something: of a person with several, each has its own word.
STITCHED_AT = Column("stitched_at", "moment", "고객 확인 일시", "Recognised at")
RECORD_KEY = Column("record_key", "text", "원천 기록", "Source record", personal="identifier")
HOUSEHOLD_MEMBERS = Table(
    "household_members", "가구 구성원", "Household members", key=("customer_id",), moment="known_at",
    columns=(
        CUSTOMER_ID,
        Column("household_id", "integer", "가구", "Household"),
        Column("home_known", "flag", "집 확인 여부", "Home known"),
        Column("evidence", "category", "가구 판단 근거", "Evidence of the household"),
        Column("confidence", "probability", "가구 확신도", "Confidence in the household"),
        Column("area", "category", "주소상 지역", "Area of the address", personal="quasi"),
        Column("known_at", "moment", "확인 시점", "Known since"),
    ),
)  # fmt: skip
ACCOUNT_ID = Column("account_id", "integer", "거래처", "Account")
ACCOUNT_MEMBERS = Table(
    "account_members", "거래처 구성원", "People of accounts", key=("customer_id",), moment="known_at",
    columns=(
        CUSTOMER_ID,
        ACCOUNT_ID,
        Column("evidence", "category", "거래처 판단 근거", "Evidence of the account"),
        Column("known_at", "moment", "확인 시점", "Known since"),
    ),
)  # fmt: skip
ACCOUNT_TREE = Table(
    "account_tree", "거래처 계층", "Tree of accounts", key=("account_id", "ancestor_id"),
    columns=(
        ACCOUNT_ID,
        Column("ancestor_id", "integer", "상위 거래처", "Account above"),
        Column("depth", "integer", "단계", "Steps up"),
    ),
)  # fmt: skip
# Accounts as they are after matching: one row each, whatever number its sources give it.
ACCOUNTS_FOUND = replace(
    ACCOUNTS,
    key=("account_id",),
    columns=(
        ACCOUNT_ID,
        *(column for column in ACCOUNTS.columns if column.name not in {"account_ref", "parent_ref"}),
        Column("parent_id", "integer", "모회사", "Parent account"),
        Column("top_id", "integer", "최상위 거래처", "Top account"),
        Column("record_count", "count", "원천 기록 수", "Source records"),
        Column("evidence", "category", "거래처 판단 근거", "Evidence of the account"),
        Column("confidence", "probability", "거래처 확신도", "Confidence in the account"),
    ),
)
OUTCOME = Column("outcome", "category", "결과", "Outcome", known_at="closed_at", earlier="open")
# Which source record an order names: what a company would count that took every record for a customer.
RECORD_NO = Column("record_no", "integer", "원천 기록 번호", "Number of the source record", derived=True)
# Told from what the source calls the lead's status.
LOST = Column("lost", "flag", "무산 여부", "Came to nothing")
ITEM_COUNT = Column("item_count", "number", "구매 수량", "Number of items")
PLAIN = tuple(table for table in (*TRADE_TABLES, *CONTACT_TABLES, *CHURN_TABLES) if table not in (ORDERS, ORDER_LINES))
FACTS: Mapping[str, Table] = {
    table.name: table
    for table in (
        PEOPLE,
        fact(ORDERS, without=frozenset({"account_ref"}), more=(ACCOUNT_ID, RECORD_NO, ITEM_COUNT)),
        fact(ORDER_LINES, without=frozenset({"tax_amount", "unit_cost", "line_status"})),
        fact(CONSENTS, more=(RECORD_KEY,)),
        fact(LEADS, without=frozenset({"account_ref"}), more=(ACCOUNT_ID, LOST)),
        *(fact(table) for table in PLAIN if table is not EVENTS),
        recognised(fact(EVENTS, more=(STITCHED_AT,))),
        SEGMENT_FACTS,
        HOUSEHOLD_MEMBERS,
        ACCOUNTS_FOUND,
        ACCOUNT_MEMBERS,
        ACCOUNT_TREE,
        fact(OPPORTUNITIES, without=frozenset({"account_ref"}), more=(ACCOUNT_ID, OUTCOME)),
    )
}
