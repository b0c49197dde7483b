"""Scores of earlier runs: one small file a snapshot, of each month the last, so that questions can say what changed.

Questions read them as the table `earlier_scores`, cut at the moment like any other. Features and predictions cannot.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.core.declare import Output, category, days, integer, moment, money, number, probability
from dangol.core.engine.scan import filled, parquet_scan
from dangol.core.query import Query, literal, preceded, sql
from dangol.identity.lasting import REDIRECTS

EARLIER = "earlier_scores"
FOLDER = "scores"
FILE = "scores.parquet"
NOBODY_SAID: Mapping[str, Collection[int]] = {}
MONTHS_KEPT = 36
MOMENT = "%Y%m%dT%H%M%S%f"
KEY_LENGTH = 16
COLUMNS: Mapping[str, Output] = {
    "scored_at": moment(ko="산출 시점", en="Scored at"),
    "lifecycle_stage": category(ko="그때의 생애주기 단계", en="Lifecycle stage then"),
    "expected_margin_12m": money(ko="그때의 12개월 기대 마진", en="Expected margin then, 12 months"),
    "churn_probability": probability(ko="그때의 이탈 가능성", en="Churn probability then"),
    "churn_horizon_days": integer(ko="그때의 이탈 예측 기간(일)", en="Churn horizon then, in days"),
    "repurchase_30_probability": probability(ko="그때의 재구매 가능성(30일)", en="Chance of an order within 30 days then"),
    "repurchase_90_probability": probability(ko="그때의 재구매 가능성(90일)", en="Chance of an order within 90 days then"),
    "second_order_probability": probability(ko="그때의 두 번째 구매 가능성", en="Chance of a second order then"),
    "first_order_probability": probability(ko="그때의 첫 구매 가능성", en="Chance of a first order then"),
    "order_within_7_probability": probability(ko="그때의 7일 안 구매 가능성", en="Chance of an order within 7 days then"),
    "next_order_days": days(ko="그때의 다음 구매까지 예상 일수", en="Days to the next order then"),
    "next_order_days_low": days(ko="그때의 다음 구매까지 일수(하한)", en="Days to the next order then, lower end"),
    "next_order_days_high": days(ko="그때의 다음 구매까지 일수(상한)", en="Days to the next order then, upper end"),
    "window_days": integer(ko="그때의 가까운 기간(일)", en="Near window then, in days"),
    "expected_orders": number(ko="그때의 가까운 기간 기대 구매일 수", en="Expected order days then, near window"),
    "expected_margin": money(ko="그때의 가까운 기간 기대 마진", en="Expected margin then, near window"),
    "expected_margin_low": money(ko="그때의 가까운 기간 기대 마진 하한", en="Expected margin then, near window, low"),
    "expected_margin_high": money(ko="그때의 가까운 기간 기대 마진 상한", en="Expected margin then, near window, high"),
    "contract_churn_probability": probability(ko="그때의 계약 해지 가능성", en="Chance that a contract ends then"),
    "contract_horizon_days": integer(ko="그때의 해지 예측 기간(일)", en="Contract horizon then, in days"),
}
TYPES: Mapping[str, str] = {"customer_id": "BIGINT", **{name: output.sql_type for name, output in COLUMNS.items()}}

# Of customers who are one now, the one who was expected to bring more says where they stood.
JOINED = """
    select coalesce(r.customer_id, k.customer_id) as customer_id, k.scored_at,
           max_by(k.lifecycle_stage, coalesce(k.expected_margin_12m, 0)) as lifecycle_stage,
           cast(sum(k.expected_margin_12m) as decimal(18, 2)) as expected_margin_12m,
           min(k.churn_probability) as churn_probability, max(k.churn_horizon_days) as churn_horizon_days,
           max(k.repurchase_30_probability) as repurchase_30_probability,
           max(k.repurchase_90_probability) as repurchase_90_probability,
           max(k.second_order_probability) as second_order_probability,
           max(k.first_order_probability) as first_order_probability,
           max(k.order_within_7_probability) as order_within_7_probability, min(k.next_order_days) as next_order_days,
           min(k.next_order_days_low) as next_order_days_low, min(k.next_order_days_high) as next_order_days_high,
           max(k.window_days) as window_days, sum(k.expected_orders) as expected_orders,
           cast(sum(k.expected_margin) as decimal(18, 2)) as expected_margin,
           cast(sum(k.expected_margin_low) as decimal(18, 2)) as expected_margin_low,
           cast(sum(k.expected_margin_high) as decimal(18, 2)) as expected_margin_high,
           max(k.contract_churn_probability) as contract_churn_probability, max(k.contract_horizon_days) as contract_horizon_days
    from kept k left join redirects r on r.former_id = k.customer_id
    group by coalesce(r.customer_id, k.customer_id), k.scored_at"""


@dataclass(frozen=True, order=True)
class Kept:
    """The scores of one earlier snapshot.

    Attributes:
        scored_at: the moment it described.
        file: named by that moment and the snapshot's key.
    """

    scored_at: datetime
    file: Path

    @classmethod
    def of(cls, file: Path) -> Kept:
        """From its file."""
        return cls(datetime.strptime(file.stem.partition("-")[0] + "+0000", f"{MOMENT}%z").replace(tzinfo=None), file)


@dataclass(frozen=True)
class Earlier:
    """The scores that a company's workspace keeps beside its stages.

    Attributes:
        folder: where the files are; it need not exist yet.
        zone: the company's clock, by which months end.
        redirects: which customer numbers went into others, as `identity.lasting` wrote it.
        ending: of the files; other things than scores are kept by the same rule.
    """

    folder: Path
    zone: str
    redirects: Path | None = None
    ending: str = "parquet"

    @classmethod
    def beside(cls, root: Path, zone: str, unified: Path) -> Earlier:
        """Those of a workspace, under the customer numbers of a unify stage's folder."""
        return cls(root / FOLDER, zone, unified / REDIRECTS)

    def kept(self) -> list[Kept]:
        """All snapshots kept, the earliest first."""
        return sorted(map(Kept.of, self.folder.glob(f"*.{self.ending}")))

    def before(self, as_of: datetime) -> list[Kept]:
        """What a snapshot of a moment may look back on: of each month, up to the moment, the last."""
        return self.last_of_months(each for each in self.kept() if each.scored_at < as_of)

    def last_of_months(self, found: Iterable[Kept]) -> list[Kept]:
        """The last of each month; a midnight belongs to the day that it ends."""
        months = {}
        for each in found:
            day = (each.scored_at - timedelta(microseconds=1)).replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
            months[day.year, day.month] = each
        return list(months.values())[-MONTHS_KEPT:]

    def names(self, as_of: datetime) -> list[str]:
        """What a snapshot of a moment looks back on, named by content."""
        return [each.file.stem for each in self.before(as_of)]

    def keep(self, scores: Path, as_of: datetime, key: str) -> None:
        """Keep what a snapshot leaves, such as its scores, and let go of what no later snapshot will look back on; twice is once.

        Args:
            scores: the file to copy.
            as_of: the moment it describes; another file of that moment gives way to it.
            key: the snapshot's fingerprint.
        """
        target = self.folder / f"{as_of:{MOMENT}}-{key[:KEY_LENGTH]}.{self.ending}"
        if target.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".aside")
        shutil.copyfile(scores, aside)
        aside.replace(target)
        wanted = self.wanted(target, as_of)
        for each in self.kept():
            if each.file not in wanted:
                each.file.unlink(missing_ok=True)

    def wanted(self, target: Path, as_of: datetime) -> set[Path]:
        """Files that a later snapshot may look back on, the one of this moment among them."""
        found = [each for each in self.kept() if each.scored_at != as_of or each.file == target]
        return {target, *(each.file for each in (*self.last_of_months(found), *self.before(as_of)))}

    def source(self, as_of: datetime) -> tuple[exp.Expr, Mapping[str, str]]:
        """What stands for the table at a moment, and its columns with a value; of none, customer_id alone without rows."""
        files = [each.file for each in self.before(as_of)]
        if not files:
            return nobody()
        counts = list(map(filled, files))
        # an older version may not have kept all scores
        there = set[str]().union(*counts)
        columns = [written(name, name in there) for name in TYPES]
        before = exp.LT(this=exp.column("scored_at"), expression=literal(as_of))
        kept = exp.select(*columns).from_(parquet_scan(files)).where(before)
        return self.redirected(kept), types_of(counts)

    def redirected(self, kept: exp.Select) -> exp.Expr:
        """The rows under today's customer numbers."""
        if self.redirects is None or not self.redirects.exists() or not filled(self.redirects)["former_id"]:
            return kept
        moved = exp.select("former_id", "customer_id").from_(parquet_scan([self.redirects]))
        return preceded(sql(JOINED), kept=Query(kept, {}), redirects=Query(moved, {})).tree


def types_of(counts: Sequence[Mapping[str, int]]) -> dict[str, str]:
    """The columns that have a value in one of the files, with their types."""
    totals = Counter[str]()
    for each in counts:
        totals.update(each)
    return {name: kind for name, kind in TYPES.items() if totals[name]}


def nobody() -> tuple[exp.Expr, Mapping[str, str]]:
    """What stands for the table where nothing was kept."""
    return nothing(()), {"customer_id": TYPES["customer_id"]}


def written(name: str, there: bool) -> exp.Expr:
    """A score, missing where it is not there."""
    return exp.column(name) if there else exp.alias_(exp.cast(exp.null(), TYPES[name], dialect="duckdb"), name)


def models(name: str, said: Collection[int]) -> exp.Expr:
    """A score, missing for customers of whom people set it."""
    theirs = exp.In(this=exp.column("customer_id"), expressions=[exp.Literal.number(each) for each in sorted(said)])
    return exp.alias_(exp.Case().when(exp.not_(theirs), exp.column(name)), name)


def compact(columns: Iterable[str], as_of: datetime, said: Mapping[str, Collection[int]] = NOBODY_SAID) -> exp.Select:
    """The rows to keep of a snapshot's profile; a score that it has not is missing.

    Args:
        columns: of the profile.
        as_of: its moment.
        said: by score the customers of whom people set it: what they said is not held against the model.
    """
    there = set(columns)
    said = {name: customers for name, customers in said.items() if customers and name in there}
    scores = [
        models(name, said[name]) if name in said else written(name, name in there) for name in COLUMNS if name != "scored_at"
    ]
    return exp.select("customer_id", exp.alias_(literal(as_of), "scored_at"), *scores).from_("profile")


def nothing(columns: Sequence[str]) -> exp.Select:
    """A table of customers without rows."""
    kinds = {name: "bigint" if name.endswith("_id") else "varchar" for name in (*columns, "customer_id")}
    return exp.select(*(exp.alias_(exp.cast(exp.null(), kind), name) for name, kind in kinds.items())).where(exp.false())
