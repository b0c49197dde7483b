"""The prediction of wallets: what it says with a survey, without one, and with too little of either."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dangol.core.declare import Block, Predictor
from dangol.core.errors import TooLittleData
from dangol.predictions.wallet import Wallet, stated, usable


def people(size: int, told: int = 0, seed: int = 1, by_share: bool = False) -> tuple[Block, np.ndarray]:
    """Customers whose share follows their visits; the first `told` answered. Returns them and their true shares."""
    draw = np.random.default_rng(seed)
    visits = np.ceil(draw.gamma(2.0, 15.0, size))
    share = 1 / (1 + np.exp(-(np.log(visits) - 3.0) * 1.5 - draw.normal(0, 0.5, size)))
    spend = np.round(share * draw.lognormal(6, 0.4, size), 2)
    answer = np.where(np.arange(size) < told, share if by_share else spend / share, np.nan)
    columns = {
        "net_sales_365": spend, "order_count_365": visits, "order_count": visits, "recency_days": draw.exponential(20, size),
        "stated_share" if by_share else "stated_spend": answer,
    }  # fmt: skip
    return Block(np.arange(size), columns, history_days=400), share


def scored(block: Block) -> tuple[Predictor, dict[str, np.ndarray]]:
    """The prediction as the workspace runs it."""
    predictor = Wallet.model()
    told = block.where(~np.isnan(stated(block)))
    predictor.check([block, told])
    predictor.fit([block, told])
    assert predictor.judge(told).good_enough
    return predictor, dict(predictor.score(block).columns)


@pytest.mark.parametrize("by_share", [False, True])
def test_with_a_survey_shares_are_estimated_and_answers_taken_at_their_word(by_share: bool) -> None:
    block, share = people(1_500, told=150, by_share=by_share)
    predictor, found = scored(block)
    judgement = predictor.judge(block.where(np.arange(150)))
    assert judgement.chosen == "survey"
    assert judgement.metrics["survey"]["mae_share"] < 0.8 * judgement.metrics["same_for_all"]["mae_share"]
    assert judgement.metrics["chosen"] == judgement.metrics["survey"]
    assert set(found["wallet_evidence"][:150]) == {"told_by_customer"}
    assert set(found["wallet_evidence"][150:]) == {"survey"}
    np.testing.assert_allclose(found["wallet_share"][:150], share[:150], atol=0.01)
    rest = slice(150, None)
    assert np.abs(found["wallet_share"][rest] - share[rest]).mean() < 0.75 * np.abs(np.median(share) - share[rest]).mean()
    inside = (share >= found["wallet_share_low"] - 1e-9) & (share <= found["wallet_share_high"] + 1e-9)
    assert inside[rest].mean() >= 0.75
    assert np.all(found["wallet_low"] <= found["wallet_high"] + 1e-9)
    assert not np.isnan(found["wallet_amount"]).any()


def test_without_a_survey_there_is_a_range_and_no_point() -> None:
    block, _ = people(1_000)
    predictor, found = scored(block)
    assert predictor.judge(block.where(np.zeros(1_000, dtype=bool))).main_metric == "range_width"
    assert set(found["wallet_evidence"]) == {"low"}
    assert np.isnan(found["wallet_share"]).all()
    assert np.isnan(found["wallet_amount"]).all()
    spend = block.columns["net_sales_365"]
    for place in np.argsort(spend)[[100, 500, 800]]:
        assert found["wallet_high"][place] == pytest.approx(np.quantile(spend[spend >= spend[place]], 0.85), rel=0.02)
    np.testing.assert_allclose(found["wallet_low"], spend)
    assert (found["wallet_share_high"] == 1).all()
    assert found["wallet_share_low"].max() < 0.8, "who spends most here may well spend as much elsewhere"


def test_a_survey_that_proves_nothing_gives_a_range_only() -> None:
    """Answers that have nothing to do with what is bought must not become a point."""
    block, _ = people(600)
    draw = np.random.default_rng(9)
    columns = {name: draw.permutation(values) for name, values in block.columns.items()}
    columns["net_sales_365"] = np.full(600, 100.0)
    columns["stated_spend"] = np.where(np.arange(600) < 60, 100.0 / draw.choice([0.1, 0.9], 600), np.nan)
    predictor, found = scored(Block(block.customer_id, columns, history_days=400))
    judgement = predictor.judge(Block(block.customer_id, columns).where(np.arange(600) < 60))
    proven = judgement.chosen == "survey"
    assert set(found["wallet_evidence"]) == ({"survey", "told_by_customer"} if proven else {"low"})
    assert not proven or judgement.metrics["survey"]["mae_share"] < judgement.metrics["same_for_all"]["mae_share"]


def test_neither_answers_nor_peers_are_a_refusal() -> None:
    block, _ = people(60, told=20)
    with pytest.raises(TooLittleData, match="20 survey answers and 60 customers"):
        Wallet.model().check([block, block.where(np.arange(20))])


def test_answers_of_no_sense_do_not_count() -> None:
    columns = {
        "net_sales_365": np.array([100.0, 100.0, 100.0, 0.0, 100.0]),
        "stated_spend": np.array([400.0, -5.0, np.nan, 50.0, np.nan]),
        "stated_share": np.array([np.nan, np.nan, 0.5, np.nan, 1.4]),
    }
    found = usable(Block(np.arange(5), columns))
    np.testing.assert_array_equal(found, [True, False, True, False, False])
    np.testing.assert_allclose(stated(Block(np.arange(5), columns))[[0, 2]], [400.0, 200.0])


@pytest.mark.parametrize(("days", "refused"), [(31.0, True), (357.9, True), (358.0, False), (365.0, False)])
def test_a_year_of_which_less_than_a_year_is_known_is_no_year(days: float, refused: bool) -> None:
    """A week may lack, as shops close and a year of data seldom begins and ends with a sale."""
    block, _ = people(300)
    blocks = [replace(block, history_days=days), block.where(np.zeros(300, dtype=bool))]
    if refused:
        with pytest.raises(TooLittleData, match=f"have {int(days)} days of orders, need 365 days"):
            Wallet.model().check(blocks)
    else:
        Wallet.model().check(blocks)


@pytest.mark.parametrize("told", [0, 150])
def test_of_who_spent_nothing_in_the_year_no_amount_is_told(told: int) -> None:
    """His orders were free: that the share may be anything says nothing of what he spends, least of all that it is 0."""
    block, _ = people(900, told=told)
    spend = np.where(np.arange(900) >= 880, 0.0, block.columns["net_sales_365"])
    _, found = scored(replace(block, columns={**block.columns, "net_sales_365": spend}))
    for name in ("wallet_low", "wallet_high", "wallet_amount"):
        assert np.isnan(found[name][880:]).all(), name
        assert (found[name][:880] > 0).all() or (name == "wallet_amount" and not told)
    assert not np.isnan(found["wallet_share_high"]).any()
