"""Numbers as shops write them: `1,234원`, `₩1,234`, `$1,234.50`, `(1,234)`, `△500`, and `1.234,50` where declared."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from dangol.intake.template import fill

CLEAN = r"""
regexp_replace(regexp_replace(regexp_replace(translate(x, '０１２３４５６７８９，．−－＋', '0123456789,.--+'),
  '[₩￦\\$€£¥￥\s]|원|krw|usd|eur|gbp|jpy|won', '', 'gi'),
  '^\((.+)\)$', '-\1'), '^[△▲]', '-')
"""
GROUPED = {
    ".": r"CASE WHEN regexp_matches(x, '^[-+]?(\d{1,3}(,\d{3})+|\d+)?([.]\d*)?$') THEN replace(x, ',', '') END",
    ",": r"""CASE WHEN regexp_matches(x, '^[-+]?(\d{1,3}([.]\d{3})+|\d+)?(,\d*)?$')
             THEN replace(replace(x, '.', ''), ',', '.') END""",
}
TYPED = {
    "money": "TRY_CAST(x AS DECIMAL(18, 2))",
    "exact": "TRY_CAST(x AS DECIMAL(18, 6))",
    "number": "CASE WHEN isfinite(TRY_CAST(x AS DOUBLE)) THEN TRY_CAST(x AS DOUBLE) END",
    "whole": """CASE WHEN abs(TRY_CAST(x AS DOUBLE)) < 9e15 AND trunc(TRY_CAST(x AS DOUBLE)) = TRY_CAST(x AS DOUBLE)
                THEN CAST(TRY_CAST(x AS DOUBLE) AS BIGINT) END""",
}
SHARE = r"CASE WHEN x LIKE '%\%' ESCAPE '\' THEN TRY_CAST(replace(x, '%', '') AS DOUBLE) / 1e2 END"
# The engine reads `1_000` and `1e5` as numbers; a shop that writes so means something else.
PLAIN = r"CASE WHEN NOT contains(x, '_') THEN x END"

NumberKind = Literal["money", "exact", "number", "whole"]
OF_KIND: dict[str, NumberKind] = {
    "money": "money",
    "number": "number",
    "share": "number",
    "probability": "number",
    "days": "number",
    "count": "whole",
    "integer": "whole",
}


def number(x: exp.Expr, kind: NumberKind, decimal: str, *, percent: bool = False) -> exp.Expr:
    """A written number as a typed one; missing when unreadable.

    Args:
        x: trimmed text.
        kind: money keeps two digits, exact six; whole numbers have none.
        decimal: the decimal sign; thousands are grouped by the other one.
        percent: whether `12.5%` may stand for 0.125.
    """
    slow = fill(TYPED[kind], x=fill(GROUPED[decimal], x=fill(CLEAN, x=x)))
    found = [slow] if decimal == "," else [fill(TYPED[kind], x=fill(PLAIN, x=x)), slow]
    found += [fill(SHARE, x=x)] if percent else []
    return exp.func("COALESCE", *found)


def typed_number(x: exp.Expr, kind: NumberKind) -> exp.Expr:
    """A number of a typed file as ours."""
    return fill(TYPED[kind], x=x)
