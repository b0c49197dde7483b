"""Stand-ins, the median of models and choosing on held-out time, against medians and losses by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dangol.algorithms import mbg_cnbd, mbg_nbd, pareto_nbd
from dangol.algorithms.buy_till_you_die import BuyTillYouDie
from dangol.algorithms.consensus import FITS, Consensus, fit_consensus, fit_surely
from dangol.algorithms.model_choice import choose, poisson_deviance, root_mean_square
from dangol.algorithms.pooled_rate import PooledRate
from dangol.algorithms.purchase_cells import Cells, aggregate
from dangol.algorithms.purchase_events import Past, past
from dangol.core.errors import DataError, TooLittleData, UnknownName


def unfinished(cells: Cells) -> BuyTillYouDie:
    """A model whose search did not end."""
    found = pareto_nbd.fit(cells)
    return replace(found, report=replace(found.report, converged=False))


def test_the_wanted_model_answers_where_it_can(cdnow):
    cells = aggregate(cdnow["x"], cdnow["t_x"], cdnow["T"])
    for name in FITS:
        found = fit_surely(name, cells)
        assert (found.asked, found.used, found.why, found.stands_in) == (name, name, "as_asked", False)
    assert fit_surely("mbg_nbd", cells).model == mbg_nbd.fit(cells)
    with pytest.raises(UnknownName, match="pareto"):
        fit_surely("pareto", cells)


def test_a_simpler_model_stands_in_and_says_why(cdnow):
    cells = aggregate(cdnow["x"], cdnow["t_x"], cdnow["T"])
    found = fit_surely("pareto_nbd", cells, {**FITS, "pareto_nbd": unfinished})
    assert (found.used, found.why, found.stands_in) == ("mbg_nbd", "not_converged", True)
    last = fit_surely("pareto_nbd", cells, {"pareto_nbd": unfinished})
    assert (last.used, last.why) == ("pooled_rate", "not_converged")
    assert last.model.expected_purchases_new(39)[0] == pytest.approx(39 * cdnow["x"].sum() / cdnow["T"].sum(), rel=0.01)


def test_nobody_bought_twice_still_gives_a_small_finite_answer():
    history = (np.zeros(200), np.zeros(200), np.full(200, 50.0))
    found = fit_surely("pareto_nbd", aggregate(*history))
    assert (found.used, found.why) == ("pooled_rate", "too_little_data")
    expected = found.model.expected_purchases(50, *history)
    assert ((expected > 0) & (expected < 0.01)).all()
    assert list(fit_consensus(aggregate(*history)).models) == ["pooled_rate"]
    with pytest.raises(TooLittleData, match="no time"):
        fit_surely("bg_nbd", aggregate([0.0], [0.0], [0.0]))


def test_answers_are_the_median_of_the_models(cdnow):
    x, t_x, T = cdnow["x"], cdnow["t_x"], cdnow["T"]
    consensus = fit_consensus(aggregate(x, t_x, T))
    assert set(consensus.models) == set(FITS)
    for name, more in (("expected_purchases", [39]), ("probability_of_purchase", [39]), ("probability_alive", [])):
        by_model = [getattr(model, name)(*more, x, t_x, T) for model in consensus.models.values()]
        np.testing.assert_allclose(getattr(consensus, name)(*more, x, t_x, T), np.median(by_model, axis=0))
    two = Consensus({"a": PooledRate(1.0, 2.0), "b": PooledRate(3.0, 2.0)})
    assert two.expected_purchases(2.0, [0], [0], [0])[0] == pytest.approx((1.0 + 3.0) / 2)


def test_losses_are_the_textbook_ones():
    metrics = pytest.importorskip("sklearn.metrics")
    chance = np.random.default_rng(0)
    expected, actual = chance.gamma(1.0, 2.0, 500), chance.poisson(1.5, 500).astype(float)
    by_library = metrics.mean_poisson_deviance(actual, expected)
    assert poisson_deviance(expected, actual) == pytest.approx(by_library)
    assert root_mean_square([1.0, 3.0], [2.0, 1.0]) == pytest.approx(np.sqrt(2.5))
    assert np.isfinite(poisson_deviance([0.0, 0.0], [0.0, 4.0]))
    with pytest.raises(DataError, match="actual must be at least 0"):
        poisson_deviance([1.0], [-1.0])


def test_a_moment_of_the_past_sees_only_what_came_before():
    who = [7, 7, 7, 7, 3, 3, 9, 7]
    day = [0, 10, 10, 25, 5, 40, 30, 20]
    found = past(who, day, 25.0, 10.0)
    assert list(found.customer) == [3, 7]
    assert (list(found.x), list(found.t_x), list(found.T)) == ([0, 2], [0, 20], [20, 25])
    assert list(found.later) == [0, 1]  # the day 25 itself is future; day 40 is beyond the horizon; 9 is not known yet
    assert found.cells.customers == 2
    without = past([row for row, at in zip(who, day, strict=True) if at < 25], [at for at in day if at < 25], 25.0, 10.0)
    assert list(without.x) == list(found.x)
    with pytest.raises(DataError, match="horizon"):
        past(who, day, 25.0, 0.0)


def test_past_of_many_purchases_equals_counting_one_by_one():
    chance = np.random.default_rng(4)
    who, day = chance.integers(0, 60, 900), chance.integers(0, 200, 900)
    found = past(who, day, 120.0, 50.0)
    for row, customer in enumerate(found.customer):
        days = sorted(set(day[who == customer]))
        known = [at for at in days if at < 120]
        assert found.x[row] == len(known) - 1
        assert (found.t_x[row], found.T[row]) == (known[-1] - known[0], 120 - known[0])
        assert found.later[row] == sum(120 <= at < 170 for at in days)
    assert found.customer.size == len({customer for customer, at in zip(who, day, strict=True) if at < 120})


def test_the_clearly_better_model_is_chosen_and_the_median_otherwise(simulate):
    x, t_x, T, later = simulate((1.5, 6.0, 0.6, 2.5), np.full(4000, 60.0), 30.0, 1, first_counts=True)
    judged = Past(np.arange(4000.0), x, t_x, T, 30.0, later)

    def far_too_many(cells: Cells) -> BuyTillYouDie:
        return PooledRate(5.0, 0.5)

    def even_more(cells: Cells) -> BuyTillYouDie:
        return PooledRate(50.0, 0.5)

    clear = choose(judged, {"mbg_nbd": mbg_nbd.fit, "far_too_many": far_too_many, "even_more": even_more})
    assert clear.name == "mbg_nbd"
    assert clear.scores["mbg_nbd"] == min(clear.scores.values())
    assert clear.fit(judged.cells) == mbg_nbd.fit(judged.cells)
    few = slice(0, 25)
    unclear = choose(Past(judged.customer[few], x[few], t_x[few], T[few], 30.0, later[few]))
    assert set(unclear.scores) == {"median", *FITS}
    by_rmse = choose(judged, measure="rmse")
    expected = fit_consensus(judged.cells).expected_purchases(30.0, x, t_x, T)
    assert by_rmse.scores["median"] == pytest.approx(root_mean_square(expected, later))


def test_rhythm_is_chosen_where_there_is_one(simulate):
    gaps: list[np.ndarray] = []
    x, t_x, T, later = simulate((1.5, 6.0, 0.6, 2.5), np.full(6000, 60.0), 30.0, 1, first_counts=True, k=5, gaps=gaps)
    judged = Past(np.arange(6000.0), x, t_x, T, 30.0, later)
    log_gaps = float(np.log(np.concatenate(gaps)).sum())
    fits = {"mbg_cnbd": partial(mbg_cnbd.fit_rhythm, log_gaps=log_gaps), **FITS}
    found = choose(judged, fits, "brier")
    assert found.name == "mbg_cnbd"
    assert found.fit(judged.cells).k == 5
    buys = found.fit(judged.cells).probability_of_purchase(30.0, x, t_x, T)
    assert found.scores["mbg_cnbd"] == pytest.approx(np.mean((buys - (later > 0)) ** 2))


def test_median_is_kept_where_models_differ_by_chance_only(simulate):
    kept = 0
    for seed in range(20):
        x, t_x, T, later = simulate((0.8, 6.0, 0.9, 2.5), np.full(60, 40.0), 20.0, seed)
        kept += choose(Past(np.arange(60.0), x, t_x, T, 20.0, later)).name == "median"
    assert kept >= 15


def test_real_customers_of_the_whole_shop(shared_data):
    """CDNOW, 23,570 customers, 39 and 39 weeks: the figures of the knowledge file for the archived library."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(shared_data / "cdnow" / "transactions.parquet")
    day = (table["date"].to_numpy().astype("datetime64[D]") - np.datetime64("1997-01-01")).astype(float)
    who = table["customer_id"].to_numpy().astype(float)
    judged = past(who, day / 7, 272 / 7 + 1e-9, 39.0)
    assert (judged.x.size, judged.later.sum()) == (23_570, 19_684)
    golden = {
        "bg_nbd": ([0.2516, 4.789, 0.723, 2.161], 1.733),
        "pareto_nbd": ([0.597, 11.585, 0.522, 8.827], 1.726),
        "mbg_nbd": (None, 1.740),
    }
    for name, (parameters, error) in golden.items():
        model = FITS[name](judged.cells)
        if parameters:
            assert list(model.__dict__.values())[:4] == pytest.approx(parameters, rel=1e-3)
        expected = model.expected_purchases(39, judged.x, judged.t_x, judged.T)
        assert root_mean_square(expected, judged.later) == pytest.approx(error, abs=1e-3)
    by_rmse, by_deviance = choose(judged, measure="rmse"), choose(judged)
    assert min(by_rmse.scores, key=by_rmse.scores.__getitem__) == "pareto_nbd"
    assert by_rmse.scores["pareto_nbd"] == pytest.approx(1.726, abs=1e-3)
    assert by_rmse.name == "median"  # ahead by few heavy buyers only
    assert by_deviance.scores[by_deviance.name] <= by_deviance.scores["median"]
