"""Our own SQL functions, written once for each engine that computes them.

DuckDB counts boundaries in `date_diff`, Spark counts elapsed units; a literal `86400.0` is a DECIMAL on Spark; a company's
day is not a UTC day. These few functions hide such differences, so that a declared query means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.core.errors import DeclarationError

Arguments = list[exp.Expr]
Builder = Callable[[Arguments], exp.Expr]

MICROSECONDS_A_DAY = exp.Literal.number("8.64e10")


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function of the engine itself, left as it is by the translator."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def days_between(microseconds: str) -> Builder:
    """Elapsed days from the first moment to the second, with fractions; negative when the second is earlier."""

    def build(arguments: Arguments) -> exp.Expr:
        start, end = arguments
        elapsed = exp.Sub(this=call(microseconds, end), expression=call(microseconds, start))
        return exp.Paren(this=exp.Div(this=exp.Paren(this=elapsed), expression=MICROSECONDS_A_DAY.copy()))

    return build


def quotient(arguments: Arguments) -> exp.Expr:
    """The first number as a share of the second; missing when the second is zero."""
    part, whole = (exp.cast(argument.copy(), "double") for argument in arguments)
    divisor = exp.Nullif(this=whole, expression=exp.cast(exp.Literal.number("0"), "double"))
    return exp.Paren(this=exp.Div(this=part, expression=divisor))


def money_per(arguments: Arguments) -> exp.Expr:
    """An amount of money for each of a count, to the hundredth, halves up; missing when the count is zero.

    Engines round binary fractions at a half differently, so the rounding is spelt out.
    """
    hundredths = exp.Mul(this=quotient(arguments), expression=exp.Literal.number("1e2"))
    raised = exp.Floor(this=exp.Add(this=hundredths, expression=exp.Literal.number("5.000001e-1")))
    return exp.cast(exp.Paren(this=exp.Div(this=raised, expression=exp.Literal.number("1e2"))), "decimal(18, 2)")


@lru_cache(maxsize=64)
def fixed_offset(zone: str) -> timedelta | None:
    """The zone's offset from UTC when it never changed since 1990, else None (a zone with summer time)."""
    clock = ZoneInfo(zone)
    months = (datetime(year, month, 1, tzinfo=UTC) for year in range(1990, 2036) for month in (1, 7))
    offsets = {moment.astimezone(clock).utcoffset() for moment in months}
    return offsets.pop() if len(offsets) == 1 else None


def shifted(moment: exp.Expr, offset: timedelta) -> exp.Expr:
    """The moment moved by a fixed offset: the fast way to local time."""
    minutes = int(offset.total_seconds() // 60)
    if minutes == 0:
        return moment.copy()
    step = exp.Interval(this=exp.Literal.string(str(abs(minutes))), unit=exp.var("MINUTE"))
    operation = exp.Add if minutes > 0 else exp.Sub
    return exp.Paren(this=operation(this=moment.copy(), expression=step))


def local_time(zone: str, dialect: str) -> Builder:
    """UTC to the company's wall clock."""
    offset = fixed_offset(zone)

    def build(arguments: Arguments) -> exp.Expr:
        (moment,) = arguments
        if offset is not None:
            return shifted(moment, offset)
        if dialect == "spark":
            return call("FROM_UTC_TIMESTAMP", moment, exp.Literal.string(zone))
        return call("TIMEZONE", exp.Literal.string(zone), call("TIMEZONE", exp.Literal.string("UTC"), moment))

    return build


def weekday(dialect: str) -> Builder:
    """The day of the week, Monday 1 to Sunday 7."""

    def build(arguments: Arguments) -> exp.Expr:
        (moment,) = arguments
        if dialect == "spark":
            return exp.Paren(this=exp.Add(this=call("WEEKDAY", moment), expression=exp.Literal.number("1")))
        return call("ISODOW", moment)

    return build


def renamed(name: str) -> Builder:
    """A function that differs between engines by its name alone."""
    return lambda arguments: call(name, *arguments)


def functions(dialect: str, zone: str) -> Mapping[str, tuple[int, Builder]]:
    """Our functions for one engine: name → (number of arguments, how to write it).

    Raises:
        DeclarationError: the engine is none that dangol translates for.
    """
    names = {"duckdb": ("EPOCH_US", "QUANTILE_CONT"), "spark": ("UNIX_MICROS", "PERCENTILE")}
    if dialect not in names:
        raise DeclarationError(f"no translation of our functions for engine {dialect!r}", hint="known: duckdb, spark")
    microseconds, percentile = names[dialect]
    return {
        "days_between": (2, days_between(microseconds)),
        "share": (2, quotient),
        "money_per": (2, money_per),
        "local": (1, local_time(zone, dialect)),
        "percentile": (2, renamed(percentile)),
        "weekday_of": (1, weekday(dialect)),
    }


NAMES = ("days_between", "share", "money_per", "local", "percentile", "weekday_of")
