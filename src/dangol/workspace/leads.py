"""Leads: what is known of each at a moment, learnt from past moments, scored today, with a card that says what was left out.

Where leads have moments, they are learnt from as customers are: what was known then, whether they converted within the horizon
after. Where only the fact of converting is told, leads are parted by chance into five: by one part the model is chosen, by the
others it is judged, every lead judges and is scored by what other parts taught, and the card says so: nobody can know then
whether the score holds later.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dangol.core.declare import Block, Feature, Judgement, LeadSettings, Scores
from dangol.core.engine import Duck
from dangol.core.errors import Told, TooLittleData, told
from dangol.core.query import sql
from dangol.predictions.attributes import Columns, comparable, read
from dangol.predictions.lead_score import DOINGS, FIT, HAPPENED, INTENT, KNOWN_DAYS, SOURCE, LeadScore
from dangol.workspace.binding import Binder
from dangol.workspace.delivered import delivered
from dangol.workspace.lead_card import LeadCard
from dangol.workspace.lead_columns import LEADS
from dangol.workspace.matrix import Moments, moments, values
from dangol.workspace.predict import CARD, decimals, strongest
from dangol.workspace.profile import build_profile
from dangol.workspace.stages import write_json

LEAD_SCORES = "lead_scores.parquet"
SNAPSHOTS = 3
SAMPLE = 6_000  # leads to learn from at each moment; as many for each of them where there are no moments
SHORTEST, LONGEST, USUAL = 14, 90, 30
MOST_IN_TIME = 0.9  # so many of those that converted did so within the horizon
FEWEST_LOST = 30  # leads that came to nothing, before those still open stop counting as such
DATED = 0.8  # share of moments that must be known
# Where moments are not known, a fifth of the leads chooses the model, and no lead judges or is scored by one that it taught.
FOLDS, JUDGES = 5, 0
OPTIONAL = (
    "accounts", "leads.created_at", "leads.lead_source", "leads.lead_status", "leads.converted_at", "leads.converted",
    "leads.lost", "leads.account_id", "leads.expected_amount", "leads.attributes", "leads.refuses_calls", "leads.refuses_email",
    "accounts.industry", "accounts.employee_count",
    "accounts.annual_revenue", "accounts.country", "accounts.region",
)  # fmt: skip
ALL = """
    select l.lead_ref, l.customer_id, l.account_id, l.created_at, l.lead_source, l.converted_at, l.expected_amount, l.attributes,
           l.refuses_calls, l.refuses_email, coalesce(l.converted, false) as converted, coalesce(l.lost, false) as lost,
           a.industry, a.employee_count, a.annual_revenue, a.country, a.region
    from leads l left join accounts a on a.account_id = l.account_id order by l.lead_ref"""
# What a sale brings: the mean order, and that of each account drawn towards it by five orders.
VALUES = """
    with sold as (select account_id, net_amount from orders where status = 'completed' and net_amount is not null),
    usual as (select avg(net_amount) as amount from sold)
    select s.account_id, cast((sum(s.net_amount) + 5 * max(u.amount)) / (count(*) + 5) as double) as amount,
           cast(max(u.amount) as double) as usual
    from sold s cross join usual u group by s.account_id"""
REFUSALS = ("refuses_calls", "refuses_email")
CARRIED = ("lead_ref", "customer_id", "account_id", "created_at", "lead_source")
FIRM = ("industry", "employee_count", "annual_revenue", "country", "region", "expected_amount")
Place = npt.NDArray[np.int64]
Moment = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Batch:
    """Leads at one moment.

    Attributes:
        at: the moment.
        places: which leads of the book.
        happened: 1 where they converted within the horizon after.
    """

    at: datetime
    places: Place
    happened: npt.NDArray[np.float64]


@dataclass(frozen=True)
class LeadBook:
    """All leads of a company, as known at the moment of scoring.

    Attributes:
        duck: engine with facts mounted.
        binder: the company at the moment of scoring.
        features: families that tell what customers do.
        table: one row a lead.
    """

    duck: Duck
    binder: Binder
    features: Sequence[Feature]
    table: pa.Table

    @classmethod
    def of(cls, duck: Duck, binder: Binder, features: Sequence[Feature]) -> LeadBook:
        """The leads of a company."""
        return cls(duck, binder, features, duck.arrow(binder.bind(sql(ALL), where=LEADS, optional=OPTIONAL).tree))

    def moments_of(self, name: str) -> Moment:
        """A column of moments; NaT where missing."""
        return np.asarray(self.table.column(name).to_numpy(zero_copy_only=False), dtype="datetime64[s]")

    def flags(self, name: str) -> npt.NDArray[np.bool_]:
        """A column of yes and no."""
        return np.array([bool(each) for each in self.table.column(name).to_pylist()], dtype=bool)

    @cached_property
    def created(self) -> Moment:
        """When each lead came."""
        return self.moments_of("created_at")

    @cached_property
    def converted_at(self) -> Moment:
        """When each lead converted."""
        return self.moments_of("converted_at")

    @cached_property
    def converted(self) -> npt.NDArray[np.bool_]:
        """Which leads have converted."""
        return self.flags("converted")

    @cached_property
    def lost(self) -> npt.NDArray[np.bool_]:
        """Which leads came to nothing, where sources say so."""
        return self.flags("lost")

    @cached_property
    def open(self) -> Place:
        """Leads that neither converted nor came to nothing."""
        return np.flatnonzero(~self.converted & ~self.lost)

    @cached_property
    def teaching(self) -> npt.NDArray[np.bool_]:
        """Which leads teach where no moments are known: decided ones, where enough are said to have come to nothing; else all."""
        return self.converted | self.lost if self.lost.sum() >= FEWEST_LOST else np.ones(len(self.lost), dtype=bool)

    @cached_property
    def customers(self) -> npt.NDArray[np.float64]:
        """The customer each lead belongs to; NaN where nobody knows."""
        return np.asarray(self.table.column("customer_id").cast(pa.float64()).to_numpy(zero_copy_only=False))

    @property
    def dated(self) -> bool:
        """Whether moments tell when leads came and when they converted."""
        when = ~np.isnat(self.converted_at[self.converted])
        return bool(self.converted.any()) and when.mean() >= DATED and (~np.isnat(self.created)).mean() >= DATED

    @cached_property
    def delivered(self) -> Columns:
        """Whatever sources say of leads and of their companies, read as numbers, days or words."""
        found = delivered(self.table.column("attributes").to_pylist())
        for name in (SOURCE, *FIRM, *REFUSALS):
            column = read([None if each is None else str(each) for each in self.table.column(name).to_pylist()])
            if column.dtype == object or not np.isnan(column.astype(np.float64)).all():
                found[name] = column
        return found

    def horizon(self, settings: LeadSettings) -> int:
        """Days within which nine of ten that convert do so, between two weeks and a quarter; that of the settings wins."""
        taken = (self.converted_at - self.created)[self.converted]
        days = taken[~np.isnat(taken)].astype("timedelta64[s]").astype(np.float64) / 86_400
        found = int(np.ceil(np.quantile(days, MOST_IN_TIME))) if days.size else USUAL
        return settings.horizon or int(np.clip(found, SHORTEST, LONGEST))

    def at(self, moment: datetime, days: int) -> Batch:
        """Leads that were there and had not converted at a moment, and which of them converted within so many days after."""
        then = np.datetime64(moment, "s")
        there = (np.isnat(self.created) | (self.created < then)) & ~(self.converted_at < then)
        places = some(np.flatnonzero(there))
        when = self.converted_at[places]
        happened = (when >= then) & (when < then + np.timedelta64(days * 86_400, "s"))
        return Batch(moment, places, happened.astype(np.float64))

    @cached_property
    def fold(self) -> Place:
        """Which of five folds each lead is in, told by its number, so that it is the same from run to run."""
        return np.array([zlib.crc32(str(each).encode()) % FOLDS for each in self.table.column("lead_ref").to_pylist()])

    def among(self, places: Place) -> Batch:
        """Leads as they stand now, an even part where they are many, with who converted whenever that was."""
        chosen = some(places, SNAPSHOTS * SAMPLE)
        return Batch(self.binder.as_of, chosen, self.converted[chosen].astype(np.float64))

    def parted(self, fold: int) -> tuple[Batch, Batch]:
        """Leads outside of a fold that teach, and those in it."""
        inside = self.fold == fold
        return self.among(np.flatnonzero(~inside & self.teaching)), self.among(np.flatnonzero(inside & self.teaching))

    def block(self, batch: Batch, kept: Sequence[str], *, timed: bool) -> Block:
        """Leads of a batch as columns: what was delivered, and where moments are known, what they did before.

        Args:
            batch: which leads, and when.
            kept: delivered columns that may be learnt from.
            timed: whether what they did may be counted; without moments it may have come after the outcome.
        """
        chosen = {name: self.delivered[name][batch.places] for name in kept}
        columns = comparable(chosen, np.datetime64(batch.at, "D"))
        if timed:
            age = (np.datetime64(batch.at, "s") - self.created[batch.places]).astype(np.float64) / 86_400
            columns |= {KNOWN_DAYS: np.where(np.isnat(self.created[batch.places]), np.nan, age)}
            columns |= self.doings(batch)
        cutoff = (self.binder.as_of - batch.at).total_seconds() / 86_400
        return Block(batch.places, columns, {HAPPENED: batch.happened}, cutoff)

    def doings(self, batch: Batch) -> Columns:
        """What the customers behind leads had done before the moment; nothing where no lead belongs to one."""
        whose = self.customers[batch.places]
        if np.isnan(whose).all():
            return {}
        profile = build_profile(self.duck, replace(self.binder, as_of=batch.at), self.features, table="lead_profile", only=DOINGS)
        wanted = {name: each for name, each in profile.columns.items() if name in DOINGS}
        if not wanted:
            return {}
        known = self.duck.arrow("SELECT * FROM lead_profile ORDER BY customer_id")
        self.duck.drop("lead_profile")
        numbers = known.column("customer_id").to_numpy()
        place = np.searchsorted(numbers, np.nan_to_num(whose, nan=-1)).clip(0, max(len(numbers) - 1, 0))
        there = numbers[place] == whose if len(numbers) else np.zeros(len(whose), dtype=bool)
        return {name: np.where(there, values(known.column(name), each)[place], np.nan) for name, each in wanted.items()}

    def worth(self) -> npt.NDArray[np.float64]:
        """What each lead brings if it converts: the amount expected of it, else the mean order of its account or of all."""
        rows = self.duck.rows(self.binder.bind(sql(VALUES), where=LEADS, optional=("orders", "orders.account_id")).tree)
        usual = rows[0]["usual"] if rows else np.nan
        by_account = {row["account_id"]: row["amount"] for row in rows if row["account_id"] is not None}
        pairs = zip(self.table.column("expected_amount").to_pylist(), self.table.column("account_id").to_pylist(), strict=True)
        return np.array([float(given) if given is not None else by_account.get(account, usual) for given, account in pairs])


@dataclass
class Lesson:
    """Lead scores being learnt for one company."""

    book: LeadBook
    score: LeadScore
    kept: tuple[str, ...] = ()
    horizon: int = 0
    times: Moments | None = field(default=None)

    def batches(self) -> tuple[list[Batch], Batch]:
        """Leads to learn from, and leads to judge on.

        Raises:
            TooLittleData: too short a history.
        """
        book = self.book
        if not book.dated:
            taught, judged = book.parted(JUDGES)
            return [taught], judged
        self.horizon = book.horizon(self.score.settings)
        first = book.created[~np.isnat(book.created)].min().astype(datetime)
        self.times = moments(first, book.binder.as_of, self.horizon, SNAPSHOTS)
        return [book.at(each, self.horizon) for each in self.times.training], book.at(self.times.validation, self.horizon)

    def inspect(self, batches: Sequence[Batch]) -> None:
        """Find out which delivered columns may be learnt from."""
        book = self.book
        places = np.concatenate([each.places for each in batches])
        happened = np.concatenate([each.happened for each in batches])
        columns = {name: column[places] for name, column in book.delivered.items()}
        when = np.where(happened > 0, book.converted_at[places], np.datetime64("NaT", "s")) if book.dated else None
        self.kept = self.score.inspect(columns, happened, when, "converted")

    def block(self, batch: Batch) -> Block:
        """A batch as the model sees it."""
        return self.book.block(batch, self.kept, timed=self.times is not None)

    def learnt(self, target: Path) -> LeadCard:
        """Inspect, learn, judge, learn again with all, and score the open leads.

        Raises:
            TooLittleData: the leads do not support a score.
        """
        book, score = self.book, self.score
        if not book.table.num_rows:
            raise TooLittleData.have(told("{n} leads", n="0"), told("{n} leads", n="1"))
        earlier, latest = self.batches()
        check(score, [*earlier, latest])
        self.inspect(earlier)
        blocks, last = [self.block(each) for each in earlier], self.block(latest)
        score.fit(blocks)
        judgement, scores = self.judged(blocks, last)
        scored = self.write(scores, target) if scores is not None else 0
        groups = {name: sorted(set(group.columns) & set(judgement.importance), key=group.columns.index)
                  for name, group in score.groups.items()}  # fmt: skip
        return LeadCard(
            prediction=LEADS, as_of=book.binder.as_of.isoformat(), horizon_days=self.horizon,
            training=[moment.isoformat() for moment in self.times.training] if self.times else [],
            validation=self.times.validation.isoformat() if self.times else "",
            customers=sum(len(each.places) for each in [*earlier, latest]), scored=scored, judgement=judgement,
            settings=score.settings.model_dump(), feature_count=len(blocks[0].columns), open=len(book.open),
            split="time" if self.times else "rows", leaks=[asdict(each) for each in score.findings],
            fit=groups[FIT], intent=groups[INTENT],
        )  # fmt: skip

    def judged(self, blocks: Sequence[Block], last: Block) -> tuple[Judgement, Scores | None]:
        """The verdict, and the scores of the open leads; none where the score is not good enough or nobody is open."""
        judgement = self.score.judge(last)
        if self.times:
            self.score.fit([*blocks, last])
            scores = self.settled() if judgement.good_enough else None
        else:
            scores = self.taught_by_others()
            judgement = self.score.proven(judgement)
        return judgement, scores if judgement.good_enough and len(self.book.open) else None

    def open_leads(self) -> Block:
        """The leads to score, as they stand now."""
        places = self.book.open
        return self.block(Batch(self.book.binder.as_of, places, np.zeros(len(places))))

    def settled(self) -> Scores | None:
        """Scores of the open leads among each other; None where there are none."""
        block = self.open_leads()
        if not len(block):
            return None
        self.score.settle(block)
        return self.score.score(block)

    def taught_by_others(self) -> Scores:
        """Scores of the open leads where nobody knows any moment: of each fold by what the other folds taught.

        Open leads teach that such leads do not convert. A model that had seen one would say of it that it does not, the surer the
        better it remembers. Before a fold is scored, all of its leads judge what the others taught, but for the fold by which the
        model was chosen.
        """
        block, fold = self.open_leads(), self.book.fold[self.book.open]
        parts: dict[int, Scores] = {}
        for each in range(FOLDS):
            taught, others = map(self.block, self.book.parted(each))
            self.score.fit([taught])
            if each != JUDGES:
                self.score.hold_out(others)
            if (fold == each).any():
                self.score.settle(block)
                parts[each] = self.score.score(block.where(fold == each))
        return joined(parts, fold)

    def write(self, scores: Scores, target: Path) -> int:
        """Scores of the open leads in a file; how many."""
        book, places = self.book, self.book.open
        worth = book.worth()[places]
        own = book.table.select([*CARRIED, *REFUSALS]).take(pa.array(places))
        columns = {name: own.column(name) for name in CARRIED}
        columns |= {f"lead_{name}": pa.array(values, from_pandas=True) for name, values in scores.columns.items()}
        columns |= {"lead_value": decimals(worth), "lead_expected": decimals(worth * scores.columns["probability"])}
        columns |= {name: pc.fill_null(own.column(name), False) for name in REFUSALS}
        columns["lead_reasons"] = strongest(scores.contributions, len(places))
        pq.write_table(pa.table(columns), target / LEAD_SCORES, compression="zstd")
        return len(places)


def some(places: Place, most: int = SAMPLE) -> Place:
    """An even part of leads where they are more than are needed to learn from."""
    return places if len(places) <= most else places[np.linspace(0, len(places) - 1, most).astype(np.int64)]


def check(score: LeadScore, batches: Sequence[Batch]) -> None:
    """Enough leads of either kind.

    Raises:
        TooLittleData: too few.
    """
    score.check([Block(each.places, {}, {HAPPENED: each.happened}) for each in batches])


def joined(parts: Mapping[int, Scores], fold: Place) -> Scores:
    """Scores of folds as those of all leads; a column that moves nobody in a fold adds nothing there."""

    def gathered(of: Callable[[Scores], Mapping[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
        found = {name: np.zeros(len(fold)) for each in parts.values() for name in of(each)}
        for number, each in parts.items():
            for name, column in of(each).items():
                found[name][fold == number] = column
        return found

    return Scores(gathered(lambda each: each.columns), gathered(lambda each: each.contributions))


def learn_leads(book: LeadBook, settings: LeadSettings, target: Path) -> LeadCard:
    """Score the leads of a company; a refusal is a card without scores, not an error.

    Args:
        book: its leads.
        settings: what it says of them.
        target: folder for scores and card.
    """
    lesson = Lesson(book, LeadScore(settings))
    try:
        card = lesson.learnt(target)
    except TooLittleData as refusal:
        words = refusal.what.as_json() if isinstance(refusal.what, Told) else {}
        as_of = book.binder.as_of.isoformat()
        card = LeadCard(LEADS, as_of, refusal=refusal.what, refusal_words=words, settings=settings.model_dump(),
                        open=len(book.open))  # fmt: skip
    write_json(target / CARD, asdict(card))
    return card
