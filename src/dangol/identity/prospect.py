"""Companies that know leads and nobody else: each lead is a prospect, under the lead's own number.

Where any table names customers, leads are theirs by number, and those without one are nobody's yet: numbers of two kinds must not
be taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping

from dangol.core.engine import Duck
from dangol.core.query import sql
from dangol.core.tables import TABLES

PERSON = "customer_ref"
NAMED = "select *, lead_ref as customer_ref from leads"


def prospects(duck: Duck, present: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The tables of a company, with the numbers of its leads for those of customers where nothing else names anybody.

    Args:
        duck: with a view for every accepted table.
        present: columns that the company has, by table.
    """
    named = any(PERSON in columns for name, columns in present.items() if TABLES[name].person)
    if named or "leads" not in present:
        return dict(present)
    duck.create("leads_as_prospects", sql(NAMED).tree, temporary=True)
    duck.define("leads", "SELECT * FROM leads_as_prospects")
    return {**present, "leads": present["leads"] | {PERSON}}
