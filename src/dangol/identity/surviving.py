"""Which record speaks for each attribute of a customer, and where every chosen value came from.

Of several records of one person that each say something, one is chosen by a declared order, the first difference deciding:

1. readable before masked, masked before placeholders and values that cannot be right;
2. what the person told before what somebody else did, and that before what was inferred;
3. checked by the source before unchecked;
4. of a later registration;
5. what more of the person's records say, in whatever spelling;
6. of the source that comes first in the settings;
7. the longer one;
8. system, number and place in the source, so that runs agree.

Parts of an address stand or fall together, so do given and family name: of the records the one with the street is chosen before
one with a region alone. A version holds from one registration to the next: only records known by then have a say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, literal, sql
from dangol.core.tables import TABLES
from dangol.identity.given_gender import infer_genders
from dangol.identity.readable import FORM, GRADE, judge

RECORDS, CHOSEN = "records.parquet", "chosen_records.parquet"
NO_MOMENT = datetime(1970, 1, 1)
KINDS: Mapping[str, int] = {"given": 2, "external": 1, "inferred": 0}
# Attributes chosen together, by the one that says most.
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "address": ("address", "postcode", "city", "region", "country"),
    "family_name": ("family_name", "given_name"),
}
# Which flag of a record says that an attribute was checked.
CHECKED: Mapping[str, str] = {
    **dict.fromkeys(("customer_name", "family_name", "phone", "gender", "birth_date"), "identity_verified"),
    "email": "email_verified",
}
OF_RECORDS = frozenset({"customer_ref", "registered_at", *CHECKED.values()})

KNOWN = """
    select i.customer_id, c.*, coalesce(c.registered_at, timestamp '1900-01-01') as since,
           row_number() over (order by coalesce(c.registered_at, timestamp '1900-01-01'), c.system, c.customer_ref, c.source,
                              c.delivery, c.row_no) as place
    from customers c
    join identity_map i on i.system = c.system and i.customer_ref = c.customer_ref"""
SEEN = """
    with facts as (select customer_id, min(moment) as first_at from moments group by customer_id),
    records as (
        select customer_id, min(registered_at) as first_at, count(*) > count(registered_at) as undated, count(*) as records
        from known group by customer_id)
    select f.customer_id, least(f.first_at, r.first_at) as first_seen_at, coalesce(r.records, 0) as records,
           coalesce(r.undated, false) or r.first_at is null or f.first_at < r.first_at as before_records
    from facts f left join records r on r.customer_id = f.customer_id"""
VERSIONS = """
    with starts as (
        select distinct customer_id, registered_at as known_from from known where registered_at is not null
        union all
        select customer_id, null as known_from from seen where before_records)
    select customer_id, known_from, coalesce(known_from, timestamp '1900-01-01') as since,
           lead(known_from) over (partition by customer_id order by known_from nulls first) as known_before
    from starts"""
CROWD = "select k.* from known k semi join (from seen where records > 1) s on s.customer_id = k.customer_id"
# An equality and one comparison: with an OR the engine would compare every customer with every record.
SAID = """
    select v.known_from, k.* exclude (since), k.since as said_since, j.* exclude (place)
    from versions v join crowd k on k.customer_id = v.customer_id and k.since <= v.since join judged j on j.place = k.place"""
VERSION = ("customer_id", "known_from")
OF_VERSION = "e.customer_id = v.customer_id AND e.known_from IS NOT DISTINCT FROM v.known_from"
CHOSEN_FOR = "_chosen"


@dataclass(frozen=True)
class Origin:
    """What is known of a source before it says anything about customers.

    Attributes:
        system: whose customer and order numbers it uses.
        priority: whose word counts first where nothing else decides; 1 before 2.
        provenance: `given`, `external` or `inferred`.
    """

    system: str
    priority: int = 1
    provenance: str = "given"


@dataclass(frozen=True)
class Speaking:
    """How a company lets its sources speak for its customers.

    Attributes:
        origins: of its sources, by name.
        infer_gender: whether gender is inferred from names where nobody told it.
    """

    origins: Mapping[str, Origin]
    infer_gender: bool = False

    def number(self, name: str, numbers: Mapping[str, int], otherwise: int) -> exp.Expr:
        """A number of each row's source as a column."""
        case = exp.Case()
        for source, value in numbers.items():
            case = case.when(exp.EQ(this=exp.column("source"), expression=literal(source)), literal(value))
        return exp.alias_(case.else_(literal(otherwise)) if numbers else literal(otherwise), name)

    @property
    def priority(self) -> exp.Expr:
        """The place of each row's source in the order of the settings."""
        return self.number("priority", {name: each.priority for name, each in self.origins.items()}, len(self.origins) + 1)

    @property
    def provenance(self) -> exp.Expr:
        """What each row's source says of customers is given, external or inferred, as a rank."""
        told = {name: KINDS[each.provenance] for name, each in self.origins.items()}
        return self.number("provenance", told, KINDS["given"])


# Every source's word counts alike.
ALIKE = Speaking({})


def write_people(duck: Duck, customers: exp.Select, speaking: Speaking, folder: Path) -> Path:
    """Write what is known of every customer, in versions; beside the facts, all records and which of them were chosen.

    `people` has customer_id, first_seen_at, record_count, the attributes, known_from and known_before. `chosen_records` has, for
    versions with several records to choose from, the number of the record that each attribute is from; `records` has every record
    with its number, customer, source and what it says.

    Args:
        duck: with `identity_map`, and `moments` of when each customer was seen.
        customers: what sources say, with source, delivery, row_no, system, customer_ref and registered_at.
        speaking: how far the sources' words go.
        folder: of the facts.
    """
    scope = Scope(NO_MOMENT, sources={"customers": customers.select(speaking.priority, speaking.provenance)})
    for name, text in (("known", KNOWN), ("seen", SEEN), ("versions", VERSIONS), ("crowd", CROWD)):
        duck.create(name, bind(sql(text), scope), temporary=True)
    attributes = attributes_of(duck.columns("known"))
    keep = exp.select("*").from_("known")
    duck.write_parquet(keep, folder.parent / RECORDS, order_by=("customer_id", "place"), fast=True)
    duck.register("judged", judge(duck.arrow("FROM crowd"), attributes))
    duck.create("said", sql(SAID).tree, temporary=True)
    duck.create("counted", counted(attributes), temporary=True)
    duck.create("elected", elected(attributes, list(duck.columns("crowd"))), temporary=True)
    duck.write_parquet(places(attributes), folder.parent / CHOSEN, order_by=VERSION, fast=True)
    duck.create("people_rows", people(attributes), temporary=True)
    rows: exp.Expr | str = exp.select("*").from_("people_rows")
    if speaking.infer_gender and {"gender", "customer_name"} <= set(attributes):
        rows = infer_genders(duck)
    path = folder / "people.parquet"
    duck.write_parquet(rows, path, order_by=VERSION, fast=True)
    for name in ("known", "seen", "versions", "crowd", "judged", "said", "counted", "elected", "people_rows"):
        duck.drop(name)
    return path


def attributes_of(columns: Sequence[str] | Mapping[str, str]) -> list[str]:
    """The attributes of persons among some columns, in the order of the canonical table."""
    return [each.name for each in TABLES["customers"].columns if each.name in columns and each.name not in OF_RECORDS]


def groups_of(attributes: Sequence[str]) -> dict[str, list[str]]:
    """Attributes by the one that is chosen for all of its group; most are a group of their own."""
    leads = {part: lead for lead, parts in TOGETHER.items() for part in parts}
    groups: dict[str, list[str]] = {}
    for each in attributes:
        groups.setdefault(leads.get(each, each), []).append(each)
    return groups


def counted(attributes: Sequence[str]) -> exp.Select:
    """What was said, with the number of the person's records that say the same."""
    often = [
        exp.alias_(
            exp.Window(
                this=exp.Count(this=exp.column(f"{lead}{FORM}")),
                partition_by=[*(exp.column(name) for name in VERSION), exp.column(f"{lead}{FORM}")],
            ),
            f"{lead}_often",
        )
        for lead in groups_of(attributes)
    ]
    return exp.select("*", *often).from_("said")


def rank_of(lead: str, parts: Sequence[str], columns: Sequence[str]) -> exp.Expr:
    """What decides which record speaks for a group of attributes: the highest does."""
    flag = CHECKED.get(lead, "")
    checked = exp.column(flag) if flag in columns else exp.false()
    written = exp.func("concat", *(exp.cast(exp.column(each), "varchar") for each in parts))
    return exp.Tuple(
        expressions=[
            exp.column(f"{lead}{GRADE}"),
            exp.column("provenance"),
            exp.Coalesce(this=checked, expressions=[exp.false()]),
            exp.column("said_since"),
            exp.column(f"{lead}_often"),
            exp.Neg(this=exp.column("priority")),
            exp.Length(this=written),
            exp.column("place"),
        ]
    )


def elected(attributes: Sequence[str], columns: Sequence[str]) -> exp.Select:
    """For each version of a customer with several records, the number of the record that speaks for a group and what it says."""
    best = [
        exp.alias_(said_by_the_best(lead, parts, columns), f"{lead}{CHOSEN_FOR}") for lead, parts in groups_of(attributes).items()
    ]
    return exp.select(*VERSION, "count(*) AS record_count", *best).from_("counted").group_by(*VERSION)


def said_by_the_best(lead: str, parts: Sequence[str], columns: Sequence[str]) -> exp.Expr:
    """Number and words of the record that ranks highest among those that say anything of a group."""
    fields = [exp.PropertyEQ(this=exp.to_identifier(each), expression=exp.column(each)) for each in ("place", *parts)]
    best = exp.ArgMax(this=exp.Struct(expressions=fields), expression=rank_of(lead, parts, columns))
    says = exp.or_(*(exp.column(each).is_(exp.null()).not_() for each in parts))
    return exp.Filter(this=best, expression=exp.Where(this=says))


def chosen(lead: str, part: str) -> exp.Expr:
    """A part of what was chosen for a group."""
    return exp.Dot(this=exp.column(f"{lead}{CHOSEN_FOR}", table="e"), expression=exp.to_identifier(part))


def places(attributes: Sequence[str]) -> exp.Select:
    """The number of the record that each attribute is from; none where the chosen record does not fill it."""
    numbers = [
        exp.alias_(exp.case().when(chosen(lead, part).is_(exp.null()).not_(), chosen(lead, "place")), part)
        for lead, parts in groups_of(attributes).items()
        for part in parts
    ]
    versions = exp.select("v.customer_id", "v.known_from", "v.known_before", *numbers).from_("versions AS v")
    return versions.join("elected AS e", on=OF_VERSION)


def people(attributes: Sequence[str]) -> exp.Expr:
    """Every version of every customer: of most the one record there is, of the others what was chosen."""
    leads = {part: lead for lead, parts in groups_of(attributes).items() for part in parts}
    about, until = ("v.customer_id", "s.first_seen_at"), ("v.known_from", "v.known_before")
    own = [exp.column(each, table="k") for each in attributes]
    one = exp.select(*about, "CASE WHEN k.place IS NULL THEN 0 ELSE 1 END AS record_count", *own, *until)
    already = "k.customer_id = v.customer_id AND k.since <= v.since"
    one = versions_of(one, "s.records <= 1").join("known AS k", on=already, join_type="left")
    picked = [exp.alias_(chosen(leads[each], each), each) for each in attributes]
    several = exp.select(*about, "coalesce(e.record_count, 0) AS record_count", *picked, *until)
    several = versions_of(several, "s.records > 1").join("elected AS e", on=OF_VERSION, join_type="left")
    return exp.union(one, several, distinct=False)


def versions_of(columns: exp.Select, which: str) -> exp.Select:
    """Columns of the versions of some customers."""
    return columns.from_("versions AS v").join("seen AS s", on="s.customer_id = v.customer_id").where(which)
