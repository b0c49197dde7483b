"""Segments at work: who is in each, what they are worth, what policy holds for them, and which programmes contact them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from sqlglot import exp

from dangol.core.comments import drop_items, put_item
from dangol.core.declare import Policy, SegmentSettings
from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.query import literal
from dangol.core.store import AuditEntry, Store, record_audit
from dangol.workspace.customers import Customers
from dangol.workspace.programmes import all_programmes
from dangol.workspace.registry import Registry
from dangol.workspace.segment_rules import all_segments, named_in
from dangol.workspace.settings import Settings
from dangol.workspace.snapshot import Snapshot

WORTH = "expected_margin_12m"
Change = Callable[[dict[str, Any]], None]
SEGMENTS, POLICIES = "segments", "policies"


@dataclass(frozen=True)
class Standing:
    """A segment on the serving snapshot.

    Attributes:
        settings: name, titles and rule.
        built_in: whether it came with dangol or the company's own Python files; such rules are not changed by a form.
        policy: what its customers may cost and how they are contacted; None without any.
        programmes: names of programmes whose audience names it.
        customers, share: how many are in it, and of all customers; None where its rule cannot be read here.
        margin: what they are expected to earn in 12 months, in all; None where nobody predicts it.
        limit: what contacts with them may cost a year, in all; None without a limit.
        problems: why its rule cannot be read in this company.
    """

    settings: SegmentSettings
    built_in: bool
    policy: Policy | None
    programmes: tuple[str, ...]
    customers: int | None = None
    share: float | None = None
    margin: float | None = None
    limit: float | None = None
    problems: tuple[str, ...] = ()

    @property
    def margin_each(self) -> float | None:
        """What one customer of it is expected to earn in 12 months, in the mean."""
        return self.margin / self.customers if self.customers and self.margin is not None else None

    @property
    def limit_each(self) -> float | None:
        """What contacts with one customer of it may cost a year, in the mean."""
        return self.limit / self.customers if self.customers and self.limit is not None else None

    @property
    def payable(self) -> float | None:
        """Most that winning one such customer may cost; None without a target or where nobody predicts a margin."""
        share = self.policy.acquisition_share if self.policy else None
        return None if share is None or self.margin_each is None else max(self.margin_each, 0.0) * share


class Segments:
    """The segments of one company on its serving snapshot.

    Args:
        snapshot: the serving one.
        store: keeps who changed what.
        settings: the company's.
        registry: built-in segments and programmes.
        amend: changes `dangol.yaml`, where own segments and policies are kept.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        store: Store,
        settings: Settings,
        registry: Registry,
        amend: Callable[[Change], None],
    ) -> None:
        self.snapshot = snapshot
        self.store = store
        self.settings = settings
        self.registry = registry
        self.amend = amend
        self.known = all_segments(settings.segments, registry.segments)
        self.policies = {each.segment: each for each in settings.policies}

    @property
    def customers(self) -> Customers:
        """Customers as rules choose them that may name these segments."""
        return self.customers_beside({})

    def customers_beside(self, further: Mapping[str, SegmentSettings]) -> Customers:
        """Customers as rules choose them that may name further segments, or other ones of the same names."""
        company = self.settings.company
        return Customers(self.snapshot, currency=company.currency, zone=company.zone, segments={**self.known, **further})

    def find(self, name: str) -> SegmentSettings:
        """A segment by its name.

        Raises:
            UnknownName: there is none.
        """
        UnknownName.check(told("segment"), name, self.known)
        return self.known[name]

    def all(self) -> list[Standing]:
        """Every segment as it stands now: own ones first, then built-in ones."""
        own = [each.name for each in self.settings.segments]
        names = [*own, *(name for name in self.known if name not in own)]
        problems = {name: self.problems(name) for name in names}
        figures = self.measured([name for name in names if not problems[name]])
        return [self.standing(name, problems[name], figures.get(name, {})) for name in names]

    def one(self, name: str) -> Standing:
        """A segment as it stands now.

        Raises:
            UnknownName: there is none.
        """
        self.find(name)
        problems = self.problems(name)
        return self.standing(name, problems, {} if problems else self.measured([name])[name])

    def standing(self, name: str, problems: Sequence[str], figures: Mapping[str, Any]) -> Standing:
        """A segment with its figures."""
        used = tuple(programme for programme, audience in self.audiences().items() if name in named_in(audience))
        return Standing(
            self.known[name], name in self.registry.segments, self.policies.get(name), used, problems=tuple(problems),
            **figures,
        )  # fmt: skip

    def audiences(self) -> dict[str, str]:
        """The audience rule of every programme."""
        return {name: each.audience for name, each in all_programmes(self.settings, self.registry).items()}

    def problems(self, name: str) -> tuple[str, ...]:
        """Why the rule of a segment cannot be read in this company; nothing where it can."""
        try:
            self.customers.condition(self.known[name].rule)
        except ConfigError as wrong:
            return (wrong.what, *wrong.problems)
        return ()

    def measured(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """How many customers are in each segment, what they are expected to earn, and what they may cost a year."""
        if not names:
            return {}
        customers = self.customers
        worth = WORTH in self.snapshot.columns
        chosen: list[exp.Expr] = [exp.alias_(exp.Count(this=exp.Star()), "everybody")]
        for place, name in enumerate(names):
            inside = customers.condition(self.known[name].rule)
            chosen += [exp.alias_(only(exp.Count(this=exp.Star()), inside), f"n{place}")]
            chosen += (
                [exp.alias_(only(exp.Sum(this=column), inside), f"{key}{place}") for key, column in worths()] if worth else []
            )
        row = self.snapshot.duck.cursor().rows(customers.reading(exp.select(*chosen).from_("profile")))[0]
        return {name: self.figures(name, place, row) for place, name in enumerate(names)}

    def figures(self, name: str, place: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """The figures of a segment from the row of all."""
        policy, earning = self.policies.get(name), float(row.get(f"earning{place}") or 0)
        known = row.get(f"margin{place}") is not None
        capped = known and policy is not None and policy.promotion_share is not None
        return {
            "customers": int(row[f"n{place}"]),
            "share": row[f"n{place}"] / row["everybody"] if row["everybody"] else 0.0,
            "margin": float(row[f"margin{place}"]) if known else None,
            "limit": earning * (policy.promotion_share or 0.0) if capped and policy else None,
        }

    def of_customer(self, customer_id: int) -> list[SegmentSettings]:
        """The segments that a customer is in."""
        customers = self.customers
        names = [name for name in self.known if not self.problems(name)]
        marks = [exp.alias_(customers.condition(self.known[name].rule), f"s{place}") for place, name in enumerate(names)]
        found = exp.select(*marks).from_("profile").where(exp.column("customer_id", table="profile").eq(literal(customer_id)))
        rows = self.snapshot.duck.cursor().rows(customers.reading(found)) if marks else []
        return [self.known[name] for place, name in enumerate(names) if rows and rows[0][f"s{place}"]]

    def save(self, settings: SegmentSettings, *, who: str) -> None:
        """Keep a segment in `dangol.yaml`, in the place of the one of its name.

        Raises:
            ConfigError: its rule does not fit this company, it would hold itself, or its name is that of a built-in one.
        """
        if settings.name in self.registry.segments:
            what = told("segment {name:quoted} is built in", name=settings.name)
            raise ConfigError(what, hint=told("give yours another name"))
        self.customers_beside({settings.name: settings}).condition(settings.rule)
        self.put(SEGMENTS, "name", settings.model_dump())
        self.note(who, "saved", settings.name)

    def remove(self, name: str, *, who: str) -> None:
        """Take an own segment and its policy out of `dangol.yaml`.

        Raises:
            UnknownName: there is no such segment.
            ConfigError: it is built in, or programmes or other segments name it.
        """
        self.find(name)
        if name in self.registry.segments:
            raise ConfigError(told("segment {name:quoted} is built in", name=name), hint=told("take its policy away instead"))
        users = [each for each, rule in self.rules().items() if each != name and name in named_in(rule)]
        if users:
            what = told("segment {name:quoted} is named by {users:listed}", name=name, users=users)
            raise ConfigError(what, hint=told("change these first"))
        self.take(POLICIES, "segment", name)
        self.take(SEGMENTS, "name", name)
        self.note(who, "removed", name)

    def rules(self) -> dict[str, str]:
        """All rules that may name a segment: of segments, and of programmes."""
        return {**{name: each.rule for name, each in self.known.items()}, **self.audiences()}

    def set_policy(self, policy: Policy, *, who: str) -> None:
        """Keep what customers of a segment may cost and how they are contacted; it holds from now on.

        Raises:
            UnknownName: there is no such segment.
            ConfigError: its rule cannot be read in this company.
        """
        found = self.one(policy.segment)
        if found.problems:
            what = told("the policy of segment {name:quoted} could not be held", name=policy.segment)
            raise ConfigError(what, problems=list(found.problems))
        values = policy.model_dump(exclude_defaults=True)
        self.put(POLICIES, "segment", {**values, **({"channels": list(policy.channels)} if policy.channels else {})})
        self.note(who, "policy set", policy.segment)

    def clear_policy(self, name: str, *, who: str) -> None:
        """Take the policy of a segment away.

        Raises:
            UnknownName: there is no such segment, or it has no policy.
        """
        UnknownName.check(told("policy"), name, self.policies)
        self.take(POLICIES, "segment", name)
        self.note(who, "policy removed", name)

    def put(self, section: str, key: str, values: Mapping[str, Any]) -> None:
        """Write an entry of a list of the settings, in the place of the one of its name."""
        self.amend(lambda document: put_item(document, section, values, lambda each: each[key] == values[key]))

    def take(self, section: str, key: str, name: str) -> None:
        """Take an entry out of a list of the settings; an empty list goes with it."""
        self.amend(lambda document: drop_items(document, section, lambda each: each[key] == name))

    def note(self, who: str, did: str, name: str) -> None:
        """Keep in the audit trail who did what."""
        record_audit(self.store, AuditEntry(who=who, what=f"segment {did}", whose=f"segment {name}"))


def free_name(title: str, taken: Collection[str]) -> str:
    """A short name for a segment: from its title where that is written in Latin letters, and a number where it is not free."""
    stem = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:30].strip("_")
    stem = stem if re.match(r"[a-z]", stem) else "segment"
    numbered = chain([stem] if stem != "segment" else [], (f"{stem}_{number}" for number in count(1)))
    return next(name for name in numbered if name not in taken)


def only(figure: exp.AggFunc, condition: exp.Expr) -> exp.Filter:
    """A figure of those rows that a condition chooses."""
    return exp.Filter(this=figure, expression=exp.Where(this=condition))


def worths() -> list[tuple[str, exp.Expr]]:
    """What a customer is expected to earn, and the same of those who earn anything at all."""
    margin = exp.column(WORTH, table="profile")
    return [("margin", margin), ("earning", exp.Greatest(this=margin.copy(), expressions=[exp.Literal.number(0)]))]
