"""Customers: lists by rule with keyset paging, counts, and everything about one of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.core.declare import SegmentSettings
from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.masking import MASKS
from dangol.core.query import literal
from dangol.core.rules import BEHAVIOURS, Term, Vocabulary, compile_rule, describe, parse, quoted, unfold
from dangol.core.tables import FACTS
from dangol.core.text import Language
from dangol.workspace.categories import category_words
from dangol.workspace.hiding import hidden
from dangol.workspace.segment_rules import named_rules
from dangol.workspace.snapshot import Snapshot
from dangol.workspace.units import BELONGING

NUMERIC = ("integer", "count", "number", "money", "share", "probability", "days")
STAGES = ("prospect", "new", "active", "at_risk", "lapsed", "reactivated")
READS = {
    "bought": ("orders", "order_lines", "products"),
    "spent": ("orders", "order_lines", "products"),
    "did": ("events",),
    "contacted": ("decisions",),
    "has_consent": ("consents_now",),
}
TIMELINE = {
    "orders": ("order_id", "net_amount", "channel", "store_id", "status"),
    "returns": ("product_id", "refund_amount", "reason"),
    "events": ("event_name", "product_id"),
    "messages": ("channel", "message_event"),
    "interactions": ("interaction_kind", "topic"),
    "feedback": ("feedback_kind", "rating"),
    "consents": ("channel", "purpose", "allowed"),
}
MOST_ON_A_PAGE = 500
# What lists are sorted by where no margin is expected of anybody.
SORTED_INSTEAD = ("net_sales", "contract_churn_probability", "listed_churn_probability")
# What was concluded about people; in the profile only where the settings give a reason.
INFERRED = frozenset({"gender_inferred", "gender_chance"})
UNSHOWN = ("sort_key", "birth_date", "postcode")


@dataclass(frozen=True)
class Listing:
    """Which customers, in which order, from where on.

    Attributes:
        rule: an audience rule; everybody when empty.
        sort: a numeric profile column; the highest first.
        after: cursor of the page before; the first page when empty.
        limit: customers on a page.
    """

    rule: str = ""
    sort: str = "expected_margin_12m"
    after: str = ""
    limit: int = 50


@dataclass(frozen=True)
class Page:
    """A page of customers: rows of the profile with masked names, the cursor of the next page, and how many in all.

    Attributes:
        units: in how many homes and accounts they are, as far as the company knows any.
    """

    rows: Sequence[Mapping[str, Any]]
    next: str
    total: int
    sort: str
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Happening:
    """One entry of a customer's timeline."""

    at: datetime
    table: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Customer:
    """Everything about one customer, names and contacts masked.

    Attributes:
        profile: profile columns.
        person: masked name and contacts, and attributes.
        records: (system, masked number, rule that joined it) of the source records.
        reasons: prediction → (reason group, contribution), strongest first.
        timeline: latest happenings first.
        listed: what the list of who left says of the customer beside the mark: header → text.
    """

    customer_id: int
    profile: Mapping[str, Any]
    person: Mapping[str, Any]
    records: Sequence[tuple[str, str, str]]
    reasons: Mapping[str, Sequence[tuple[str, float]]]
    timeline: Sequence[Happening] = field(default_factory=tuple)
    listed: Mapping[str, str] = field(default_factory=dict)


class Customers:
    """Customers of a snapshot.

    Args:
        snapshot: the serving one.
        currency, zone: the company's.
        segments: that rules may name.
    """

    def __init__(
        self, snapshot: Snapshot, *, currency: str, zone: str, segments: Mapping[str, SegmentSettings] | None = None
    ) -> None:
        self.snapshot = snapshot
        self.segments = segments or {}
        self.currency = currency
        self.zone = zone

    @property
    def vocabulary(self) -> Vocabulary:
        """What audience rules may speak of in this company."""
        present = self.snapshot.duck.cursor().tables() | set(self.snapshot.facts.files)
        behaviours = {name: each for name, each in BEHAVIOURS.items() if set(READS.get(name, ())) <= present}
        columns = {name: Term(name, each.kind, each.ko, decapitalised(each.en)) for name, each in self.snapshot.columns.items()}
        if "lifecycle_stage" in columns:
            columns["lifecycle_stage"] = replace(columns["lifecycle_stage"], choices=STAGES)
        return Vocabulary(
            columns, behaviours=behaviours, currency=self.currency, zone=self.zone, withheld=INFERRED - set(columns),
            segments=named_rules(self.segments),
        )  # fmt: skip

    def condition(self, rule: str) -> exp.Expr:
        """A rule as a condition on the table `profile`.

        Raises:
            ConfigError: the rule does not parse or does not fit this company's columns; all problems at once.
        """
        if not rule.strip():
            return exp.true()
        return compile_rule(parse(rule), self.vocabulary, as_of=self.snapshot.as_of)

    def described(self, rule: str, language: Language) -> str:
        """A rule as a sentence."""
        said = describe(parse(rule), self.vocabulary, language)
        for stage in STAGES:
            said = said.replace(f"'{stage}'", f"'{category_words(stage, language)}'")
        return said

    def explained(self, rule: str, language: Language) -> str:
        """A rule as a sentence, followed by what the segments mean that it names."""
        known = self.vocabulary.segments
        reached = [known[name] for name in unfold(parse(rule), self.vocabulary).reached]
        meant = [
            f"{quoted(each.ko if language == 'ko' else each.en)}: {self.described(str(each.rule), language)}" for each in reached
        ]
        return "; ".join([self.described(rule, language), *meant])

    def count(self, rule: str = "") -> int:
        """How many customers a rule selects."""
        tree = self.reading(exp.select("count(*) AS n").from_("profile").where(self.condition(rule)))
        return int(self.snapshot.duck.cursor().value(tree))

    def units(self, rule: str = "") -> dict[str, int]:
        """In how many homes and accounts the customers of a rule are: `household` and `account`, where the company knows any.

        Whoever told no address lives alone, as far as anybody knows; who belongs to no account is in none.
        """
        duck = self.snapshot.duck.cursor()
        present, found = duck.tables(), {}
        for unit, (table, number) in BELONGING.items():
            if table in present:
                chosen = exp.select("profile.customer_id").from_("profile").where(self.condition(rule))
                counted = exp.select(exp.alias_(exp.Count(this=exp.Distinct(expressions=[exp.column(number)])), "n")).from_(table)
                found[unit] = int(duck.value(self.reading(counted.where(exp.column("customer_id").isin(query=chosen)))))
        return found

    def page(self, listing: Listing) -> Page:
        """A page of customers in a fixed order: the sort column from high to low, then by number.

        Raises:
            UnknownName: the sort column is not a numeric profile column.
            ConfigError: a cursor that is none of ours.
        """
        sort = self.sort_column(listing.sort)
        key = exp.func("coalesce", exp.cast(exp.column(sort, table="profile"), "double"), exp.Literal.number("-1e308"))
        limit = max(1, min(listing.limit, MOST_ON_A_PAGE))
        # First the few customers of the page, then everything about them: the wide rows of all others stay unread.
        chosen = exp.select("profile.customer_id", exp.alias_(key, "sort_key")).from_("profile")
        chosen = chosen.where(self.condition(listing.rule), self.beyond(key, listing.after))
        chosen = chosen.order_by(exp.Ordered(this=key.copy(), desc=True), "profile.customer_id").limit(limit + 1)
        numbers = self.snapshot.duck.cursor().rows(self.reading(chosen))
        found = self.wide(numbers)
        rows = [masked(row) for row in found[:limit]]
        following = cursor(found[limit - 1]) if len(found) > limit else ""
        return Page(rows, following, self.count(listing.rule), sort, self.units(listing.rule))

    def wide(self, numbers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Profile and person of some customers, in their order."""
        duck = self.snapshot.duck.cursor()
        ids = [literal(row["customer_id"]) for row in numbers]
        if not ids:
            return []
        profiles = duck.rows(exp.select("*").from_("profile").where(exp.column("customer_id").isin(*ids)))
        by_id = {row["customer_id"]: row for row in profiles}
        person = self.people(ids)
        keys = [(row["customer_id"], row["sort_key"]) for row in numbers]
        return [{**person.get(number, {}), **by_id[number], "sort_key": key} for number, key in keys]

    def people(self, ids: Sequence[exp.Expr]) -> dict[int, dict[str, Any]]:
        """Names, contacts and attributes of some customers as they were known at the snapshot's moment, by number."""
        rows = self.snapshot.duck.cursor().rows(exp.select("*").from_("people").where(exp.column("customer_id").isin(*ids)))
        return {row["customer_id"]: row for row in rows}

    def masked_rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Profile and person of some customers, in their order, names and contacts masked."""
        return [masked(row) for row in self.wide([{"customer_id": number, "sort_key": 0} for number in numbers])]

    def sort_column(self, name: str) -> str:
        """A numeric column to sort by; where the usual one is not there the next best, at last the customer's number."""
        columns = {column for column, each in self.snapshot.columns.items() if each.kind in NUMERIC} | {"customer_id"}
        if name == Listing.sort and name not in columns:
            return next(each for each in (*SORTED_INSTEAD, "customer_id") if each in columns)
        UnknownName.check(told("sort column"), name, columns)
        return name

    def beyond(self, key: exp.Expr, after: str) -> exp.Expr:
        """Customers after a cursor, in the order of the list."""
        if not after:
            return exp.true()
        try:
            value, number = json.loads(base64.urlsafe_b64decode(after.encode()))
            value, number = float(value), int(number)
        except (ValueError, TypeError) as problem:
            what = told("the cursor {cursor:quoted} is none of ours", cursor=after[:40])
            raise ConfigError(what, hint=told("start from the first page")) from problem
        bound = literal(value)
        number_column = exp.column("customer_id", table="profile")
        same = exp.and_(exp.EQ(this=key.copy(), expression=bound), exp.GT(this=number_column, expression=literal(number)))
        return exp.or_(exp.LT(this=key.copy(), expression=bound.copy()), same)

    def reading(self, tree: exp.Query) -> exp.Expr:
        """A query whose behaviours read the facts as they were known at the snapshot's moment."""
        sources = self.snapshot.facts.cut(self.snapshot.as_of)

        def replaced(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Table) and node.name in sources and not node.db and node.name != "people":
                return exp.Subquery(
                    this=sources[node.name].copy(), alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name))
                )
            return node

        return tree.transform(replaced)

    def find(self, customer_id: int, *, unmasked: bool = False) -> Customer:
        """Everything about one customer, under the number he has now: that of another where both turned out to be one.

        Args:
            customer_id: now or once.
            unmasked: names and contacts as they are; whoever asks so keeps an audit trail.

        Raises:
            UnknownName: there is no such customer in this snapshot.
        """
        duck = self.snapshot.duck.cursor()
        customer_id = self.snapshot.redirects.get(customer_id, customer_id)
        profile = duck.rows("SELECT * FROM profile WHERE customer_id = ?", [customer_id])
        if not profile:
            what = told("unknown customer {number}", number=str(customer_id))
            raise UnknownName(what, hint=told("look it up in the list of customers"))
        records = duck.rows("SELECT system, customer_ref, rule FROM identity_map WHERE customer_id = ?", [customer_id])
        row, person = profile[0], self.people([literal(customer_id)]).get(customer_id, {})
        reasons = {name.removesuffix("_reasons"): split_reasons(row.pop(name)) for name in list(row) if name.endswith("_reasons")}
        return Customer(
            customer_id=customer_id,
            profile=row,
            person=person if unmasked else masked(person),
            records=[(each["system"], hidden(each["customer_ref"]), each["rule"]) for each in records],
            reasons=reasons,
            timeline=self.timeline(customer_id),
            listed=self.listed(customer_id),
        )

    def listed(self, customer_id: int) -> dict[str, str]:
        """What the list of who left says of a customer beside the mark; what names or reaches people was never taken from it."""
        if "attributes" not in self.snapshot.facts.present.get("churn_labels", frozenset()):
            return {}
        mine = exp.EQ(this=exp.column("customer_id"), expression=literal(customer_id))
        tree = exp.select("max(attributes) AS attributes").from_("churn_labels").where(mine)
        found = self.snapshot.duck.cursor().value(self.reading(tree))
        return {header: str(value) for header, value in json.loads(found or "{}").items() if value is not None}

    def gaps(self, customer_id: int, *, most: int = 40) -> list[float]:
        """Days between the first orders of a customer's latest days with an order, the latest last."""
        cut = exp.Subquery(this=self.snapshot.facts.cut(self.snapshot.as_of, ("orders",))["orders"], alias="orders")
        mine = exp.EQ(this=exp.column("customer_id"), expression=literal(customer_id))
        tree = exp.select("ordered_at").from_(cut).where(mine, "status = 'completed'")
        days = days_of((row["ordered_at"] for row in self.snapshot.duck.cursor().rows(tree)), self.zone)
        return [(later - earlier) / timedelta(days=1) for earlier, later in pairwise(days[-most - 1 :])]

    def timeline(self, customer_id: int, tables: Iterable[str] = tuple(TIMELINE), *, most: int = 60) -> list[Happening]:
        """What happened with a customer, latest first."""
        found = []
        for name in tables:
            wanted = TIMELINE[name]
            present = self.snapshot.facts.present.get(name, frozenset())
            moment = FACTS[name].moment
            if moment not in present:
                continue
            details = [column for column in wanted if column in present]
            mine = exp.EQ(this=exp.column("customer_id"), expression=literal(customer_id))
            cut = self.snapshot.facts.cut(self.snapshot.as_of, [name])[name]
            tree = exp.select(exp.alias_(exp.column(moment), "moment"), *details).from_(exp.Subquery(this=cut, alias=name))
            tree = tree.where(mine).order_by(exp.Ordered(this=exp.column("moment"), desc=True)).limit(most)
            rows = self.snapshot.duck.cursor().rows(tree)
            found += [Happening(row.pop("moment"), name, row) for row in rows]
        return sorted(found, key=lambda each: each.at, reverse=True)[:most]


def days_of(moments: Iterable[datetime], zone: str) -> list[datetime]:
    """The first moment of each day on which something happened, by the days of a time zone, in their order."""
    first: dict[date, datetime] = {}
    for each in sorted(moments):
        first.setdefault(each.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date(), each)
    return list(first.values())


def decapitalised(words: str) -> str:
    """A heading inside a sentence; abbreviations keep their capitals."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def cursor(row: Mapping[str, Any]) -> str:
    """An opaque cursor behind a row."""
    return base64.urlsafe_b64encode(json.dumps([row["sort_key"], row["customer_id"]]).encode()).decode()


def split_reasons(text: str | None) -> list[tuple[str, float]]:
    """Reasons back from their text."""
    parts = [part.rsplit(":", 1) for part in (text or "").split(";") if part]
    return [(name, float(value)) for name, value in parts]


def masked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what names or reaches a person."""
    shown = {name: MASKS[name](str(value)) if name in MASKS and value else value for name, value in row.items()}
    return {name: value for name, value in shown.items() if name not in UNSHOWN}
