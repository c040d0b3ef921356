import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from spectra.fitting import fit_power_law
from spectra.fitting.power_law_warnings import floor_correlation
from spectra.fitting.projection import WeightedCurve, project

STEPS = np.arange(1.0, 61.0)


def noisy(generator, *, floor, scatter=0.02, amplitude=5.0, exponent=0.5):
    return (floor + amplitude * STEPS**-exponent) * (1 + scatter * generator.standard_normal(STEPS.size))


@pytest.mark.parametrize("exponent", [-2.0, -0.3, 0.05, 0.7, 3.0])
@pytest.mark.parametrize("floor", [0.0, 2.0])
def test_exact_curves_are_recovered_to_rounding(exponent, floor):
    law = fit_power_law(STEPS, floor + 5 * STEPS**-exponent, floor=floor > 0)
    np.testing.assert_allclose([law.amplitude, law.exponent, law.floor], [5, exponent, floor], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(law.predict(STEPS), floor + 5 * STEPS**-exponent, rtol=1e-12)


def test_the_fit_solves_the_score_equations_of_relative_noise():
    y = noisy(np.random.default_rng(0), floor=2.0, scatter=0.2)
    law = fit_power_law(STEPS, y, floor=True)
    fitted, power = law.predict(STEPS), STEPS**-law.exponent
    relative = (y - fitted) / fitted**2
    scores = [relative @ power, relative.sum(), relative @ (power * np.log(STEPS))]
    np.testing.assert_allclose(scores, 0, atol=1e-9)


def test_the_fit_is_the_optimum_of_its_own_objective():
    y = noisy(np.random.default_rng(1), floor=2.0)
    law = fit_power_law(STEPS, y, floor=True)
    fitted = law.predict(STEPS)
    other = least_squares(lambda p: (y - p[0] - p[1] * STEPS ** -p[2]) / fitted, [1.5, 4, 0.7], xtol=1e-15, gtol=1e-15)
    np.testing.assert_allclose([law.floor, law.amplitude, law.exponent], other.x, rtol=1e-6)
    assert law.profile["objective"].min() == pytest.approx(2 * other.cost, rel=1e-9)
    assert law.relative_residual == pytest.approx(np.sqrt(2 * other.cost / STEPS.size), rel=1e-9)


def test_without_a_floor_small_noise_gives_the_regression_of_logarithms():
    y = noisy(np.random.default_rng(2), floor=0.0, scatter=1e-5)
    slope, intercept = np.polyfit(np.log(STEPS), np.log(y), 1)
    law = fit_power_law(STEPS, y, floor=False)
    np.testing.assert_allclose([law.exponent, np.log(law.amplitude)], [-slope, intercept], atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(-9, 9), st.floats(-9, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_units_and_row_order_change_only_the_units_of_the_result(log_x, log_y, floor, seed):
    generator, x_unit, y_unit = np.random.default_rng(seed), 10.0**log_x, 10.0**log_y
    y, order = noisy(generator, floor=2.0), generator.permutation(STEPS.size)
    law, other = (
        fit_power_law(STEPS, y, floor=floor),
        fit_power_law(x_unit * STEPS[order], y_unit * y[order], floor=floor),
    )
    amplitude = law.amplitude * y_unit * x_unit**law.exponent
    np.testing.assert_allclose([other.exponent, other.amplitude], [law.exponent, amplitude], rtol=1e-6)
    np.testing.assert_allclose(
        [other.floor, other.relative_residual], [law.floor * y_unit, law.relative_residual], rtol=1e-6
    )
    assert other.intervals["exponent"].low == pytest.approx(law.intervals["exponent"].low, rel=1e-5)
    assert other.effective_points == pytest.approx(law.effective_points, rel=1e-6)


def test_intervals_match_linear_theory_when_noise_is_small():
    generator, scatter = np.random.default_rng(3), 1e-4
    law = fit_power_law(STEPS, noisy(generator, floor=2.0, scatter=scatter), floor=True)
    model, power = 2 + 5 * STEPS**-0.5, STEPS**-0.5
    jacobian = np.stack([power, -5 * np.log(STEPS) * power, np.ones_like(power)], axis=1) / model[:, None]
    errors = law.relative_residual * np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    factor = np.sqrt(law.points / (law.effective_points - 3)) * np.sqrt(law.points / law.effective_points)
    for name, error in zip(("amplitude", "exponent", "floor"), errors, strict=True):
        interval = law.intervals[name]
        assert (interval.high - interval.low) / 2 == pytest.approx(2.0 * error * factor, rel=0.05)


def test_smoothed_curves_get_wider_intervals():
    generator = np.random.default_rng(4)
    x = np.arange(1.0, 401.0)
    noise = generator.standard_normal(x.size + 19)
    white, smooth = noise[19:], np.convolve(noise, np.full(20, 20**-0.5), mode="valid")
    widths = []
    for errors in (white, smooth):
        law = fit_power_law(x, (2 + 5 * x**-0.5) * (1 + 0.01 * errors), floor=True)
        widths.append(law.intervals["exponent"].high - law.intervals["exponent"].low)
    assert widths[1] > 2 * widths[0]
    assert any("correlated" in sentence for sentence in law.warnings)


@pytest.mark.parametrize("floor", [False, True])
def test_flat_curves_have_exponent_zero_inside_or_nothing_to_say(floor):
    law = fit_power_law(STEPS, noisy(np.random.default_rng(10), floor=3.0, amplitude=0.0), floor=floor)
    assert law.intervals["exponent"].low <= 0 <= law.intervals["exponent"].high
    np.testing.assert_allclose(law.predict(STEPS), 3, rtol=0.05)
    if floor:
        assert any("A constant cannot be excluded" in sentence for sentence in law.warnings)
        assert law.intervals["exponent"].high == np.inf
        assert law.intervals["floor"].low == 0 < law.intervals["floor"].high < 4


def test_noise_around_a_constant_is_seldom_taken_for_a_power_law():
    # Without the test against a constant, one point that stands off at the end of the curve gives an exponent of -20.
    generator, taken = np.random.default_rng(9), 0
    for _ in range(100):
        law = fit_power_law(STEPS, noisy(generator, floor=3.0, amplitude=0.0), floor=True)
        taken += not law.intervals["exponent"].low <= 0 <= law.intervals["exponent"].high
    assert taken <= 7


def test_rising_curves_have_negative_exponents():
    law = fit_power_law(STEPS, 1 + 0.1 * STEPS**0.8, floor=True)
    assert law.exponent == pytest.approx(-0.8)


def test_as_many_points_as_parameters_bound_nothing():
    law = fit_power_law([1, 10], [3.0, 2.0], floor=False)
    assert law.exponent == pytest.approx(np.log10(1.5))
    assert (law.intervals["exponent"].low, law.intervals["exponent"].high) == (-np.inf, np.inf)
    assert (law.intervals["amplitude"].low, law.intervals["amplitude"].high) == (0, np.inf)
    assert any("infinite" in sentence for sentence in law.warnings)


def test_huge_ranges_neither_overflow_nor_lose_digits():
    x = np.geomspace(1, 1e12, 40)
    law = fit_power_law(x, 1e-30 * x**-3.0, floor=False)
    np.testing.assert_allclose([law.exponent, law.amplitude], [3, 1e-30], rtol=1e-10)
    law = fit_power_law(x, 1e-10 + x**-2.0, floor=True)
    np.testing.assert_allclose([law.exponent, law.amplitude, law.floor], [2, 1, 1e-10], rtol=1e-8)


def test_a_curve_that_is_no_power_law_is_refused_or_left_open():
    law = fit_power_law(STEPS, np.exp(-STEPS), floor=True)
    assert any("did not settle" in sentence for sentence in law.warnings)
    assert law.intervals["exponent"].high == np.inf


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9)), min_size=3, max_size=12), st.booleans())
def test_any_positive_data_are_fitted_or_refused_with_intervals_around_the_estimates(points, floor):
    x, y = np.array(points).T
    try:
        law = fit_power_law(x, y, floor=floor)
    except ValueError as error:
        assert "different x" in str(error)  # noqa: PT017
        return
    for _, row in law.rows("any").iterrows():
        assert row["low"] <= row["estimate"] <= row["high"]
    assert not np.isnan(law.predict(x)).any()


def test_floor_and_exponent_that_cannot_be_told_apart_are_warned_about():
    x = np.geomspace(1, 8, 30)
    y = (1 + 3 * x**-0.1) * (1 + 1e-5 * np.random.default_rng(6).standard_normal(30))
    law = fit_power_law(x, y, floor=True)
    assert any("not identified" in sentence for sentence in law.warnings)


def test_correlation_of_floor_and_exponent_follows_the_information_bound():
    x = np.geomspace(1, 1e3, 2000)
    model = 1 + x**-0.5
    curve = WeightedCurve(np.log(x) - np.log(x).mean(), np.log(model), np.log(model), floor=True)
    jacobian = np.stack([x**-0.5, -np.log(x) * x**-0.5, np.ones_like(x)], axis=1) / model[:, None]
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    expected = covariance[1, 2] / np.sqrt(covariance[1, 1] * covariance[2, 2])
    assert floor_correlation(curve, project(curve, np.array([0.5]))) == pytest.approx(expected, abs=1e-9)


def test_points_that_share_an_x_do_not_depend_on_their_order():
    x = np.repeat(np.geomspace(1, 100, 12), 4)
    generator = np.random.default_rng(7)
    y = (1 + 3 * x**-0.6) * (1 + 0.02 * generator.standard_normal(x.size))
    order = generator.permutation(x.size)
    law, other = fit_power_law(x, y, floor=True), fit_power_law(x[order], y[order], floor=True)
    assert law.effective_points == pytest.approx(other.effective_points, rel=1e-9)


def test_rows_name_each_fitted_parameter_once():
    law = fit_power_law(STEPS, noisy(np.random.default_rng(8), floor=2.0), floor=True, level=0.9)
    rows = law.rows("loss")
    assert list(rows.columns) == ["curve", "model", "parameter", "estimate", "low", "high", "level"]
    assert rows["parameter"].to_list() == ["amplitude", "exponent", "floor"]
    assert set(rows["model"]) == {"floor"}
    assert (rows["low"] <= rows["estimate"]).all()
    assert (rows["estimate"] <= rows["high"]).all()
    assert set(fit_power_law(STEPS, STEPS, floor=False).rows("c")["model"]) == {"power"}
