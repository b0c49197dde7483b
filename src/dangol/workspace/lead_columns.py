"""What the tables of scored leads and accounts hold, for whoever reads them without learning anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from dangol.core.declare import Output, category, count, flag, integer, moment, money, probability, text
from dangol.core.query import named

LEADS = "leads"
SCORED_LEADS, SCORED_ACCOUNTS = "lead_scores", "account_scores"
LEAD_COLUMNS: Mapping[str, Output] = {
    "lead_ref": text(ko="리드 번호", en="Lead number"),
    "customer_id": integer(ko="고객", en="Customer"),
    "account_id": integer(ko="거래처", en="Account"),
    "created_at": moment(ko="생성 일시", en="Created at"),
    "lead_source": category(ko="유입 경로", en="Lead source"),
    "lead_probability": probability(ko="전환 가능성", en="Chance to convert"),
    "lead_percentile": integer(ko="전환 가능성 백분위", en="Chance to convert, percentile"),
    "lead_fit": integer(ko="적합도(백분위)", en="Fit, percentile"),
    "lead_intent": integer(ko="관심도(백분위)", en="Intent, percentile"),
    "lead_value": money(ko="전환 시 예상 금액", en="Value if it converts"),
    "lead_expected": money(ko="기대 금액", en="Expected value"),
    "refuses_calls": flag(ko="전화 거부", en="Refuses calls"),
    "refuses_email": flag(ko="이메일 거부", en="Refuses e-mail"),
    "lead_reasons": text(ko="주된 이유", en="Reasons"),
}
ACCOUNT_COLUMNS: Mapping[str, Output] = {
    "account_id": integer(ko="거래처", en="Account"),
    "account_name": text(ko="거래처명", en="Account name"),
    "lead_count": count(ko="진행 중 리드 수", en="Open leads"),
    "open_count": count(ko="진행 중 영업 기회 수", en="Open opportunities"),
    "win_rate": probability(ko="수주율(보정)", en="Win rate, drawn towards all"),
    "account_chance": probability(ko="한 건 이상 성사 가능성", en="Chance that at least one is won"),
    "expected_from_leads": money(ko="리드 기대 금액", en="Expected from leads"),
    "expected_from_deals": money(ko="영업 기회 기대 금액", en="Expected from opportunities"),
    "account_expected": money(ko="기대 금액", en="Expected value"),
    "expected_margin_12m": money(ko="소속 고객의 12개월 기대 마진", en="Expected margin of its people, 12 months"),
}
COLUMNS = {SCORED_LEADS: LEAD_COLUMNS, SCORED_ACCOUNTS: ACCOUNT_COLUMNS}
TYPES: Mapping[str, Mapping[str, str]] = {
    name: {column: output.sql_type for column, output in columns.items()} for name, columns in COLUMNS.items()
}


def readable(tables: Collection[str]) -> dict[str, tuple[exp.Expr, Mapping[str, str]]]:
    """Those that there are, as queries read them."""
    return {name: (named(name), TYPES[name]) for name in COLUMNS if name in tables}
