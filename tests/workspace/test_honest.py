"""Delivered attributes of customers are looked through before they are learnt from."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.predictions.likely import first_order
from dangol.workspace.honest import DELIVERED, inspected, without

PREDICTOR = first_order.model()


def block(happened, seed=1, **columns):
    rng = np.random.default_rng(seed)
    base = {
        "gender": rng.choice(np.array(["female", "male", None], dtype=object), len(happened)),
        "known_days": rng.random(len(happened)),
    }
    return Block(np.arange(len(happened)), {**base, **columns}, {"happened": happened})


@pytest.fixture
def happened():
    return (np.random.default_rng(2).random(6_000) < 0.2).astype(float)


def test_an_attribute_that_only_buyers_have_is_left_out(happened):
    told = np.where((happened > 0) & (np.random.default_rng(3).random(6_000) < 0.7), "30대", None).astype(object)
    (found,) = inspected([block(happened, age_band=told)], PREDICTOR)
    assert (found.column, found.verdict) == ("age_band", "left_out")
    assert "filled_for_one" in found.reasons
    (cleaned,) = without([block(happened, age_band=told)], [found])
    assert set(cleaned.columns) == {"gender", "known_days"}


def test_honest_attributes_and_our_own_figures_stay(happened):
    ours = happened + np.random.default_rng(4).normal(size=6_000) / 10
    blocks = [block(happened, event_count_90=ours, region=np.array(["서울", "부산"] * 3_000, dtype=object))]
    assert inspected(blocks, PREDICTOR) == ()
    assert "event_count_90" not in DELIVERED


def test_nothing_is_said_where_nobody_did_it():
    assert inspected([block(np.zeros(500))], PREDICTOR) == ()


def test_what_accounts_bought_is_no_delivered_attribute():
    assert "account_industry" in DELIVERED
    assert "account_net_sales" not in DELIVERED
