"""How far a company's data have come, in the three stages of Artun and Levin (Predictive Marketing, 2015, fig. 3.2).

Stage 1 is what customers buy, visit and read, and where they belong; stage 2 what they say and who they are; stage 3 what the
world says. Each item tells for how many customers it is known, which questions read it, and which wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from dangol.core.declare import Question, sql
from dangol.core.engine import Duck
from dangol.core.text import to_translate as words
from dangol.workspace.answers import Answer
from dangol.workspace.binding import WHOLE, Binder

State = Literal["there", "partly", "missing"]
SOMEBODY = "select count(distinct customer_id) as found from {rows}"
KNOWN = "select count(customer_id) as found from people where {column} is not null"


@dataclass(frozen=True)
class Item:
    """One kind of data.

    Attributes:
        stage: 1 to 3.
        reads: tables, or `table.column`, that it consists of.
        query: counts customers of whom it is known, as `found`.
        enough: share of customers from which on it carries an analysis; our rule of thumb, printed beside it.
        how: how to get it.
    """

    key: str
    stage: int
    title: str
    reads: tuple[str, ...]
    query: str
    enough: float
    how: str


def behaviour(key: str, stage: int, title: str, table: str, enough: float, how: str, *, where: str = "") -> Item:
    """What customers do: known of those who did it at least once."""
    rows = f"{table} where {where}" if where else table
    return Item(key, stage, title, (table,), SOMEBODY.format(rows=rows), enough, how)


def attribute(key: str, stage: int, title: str, column: str, how: str) -> Item:
    """What customers are."""
    return Item(key, stage, title, (f"people.{column}",), KNOWN.format(column=column), 0.5, how)


HOMES = "select count(*) filter (where home_known) as found from household_members"
OF_ACCOUNTS = "select count(distinct customer_id) as found from account_members"
OF_KNOWN_INDUSTRY = """
    select count(distinct m.customer_id) as found from account_members m join accounts a on a.account_id = m.account_id
    where a.industry is not null"""
CENSUS = "select case when count(population_count) > 0 then 1 else 0 end as found from segment_facts"
OF_GROUPS = "select case when count(*) > count(population_count) then 1 else 0 end as found from segment_facts"
ITEMS = (
    behaviour("purchases", 1, words("Purchases"), "orders", 0.05, words("export orders from shop and till")),
    behaviour("web", 1, words("Web and app behaviour"), "events", 0.2, words("send events, or export them from your analytics")),
    behaviour(
        "messages", 1, words("E-mail and message behaviour"), "messages", 0.2,
        words("export deliveries, opens and clicks from your sending tool"),
    ),
    Item("household", 1, words("Household"), ("household_members",), HOMES, 0.3, words("ask for the address with its unit")),
    Item(
        "account", 1, words("Account (business customers)"), ("account_members", "accounts"), OF_ACCOUNTS, 0.3,
        words("export accounts from your CRM"),
    ),
    attribute("region", 1, words("Region"), "region", words("keep province or city of the address")),
    behaviour("conversations", 2, words("Call centre and chat"), "interactions", 0.01, words("export cases of your call centre")),
    behaviour("returns", 2, words("Returns and complaints"), "returns", 0.005, words("export returns with their reasons")),
    behaviour(
        "notes", 2, words("Consultation notes"), "interactions", 0.01, words("export the text of conversations"),
        where="body is not null",
    ),
    attribute("gender", 2, words("Gender"), "gender", words("ask for it where it helps the customer")),
    Item("census", 2, words("Census"), ("segment_facts",), CENSUS, 0.0, words("load population by gender, age and region")),
    Item(
        "industry", 2, words("Industry and size (business customers)"), ("accounts.industry", "account_members"),
        OF_KNOWN_INDUSTRY, 0.3, words("keep industry and number of employees of accounts"),
    ),
    behaviour(
        "social", 3, words("Social media"), "feedback", 0.01, words("export posts and comments, with their authors' consent"),
        where="feedback_kind = 'social'",
    ),
    behaviour(
        "reviews", 3, words("Reviews and surveys"), "feedback", 0.02, words("export reviews and survey answers"),
        where="coalesce(feedback_kind, 'review') <> 'social'",
    ),
    behaviour("loyalty", 3, words("Loyalty programme"), "loyalty", 0.05, words("export points earned and redeemed")),
    Item(
        "external", 3, words("Other external data"), ("segment_facts",), OF_GROUPS, 0.0,
        words("load media, panel or sensor figures by group"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """An item in one company.

    Attributes:
        share: of customers of whom it is known; None for what is known of groups only.
        reading: questions that read it.
        waiting: questions that it would help to answer.
    """

    item: Item
    state: State
    found: int
    share: float | None
    reading: tuple[Question, ...]
    waiting: tuple[Question, ...]


@dataclass(frozen=True)
class Maturity:
    """How far a company is.

    Attributes:
        stage: the highest stage of which at least half the items are there, all lower ones too; 0 before the first.
    """

    reached: tuple[Reached, ...]
    customers: int

    def of_stage(self, stage: int) -> list[Reached]:
        """The items of a stage."""
        return [each for each in self.reached if each.item.stage == stage]

    def filled(self, stage: int) -> float:
        """Which share of a stage's items is there; half for those partly there."""
        points = [POINTS[each.state] for each in self.of_stage(stage)]
        return sum(points) / len(points)

    @property
    def stage(self) -> int:
        """The stage reached."""
        reached = 0
        while reached < max(POINTS_NEEDED) and self.filled(reached + 1) >= POINTS_NEEDED[reached + 1]:
            reached += 1
        return reached


POINTS: Mapping[State, float] = {"there": 1.0, "partly": 0.5, "missing": 0.0}
POINTS_NEEDED = {1: 0.5, 2: 0.5, 3: 0.5}


def maturity(duck: Duck, binder: Binder, questions: Iterable[Question], answers: Mapping[str, Answer]) -> Maturity:
    """How far a company's data have come, at the moment of a snapshot.

    Args:
        duck: counts.
        binder: the company at that moment.
        questions: all declared ones.
        answers: of the snapshot, by question.
    """
    customers = int(duck.value(binder.bind(sql("select count(*) as n from people"), where="maturity").tree))
    known = sorted(questions, key=lambda each: (each.number[0], int(each.number[1:])))
    return Maturity(tuple(reached(each, duck, binder, known, answers, customers) for each in ITEMS), customers)


def reached(
    item: Item, duck: Duck, binder: Binder, questions: Sequence[Question], answers: Mapping[str, Answer], customers: int
) -> Reached:
    """One item."""
    found = counted(item, duck, binder)
    share = found / max(customers, 1) if item.enough else None
    state = state_of(item, found, share)
    waiting = () if state == "there" else waiting_for(item, questions, answers)
    others = [each for each in questions if each not in waiting]
    return Reached(item, state, found, share, readers(item, others), waiting)


def counted(item: Item, duck: Duck, binder: Binder) -> int:
    """How many customers, or rows, there are of an item; none where the company lacks one of its tables."""
    tables = {each.partition(".")[0] for each in item.reads}
    bound = binder.bind(sql(item.query), where="maturity", optional=tuple(tables))
    return int(duck.value(bound.tree)) if tables.issubset(binder.facts.files) and bound.outputs else 0


def state_of(item: Item, found: int, share: float | None) -> State:
    """How far an item has come: there once it is known of enough customers."""
    if not found:
        return "missing"
    return "there" if share is None or share >= item.enough else "partly"


def waiting_for(item: Item, questions: Sequence[Question], answers: Mapping[str, Answer]) -> tuple[Question, ...]:
    """Questions that have no answer for want of an item."""
    return tuple(each for each in questions if waits(answers.get(each.name), item))


def readers(item: Item, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Questions that read an item."""
    return tuple(each for each in questions if reads(each, item))


def waits(answer: Answer | None, item: Item) -> bool:
    """Whether a question has no answer for want of an item."""
    return (
        answer is not None
        and not answer.answerable
        and any(covers(wanted, missing) for wanted in item.reads for missing in answer.missing)
    )


def covers(wanted: str, missing: str) -> bool:
    """Whether what an item consists of is what is missing."""
    table, _, column = wanted.partition(".")
    return missing == wanted or (missing.partition(".")[0] == table and (not column or missing.endswith(f".{WHOLE}")))


def reads(question: Question, item: Item) -> bool:
    """Whether a question's query names an item's table, and its column where it is one."""
    tree = question.query().tree
    tables, columns = names_in(tree, exp.Table), names_in(tree, exp.Column)
    parts = (each.partition(".") for each in item.reads)
    return any(table in tables and (not column or column in columns) for table, _, column in parts)


def names_in(tree: exp.Expr, kind: type[exp.Table | exp.Column]) -> set[str]:
    """The names of all tables, or columns, in a query."""
    return {each.name for each in tree.find_all(kind)}
