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
from dangol.workspace.snapshot import Snapshot

TOTALS = {
    "population_count": words("Population"), "spend_amount": words("Spend"), "impression_count": words("Impressions"),
    "click_count": words("Clicks"), "conversion_count": words("Conversions"),
}  # fmt: skip
ANY = "*"
Ages = tuple[float, float] | None
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
COLUMNS = {"gender": "gender", "ages": "age", "region": "region"}
NAMES = {"g": "gender", "sex": "gender", "gender": "gender", "age": "ages", "sido": "region", "region": "region"}


@dataclass(frozen=True)
class Group:
    """A group of people as somebody describes it.

    Attributes:
        gender, region: `*` for everybody.
        ages: [from, before) in years; None for all ages.
    """

    gender: str = ANY
    ages: Ages = None
    region: str = ANY

    @property
    def key(self) -> str:
        """The canonical key: only what the group is told by."""
        parts = {"gender": self.gender, "age": band(self.ages), "region": self.region}
        return "|".join(f"{name}={value}" for name, value in parts.items() if value != ANY) or "all"

    def within(self, other: Group) -> bool:
        """Whether everybody of this group is of another one, which is larger."""
        alike = other.gender in (ANY, self.gender) and other.region in (ANY, self.region)
        return self != other and alike and spans(other.ages, self.ages)


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
        ages = [years(each) or (np.nan, np.nan) for each in written(rows, "age")]
        edges = np.array(ages, dtype=float).reshape(len(rows), 2)
        gender, region = (np.array(written(rows, name), dtype=np.str_) for name in ("gender", "region"))
        customers, sales = (np.array(list(map(float, written(rows, name)))) for name in ("customers", "net_sales"))
        return cls(gender, region, edges[:, 0], edges[:, 1], customers, sales)

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
class Grouped:
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


class SegmentKeys:
    """The segment keys of one company on its serving snapshot.

    Args:
        snapshot: the serving one.
        own: schemes of the settings; those that the data allow where there are none.
        zone: of the company's clock.
    """

    def __init__(self, snapshot: Snapshot, own: Sequence[SegmentScheme], zone: str) -> None:
        self.snapshot = snapshot
        self.own = own
        self.zone = zone

    @property
    def schemes(self) -> list[SegmentScheme]:
        """The ways to group customers."""
        return schemes_for(self.own, self.snapshot.facts.present.get("people", frozenset()))

    def grouped(self, name: str = "") -> Grouped:
        """Customers by the segment keys of a scheme, the first one when none is named.

        Raises:
            NotReady: customers cannot be grouped.
        """
        alike, said = queries(Binder(self.snapshot.facts, self.snapshot.as_of, self.zone))
        duck = self.snapshot.duck.cursor()
        sources = [row for query in said for row in duck.rows(query)]
        return grouped(duck.rows(alike), sources, scheme_named(name, self.schemes), self.snapshot.as_of)


def grouped(
    rows: Sequence[Mapping[str, object]], sources: Sequence[Mapping[str, object]], scheme: SegmentScheme, as_of: datetime
) -> Grouped:
    """The segments of a scheme with what sources say about them.

    Args:
        rows: of `ATOMS`.
        sources: rows of the queries `SOURCES`; none where the company has no such data.
        scheme: how customers are grouped.
        as_of: the moment described.
    """
    alike = Alike.of(rows)
    figures = figures_of(sources, scheme.fewest)
    groups = groups_of(scheme, alike)
    people = np.rint(np.array([float(alike.within(group) @ alike.customers) for group in groups])).astype(np.int64)
    cells = [segment(group, int(count), figures, alike) for group, count in zip(groups, people, strict=True)]
    shown = guarded(cells, hidden(people, scheme.fewest))
    everybody = int(alike.customers.sum())
    return Grouped(scheme, tuple(shown), tuple(figures), everybody - int(people.sum()), everybody, scheme.fewest, as_of)


def figures_of(sources: Sequence[Mapping[str, object]], fewest: int) -> dict[str, list[Said]]:
    """What sources say, by figure, in the order of its first mention."""
    found: dict[str, list[Said]] = {}
    for row in sources:
        for each in said_of(row, fewest):
            found.setdefault(each.figure, []).append(each)
    return {name: without_sums(said) for name, said in found.items()}


def segment(group: Group, customers: int, figures: Mapping[str, Sequence[Said]], alike: Alike) -> Cell:
    """One segment with all its figures, whether they may be shown or not."""
    found = {name: carried_over(group, said, alike) for name, said in figures.items()}
    values = {name: value for name, (value, _) in found.items()}
    carried = frozenset(name for name, (_, moved) in found.items() if moved)
    return Cell(group, customers, float(alike.within(group) @ alike.net_sales), values, carried)


def guarded(cells: Sequence[Cell], small: npt.NDArray[np.bool_]) -> list[Cell]:
    """Segments with anybody in them, as they may be shown: too small ones, or what would give them away, without figures."""
    return [covered_up(cell) if is_small else cell for cell, is_small in zip(cells, small, strict=True) if cell.customers]


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
    return [Said(group, name, value, is_total, base) for name, value, is_total in figures_in(row)]


def figures_in(row: Mapping[str, object]) -> list[tuple[str, float, bool]]:
    """The figures of a row of a source: name, value, and whether it is a total rather than a rate."""
    totals = ((name, row.get(name), True) for name in TOTALS)
    found: list[tuple[object, object, bool]] = [*totals, (row["metric"], row["metric_value"], False)]
    return [(str(name), float(str(value)), is_total) for name, value, is_total in found if name and value is not None]


def described(row: Mapping[str, object]) -> Group:
    """The group a row of a source is about: by its columns, or by a key such as `g=M|age=18-34|sido=서울`."""
    columns = {name: str(row[column]) for name, column in COLUMNS.items() if row.get(column)}
    parts = {**keyed(row), **columns}
    gender = parts.get("gender") or ANY
    return Group(GENDER_SIGNS.get(gender.lower(), gender), years(parts.get("ages", "")), parts.get("region") or ANY)


def keyed(row: Mapping[str, object]) -> dict[str, str]:
    """What the segment key of a row tells of its group; names that mean nothing to us are left out."""
    parts = (part.partition("=") for part in str(row.get("segment_key") or "").split("|"))
    named = {NAMES.get(name.strip().lower(), ""): value.strip() for name, _, value in parts}
    named.pop("", None)
    return named


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
    # Of several figures of one group the first counts.
    exact = {each.group: each.value for each in reversed(said)}
    if group in exact:
        return exact[group], False
    value, weight = overlapping(group, said, alike)
    if not weight:
        return None, False
    return (value if said[0].is_total else value / weight), True


def overlapping(group: Group, said: Sequence[Said], alike: Alike) -> tuple[float, float]:
    """The parts of other groups' figures that fall to a segment, summed, and our customers who stand in both."""
    ours = alike.within(group) * alike.customers
    value = weight = 0.0
    for each in said:
        theirs = alike.within(each.group)
        both = float(ours @ theirs)
        if both:
            value += each.value * both / (float(theirs @ alike.customers) if each.is_total else 1.0)
            weight += both
    return value, weight


def spans(outer: Ages, inner: Ages) -> bool:
    """Whether ages take in others; those of everybody take in all."""
    return outer is None or (inner is not None and outer[0] <= inner[0] and inner[1] <= outer[1])


def written(rows: Sequence[Mapping[str, object]], name: str) -> list[str]:
    """One column of rows as text."""
    return [str(row[name]) for row in rows]


def band(ages: Ages) -> str:
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
    alike = binder.bind(sql(ATOMS), where="segment_keys", optional=("people", "orders"))
    there = {table: text for table, text in SOURCES.items() if table in binder.facts.files}
    return alike.tree, [binder.bind(sql(text), where="segment_keys", optional=(table,)).tree for table, text in there.items()]
