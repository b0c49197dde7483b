"""Share of wallet: what customers spend altogether, and how much of it with us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field, PrivateAttr

from dangol.algorithms import ranking, wallet
from dangol.core.declare import (
    Array,
    Block,
    Group,
    Judgement,
    Output,
    Predictor,
    Query,
    Scores,
    category,
    money,
    prediction,
    share,
    sql,
)
from dangol.core.errors import TooLittleData, told
from dangol.predictions.history import GROUPS, present

YEAR = 365
# A year of data may lack some days at its ends, on which nobody bought.
LACKING = 7
FEWEST_PEERS = 200
SURVEY, PEERS, SAME = "survey", "peers", "same_for_all"
TOLD, FROM_SURVEY, LOW = "told_by_customer", "survey", "low"


@prediction(ko="지갑점유율", en="Share of wallet", name="wallet")
class Wallet(Predictor):
    """Which share of what a customer spends in a year he spends with us, and what the whole is; how sure it is stands beside it.

    With a survey of fifty customers or more (stated yearly spend, or stated share): trees and a ridge regression on the answers,
    the share's median with an 80 % range, the wallet by ratios of sums, judged crosswise against one share for all. Without one,
    or where the survey proves nothing: only a range, from the own spend to what only few of those spend more than who spend at
    least as much, and the evidence is low. Too few customers and no survey, or less than a year of history: refused. Of who spent
    nothing in the year only a share can be told, no amount.
    """

    peer_level: float = Field(
        default=0.85, gt=0.5, lt=1, description="without a survey: share of who spends as much or more that stays below the limit"
    )

    told_by: ClassVar[tuple[str, ...]] = ("stated_spend", "stated_share")
    needs: ClassVar[tuple[str, ...]] = ("net_sales_365", "order_count_365")
    groups: ClassVar[Mapping[str, Group]] = GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "wallet_share": share(ko="지갑점유율", en="Share of wallet"),
        "wallet_share_low": share(ko="지갑점유율 하한(80%)", en="Share of wallet, low (80 %)"),
        "wallet_share_high": share(ko="지갑점유율 상한(80%)", en="Share of wallet, high (80 %)"),
        "wallet_amount": money(ko="추정 연간 지출", en="Estimated yearly spend with everybody"),
        "wallet_low": money(ko="추정 연간 지출 하한", en="Estimated yearly spend, low"),
        "wallet_high": money(ko="추정 연간 지출 상한", en="Estimated yearly spend, high"),
        "wallet_evidence": category(ko="지갑 추정의 근거", en="Evidence of the wallet"),
    }
    _peers: wallet.Peers | None = PrivateAttr(None)
    _survey: wallet.Calibrated | None = PrivateAttr(None)
    _proven: bool = PrivateAttr(False)
    _width: float = PrivateAttr(1.0)

    def horizon_days(self, facts: Mapping[str, float]) -> int:  # noqa: ARG002 — the same for every company
        """A year: it is the present that is estimated."""
        return YEAR

    def population(self) -> str:
        """Who bought something within a year."""
        return "order_count_365 >= 1"

    def label(self) -> Query:
        """What customers went on to spend; nobody learns from it, as the answers are about the present."""
        return sql("""
            select customer_id, sum(net_amount) as net_sales from later_orders
            where status = 'completed' and customer_id is not null group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """A year of history, as it is yearly spend that is estimated, and enough answers or enough customers to compare with."""
        everybody, surveyed = blocks
        known = int(everybody.history_days)
        if known < YEAR - LACKING:
            have, need = told("{have} days of orders", have=str(known)), told("{need} days", need=str(YEAR))
            raise TooLittleData.have(have, need, where="wallet")
        answers, peers = int(usable(surveyed).sum()), int((spends(everybody) > 0).sum())
        if answers < wallet.FEWEST and peers < FEWEST_PEERS:
            have = told("{answers} survey answers and {peers} customers to compare with", answers=str(answers), peers=str(peers))
            need = told("{answers} answers or {peers} customers", answers=str(wallet.FEWEST), peers=str(FEWEST_PEERS))
            raise TooLittleData.have(have, need, where="wallet")

    def fit(self, blocks: Sequence[Block]) -> None:
        """The limit of wallets from everybody's spend, and the model of shares from the answers where there are enough."""
        everybody, surveyed = blocks
        spend = spends(everybody)
        self._peers = wallet.Peers.learn(spend[spend > 0], self.peer_level) if (spend > 0).any() else None
        self._width = float(np.mean(1 - self.least_share(spend))) if self._peers else 1.0
        block = surveyed.where(usable(surveyed))
        self._survey = None
        if len(block) >= wallet.FEWEST:
            names = present(block, self.groups)
            self._survey = wallet.calibrate(block.columns, names, spends(block), stated(block), seed=self.seed)

    def judge(self, block: Block) -> Judgement:
        """The survey's model against one share for all, on answers it did not see; without a survey, how wide the range is."""
        surveyed = block.where(usable(block))
        metrics = compared(self._survey.checked, spends(surveyed), stated(surveyed)) if self._survey is not None else {}
        self._proven = bool(metrics) and metrics[SURVEY]["mae_share"] < metrics[SAME]["mae_share"]
        if not self._proven:
            metrics = {PEERS: {"range_width": self._width}}
        chosen = SURVEY if self._proven else PEERS
        return Judgement(
            chosen=chosen,
            good_enough=True,
            metrics={**metrics, "chosen": metrics[chosen]},
            main_metric="mae_share" if self._proven else "range_width",
            higher_is_better=False,
            notes=notes(len(surveyed), metrics.get(SURVEY, {})) if self._proven else [NO_SURVEY],
        )

    def least_share(self, spend: Array) -> Array:
        """The lower end of the share by what others spend: the whole wallet lies between the own spend and the limit."""
        limit = self._peers.limit(spend) if self._peers else spend
        return np.divide(spend, limit, out=np.zeros(len(spend)), where=spend > 0)

    def score(self, block: Block) -> Scores:
        """Share and wallet with ranges; whoever answered counts by his own word."""
        spend = spends(block)
        nothing = np.full(len(block), np.nan)
        low, high = self.least_share(spend), np.ones(len(block))
        middle, whole = nothing, nothing
        evidence = np.full(len(block), LOW, dtype=object)
        if self._survey is not None and self._proven:
            found = self._survey.estimate(block.columns, spend)
            low, middle, high, whole = found.low, found.share, found.high, found.wallet
            own = usable(block)
            said = np.divide(spend, np.maximum(stated(block), spend), out=np.ones(len(block)), where=own & (spend > 0))
            low, middle, high = (np.where(own, said, each) for each in (low, middle, high))
            whole = np.where(own, np.maximum(stated(block), spend), whole)
            evidence = np.where(own, TOLD, FROM_SURVEY).astype(object)
        # Of who spent nothing in the year a share of it tells nothing of the whole.
        spent = np.where(spend > 0, spend, np.nan)
        whole = np.where(spend > 0, whole, np.nan)
        ends = (spent / np.maximum(high, 1e-9), spent / np.maximum(low, 1e-9))
        columns: dict[str, npt.NDArray[Any]] = {
            "wallet_share": middle,
            "wallet_share_low": low,
            "wallet_share_high": high,
            "wallet_amount": whole,
            "wallet_low": ends[0],
            "wallet_high": ends[1],
            "wallet_evidence": evidence,
        }
        return Scores(columns)


NO_SURVEY = (
    "설문이 없거나 부족해 범위로만 말할 수 있습니다. 근거: 낮음.",
    "There is no survey, or too small a one, so only a range can be told. Evidence: low.",
)


def spends(block: Block) -> Array:
    """Sales to each customer in 365 days, refunds not taken off, at least 0."""
    return np.maximum(np.nan_to_num(block.numbers(["net_sales_365"])[:, 0]), 0.0)


def stated(block: Block) -> Array:
    """What customers say they spend altogether in a year: their figure, else our sales over the share they state; else NaN."""
    nobody = np.full(len(block), np.nan)
    total = block.numbers(["stated_spend"])[:, 0] if "stated_spend" in block.columns else nobody
    part = block.numbers(["stated_share"])[:, 0] if "stated_share" in block.columns else nobody
    by_share = np.divide(spends(block), part, out=nobody.copy(), where=(part > 0) & (part <= 1))
    return np.where(total > 0, total, by_share)


def usable(block: Block) -> npt.NDArray[np.bool_]:
    """Who answered and bought something in the year that the answer is about."""
    return np.asarray((spends(block) > 0) & (np.nan_to_num(stated(block)) > 0))


def compared(checked: wallet.Estimate, spend: Array, said: Array) -> dict[str, dict[str, float]]:
    """The model and one share for all, both on answers they did not see."""
    actual = spend / np.maximum(said, spend)
    inside = (actual >= checked.low - 1e-9) & (actual <= checked.high + 1e-9)
    others = [np.quantile(np.delete(actual, place), (0.1, 0.5, 0.9)) for place in range(len(actual))]
    low, constant, high = np.array(others).T
    return {
        SURVEY: {
            "mae_share": float(np.abs(checked.share - actual).mean()),
            "spearman": ranking.spearman(checked.share, actual) if len(np.unique(actual)) > 1 else 0.0,
            "coverage": float(inside.mean()),
        },
        SAME: {
            "mae_share": float(np.abs(constant - actual).mean()),
            "spearman": 0.0,
            "coverage": float(((actual >= low) & (actual <= high)).mean()),
        },
    }


def notes(answers: int, figures: Mapping[str, float]) -> list[tuple[str, str]]:
    """What the estimate rests on."""
    error = figures["mae_share"]
    return [
        (
            f"설문 응답 {answers:,}건으로 보정했습니다. 지갑점유율의 평균 오차는 {100 * error:.0f}%p입니다.",
            f"Calibrated by {answers:,} survey answers; the share of wallet errs by {100 * error:.0f} points on average.",
        )
    ]
