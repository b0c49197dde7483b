"""What to do with an answer, as far as a company can do it."""

from __future__ import annotations

from dangol.core.declare import NextAction
from dangol.core.errors import ConfigError
from dangol.workspace.company import Company


def is_possible(action: NextAction, company: Company) -> bool:
    """Whether a company has the columns of the rule, the programme or the question that a next action leads to."""
    if action.rule:
        return fits(action.rule, company)
    if action.programme:
        return action.programme in company.registry.programmes
    return action.question in company.registry.questions


def fits(rule: str, company: Company) -> bool:
    """Whether a rule fits a company's columns."""
    try:
        company.customers.condition(rule)
    except ConfigError:
        return False
    return True
