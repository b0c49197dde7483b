"""The season of monthly figures: each month over what its trend lets expect, so that growth is not taken for a season."""

from collections.abc import Mapping
from typing import Literal

from dangol.core.declare import Query, sql
from dangol.core.query import preceded

Trend = Literal["line", "rate"]
LEVEL: Mapping[Trend, str] = {"line": "rate", "rate": "case when rate > 0 then ln(rate) end"}
EXPECTED: Mapping[Trend, str] = {"line": "fitted", "rate": "exp(fitted)"}


def seasonal(query: Query, monthly: Query, trend: Trend = "line", **parts: Query) -> Query:
    """A query that may read `seasonal`: every month's index over the trend of its series; one is as usual.

    With fewer than 24 months a season is not told from a trend, and the index is over the mean.

    Args:
        query: reads `seasonal`, with series, month, month_of_year, season_index, weight and the series' month_count.
        monthly: series, month, rate and weight, without gaps and complete months only; heavier months decide more about the trend.
        trend: a straight line, or a steady rate of growth or decline, which never falls below zero.
        parts: what both may read besides, put first.
    """
    fitted = sql(f"""
        with numbered as (
            select series, month, rate, weight, {LEVEL[trend]} as level,
                   cast(row_number() over (partition by series order by month) as double) as position
            from monthly),
        sums as (
            select series, count(*) as month_count, sum(weight) as w, sum(weight * position) as wx, sum(weight * level) as wy,
                   sum(weight * position * position) as wxx, sum(weight * position * level) as wxy
            from numbered where level is not null group by series),
        lines as (
            select series, month_count, wx / w as middle, wy / w as mean_level,
                   case when month_count >= 24 then share(w * wxy - wx * wy, w * wxx - wx * wx) else 0e0 end as slope
            from sums),
        fits as (
            select n.series, n.month, n.rate, n.weight, l.month_count, l.mean_level + l.slope * (n.position - l.middle) as fitted
            from numbered n join lines l on l.series = n.series),
        expected as (select series, month, rate, weight, month_count, {EXPECTED[trend]} as trend from fits),
        levels as (select series, share(sum(rate * weight), sum(trend * weight)) as height from expected group by series)
        select e.series, e.month, cast(extract(month from e.month) as bigint) as month_of_year, e.weight, e.month_count,
               case when e.trend * l.height > 0 then share(e.rate, e.trend * l.height) end as season_index
        from expected e join levels l on l.series = e.series""")
    return preceded(query, **parts, monthly=monthly, seasonal=fitted)
