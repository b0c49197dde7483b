"""Money shared out at equal marginal returns: against linear programming, against every choice on a grid, and by moving units."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from dangol.algorithms.equal_return import Curve, Limits, bounded, ranked, sampled, share_out
from dangol.core.errors import DataError

PIECES = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 60)), min_size=1, max_size=4)
USES = st.lists(PIECES, min_size=1, max_size=3)


def curves_of(uses) -> dict[str, Curve]:
    """Curves of whole units of money with slopes in tenths."""
    found = {}
    for place, pieces in enumerate(uses):
        steepest = sorted(pieces, key=lambda piece: -piece[1])
        width, slope = (np.array([piece[each] for piece in steepest], dtype=float) for each in (0, 1))
        found[f"use{place}"] = Curve(width, slope / 10)
    return found


def net(curves, spent) -> float:
    """What is left of what money brings after the money itself."""
    return sum(curve.worth(spent[name]) - spent[name] for name, curve in curves.items())


@st.composite
def cases(draw):
    curves = curves_of(draw(USES))
    lows = [draw(st.integers(0, 4)) for _ in curves]
    limits = {name: Limits(low, low + draw(st.integers(0, 12))) for name, low in zip(curves, lows, strict=True)}
    return curves, limits, sum(lows) + draw(st.integers(0, 20))


@settings(max_examples=200, deadline=None)
@given(cases())
def test_no_choice_on_the_grid_is_better(case):
    """All widths and limits are whole, so that the optimum is found among whole amounts: every one is tried."""
    curves, limits, total = case
    found = share_out(curves, total, limits)
    choices = product(*(range(int(each.lowest), int(each.highest) + 1) for each in limits.values()))
    best = max(net(curves, dict(zip(curves, choice, strict=True))) for choice in choices if sum(choice) <= total)
    assert net(curves, found.spent) == pytest.approx(best, abs=1e-7)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_limits_and_money_are_kept_and_linear_programming_agrees(case):
    curves, limits, total = case
    found = share_out(curves, total, limits)
    assert sum(found.spent.values()) + found.left == pytest.approx(total)
    assert all(limits[name].lowest - 1e-9 <= spent <= limits[name].highest + 1e-9 for name, spent in found.spent.items())
    # a variable for each piece, and one for each use for what its floor takes beyond the curve's end
    names = [name for name, curve in curves.items() for _ in [*curve.width, 0]]
    gain = np.concatenate([[*(curve.slope - 1), -1] for curve in curves.values()])
    most = np.concatenate([[*curve.width, limits[name].highest] for name, curve in curves.items()])
    rows = [[1.0 * (each == name) for each in names] for name in curves]
    upper = [*rows, *(-np.array(row) for row in rows), np.ones(len(names))]
    bound = [*(limits[name].highest for name in curves), *(-limits[name].lowest for name in curves), total]
    solved = linprog(-gain, A_ub=np.array(upper), b_ub=bound, bounds=[(0, each) for each in most], method="highs")
    assert net(curves, found.spent) == pytest.approx(-solved.fun, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(cases(), st.floats(0.01, 2))
def test_moving_money_never_improves(case, step):
    curves, limits, total = case
    found = share_out(curves, total, limits)
    for giver, taker in product(curves, curves):
        moved = {**found.spent, giver: found.spent[giver] - step}
        moved[taker] += step
        fits = all(limits[name].lowest <= moved[name] <= limits[name].highest for name in curves)
        assert not fits or net(curves, moved) <= net(curves, found.spent) + 1e-7


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(2, 40), st.floats(5, 300)), min_size=2, max_size=4), st.floats(10, 400))
def test_smooth_curves_end_with_equal_marginal_returns(uses, total):
    """x → a x / (1 + x/b), whose marginal return is a / (1 + x/b)²: equal at the optimum wherever something is spent."""
    grid = np.linspace(0, 400, 4_001)
    curves = {f"use{place}": sampled(grid, a * grid / (1 + grid / b)) for place, (a, b) in enumerate(uses)}
    found = share_out(curves, total, {})
    returns = {name: a / (1 + found.spent[name] / b) ** 2 for (a, b), name in zip(uses, curves, strict=True)}
    inner = [returns[name] for name, spent in found.spent.items() if 0 < spent < 399.9]
    assume(len(inner) > 1)
    assert max(inner) / min(inner) < 1.05
    floor = found.price if found.left == 0 else 1.0
    assert all(returns[name] <= floor * 1.05 for name, spent in found.spent.items() if spent == 0)


def test_what_does_not_bring_itself_back_is_not_spent():
    curves = {"good": Curve(np.array([10.0]), np.array([1.5])), "bad": Curve(np.array([10.0]), np.array([0.9]))}
    found = share_out(curves, 30, {})
    assert found.spent == {"good": 10, "bad": 0}
    assert found.left == 20
    assert found.price == 0


def test_a_floor_is_spent_whatever_it_brings():
    curves = {"good": Curve(np.array([10.0]), np.array([3.0])), "bad": Curve(np.array([2.0]), np.array([0.5]))}
    assert share_out(curves, 8, {"bad": Limits(5, 9)}).spent == {"good": 3, "bad": 5}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 50), st.floats(0.1, 9)), min_size=1, max_size=30), st.floats(0, 200))
def test_a_ranked_list_is_worth_what_its_best_are(things, budget):
    value, cost = (np.array(each) for each in zip(*things, strict=True))
    curve = ranked(value, cost, pieces=1_000)
    order = sorted((each for each in things if each[0] > 0), key=lambda each: -each[0] / each[1])
    left, worth = budget, 0.0
    for brings, takes in order:
        worth += brings * min(1.0, left / takes)
        left = max(left - takes, 0.0)
    assert curve.worth(budget) == pytest.approx(worth, rel=1e-9, abs=1e-9)
    assert np.all(np.diff(curve.slope) <= 1e-9)


def test_joining_neighbours_loses_next_to_nothing():
    rng = np.random.default_rng(3)
    value, cost = rng.lognormal(2, 1, 5_000), rng.uniform(1, 4, 5_000)
    fine, rough = ranked(value, cost, pieces=10_000), ranked(value, cost)
    assert len(rough.width) == 200
    assert fine.most == pytest.approx(rough.most)
    for part in (0.05, 0.2, 0.5, 0.9):
        assert rough.worth(part * fine.most) == pytest.approx(fine.worth(part * fine.most), rel=0.005)


def test_pooled_uses_are_one_use_whose_money_goes_to_the_better():
    one, other = Curve(np.array([5.0, 5.0]), np.array([4.0, 1.0])), Curve(np.array([10.0]), np.array([2.0]))
    both = bounded({"one": one, "other": other}, {})
    assert both.worth(8) == 5 * 4 + 3 * 2
    assert both.marginal(5) == 2
    assert (both.last(5), both.last(21), both.marginal(20)) == (4, 0, 0)
    assert both.up_to(7).most == 7


@settings(max_examples=200, deadline=None)
@given(cases(), cases(), st.integers(0, 30))
def test_limits_of_channels_within_a_use_hold_and_no_choice_is_better(inner, outer, more):
    """A use of several channels beside other uses, each within its limits: linear programming over all pieces agrees."""
    channels, limits, _ = inner
    channels = {f"channel{place}": curve for place, curve in enumerate(channels.values())}
    limits = {f"channel{place}": each for place, each in enumerate(limits.values())}
    others, bounds, _ = outer
    whole = bounded(channels, limits)
    floor = sum(each.lowest for each in limits.values())
    uses, held = {**others, "channels": whole}, {**bounds, "channels": Limits(floor)}
    total = sum(each.lowest for each in held.values()) + more
    found = share_out(uses, total, held)
    split = share_out(channels, found.spent["channels"], limits, worth_it=0.0)
    for name, spent in split.spent.items():
        assert limits[name].lowest - 1e-9 <= spent <= limits[name].highest + 1e-9
    assert sum(split.spent.values()) + split.left == pytest.approx(found.spent["channels"])
    assert sum(curve.worth(split.spent[name]) for name, curve in channels.items()) == pytest.approx(
        whole.worth(found.spent["channels"])
    )
    alone = share_out({**others, **channels}, total, {**bounds, **limits})
    every = {name: {**found.spent, **split.spent}[name] for name in {**others, **channels}}
    assert net({**others, **channels}, every) == pytest.approx(net({**others, **channels}, alone.spent), abs=1e-7)


def test_channels_not_at_a_limit_return_the_same_at_the_margin():
    """Three smooth channels against a numerical optimiser; one is held up by its floor, one held back by its ceiling."""
    grid = np.linspace(0, 400, 4_001)
    shapes = {"a": (9.0, 60.0), "b": (6.0, 80.0), "c": (3.0, 50.0), "d": (8.0, 70.0)}
    limits = {"c": Limits(lowest=60), "d": Limits(highest=20)}
    curves = {name: sampled(grid, a * grid / (1 + grid / b)) for name, (a, b) in shapes.items()}
    whole = bounded(curves, limits)
    split = share_out(curves, 200.0, limits, worth_it=0.0).spent

    def worth(spent):
        return sum(a * x / (1 + x / b) for x, (a, b) in zip(spent, shapes.values(), strict=True))

    ends = [(limits.get(name, Limits()).lowest, min(limits.get(name, Limits()).highest, 400)) for name in shapes]
    even = {"type": "eq", "fun": lambda spent: 200 - spent.sum()}
    best = minimize(lambda spent: -worth(spent), [60, 60, 60, 20], bounds=ends, constraints=[even], method="SLSQP")
    assert [split[name] for name in shapes] == pytest.approx(list(best.x), abs=0.3)
    assert (split["c"], split["d"]) == (60, 20)
    assert whole.worth(200) == pytest.approx(-best.fun, rel=1e-4)
    returns = {name: a / (1 + split[name] / b) ** 2 for name, (a, b) in shapes.items()}
    assert returns["a"] == pytest.approx(returns["b"], rel=0.01)
    assert returns["c"] < returns["a"] < returns["d"]


@pytest.mark.parametrize(
    ("limits", "total", "said"),
    [({"use": Limits(5, 2)}, 10, "at least 5"), ({"use": Limits(50)}, 10, "floors"), ({}, -1, "at least 0")],
)
def test_what_cannot_be_is_refused(limits, total, said):
    with pytest.raises(DataError, match=said):
        share_out({"use": Curve(np.array([1.0]), np.array([2.0]))}, total, limits)


@pytest.mark.parametrize(("spent", "value"), [([0, 1, 1], [0, 1, 2]), ([0, 1], [0, 1, 2])])
def test_curves_need_rising_money(spent, value):
    with pytest.raises(DataError):
        sampled(spent, value)


def test_a_cost_of_nothing_is_refused():
    with pytest.raises(DataError, match="above 0"):
        ranked([1.0, 2.0], [1.0, 0.0])
