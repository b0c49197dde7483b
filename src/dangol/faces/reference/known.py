"""What can be known: canonical tables, feature families and predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic.fields import FieldInfo

from dangol.core.declare import Declaration, Feature, Output, Prediction
from dangol.core.query import Query
from dangol.core.tables import SQL_TYPES, TABLES, Column, Table
from dangol.faces.reference.markdown import code, codes, joined, paragraphs, table
from dangol.workspace.beside import BESIDE_TYPES
from dangol.workspace.binding import FACT_SCHEMA
from dangol.workspace.lineage import needs
from dangol.workspace.registry import Registry, readable_columns

PERSONAL = {"none": "", "free_text": "free text"}
KINDS = {
    "text": "any text",
    "category": "one of few values",
    "integer": "whole number",
    "count": "how many, zero or more",
    "number": "number with fractions",
    "money": "amount in the company's currency",
    "share": "fraction of one",
    "probability": "0 to 1",
    "days": "length of time in days, with fractions",
    "moment": "a point in time, UTC inside",
    "month": "first day of a month on the company's clock",
    "day": "a day on the company's clock",
    "flag": "true or false",
    "measure": "figure whose kind stands in column `unit` of its row; in answers only",
}


def tables(_registry: Registry) -> str:
    """The page about canonical tables."""
    kinds = table(("Kind", "Meaning", "Type"), ((code(kind), KINDS[kind], code(kept)) for kind, kept in SQL_TYPES.items()))
    listed = table(
        ("Table", "한국어", "English"), ((f"[{each.name}](#{each.name})", each.ko, each.en) for each in TABLES.values())
    )
    return joined(
        "# Canonical tables",
        "What company data become. A header is recognised by our name, its Korean or English title, or one of the other "
        "headers; case, spaces and signs do not matter. A row without a required column goes to quarantine. How to bring "
        "own data: [own data](../how-to/own-data.md).",
        listed,
        "## Kinds of columns",
        kinds,
        *(one_table(each) for each in TABLES.values()),
    )


def one_table(each: Table) -> str:
    """A table with its columns."""
    facts = {
        f"Key: {codes(each.key)}": each.key,
        f"known from: {code(each.moment)}": each.moment,
        "always known": not each.moment,
        "about persons": each.person,
        f"kept for: {each.purpose}": True,
    }
    rows = (
        (code(column.name), column.kind, column.ko, column.en, remarks(column), ", ".join(column.also)) for column in each.columns
    )
    head = ("Column", "Kind", "한국어", "English", "Remarks", "Other headers")
    return joined(f"## {each.name}", f"{each.ko} · {each.en}. {holding(facts)}.", table(head, rows))


def remarks(column: Column) -> str:
    """What else is to know about a column."""
    lowest = "" if column.lowest is None else f"{column.lowest:g}"
    found = {
        "required": column.required,
        "computed when absent": column.derived,
        f"personal: {PERSONAL.get(column.personal, column.personal)}": column.personal != "none",
        f"at least {lowest}": lowest,
        f"known from {code(column.known_at)}": column.known_at,
        f"one of {codes(column.choices)}": column.choices,
    }
    return holding(found)


def holding(found: Mapping[str, object]) -> str:
    """The remarks whose condition holds."""
    return "; ".join(text for text, holds in found.items() if holds)


def features(registry: Registry) -> str:
    """The page about feature families."""
    families = registry.features.values()
    return joined(
        "# Features",
        f"{sum(len(each.outputs) for each in families)} columns in {len(families)} families. Each is computed from what was "
        "known at the moment it describes; a column whose data a company lacks is absent, never empty or zero. Write your "
        "own: [add a feature](../how-to/add-a-feature.md).",
        *(one_family(each) for each in families),
    )


def one_family(each: Feature) -> str:
    """A family with its columns."""
    return joined(titled(each), paragraphs(each.doc), reads(each.query(), each.optional), outputs(each.outputs))


def titled(each: Declaration, prefix: str = "") -> str:
    """A declaration's heading: name, both languages, and where it is written."""
    path = f"../../src/dangol/{each.file.parent.name}/{each.file.name}"
    return joined(f"## {prefix}{each.name}", f"{each.ko} · {each.en} · [source]({path})")


def outputs(columns: Mapping[str, Output]) -> str:
    """Output columns with kind and both languages."""
    rows = ((code(name), each.kind, each.ko, each.en) for name, each in columns.items())
    return table(("Column", "Kind", "한국어", "English"), rows)


def reads(query: Query, optional: Iterable[str] = (), registry: Registry | None = None) -> str:
    """The columns a query needs, by table; those that may be absent are named."""
    profile = {"customer_id": "BIGINT", "first_seen_at": "TIMESTAMP"}
    declared = {name: each.sql_type for name, each in readable_columns(registry).items()} if registry else {}
    found = needs(query, {**FACT_SCHEMA, "profile": {**profile, **declared}, **BESIDE_TYPES}, where="reference")
    by_table: dict[str, list[str]] = {}
    for name, column in sorted(found.columns):
        by_table.setdefault(name, []).append(column)
    listed = "; ".join(f"{code(name)} ({', '.join(columns)})" for name, columns in by_table.items())
    may_lack = f" May be absent: {codes(optional)}." if optional else ""
    return f"Reads {listed}.{may_lack}"


def predictions(registry: Registry) -> str:
    """The page about predictions."""
    return joined(
        "# Predictions",
        "Learnt from past moments, judged on later time, refused where they do not beat the simplest rule: "
        "[trust and refusal](../explain/trust-and-refusal.md). Settings stand in `dangol.yaml` under "
        "`predictions: <name>:`. Write your own: [add a prediction](../how-to/add-a-prediction.md).",
        *(one_prediction(each) for each in registry.predictions.values()),
    )


def one_prediction(each: Prediction) -> str:
    """A prediction with needs, scores, reasons and settings."""
    reasons = ((code(name), group.ko, group.en, codes(group.columns)) for name, group in each.model.groups.items())
    settings = (
        (code(name), code(kept.default), bounds(kept), kept.description or "") for name, kept in each.model.model_fields.items()
    )
    return joined(
        titled(each),
        paragraphs(each.doc),
        f"Needs {codes(each.model.needs)}.",
        outputs(each.outputs),
        "### Reasons" if each.model.groups else "",
        table(("Reason", "한국어", "English", "Columns"), reasons),
        "### Settings",
        table(("Setting", "Default", "Allowed", "Meaning"), settings),
    )


def bounds(field: FieldInfo) -> str:
    """The range a setting must lie in."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [f"{sign} {getattr(each, name)}" for each in field.metadata for name, sign in signs.items() if hasattr(each, name)]
    return ", ".join(found)
