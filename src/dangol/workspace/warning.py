"""The early-warning stage: whom to look after this week, as many as the team can, and how such warnings did in past weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.early_warning import NEVER, Lists, Replay, Score, Week, by_rule, highest, replay
from dangol.core.engine import Duck
from dangol.core.errors import TooLittleData
from dangol.workspace.binding import Binder
from dangol.workspace.rhythms import SIGNS, WEEK, History

WARNINGS = "warnings"
FILE = "warnings.parquet"
MOST_WEEKS, FEWEST_WEEKS, WARM_UP = 13, 4, 60.0
REPLAYED = 25_000
UNKNOWN_LAPSE = 60.0
LISTED = 20  # weeks' worth of warnings that people may look through
JUMP, JUMP_DAYS = 0.2, 28.0
OWN, BUYING, RULE = "own", "buying", "rule"
FIGURES = ("last_day", "score", "chance", "overdue_ratio", "mean_gap_days", "silent_days", "days_left")
NOBODY = pa.schema({"customer_id": pa.int64(), **dict.fromkeys(FIGURES, pa.float64()), "signs": pa.string()}).empty_table()


@dataclass(frozen=True)
class Backtest:
    """Past weeks of one company: learn on the earlier ones, replay the later ones.

    Attributes:
        history: of all customers, or an even part of them.
        lists: lapse point and horizon.
    """

    history: History
    lists: Lists

    @cached_property
    def weeks(self) -> int:
        """How many weeks can be replayed, after as many to learn from; each waits for its horizon to be over."""
        room = self.history.as_of - self.history.first - WARM_UP - 2 * self.lists.horizon
        return int(min(MOST_WEEKS, room // WEEK // 2))

    def moments(self) -> tuple[list[float], list[float]]:
        """The weeks to learn from, and those to replay: the horizons of the former are over before the latter begin."""
        back = [WEEK * number for number in reversed(range(self.weeks))]
        later = [self.history.as_of - self.lists.horizon - each for each in back]
        return [later[0] - self.lists.horizon - each for each in back], later

    def seen(self, moment: float, model: PurchaseForecast) -> Week:
        """Everybody at a moment."""
        return self.lists.week(self.history.rhythm.at(moment), self.history.signs_at(moment), model)

    def learnt(self, per_week: int) -> Evidence:
        """The score, and what it and the simple rule would have come to.

        Args:
            per_week: warnings that the team can follow up, of the customers of this history.
        """
        if self.weeks < FEWEST_WEEKS:
            return Evidence(None, {})
        earlier, later = self.moments()
        model = self.history.model(earlier[0])
        score = Score.learn([self.seen(each, model) for each in earlier], self.lists.horizon)
        weeks = [self.seen(each, model) for each in later]
        scores = {RULE: [by_rule(week) for week in weeks], BUYING: [1 - week.chance for week in weeks]}
        if score is not None:
            scores[OWN] = [score.of(week) for week in weeks]
        found = {name: replay(weeks, each, per_week, self.lists) for name, each in scores.items()}
        away = np.concatenate([week.stays_away(self.lists.horizon)[week.eligible] for week in weeks])
        return Evidence(score, found, float(away.mean()) if len(away) else None)


@dataclass(frozen=True)
class Evidence:
    """What past weeks showed.

    Attributes:
        score: learnt from the earlier of them; None where history is too short or nobody stayed away.
        replays: by own score, by the model of buying alone and by the simple rule; none where history is too short.
        by_chance: share of right warnings, had they been drawn by lot among those who could be warned about.
    """

    score: Score | None
    replays: Mapping[str, Replay]
    by_chance: float | None = None

    @property
    def method(self) -> str:
        """What warnings are ranked by now: what was right most often; the model of buying where nothing could be replayed."""
        if not self.replays:
            return BUYING
        order = (OWN, BUYING, RULE)
        return max((name for name in order if name in self.replays), key=lambda name: self.replays[name].precision)

    def rank(self, week: Week) -> npt.NDArray[np.float64]:
        """Everybody's score, shape (n,); -inf for who is never warned about."""
        if self.method == RULE:
            return by_rule(week)
        return self.chance(week)

    def chance(self, week: Week) -> npt.NDArray[np.float64]:
        """The chance that each customer does not order within the horizon, shape (n,)."""
        return self.score.of(week) if self.score is not None and self.method == OWN else 1 - week.chance

    def as_json(self) -> dict[str, Any]:
        """For the run's manifest and pages."""
        replays = {name: each.as_json() for name, each in self.replays.items()}
        return {"method": self.method, "replays": replays, "by_chance": self.by_chance}


def warn(duck: Duck, binder: Binder, per_week: int, target: Path) -> dict[str, Any]:
    """Write whom to look after, the most urgent first, and return what past weeks showed.

    The horizon is chosen as for churn: the lapse point, at least 28 days and at most a third of the history.

    Args:
        duck: engine with the view `profile` mounted.
        binder: the company at the moment.
        per_week: warnings that the team can follow up.
        target: folder for `warnings.parquet`.
    """
    binder.facts.mount(duck)
    if "orders" not in binder.facts.files:  # there is no rhythm of orders that could break
        pq.write_table(NOBODY, target / FILE)
        return told(Evidence(None, {}), Lists(UNKNOWN_LAPSE, UNKNOWN_LAPSE), per_week=per_week)
    history = History.read(duck, binder)
    lapse = float(duck.value("SELECT max(lapse_days) FROM profile") or UNKNOWN_LAPSE)
    lists = Lists(lapse, float(max(28, min(round(lapse), 365, (history.as_of - history.first) / 3))))
    part = history.part(REPLAYED)
    share = len(part.customer_id) / max(len(history.customer_id), 1)
    try:
        evidence = Backtest(part, lists).learnt(max(1, round(per_week * share)))
        listed, eligible = warnings_now(history, lists, evidence, per_week)
    except TooLittleData:  # nobody was observed for any time: there is no rhythm that could break
        evidence, listed, eligible = Evidence(None, {}), NOBODY, 0
    pq.write_table(listed, target / FILE)
    scores = listed["score"].to_numpy()
    threshold = float(scores[min(per_week, len(scores)) - 1]) if len(scores) else None
    return told(evidence, lists, per_week=per_week, eligible=eligible, threshold=threshold, replayed_share=share)


def told(evidence: Evidence, lists: Lists, *, per_week: int, eligible: int = 0, threshold: float | None = None,
         replayed_share: float = 0.0) -> dict[str, Any]:  # fmt: skip
    """What a run's manifest says of its warnings."""
    return {**evidence.as_json(), "horizon_days": lists.horizon, "lapse_days": lists.lapse, "per_week": per_week,
            "eligible": eligible, "threshold": threshold, "replayed_share": replayed_share}  # fmt: skip


def warnings_now(history: History, lists: Lists, evidence: Evidence, per_week: int) -> tuple[pa.Table, int]:
    """Customers to look after now, the highest score first, and how many could be warned about at all."""
    model = history.model(history.as_of)
    now, before = (
        lists.week(history.rhythm.at(at), history.signs_at(at), model) for at in (history.as_of, history.as_of - JUMP_DAYS)
    )
    score, chance = evidence.rank(now), evidence.chance(now)
    chosen = highest(np.flatnonzero(now.eligible & (score > NEVER)), score, LISTED * per_week)
    jumped = chance - evidence.chance(before) >= JUMP
    columns = {
        "customer_id": history.customer_id[chosen],
        "last_day": now.standing.last[chosen],
        "score": score[chosen],
        "chance": chance[chosen],
        "overdue_ratio": pa.array(now.standing.overdue[chosen], from_pandas=True),
        "mean_gap_days": now.standing.gap[chosen],
        "silent_days": now.standing.silence[chosen],
        "days_left": lists.lapse - now.standing.silence[chosen],
        "signs": signs_of(now, jumped, chosen),
    }
    return pa.table(columns), int(now.eligible.sum())


def signs_of(week: Week, jumped: npt.NDArray[np.bool_], chosen: npt.NDArray[np.int64]) -> list[str]:
    """What speaks for each warning, the most telling first, parted by semicolons."""
    late = week.standing.overdue >= 1
    marks = {**{name: week.signs[:, place] > 0 for place, name in enumerate(SIGNS)}, "jump": jumped, "late": late}
    return [";".join(name for name, mark in marks.items() if mark[place]) for place in chosen]
