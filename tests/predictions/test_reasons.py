"""Reasons of churn: what was planted weighs, silence is told from history, and reasons stay under bootstrap (K3, R118)."""

from __future__ import annotations

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


def test_silence_is_what_changed_since_it_was_as_long_as_the_own_gap(fitted, blocks):
    """By hand, one customer at a time: the same orders, looked at when the own mean gap was over, and today."""
    purchases, here = fitted.fitted(), blocks[-1]
    model, horizon = purchases.ready(), purchases.horizon
    frequency, age = here.columns["order_day_count"] - 1, here.columns["tenure_days"]
    quiet = np.where(frequency > 0, np.clip(here.columns["recency_days"], 0, age), age)
    others = np.median((age - quiet)[frequency > 0] / frequency[frequency > 0])
    silence, past = parted(model, here, horizon)

    def odds(count, last, now):
        chance = np.clip(1 - model.probability_of_purchase(horizon, *(np.array([float(each)]) for each in (count, last, now)))[0],
                         1e-4, 1 - 1e-4)  # fmt: skip
        return np.log(chance / (1 - chance))

    for place in range(0, len(here), 97):
        count = frequency[place]
        last = age[place] - quiet[place] if count else 0.0
        gap = last / count if count else others
        then = odds(count, last, max(last + gap, 1e-6))
        assert past[place] == pytest.approx(then, abs=1e-9)
        assert silence[place] == pytest.approx(odds(count, last, age[place]) - then, abs=1e-9)


def test_who_is_silent_for_longer_than_the_own_gap_is_never_told_that_silence_speaks_against_churn(fitted, blocks):
    here = blocks[-1]
    frequency, quiet = here.columns["order_day_count"] - 1, np.clip(here.columns["recency_days"], 0, None)
    often = (frequency >= 2) & (here.columns["tenure_days"] > quiet)
    gap = (here.columns["tenure_days"] - quiet) / np.maximum(frequency, 1)
    found = fitted.score(here).contributions["recency"]
    late, early = often & (quiet > 2 * gap), often & (quiet < gap / 2)
    assert late.sum() > 20
    assert early.sum() > 20
    short = late & (quiet < np.median(quiet))
    assert short.any(), "nobody is silent for long by the own rhythm and for less than the middle customer"
    assert (found[late] > 0).mean() > 0.95
    # what trees add compares with the average customer: next to nothing beside it
    assert found[late].min() > -0.05
    assert (found[early] < 0).mean() > 0.9


def test_reasons_of_few_customers_add_up(fitted, blocks):
    """Customers with three and four repeat orders: reasons still add up where they are few."""
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
