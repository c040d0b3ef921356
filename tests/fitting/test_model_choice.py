import numpy as np
import pytest

from spectra.fitting.fit_law import fit_law
from spectra.fitting.model_choice import aicc, choose_law

STEPS = np.geomspace(1, 1e4, 100)


def noisy(curve, seed=0, scatter=0.01):
    return curve * np.exp(scatter * np.random.default_rng(seed).standard_normal(curve.size))


def test_a_curve_with_a_floor_is_told_from_one_without():
    with_floor = choose_law(STEPS, noisy(2 + 5 * STEPS**-0.5), ["power", "floor"])
    without = choose_law(STEPS, noisy(5 * STEPS**-0.5), ["power", "floor"])
    assert (with_floor.name, without.name) == ("floor", "power")
    assert with_floor.fit is with_floor.fits["floor"]
    assert with_floor.table["chosen"].to_list() == [False, True]
    assert set(with_floor.forecasts["law"]) == {"power", "floor"}


def test_the_order_of_the_laws_changes_nothing():
    y = noisy(2 + 5 * STEPS**-0.5, seed=1)
    first, second = choose_law(STEPS, y, ["power", "floor"]), choose_law(STEPS, y, ["floor", "power"])
    assert first.name == second.name
    assert first.table["aicc"].to_list() == second.table["aicc"].to_list()[::-1]


def test_aicc_of_white_residuals_is_the_textbook_formula():
    y = noisy(5 * STEPS**-0.5, seed=2)
    fit = fit_law(STEPS, y, law="power", objective="gaussian")
    n, k = fit.effective_points, 3
    squares = np.mean(np.square(np.log(y / fit.fitted)))
    expected = n * np.log(squares) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    assert aicc({"power": fit}, y)["power"] == pytest.approx(expected, rel=1e-12)


def test_a_short_curve_is_decided_by_the_criterion_and_says_so():
    x = np.arange(1.0, 8.0)
    choice = choose_law(x, noisy(5 * x**-0.5), ["power", "floor"])
    assert choice.name == "power"
    assert any("AICc decided" in sentence for sentence in choice.warnings)
    assert choice.table["backtest_error"].isna().all()


@pytest.mark.parametrize("scatter", [0.0, 0.01])
def test_of_a_curve_that_does_not_fall_no_law_is_chosen(scatter):
    choice = choose_law(STEPS, noisy(np.full(STEPS.size, 3.0), scatter=scatter), ["power", "floor", "shifted"])
    assert choice.name is None
    assert "does not fall" in choice.warnings[0]
    assert not choice.table["chosen"].any()
    with pytest.raises(ValueError, match="no law was chosen"):
        _ = choice.fit


def test_one_law_is_no_choice():
    with pytest.raises(ValueError, match="nothing to choose"):
        choose_law(STEPS, 5 * STEPS**-0.5, ["power"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_choice_is_right_in_most_curves():
    right = 0
    for seed in range(40):
        right += choose_law(STEPS, noisy(2 + 5 * STEPS**-0.5, seed), ["power", "floor", "broken"]).name == "floor"
    assert right >= 30
