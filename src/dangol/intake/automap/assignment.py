"""Which header is which column, decided for a whole file at once: the table and the pairs that are surest together.

Pairs are chosen by the Hungarian method (Kuhn 1955; Jonker and Volgenant 1987, as SciPy solves it), so that no header takes a
column that another header needs more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dangol.core.tables import LIFTED, TABLES, Column, Table
from dangol.intake.automap.evidence import NOTHING, Weighed, weigh
from dangol.intake.automap.values import Look
from dangol.intake.mapping import columns_of

LEAST = 0.4
LIFTED_WORTH = 0.6
REQUIRED_WORTH = 0.5
NAMED_BY_THE_FILE = 0.6
NOT_OF_ONES_OWN = 0.999
MUCH_MORE = 1.1
MARKED_LIST, MARKED, ONCE = "churn_labels", 0.9, 0.95


@dataclass(frozen=True)
class Fit:
    """A file as one table.

    Attributes:
        pairs: header → the column it fills and how sure.
        score: how much of the file the table explains; comparable between tables.
    """

    table: Table
    pairs: Mapping[str, tuple[Column, Weighed]]
    score: float

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that no header fills."""
        filled = {column.name for column, _ in self.pairs.values()}
        return tuple(name for name in self.table.required if name not in filled)


SAID = Weighed(1.0, "said")


def fit_table(table: Table, looks: Mapping[str, Look], stem: str = "", given: Mapping[str, str] | None = None) -> Fit:
    """The surest assignment of a file's headers to a table's columns.

    Args:
        table: what the rows would become.
        looks: header → its values.
        stem: the file's name, which often says what it holds.
        given: our column → header, where somebody said it.
    """
    headers, columns, said = list(looks), fillable(table), given or {}
    weighed = [[weighed_or_said(header, column, table, looks[header], said) for column in columns] for header in headers]
    pairs = {headers[place]: (columns[other], weighed[place][other]) for place, other in surest(weighed, columns, table)}
    named = NAMED_BY_THE_FILE if speaks_of(stem, table) else 0.0
    return Fit(table, pairs, worth(pairs, table) + named)


def fillable(table: Table) -> list[Column]:
    """Columns that a file of the table may bring itself."""
    return [each for each in columns_of(table).values() if not never_filled(each, table)]


def surest(weighed: Sequence[Sequence[Weighed]], columns: Sequence[Column], table: Table) -> list[tuple[int, int]]:
    """Places of headers and columns that are surest together, each used once; pairs that are worth nothing are left out."""
    gains = np.array([[gain(each, column, table) for each, column in zip(row, columns, strict=True)] for row in weighed])
    if not gains.size:
        return []
    from scipy.optimize import linear_sum_assignment  # heavy, and only adding files needs it

    chosen = zip(*linear_sum_assignment(gains, maximize=True), strict=True)
    return [(int(place), int(other)) for place, other in chosen if gains[place, other] > 0]


def worth(pairs: Mapping[str, tuple[Column, Weighed]], table: Table) -> float:
    """How much of a file its pairs explain; the table's own columns count more than lifted ones, required ones most."""
    return sum(found.confidence * worth_of(column, table) for column, found in pairs.values())


def worth_of(column: Column, table: Table) -> float:
    """What a column counts."""
    if column.name not in table.by_name:
        return LIFTED_WORTH
    return 1.0 + REQUIRED_WORTH if column.required else 1.0


def weighed_or_said(header: str, column: Column, table: Table, look: Look, said: Mapping[str, str]) -> Weighed:
    """How sure a pair is; what somebody said of either side leaves nothing to weigh."""
    if column.name in said or header in said.values():
        return SAID if said.get(column.name) == header else NOTHING
    return weigh(header, column, table, look)


def never_filled(column: Column, table: Table) -> bool:
    """Whether a file of the table never brings a column itself."""
    return column.name == "line_count" or (table.name == "order_lines" and column.name in ("cost_amount", "margin_amount"))


def gain(weighed: Weighed, column: Column, table: Table) -> float:
    """What assigning a pair is worth: nothing below the least confidence; the table's own columns before lifted ones."""
    own = 1.0 if column.name in table.by_name else NOT_OF_ONES_OWN
    return max(0.0, weighed.confidence - LEAST) * own


def speaks_of(stem: str, table: Table) -> bool:
    """Whether a file's name is made of the table's own words."""
    text = stem.casefold().replace("_", " ").replace("-", " ")
    return any(word in text for word in FILE_WORDS.get(table.name, (table.name.rstrip("s"), table.ko)))


FILE_WORDS: Mapping[str, Sequence[str]] = {
    "customers": ("customer", "member", "contact", "subscriber", "audience", "profile", "회원", "고객"),
    "accounts": ("account", "compan", "거래처", "고객사"),
    "consents": ("consent", "동의"),
    "orders": ("order", "transaction", "주문", "결제"),
    "order_lines": ("order", "line", "transaction", "sales", "주문", "판매", "매출"),
    "returns": ("return", "refund", "반품", "환불"),
    "contracts": ("contract", "subscription", "계약", "구독"),
    "churn_labels": ("churn", "attrition", "이탈", "해지"),
    "products": ("product", "item", "상품", "품목"),
    "stores": ("store", "branch", "매장", "점포", "지점"),
    "staff": ("staff", "employee", "team", "직원", "사원"),
    "stock": ("stock", "inventory", "재고"),
    "events": ("event", "click", "이벤트", "행동"),
    "messages": ("message", "mail", "발송", "메시지"),
    "interactions": ("complaint", "ticket", "call", "case", "상담", "문의", "민원"),
    "feedback": ("review", "survey", "feedback", "리뷰", "설문", "후기"),
    "loyalty": ("loyalty", "point", "적립", "포인트"),
    "campaign_members": ("campaign member", "audience", "대상자"),
    "campaigns": ("campaign", "캠페인"),
    "coupon_uses": ("redemption", "coupon use", "쿠폰 사용"),
    "spend": ("spend", "ad cost", "광고비", "마케팅비"),
    "leads": ("lead", "리드", "잠재"),
    "opportunities": ("opportunit", "pipeline", "deal", "영업기회"),
}


def best_fits(looks: Mapping[str, Look], stem: str, given: Mapping[str, str] | None = None) -> list[Fit]:
    """Every table that a file may be, the one that explains most first; a table before those that are lifted from its rows.

    Lines of orders come before their orders and products, a list of who left before the customers on it.
    """
    every = (fit_table(table, looks, stem, given) for table in TABLES.values() if table.required)
    fits = [fit for fit in every if fit.table.name != MARKED_LIST or marks_customers(fit, looks)]
    covered = {name: fit.score * MUCH_MORE for fit in fits if gives_way(fit) for name in LIFTED[fit.table.name]}
    covered |= {name: np.inf for fit in fits if fit.table.name == MARKED_LIST for name in LIFTED[MARKED_LIST]}
    return sorted(fits, key=lambda fit: (fit.score < covered.get(fit.table.name, 0.0), -fit.score))


def gives_way(fit: Fit) -> bool:
    """Whether a file may be lines of orders."""
    return fit.table.name == "order_lines" and not fit.missing


def marks_customers(fit: Fit, looks: Mapping[str, Look]) -> bool:
    """Whether a file is surely a list of customers, nearly all once, that marks who left: what else it says of them is lifted."""
    if fit.missing:
        return False
    by_column = {column.name: (header, weighed) for header, (column, weighed) in fit.pairs.items()}
    number, _ = by_column["customer_ref"]
    return by_column["churn_status"][1].confidence >= MARKED and looks[number].distinct >= ONCE
