"""Cleaning rules: what they look for, what they do with it, and what would be without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dangol.core.query import Query

Action = Literal["leave_out", "unidentify"]


@dataclass(frozen=True)
class Rule:
    """A rule on accepted rows, declared once and switched on and off by people.

    Attributes:
        name: as commands and addresses write it.
        title, why: keys of the catalogue; `why` says what it does and why it is on or off by default.
        action: leave rows out of the facts, or keep them as rows of nobody.
        on: by default.
        finds: table → a query of `delivery` and `row_no` of the rows it matches.
        needs: table → columns without which the query would say nothing.
    """

    name: str
    title: str
    why: str
    action: Action
    on: bool
    finds: Mapping[str, Query]
    needs: Mapping[str, tuple[str, ...]]
