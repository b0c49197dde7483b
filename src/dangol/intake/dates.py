"""Dates and times in the styles that shops export, read into moments of UTC or days."""

from __future__ import annotations

from sqlglot import exp

from dangol.core.engine.functions import fixed_offset, shifted
from dangol.intake.settings import DateOrder
from dangol.intake.template import fill

# Of these lengths none can carry an offset unseen, so the engine's own fast cast is safe.
FAST = """
CASE WHEN strlen(x) IN (10, 16, 19) AND x LIKE '____-__-__%' AND NOT contains(x, 'Z') AND NOT contains(x, 'U')
     THEN TRY_CAST(x AS TIMESTAMP) END
"""
OFFSET = r"^\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}([.]\d+)?)? ?(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"
WITH_OFFSET = r"""
TRY_CAST(
  regexp_replace(regexp_replace(
    regexp_replace(x, '([ T]\d{1,2}:\d{2})( ?(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))$', '\1:00\2'), '(z|GMT)$', 'Z'),
    ' ([+-]\d{2}):?(\d{2})?$', '\1:\2')
AS TIMESTAMPTZ)
"""
KOREAN_TIME = r"regexp_replace(regexp_replace(x, '(\d{1,2}) ?시 ?', '\1:'), '(\d{1,2}) ?분 ?(?:(\d{1,2}) ?초)?$', '\1:0\2')"
NOON = r"""
regexp_replace(regexp_replace(replace(replace(x, '오전', 'AM'), '오후', 'PM'),
  '(AM|PM|am|pm|a\.m\.|p\.m\.) ?(\d{1,2}:\d{2}(?::\d{2})?)$', '\2 \1'), '(\d) ?([AaPp])\.?[Mm]\.?$', '\1 \2M')
"""
YEAR_FIRST = r"regexp_replace(x, '^(\d{4})\s*[-/.년]\s*(\d{1,2})\s*[-/.월]\s*(\d{1,2})\s*[.일]?\s*T?', '\1-\2-\3 ')"
COMPACT = r"""
regexp_replace(regexp_replace(x, '^(\d{4})(\d{2})(\d{2})(?: |T|$)', '\1-\2-\3 '),
  '^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$', '\1-\2-\3 \4:\5:\6')
"""
SHORT_YEAR = {
    "ymd": r"regexp_replace(x, '^(\d{2})\s*[-/.년]\s*(\d{1,2})\s*[-/.월]\s*(\d{1,2})(?:[.일]|$|\s)\s*', '20\1-\2-\3 ')",
    "dmy": r"regexp_replace(x, '^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{2})(?:$|\s)\s*', '20\3-\2-\1 ')",
    "mdy": r"regexp_replace(x, '^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{2})(?:$|\s)\s*', '20\3-\1-\2 ')",
}
YEAR_LAST = {
    "dmy": r"regexp_replace(x, '^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})\s*', '\3-\2-\1 ')",
    "mdy": r"regexp_replace(x, '^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})\s*', '\3-\1-\2 ')",
}
ORDERED = r"""
CASE WHEN regexp_matches(x, '^\d{4}-\d{1,2}-\d{1,2}( |$)') THEN
  COALESCE(TRY_CAST(trim(x) AS TIMESTAMP),
           TRY_STRPTIME(trim(x), ['%Y-%m-%d %I:%M %p', '%Y-%m-%d %I:%M:%S %p'])) END
"""
SERIAL = r"""
CASE WHEN regexp_matches(x, '^[2-6]\d{4}([.]\d+)?$')
     THEN TIMESTAMP '1899-12-30 00:00:00' + to_microseconds(CAST(round(CAST(x AS DOUBLE) * 8.64e4) AS BIGINT) * 1000000) END
"""
AMBIGUOUS = r"""
SELECT count(*) FILTER (WHERE regexp_matches(x, '^\d{1,2}[-/.]\s*\d{1,2}[-/.]\s*\d{4}')) AS dated,
       max(TRY_CAST(regexp_extract(x, '^(\d{1,2})[-/.]\s*(\d{1,2})[-/.]\s*\d{4}', 1) AS INTEGER)) AS first_part,
       max(TRY_CAST(regexp_extract(x, '^(\d{1,2})[-/.]\s*(\d{1,2})[-/.]\s*\d{4}', 2) AS INTEGER)) AS second_part
FROM rows
"""
# Systems also write moments as the time since 1970 in seconds, milliseconds or microseconds, told apart by their length.
SINCE_1970 = r"""
CASE WHEN regexp_matches(x, '^1\d{9}(\d{3}(\d{3})?)?([.]\d+)?$') THEN
  TIMESTAMP '1970-01-01 00:00:00' + to_microseconds(
    TRY_CAST(rpad(regexp_extract(x, '^\d+'), 16, '0') AS BIGINT)) END
"""


def local_text(x: exp.Expr, order: DateOrder | None, *, serials: bool) -> exp.Expr:
    """A written date and time as the clock on the wall showed it; missing when unreadable.

    Args:
        x: trimmed text.
        order: how `03/04/2024` is meant; such dates are unreadable without it.
        serials: whether bare numbers are a spreadsheet's day numbers.
    """
    written = x
    steps = [KOREAN_TIME, NOON, COMPACT, YEAR_FIRST, SHORT_YEAR[order or "ymd"]]
    steps += [YEAR_LAST[order]] if order in YEAR_LAST else []
    for step in steps:
        written = fill(step, x=written)
    found = [fill(ORDERED, x=written)] + ([fill(SERIAL, x=x)] if serials else [])
    return exp.func("COALESCE", *found)


def moment(x: exp.Expr, zone: str, order: DateOrder | None, *, serials: bool) -> exp.Expr:
    """A written date and time as a moment of UTC; without an offset it is the zone's local time."""
    offset = exp.func("REGEXP_MATCHES", x.copy(), exp.Literal.string(OFFSET), dialect="duckdb")
    absolute = exp.cast(fill(WITH_OFFSET, x=x), "timestamp")
    local = to_utc(local_text(x, order, serials=serials), zone)
    dated = exp.Case().when(offset, absolute).else_(local)
    return exp.func("COALESCE", to_utc(fill(FAST, x=x), zone), dated, fill(SINCE_1970, x=x))


def day(x: exp.Expr, order: DateOrder | None, *, serials: bool) -> exp.Expr:
    """A written date as a day of the calendar, whatever the time beside it."""
    fast = fill("CASE WHEN strlen(x) = 10 AND x LIKE '____-__-__' THEN TRY_CAST(x AS DATE) END", x=x)
    offset = exp.func("REGEXP_MATCHES", x.copy(), exp.Literal.string(OFFSET), dialect="duckdb")
    written = fill("TRY_CAST(left(x, 10) AS DATE)", x=x)
    local = fill("CAST(x AS DATE)", x=local_text(x, order, serials=serials))
    return exp.func("COALESCE", fast, exp.Case().when(offset, written).else_(local))


def to_utc(local: exp.Expr, zone: str) -> exp.Expr:
    """Local time as UTC; the fast way where the zone has no summer time."""
    offset = fixed_offset(zone)
    if offset is not None:
        return shifted(exp.Paren(this=local.copy()), -offset)
    return fill("timezone('UTC', timezone(z, x))", z=exp.Literal.string(zone), x=local)
