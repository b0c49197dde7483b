"""Reasons of churn: what was planted weighs, silence is told from history, and reasons stay under bootstrap (K3, R118)."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.predictions.churn import Churn, parted

REFITS, FIRST = 6, 3


def block(seed, customers=1200):
    """Buyers at random who stop at random: sooner after conversations, a little sooner if they buy discounted."""
    rng = np.random.default_rng(seed)
    talks, discounted = rng.poisson(0.5, customers).astype(float), rng.beta(1, 2, customers)
    rate, age = rng.gamma(1.5, 1 / 30, customers), rng.uniform(120, 400, customers)
    silence = rng.exponential(1, customers)
    recency = np.minimum(silence / np.maximum(rate, 1e-3), age)
    count = 1 + rng.poisson(rate * (age - recency))
    gone = rng.random(customers) < 1 / (1 + np.exp(1.6 - 1.6 * talks - 1.0 * discounted))
    bought = np.where(gone, 0, rng.poisson(rate * 60))
    columns = {
        "order_count": count + 0.0, "order_day_count": count + 0.0, "recency_days": recency, "tenure_days": age,
        "average_order_value": rng.gamma(2, 100, customers), "conversation_count_90": talks, "discount_share": discounted,
        "weekend_share": rng.random(customers), "main_hour": rng.integers(0, 24, customers) + 0.0,
        "mean_gap_days": rng.gamma(2, 20, customers),
    }  # fmt: skip
    return Block(np.arange(customers), columns, {"order_days": bought.astype(float)}, 0.0, 60.0, 400.0)


def drawn(found, rng):
    return found.where(rng.integers(0, len(found), len(found)))


def importance(blocks):
    model = Churn.model()
    model.fit(blocks[:-1])
    return model.judge(blocks[-1]).importance


def first(found):
    return frozenset(sorted(found, key=lambda name: -found[name])[:FIRST])


@pytest.fixture(scope="module")
def blocks():
    return [block(seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def fitted(blocks):
    model = Churn.model()
    model.fit(blocks[:-1])
    model.judge(blocks[-1])
    return model


def test_a_planted_reason_weighs_more_than_what_says_nothing(fitted, blocks):
    found = fitted.importance(blocks[-1])
    assert {"recency", "service"} <= first(found)
    assert found["service"] > 3 * found.get("timing", 0.0)


def test_the_first_three_reasons_stay_when_customers_are_drawn_anew(fitted, blocks):
    own, rng = first(fitted.importance(blocks[-1])), np.random.default_rng(0)
    same = [first(importance([drawn(each, rng) for each in blocks])) == own for _ in range(REFITS)]
    assert np.mean(same) >= 0.8, same


def test_reasons_add_up_to_the_log_odds_of_the_model_of_buying(fitted, blocks):
    purchases, here = fitted.fitted(), blocks[-1]
    outlook = purchases.look(here)
    chance = 1 - outlook.chances["classical"]
    odds = np.log(chance / (1 - chance))
    inside = (chance > 2e-4) & (chance < 1 - 2e-4)
    silence, past = parted(purchases.ready(), here, purchases.horizon)
    apart = (silence + past - odds)[inside]
    assert np.ptp(apart) < 1e-6


def test_silence_and_history_share_by_the_mean_over_both_orders(fitted, blocks):
    """By hand, one customer at a time: silence or history first, each adding what it changes then."""
    purchases, here = fitted.fitted(), blocks[-1]
    model, horizon = purchases.ready(), purchases.horizon
    frequency, age = here.columns["order_day_count"] - 1, here.columns["tenure_days"]
    silence = np.where(frequency > 0, np.clip(here.columns["recency_days"], 0, age), age)
    usual = {"silence": np.median(silence), "past": (np.median(frequency), np.median(age))}
    found = dict(zip(("silence", "past"), parted(model, here, horizon), strict=True))

    def odds(quiet, past):
        count, known = past
        known = max(known, quiet) if count > 0 else quiet
        one = [np.array([float(each)]) for each in (count, known - quiet if count > 0 else 0.0, known)]
        chance = np.clip(1 - model.probability_of_purchase(horizon, *one)[0], 1e-4, 1 - 1e-4)
        return np.log(chance / (1 - chance))

    for place in range(0, len(here), 97):
        own = {"silence": silence[place], "past": (frequency[place], age[place])}
        for name in found:
            gained = []
            for order in permutations(found):
                before = {each: own[each] if order.index(each) < order.index(name) else usual[each] for each in found}
                after = {**before, name: own[name]}
                gained.append(odds(after["silence"], after["past"]) - odds(before["silence"], before["past"]))
            assert found[name][place] == pytest.approx(np.mean(gained), abs=1e-9)
    longer = silence > np.quantile(silence, 0.8)
    assert found["silence"][longer].mean() > 0 > found["silence"][silence < np.quantile(silence, 0.2)].mean()


def test_an_even_number_of_customers_whose_middle_is_between_two_numbers_of_orders(fitted, blocks):
    """Half the customers have one order fewer than the other half: nobody has three and a half, and reasons still add up."""
    purchases, here = fitted.fitted(), blocks[-1]
    frequency = here.columns["order_day_count"] - 1
    three, four = (np.flatnonzero(frequency == count)[:20] for count in (3, 4))
    assert len(three) == len(four) == 20
    few = here.where(np.sort(np.concatenate([three, four])))
    assert np.median(few.columns["order_day_count"] - 1) == 3.5
    silence, past = parted(purchases.ready(), few, purchases.horizon)
    chance = 1 - purchases.look(few).chances["classical"]
    inside = (chance > 2e-4) & (chance < 1 - 2e-4)
    assert np.ptp((silence + past - np.log(chance / (1 - chance)))[inside]) < 1e-6
