"""Segment keys: sources that know groups only, joined to groups of customers, never to a person.

A key is a group by gender, age band and region, such as `gender=female|age=30-39`. What a source says of other groups is carried
over by how many of our customers stand in both: totals are divided, rates averaged. A figure so carried over is marked as such.
Groups of few customers are hidden, and so is what would give them away. Nothing of this may enter a profile, a rule or an export
of persons: a group's figure says nothing about one of its members (ecological fallacy, Robinson 1950).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from dangol.algorithms.age_band import OLDEST, years
from dangol.algorithms.small_cells import hidden
from dangol.core.declare import sql
from dangol.core.errors import NotReady, told
from dangol.core.text import to_translate as words
from dangol.workspace.binding import Binder
from dangol.workspace.settings import SegmentScheme

TOTALS = {
    "population_count": words("Population"), "spend_amount": words("Spend"), "impression_count": words("Impressions"),
    "click_count": words("Clicks"), "conversion_count": words("Conversions"),
}  # fmt: skip
ANY = "*"
Floats = npt.NDArray[np.float64]
DIMENSIONS = ("gender", "age", "region")
DEFAULTS = (
    SegmentScheme(name="gender_age", by=("gender", "age")),
    SegmentScheme(name="region", by=("region",)),
)

ATOMS = """
    with sold as (
        select customer_id, sum(net_amount) as net_sales from orders
        where status = 'completed' and days_between(ordered_at, as_of) <= 365 group by customer_id)
    select coalesce(p.gender, '') as gender, coalesce(p.region, '') as region,
           case when p.birth_date is not null
                then cast(cast(floor(days_between(cast(p.birth_date as timestamp), as_of) / 365.25e0) as bigint) as varchar)
                else coalesce(p.age_band, '') end as age,
           count(*) as customers, coalesce(sum(s.net_sales), 0) as net_sales
    from people p left join sold s on s.customer_id = p.customer_id
    group by 1, 2, 3"""
# Of each group what sources say, by the table it comes from.
SOURCES = {
    "segment_facts": """
        select coalesce(segment_key, '') as segment_key, coalesce(gender, '') as gender, coalesce(region, '') as region,
               coalesce(age_band, '') as age, coalesce(metric, '') as metric, avg(metric_value) as metric_value,
               coalesce(sum(base_count), 0) as base_count, count(base_count) as based,
               sum(population_count) as population_count, sum(spend_amount) as spend_amount,
               sum(impression_count) as impression_count, sum(click_count) as click_count,
               sum(conversion_count) as conversion_count
        from segment_facts group by 1, 2, 3, 4, 5""",
    "media": """
        select segment_key, concat('reach: ', channel) as metric, avg(reach) as metric_value, sum(cost) as spend_amount
        from media group by 1, 2""",
    "sensors": """
        select segment_key, concat(measure, coalesce(concat(' @ ', zone), '')) as metric, avg(reading) as metric_value
        from sensors group by 1, 2""",
}
GENDER_SIGNS = {"f": "female", "m": "male", "여": "female", "남": "male", "여성": "female", "남성": "male"}
NAMES = {"g": "gender", "sex": "gender", "gender": "gender", "age": "ages", "sido": "region", "region": "region"}


@dataclass(frozen=True)
class Group:
    """A group of people as somebody describes it.

    Attributes:
        gender, region: `*` for everybody.
        ages: [from, before) in years; None for all ages.
    """

    gender: str = ANY
    ages: tuple[float, float] | None = None
    region: str = ANY

    @property
    def key(self) -> str:
        """The canonical key: only what the group is told by."""
        parts = {"gender": self.gender, "age": band(self.ages), "region": self.region}
        return "|".join(f"{name}={value}" for name, value in parts.items() if value != ANY) or "all"

    def within(self, other: Group) -> bool:
        """Whether everybody of this group is of another one, which is larger."""
        ages = other.ages is None or (self.ages is not None and other.ages[0] <= self.ages[0] and self.ages[1] <= other.ages[1])
        return self != other and other.gender in (ANY, self.gender) and other.region in (ANY, self.region) and ages


@dataclass(frozen=True)
class Alike:
    """Customers of ours, alike ones together: equal gender, age and region. One entry each, shape (n,).

    Attributes:
        start, before: ages; missing where not known.
        net_sales: of the last 365 days.
    """

    gender: npt.NDArray[np.str_]
    region: npt.NDArray[np.str_]
    start: Floats
    before: Floats
    customers: Floats
    net_sales: Floats

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, object]]) -> Alike:
        """From rows of `ATOMS`."""
        ages = [years(str(row["age"])) or (np.nan, np.nan) for row in rows]
        texts = [np.array([str(row[name]) for row in rows], dtype=np.str_) for name in ("gender", "region")]
        numbers = [np.array([float(str(row[name])) for row in rows]) for name in ("customers", "net_sales")]
        edges = np.array(ages, dtype=float).reshape(len(rows), 2)
        return cls(texts[0], texts[1], edges[:, 0], edges[:, 1], numbers[0], numbers[1])

    def within(self, group: Group) -> Floats:
        """Which part of each stands in a group; ages as evenly as within a band, unknown ones in none that asks for them."""
        share = np.ones(len(self.customers))
        for mine, theirs in ((self.gender, group.gender), (self.region, group.region)):
            share = share * ((mine == theirs) if theirs != ANY else 1.0)
        if group.ages is not None:
            common = np.minimum(self.before, group.ages[1]) - np.maximum(self.start, group.ages[0])
            share = share * np.nan_to_num(np.clip(common, 0.0, None) / (self.before - self.start))
        return share


@dataclass(frozen=True)
class Said:
    """What a source says of a group: a figure by its name, total or rate."""

    group: Group
    figure: str
    value: float
    is_total: bool
    base_count: int | None


@dataclass(frozen=True)
class Cell:
    """One segment.

    Attributes:
        customers, net_sales: of the last 365 days; None where hidden.
        figures: what sources say, by name; None where hidden or unknown.
        carried: figures that were carried over from other groups.
    """

    group: Group
    customers: int | None
    net_sales: float | None
    figures: Mapping[str, float | None] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()

    @property
    def hidden(self) -> bool:
        """Whether the segment is too small to show, or would give one away."""
        return self.customers is None


@dataclass(frozen=True)
class Segments:
    """All segments of a scheme.

    Attributes:
        figures: names of what sources say, in order.
        unplaced: customers whose gender, age or region is not known.
        fewest: the smallest segment that is shown.
    """

    scheme: SegmentScheme
    cells: tuple[Cell, ...]
    figures: tuple[str, ...]
    unplaced: int
    customers: int
    fewest: int
    as_of: datetime


def segments(
    rows: Sequence[Mapping[str, object]], sources: Sequence[Mapping[str, object]], scheme: SegmentScheme, as_of: datetime
) -> Segments:
    """The segments of a scheme with what sources say about them.

    Args:
        rows: of `ATOMS`.
        sources: rows of the queries `SOURCES`; none where the company has no such data.
        scheme: how customers are grouped.
        as_of: the moment described.
    """
    alike = Alike.of(rows)
    said = [each for row in sources for each in said_of(row, scheme.fewest)]
    names = tuple(dict.fromkeys(each.figure for each in said))
    figures = {name: without_sums([each for each in said if each.figure == name]) for name in names}
    groups = groups_of(scheme, alike)
    counts = [float(alike.within(group) @ alike.customers) for group in groups]
    people = np.rint(np.array(counts)).astype(np.int64)
    covered = hidden(people, scheme.fewest)
    cells = []
    for place, group in enumerate(groups):
        found = {name: carried_over(group, listed, alike) for name, listed in figures.items()}
        values = {name: value for name, (value, _) in found.items()}
        carried = frozenset(name for name, (_, moved) in found.items() if moved)
        cell = Cell(group, int(people[place]), float(alike.within(group) @ alike.net_sales), values, carried)
        cells += [covered_up(cell) if covered[place] else cell] if people[place] else []
    everybody = int(alike.customers.sum())
    return Segments(scheme, tuple(cells), names, everybody - int(people.sum()), everybody, scheme.fewest, as_of)


def without_sums(said: Sequence[Said]) -> list[Said]:
    """What a source says of its smallest groups, without the sums over them that it gives as well."""
    return [each for each in said if not any(other.group.within(each.group) for other in said)]


def covered_up(cell: Cell) -> Cell:
    """A segment without its figures."""
    return replace(cell, customers=None, net_sales=None, figures=dict.fromkeys(cell.figures), carried=frozenset())


def said_of(row: Mapping[str, object], fewest: int) -> list[Said]:
    """What a row of a source says; nothing where it counted fewer people than may be shown."""
    base = int(str(row["base_count"])) if row.get("based") else None
    if base is not None and base < fewest:
        return []
    group = described(row)
    totals = {name: row[name] for name in TOTALS if row.get(name) is not None}
    found = [Said(group, name, float(str(value)), is_total=True, base_count=base) for name, value in totals.items()]
    if row["metric"] and row["metric_value"] is not None:
        found.append(Said(group, str(row["metric"]), float(str(row["metric_value"])), is_total=False, base_count=base))
    return found


def described(row: Mapping[str, object]) -> Group:
    """The group a row of a source is about: by its columns, or by a key such as `g=M|age=18-34|sido=서울`."""
    parts = (part.partition("=") for part in str(row.get("segment_key") or "").split("|"))
    keyed = {NAMES[name.strip().lower()]: value.strip() for name, _, value in parts if name.strip().lower() in NAMES}
    gender = str(row.get("gender") or keyed.get("gender") or ANY)
    region = str(row.get("region") or keyed.get("region") or ANY)
    ages = years(str(row.get("age") or keyed.get("ages") or ""))
    return Group(GENDER_SIGNS.get(gender.lower(), gender), ages, region)


def groups_of(scheme: SegmentScheme, alike: Alike) -> list[Group]:
    """Every segment of a scheme, in order."""
    edges = [0.0, *map(float, scheme.ages), OLDEST]
    genders = sorted(set(alike.gender.tolist()) - {""}) if "gender" in scheme.by else [ANY]
    ages = list(pairwise(edges)) if "age" in scheme.by else [None]
    regions = sorted(set(alike.region.tolist()) - {""}) if "region" in scheme.by else [ANY]
    return [Group(*each) for each in product(genders, ages, regions)]


def carried_over(group: Group, said: Sequence[Said], alike: Alike) -> tuple[float | None, bool]:
    """A figure of a segment from what a source says of its own groups, and whether it had to be carried over.

    Totals are divided, and rates averaged, by our customers who stand in both groups.
    """
    exact = [each.value for each in said if each.group == group]
    if exact:
        return exact[0], False
    ours = alike.within(group) * alike.customers
    value = weight = 0.0
    for each in said:
        theirs = alike.within(each.group)
        both = float(ours @ theirs)
        if both:
            value += each.value * both / (float(theirs @ alike.customers) if each.is_total else 1.0)
            weight += both
    if not weight:
        return None, False
    return (value if said[0].is_total else value / weight), True


def band(ages: tuple[float, float] | None) -> str:
    """Ages as people write them: 30-39, 60+."""
    if ages is None:
        return ANY
    start, before = ages
    return f"{start:.0f}+" if before >= OLDEST else f"{start:.0f}-{before - 1:.0f}"


def scheme_named(name: str, schemes: Sequence[SegmentScheme]) -> SegmentScheme:
    """A scheme by its name; the first one without.

    Raises:
        NotReady: no scheme fits this company's data.
    """
    found = [each for each in schemes if each.name == name] or list(schemes[:1])
    if not found:
        need = told("gender, birth date, age band or region of customers")
        raise NotReady(told("customers cannot be grouped"), hint=told("needed: {columns}", columns=need))
    return found[0]


def schemes_for(own: Sequence[SegmentScheme], present: frozenset[str]) -> list[SegmentScheme]:
    """The company's schemes, or those that its data allow.

    Args:
        own: of the settings.
        present: columns of `people` that the company has.
    """
    there = {"gender": "gender" in present, "age": bool(present & {"birth_date", "age_band"}), "region": "region" in present}
    fitting = [replaced(each, there) for each in DEFAULTS]
    return list(own) or [each for each in fitting if each.by]


def replaced(scheme: SegmentScheme, there: Mapping[str, bool]) -> SegmentScheme:
    """A scheme by what the company knows."""
    return scheme.model_copy(update={"by": tuple(each for each in scheme.by if there[each])})


def queries(binder: Binder) -> tuple[exp.Expr, list[exp.Expr]]:
    """The query of customers alike, and those of what sources say."""
    alike = binder.bind(sql(ATOMS), where="segments", optional=("people", "orders"))
    there = {table: text for table, text in SOURCES.items() if table in binder.facts.files}
    return alike.tree, [binder.bind(sql(text), where="segments", optional=(table,)).tree for table, text in there.items()]
