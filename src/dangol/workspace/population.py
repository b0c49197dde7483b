"""Whom a prediction is about: an audience rule, held against what was known at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlglot import exp

from dangol.core.declare import Output
from dangol.core.query import Query
from dangol.core.rules import BEHAVIOURS, Name, Term, Vocabulary, compile_rule, operands, parse
from dangol.workspace.binding import FACT_SCHEMA, Binder

# Of these the past is known at every moment; what we sent and who has consented now is not.
KNOWN_THEN = ("bought", "spent", "did")
PEOPLE = "population"


def words(rule: str) -> frozenset[str]:
    """Columns of the profile that a rule speaks of.

    Raises:
        ConfigError: the rule does not parse.
    """
    return frozenset(each.name for each in operands(parse(rule)) if isinstance(each, Name))


def vocabulary(columns: Mapping[str, Output], zone: str) -> Vocabulary:
    """What the rule of a prediction may speak of: features, and what customers did before a moment."""
    terms = {name: Term(name, each.kind, each.ko, each.en.lower()) for name, each in columns.items()}
    return Vocabulary(terms, behaviours={name: BEHAVIOURS[name] for name in KNOWN_THEN}, zone=zone)


def members(rule: str, columns: Mapping[str, Output], as_of: datetime, zone: str = "UTC") -> Query:
    """Their numbers, as a declared query over `profile` and the facts that behaviours read.

    Args:
        rule: an audience rule.
        columns: all features there may be.
        as_of: what behaviours count ends here.
        zone: of the company's clock.

    Raises:
        ConfigError: the rule does not parse or does not fit the features; all problems at once.
    """
    condition = compile_rule(parse(rule), vocabulary(columns, zone), as_of=as_of)
    number = exp.column("customer_id", table="profile")
    return Query(exp.select(number).from_("profile").where(condition), {})


def bound_members(rule: str, columns: Mapping[str, Output], binder: Binder) -> exp.Expr:
    """The same, ready for the engine; features and tables that the company lacks hold for nobody.

    Args:
        rule: an audience rule.
        columns: all features there may be.
        binder: the company at the moment, reading a table `profile` of that moment.
    """
    spoken = {name: columns[name] for name in words(rule) if name in columns}
    lacking = [*FACT_SCHEMA, *(f"profile.{name}" for name in spoken)]
    query = members(rule, columns, binder.as_of, binder.zone)
    return binder.bind(query, where=PEOPLE, optional=lacking, declared={"profile": spoken}).tree
