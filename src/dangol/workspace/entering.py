"""Entering figures that nobody's data hold: listed beside our own, written into the settings file, with who did it.

Comments and whatever else stands in `dangol.yaml` stay. Nothing is written that its own rules refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from dangol.core.comments import drop_items, kept_below, merge, put_item, remove, written
from dangol.core.declare import Question
from dangol.core.errors import ConfigError, Told, UnknownName, told
from dangol.core.misfit import misfit
from dangol.core.query import Query, sql
from dangol.core.store import AuditEntry, Store, record_audit
from dangol.core.text import Language, lookup, translate
from dangol.core.text import to_translate as words
from dangol.workspace.answers import Answer
from dangol.workspace.binding import Binder
from dangol.workspace.budget_limits import unknown_channels
from dangol.workspace.categories import KNOWN, category_words
from dangol.workspace.entered import CONVERSIONS, MARKET, PURPOSES, SHARES, Benchmark, Figure, Plan
from dangol.workspace.settings import Settings
from dangol.workspace.snapshot import Snapshot

Model = TypeVar("Model", bound=BaseModel)
Amend = Callable[[Callable[[Any], None]], None]
Ask = Callable[[str], tuple[Question, Answer]]
BENCHMARKS, PLAN = "benchmarks", "plan"
# Questions that hold our own figures against the entered ones: the columns that name the figure and give ours.
COMPARISONS: Mapping[str, tuple[str, str]] = {"relative_value": ("figure", "own"), "stage_funnel": ("step", "conversion")}
FIGURES: tuple[Figure, ...] = get_args(Figure)
KINDS: Mapping[str, str] = {**dict.fromkeys(FIGURES, "money"), "orders_per_customer": "number", **dict.fromkeys(SHARES, "share")}
MARKET_SIZE = words("Size of the market, a year")
CONVERSION = words("{step}, within 90 days")
AHEAD, BEHIND, LEVEL, PART, UNKNOWN = "ahead", "behind", "level", "part", "unknown"
STANDINGS: Mapping[str, str] = {
    AHEAD: words("We are ahead"),
    BEHIND: words("We are behind"),
    LEVEL: words("Level"),
    PART: words("Our part of the market: {share:percent}"),
    UNKNOWN: words("Our data do not tell it"),
}
FIELDS: Mapping[str, str] = {
    "figure": words("Figure"),
    "value": words("Value entered"),
    "category": words("Category"),
    "source": words("Who published it, and when"),
    "yearly_budget": words("Money of a year"),
    "conversation_cost": words("Cost of a conversation"),
    "return_cost": words("Cost of a return"),
    "lowest": words("At least, a year"),
    "highest": words("At most, a year"),
    "contact_cost": words("Cost of a contact or new customer"),
    "effect": words("Margin of a contact or new customer"),
    "contacts": words("Contacts a year"),
    **{purpose: KNOWN[purpose] for purpose in PURPOSES},
}
SECTIONS = ("purposes", "channels", "[key]")
CATEGORIES = sql("select category from products where category is not null group by category order by category")
CHANNELS = sql("select channel from spend where channel is not null and channel <> '' group by channel order by channel")
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")


@dataclass(frozen=True)
class Compared:
    """A figure that somebody entered, beside our own.

    Attributes:
        own: the same figure of ours, from the answer to V9 or Q65; None where no data tell it.
        relative: ours against theirs, turned round where less is better; of a market our part of it.
    """

    figure: str
    category: str
    value: float
    source: str
    own: float | None
    relative: float | None

    @property
    def standing(self) -> str:
        """Whether we are ahead, behind or level; a market we have a part of."""
        if self.relative is None:
            return UNKNOWN
        if self.figure == MARKET:
            return PART
        return LEVEL if self.relative == 1 else AHEAD if self.relative > 1 else BEHIND


class Entering:
    """The figures that the people of one company entered.

    Args:
        settings: the company's as they are now.
        store: keeps who entered what.
        amend: changes the settings file in place.
        ask: answers questions.
        snapshot: the serving one; None before the first run.
    """

    def __init__(self, settings: Settings, store: Store, amend: Amend, ask: Ask, snapshot: Snapshot | None) -> None:
        self.settings = settings
        self.store = store
        self.amend = amend
        self.ask = ask
        self.snapshot = snapshot

    def all(self) -> list[Compared]:
        """The figures of others in the order they were entered, each beside our own."""
        own = self.own() if self.settings.benchmarks else {}
        return [Compared(each.figure, each.category, each.value, each.source, *own.get(each.key, (None, None)))
                for each in self.settings.benchmarks]  # fmt: skip

    def own(self) -> dict[tuple[str, str], tuple[float | None, float | None]]:
        """Our own figure and ours against theirs, by figure and category; nothing before the first run."""
        if self.snapshot is None:
            return {}
        found: dict[tuple[str, str], tuple[float | None, float | None]] = {}
        for question, (figure, own) in COMPARISONS.items():
            _, answer = self.ask(question)
            names = [column[0] for column in answer.columns]  # without those that are empty in every row
            rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
            found |= {(row[figure], row.get("category") or ""): (row.get(own), row.get("relative")) for row in rows}
        return found

    @cached_property
    def categories(self) -> list[str]:
        """The company's own categories, as figures of markets name them."""
        return self.names(CATEGORIES)

    @cached_property
    def channels(self) -> list[str]:
        """The channels that the company spends on."""
        return self.names(CHANNELS)

    def names(self, query: Query) -> list[str]:
        """A column of names from the facts; none before the first run or where the company lacks it."""
        if self.snapshot is None:
            return []
        binder = Binder(self.snapshot.facts, self.snapshot.as_of, self.settings.company.zone)
        bound = binder.bind(query, where="figures")
        rows = self.snapshot.duck.cursor().rows(bound.tree) if bound.outputs else []
        return [str(value) for row in rows for value in row.values()]

    def enter(self, said: Mapping[str, object], *, who: str) -> Benchmark:
        """Keep a figure of others; one of the same figure and category is replaced.

        Raises:
            ConfigError: it does not make sense or has no source; all problems at once, and nothing is written.
        """
        entered = fitted(Benchmark, said)
        line: dict[str, object] = {"figure": entered.figure, "value": plain(entered.value)}
        line |= {"category": entered.category} if entered.category else {}
        line["source"] = entered.source

        self.amend(lambda values: put_item(values, BENCHMARKS, line, lambda each: key_of(each) == key_of(line)))
        self.note(f"figure {named(entered)}: {plain(entered.value)}", who, entered.source)
        return entered

    def remove(self, figure: str, category: str = "", *, who: str) -> None:
        """Take a figure back; with the last one the whole list goes.

        Raises:
            UnknownName: nobody entered it.
        """
        found = [each for each in self.settings.benchmarks if each.key == (figure, category)]
        if not found:
            known = [named(each) for each in self.settings.benchmarks]
            raise UnknownName.among(told("figure"), f"{figure} {category}".strip(), known)

        self.amend(lambda values: drop_items(values, BENCHMARKS, lambda each: key_of(each) == (figure, category)))
        self.note(f"figure {named(found[0])} removed", who)

    def set_plan(self, said: Mapping[str, object], *, who: str) -> Plan:
        """Keep what the company means to spend; what is at its default is not written.

        Raises:
            ConfigError: it does not make sense, or names a channel that nobody spends on; all problems at once.
        """
        plan = fitted(Plan, said)
        unknown = unknown_channels(plan.channels, self.channels) if self.channels else []
        if unknown:
            refuse(unknown)
        lines = without_nothing(plan.model_dump(exclude_defaults=True))
        before = without_nothing(self.settings.plan.model_dump(exclude_defaults=True))

        self.amend(lambda values: put_plan(values, lines))
        changed = sorted(name for name in {*lines, *before} if lines.get(name) != before.get(name))
        if changed:
            self.note(f"plan: {', '.join(changed)}", who)
        return plan

    def change_plan(self, said: Mapping[str, object], *, who: str) -> Plan:
        """Change some of the plan and leave the rest as it is; see `set_plan`."""
        return self.set_plan({**self.settings.plan.model_dump(exclude_defaults=True), **said}, who=who)

    def note(self, what: str, who: str, reason: str = "") -> None:
        """Put into the audit trail what somebody entered."""
        record_audit(self.store, AuditEntry(who=who, what=what[:200], reason=reason))


def put_plan(values: Any, lines: Mapping[str, Any]) -> None:  # noqa: ANN401 — as above
    """Make the plan of the settings say these lines and no more; without any there is none."""
    if PLAN not in values:
        values.update({PLAN: written(lines)} if lines else {})
    elif lines:
        with kept_below(values, PLAN):
            merge(values[PLAN], lines)
    else:
        remove(values, PLAN)


def fitted(model: type[Model], said: Mapping[str, object]) -> Model:
    """What was entered, if it makes sense.

    Raises:
        ConfigError: all that is wrong with it.
    """
    try:
        return model.model_validate(said)
    except ValidationError as found:
        refuse([placed(each["loc"], misfit(each)) for each in found.errors(include_url=False)])


def refuse(problems: Sequence[str]) -> NoReturn:
    """Refuse what was entered.

    Raises:
        ConfigError: with everything that is wrong.
    """
    found = list(dict.fromkeys(problems))
    raise ConfigError(told("{count|problem/problems} in what was entered", count=len(found)), problems=found)


def placed(path: Sequence[str | int], what: str) -> str:
    """A problem with the names of the fields around it, as people read them."""
    for step in reversed([each for each in path if each not in SECTIONS]):
        place = Told(FIELDS[str(step)], {}) if step in FIELDS else str(step)
        what = told("{place}: {what}", place=place, what=what)
    return what


def number_of(text: str, *, is_share: bool = False) -> float | str | None:
    """A number as people type it, with thousands separators and, of a share, a per cent sign; what is none stays text."""
    typed = text.strip()
    percent = is_share and typed.endswith("%")
    digits = typed.removesuffix("%").rstrip() if percent else typed
    if not NUMBER.fullmatch(digits):
        return typed or None
    found = Decimal(digits.replace(",", "")) / (100 if percent else 1)
    return plain(float(found))


def plain(value: float) -> float | int:
    """A number as it is written: without a fraction where there is none."""
    return int(value) if float(value).is_integer() else value


def figure_title(figure: str, language: Language) -> str:
    """What a figure is called where it is entered."""
    if figure in CONVERSIONS:
        return translate(CONVERSION, language, step=category_words(figure, language))
    return lookup(MARKET_SIZE, language) if figure == MARKET else category_words(figure, language)


def key_of(line: Mapping[str, Any]) -> tuple[str, str]:
    """What a line of the settings is a figure of."""
    return str(line["figure"]), str(line.get("category") or "")


def named(figure: Benchmark) -> str:
    """A figure with its category."""
    return " ".join(filter(None, figure.key))


def without_nothing(said: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without sections that say nothing."""
    found = {key: without_nothing(each) if isinstance(each, Mapping) else each for key, each in said.items()}
    return {key: plain(each) if isinstance(each, float) else each for key, each in found.items() if each != {}}
