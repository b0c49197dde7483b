"""Share of wallet: simulated shares are found again, ranges hold, little data are refused."""

import tracemalloc

import numpy as np
import pytest

from dangol.algorithms import wallet
from dangol.core.errors import DataError, TooLittleData


def town(size, seed=0):
    """Customers whose share follows how often they come; a column of noise; some never told their age."""
    draw = np.random.default_rng(seed)
    visits = draw.gamma(2.0, 20.0, size) + 1
    share = 1 / (1 + np.exp(-(np.log(visits) - 3.2) * 1.5 - draw.normal(0, 0.6, size)))
    whole = draw.lognormal(6, 0.4, size)
    age = np.where(draw.random(size) < 0.3 + 0.4 * share, draw.normal(45, 10, size), np.nan)
    noise = draw.normal(size=size)
    town_of = np.array(draw.choice(["a", "b"], size), dtype=object)
    return {"visits": visits, "age": age, "noise": noise, "town": town_of}, share * whole, whole


def test_shares_of_those_nobody_asked_are_found_with_ranges_that_hold():
    columns, spend, whole = town(4_000)
    asked = np.arange(4_000) < 400
    learnt = wallet.calibrate({n: v[asked] for n, v in columns.items()}, list(columns), spend[asked], whole[asked], seed=1)
    rest = {name: values[~asked] for name, values in columns.items()}
    found = learnt.estimate(rest, spend[~asked])
    truth = (spend / whole)[~asked]
    constant = np.abs(np.median(truth) - truth).mean()
    assert np.abs(found.share - truth).mean() < 0.7 * constant
    inside = np.mean((truth >= found.low) & (truth <= found.high))
    assert 0.75 <= inside <= 0.92
    assert np.all(found.low <= found.share)
    assert np.all(found.share <= found.high)
    assert found.wallet.sum() == pytest.approx(whole[~asked].sum(), rel=0.1)
    assert np.all(found.wallet >= spend[~asked] - 1e-9)


def test_the_surveyed_are_judged_without_their_own_answer():
    """Where columns say nothing, the crosswise estimate is no better than one share for all; a leak would be."""
    draw = np.random.default_rng(3)
    spend = draw.lognormal(4, 1, 300)
    share = draw.uniform(0.05, 1, 300)
    learnt = wallet.calibrate({"noise": draw.normal(size=300)}, ["noise"], spend, spend / share, seed=1)
    constant = np.abs(np.median(share) - share).mean()
    assert np.abs(learnt.checked.share - share).mean() > 0.93 * constant


def test_the_ridge_regression_is_that_of_the_normal_equations():
    draw = np.random.default_rng(5)
    matrix, target = draw.normal(size=(80, 4)), draw.normal(size=80)
    found = wallet.Ridge.fit(matrix, target)
    flat = np.sign(matrix) * np.log1p(np.abs(matrix))
    z = (flat - flat.mean(axis=0)) / flat.std(axis=0)
    errors = []
    for penalty in wallet.PENALTIES:
        solved = np.linalg.solve(z.T @ z + penalty * np.eye(4), z.T @ (target - target.mean()))
        errors.append((np.abs(solved - found.weights).max(), penalty))
    assert min(errors)[0] < 1e-9


def test_the_leave_one_out_error_is_that_of_leaving_one_out():
    draw = np.random.default_rng(6)
    z = draw.normal(size=(30, 3))
    z -= z.mean(axis=0)
    target = z @ [1.0, -1.0, 0.5] + draw.normal(size=30)
    centred = target - target.mean()
    left, sizes, _ = np.linalg.svd(z, full_matrices=False)
    quick = wallet.one_left_out(left, sizes, left.T @ centred, centred, 10.0)
    slow = []
    design = np.column_stack([np.ones(30), z])
    pull = np.diag([0.0, 10.0, 10.0, 10.0])
    for place in range(30):
        kept = np.arange(30) != place
        solved = np.linalg.solve(design[kept].T @ design[kept] + pull, design[kept].T @ target[kept])
        slow.append((target[place] - design[place] @ solved) ** 2)
    assert quick == pytest.approx(np.mean(slow), rel=1e-6)


def test_being_known_at_all_is_a_column_once():
    columns = {
        "age": np.array([1.0, np.nan, 2.0, np.nan]), "size": np.array(["s", None, "m", None], dtype=object),
        "spend": np.array([1.0, 2.0, 3.0, 4.0]),
    }  # fmt: skip
    design = wallet.Design.learn(columns, ["age", "size", "spend"])
    assert design.numbers == ("age", "spend")
    assert design.known == ("age",)
    np.testing.assert_array_equal(design.matrix(columns)[:, 2], [1, 0, 1, 0])


def test_spreads_are_weighted_quantiles_and_ratios_of_sums():
    scores = np.zeros(5)
    spend, whole = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([10.0, 10.0, 10.0, 10.0, 10.0])
    found = wallet.spread_of(np.array([0.0]), scores, spend, whole)
    assert found.middle[0] == pytest.approx(0.3)
    assert (found.low[0], found.high[0]) == (pytest.approx(0.1), pytest.approx(0.5))
    assert found.ratio[0] == pytest.approx(50 / 15)


def test_limits_of_wallets_are_quantiles_of_who_spends_as_much_or_more():
    spend = np.random.default_rng(4).pareto(2.0, 20_001) + 1
    peers = wallet.Peers.learn(spend, 0.85)
    for each in np.quantile(spend, [0.0, 0.3, 0.6, 0.9]):
        assert peers.limit([each])[0] == pytest.approx(np.quantile(spend[spend >= each], 0.85), rel=0.05)


def test_a_pareto_tail_has_the_same_step_everywhere():
    """Where the index is 2, 1 / c² of whoever spends s or more spends more than c · s; also beyond what was ever spent."""
    spend = np.random.default_rng(4).pareto(2.0, 20_001) + 1
    peers = wallet.Peers.learn(spend, 0.75)
    at = np.array([1.0, 3.0, 20.0, spend.max(), 10 * spend.max()])
    np.testing.assert_allclose(peers.limit(at) / at, 2.0, rtol=0.1)


@pytest.mark.parametrize("spend", [np.full(500, 9.9), np.append(np.full(499, 9.9), 1e6), np.arange(1.0, 501.0)])
def test_nobody_is_said_to_spend_everything_here(spend):
    peers = wallet.Peers.learn(spend)
    limits = peers.limit(np.sort(spend))
    assert np.all(limits >= 1.5 * np.sort(spend))
    assert np.all(np.diff(limits) >= 0)


def test_limits_refuse_what_makes_no_sense():
    with pytest.raises(DataError):
        wallet.Peers.learn([1.0, 2.0], 1.5)
    with pytest.raises(DataError, match="spend must be above 0"):
        wallet.Peers.learn([1.0, 0.0])
    with pytest.raises(TooLittleData):
        wallet.Peers.learn([])


def test_few_answers_and_spends_of_nothing_are_refused():
    columns, spend, whole = town(60)
    few = {name: values[:40] for name, values in columns.items()}
    with pytest.raises(TooLittleData, match="40 survey answers"):
        wallet.calibrate(few, list(few), spend[:40], whole[:40], seed=1)
    with pytest.raises(DataError, match="spend must be above 0"):
        wallet.calibrate(columns, list(columns), np.append(spend[:-1], 0.0), whole, seed=1)


def answers(count):
    """Guesses, spends and wallets of so many surveyed."""
    rng = np.random.default_rng(count)
    scores, spend = rng.normal(size=count), rng.lognormal(3, 1, count)
    return scores, spend, spend * (1 + rng.lognormal(-scores, 0.5))


@pytest.mark.parametrize("leave_out", [False, True])
def test_a_spread_in_parts_is_that_of_its_definition(monkeypatch, leave_out):
    scores, spend, whole = answers(60)
    monkeypatch.setattr(wallet, "CELLS", 60 * 7)
    at = scores if leave_out else np.linspace(-2, 2, 25)
    found = wallet.spread_of(at, scores, spend, whole, leave_out=leave_out)
    for place, guess in enumerate(at):
        weight = np.exp(-0.5 * ((guess - scores) / wallet.BANDWIDTH) ** 2)
        if leave_out:
            weight[place] = 0
        order = np.argsort(spend / whole)
        reached = np.cumsum(weight[order]) / weight.sum()
        shares = [(spend / whole)[order][np.searchsorted(reached, level)] for level in (0.1, 0.5, 0.9)]
        assert [found.low[place], found.middle[place], found.high[place]] == pytest.approx(shares)
        assert found.ratio[place] == pytest.approx((weight * whole).sum() / (weight * spend).sum())


def test_memory_does_not_grow_with_the_square_of_the_survey():
    def peak(count):
        given = answers(count)
        tracemalloc.start()
        wallet.spread_of(given[0], *given, leave_out=True)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(6_000) < 1.5 * peak(2_000)
    assert peak(6_000) < 100_000_000
