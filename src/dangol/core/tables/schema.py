"""The grammar of canonical tables: what a column means, who it is about and how it may be shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dangol.core.told import Told, told

Kind = Literal[
    "text",
    "category",
    "integer",
    "count",
    "number",
    "money",
    "share",
    "probability",
    "days",
    "moment",
    "month",
    "day",
    "flag",
    "measure",
]
KIND_WORDS: Mapping[Kind, Told] = {
    "text": told("text"),
    "category": told("category"),
    "integer": told("integer"),
    "count": told("count"),
    "number": told("number"),
    "money": told("money"),
    "share": told("share"),
    "probability": told("probability"),
    "days": told("days"),
    "moment": told("moment"),
    "month": told("month"),
    "day": told("day"),
    "flag": told("flag"),
    "measure": told("figure in the unit of its row"),
}
Personal = Literal["none", "identifier", "contact", "quasi", "sensitive", "behaviour", "free_text"]

SQL_TYPES: Mapping[Kind, str] = {
    "text": "VARCHAR",
    "category": "VARCHAR",
    "integer": "BIGINT",
    "count": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18, 2)",
    "share": "DOUBLE",
    "probability": "DOUBLE",
    "days": "DOUBLE",
    "moment": "TIMESTAMP",
    "month": "DATE",
    "day": "DATE",
    "flag": "BOOLEAN",
    "measure": "DOUBLE",
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes:
        name: our name, snake case.
        kind: how values are stored and shown; money in the company's currency, moments in UTC.
        ko, en: the words marketers read.
        also: other headers that mean the same, Korean and English (case, spaces and signs are ignored).
        personal: class of personal data; decides masking and purposes.
        required: a row without it goes to quarantine.
        lowest: smallest allowed value; smaller ones go to quarantine.
        choices: allowed values with the spellings that mean them; empty when free.
        known_at: moment column from which the value is known; before it `earlier` stands.
        earlier: the value as seen before `known_at`.
        after: moment column of the same row that it cannot lie a day or more before; such rows go to quarantine.
        planned: a moment that may lie in the future (an end date, an expiry).
        derived: computed when sources do not bring it.
    """

    name: str
    kind: Kind
    ko: str
    en: str
    also: tuple[str, ...] = ()
    personal: Personal = "none"
    required: bool = False
    lowest: float | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known_at: str | None = None
    earlier: str | None = None
    after: str | None = None
    planned: bool = False
    derived: bool = False

    def title(self, language: str) -> str:
        """The column's heading in a language."""
        return self.ko if language == "ko" else self.en

    @property
    def sql_type(self) -> str:
        """The type in DuckDB's words."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes:
        name: plural noun.
        key: columns that together with `source` name a row.
        finer: columns that tell rows of one key apart where they are delivered; they may be empty.
        moment: column from which a row is known; None for reference tables, which are always known.
        person: rows carry `customer_ref` and, after identity, `customer_id`.
        purpose: for which purpose the rows are kept.
    """

    name: str
    ko: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    finer: tuple[str, ...] = ()
    moment: str | None = None
    person: bool = False
    purpose: Literal["service", "analytics", "advertising"] = "analytics"

    def title(self, language: str) -> str:
        """The table's name in a language."""
        return self.ko if language == "ko" else self.en

    @property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by their names."""
        return {column.name: column for column in self.columns}

    def key_among(self, columns: Collection[str]) -> tuple[str, ...]:
        """The columns that name a row where these are delivered; none where the key is not among them."""
        return (*self.key, *(each for each in self.finer if each in columns)) if set(self.key) <= set(columns) else ()

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which a row is not accepted."""
        return tuple(column.name for column in self.columns if column.required)


DELETED = Column(
    "deleted", "flag", "삭제 여부", "Deleted",
    also=("is deleted", "delete flag", "del yn", "deleted yn", "삭제", "삭제구분", "삭제yn"),
)  # fmt: skip
CURRENCY = Column("currency", "category", "통화", "Currency", also=("currency code", "통화코드"))
CUSTOMER_REF = Column(
    "customer_ref", "text", "고객 번호", "Customer number", personal="identifier",
    also=("customer id", "customerid", "customer", "household_id", "user_id", "member_id", "member no", "client id",
          "buyer id", "회원번호", "고객번호", "고객id", "고객아이디", "회원id", "회원아이디", "아이디", "주문자id", "구매자id"),
)  # fmt: skip
# Whatever else a file says of its rows, as one JSON object of header and text; where a table has it, models may learn from it.
ATTRIBUTES = Column("attributes", "text", "그 밖의 속성", "Other attributes", personal="free_text", derived=True)
