import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.stats import f as f_distribution

from spectra.fitting.fit_law import fit_law

STEPS = np.arange(1.0, 61.0)
LAWS = ("power", "floor")


def noisy(generator, *, floor, scatter=0.02, amplitude=5.0, exponent=0.5):
    return (floor + amplitude * STEPS**-exponent) * (1 + scatter * generator.standard_normal(STEPS.size))


def values(fit):
    return list(fit.estimates.values())


@pytest.mark.parametrize("exponent", [-2.0, -0.3, 0.05, 0.7, 3.0])
@pytest.mark.parametrize("floor", [0.0, 2.0])
def test_exact_curves_are_recovered_to_rounding(exponent, floor):
    fit = fit_law(STEPS, floor + 5 * STEPS**-exponent, law="floor" if floor else "power")
    np.testing.assert_allclose(values(fit), [5, exponent, floor] if floor else [5, exponent], rtol=1e-10)
    np.testing.assert_allclose(fit.predict(STEPS), floor + 5 * STEPS**-exponent, rtol=1e-12)
    assert fit.certificate.certified


def test_the_fit_solves_the_score_equations_of_relative_noise():
    y = noisy(np.random.default_rng(0), floor=2.0, scatter=0.2)
    fit = fit_law(STEPS, y)
    power = STEPS ** -fit.estimates["exponent"]
    relative = (y - fit.fitted) / fit.fitted**2
    np.testing.assert_allclose([relative @ power, relative.sum(), relative @ (power * np.log(STEPS))], 0, atol=1e-9)


def test_with_its_own_weights_the_fit_is_one_of_least_squares():
    y = noisy(np.random.default_rng(1), floor=2.0)
    fit = fit_law(STEPS, y)
    other = least_squares(
        lambda p: (y - p[0] - p[1] * STEPS ** -p[2]) / fit.fitted, [1.5, 4, 0.7], xtol=1e-15, gtol=1e-15
    )
    np.testing.assert_allclose([fit.estimates[name] for name in ("floor", "amplitude", "exponent")], other.x, rtol=1e-6)
    assert fit.relative_residual == pytest.approx(np.sqrt(2 * other.cost / STEPS.size), rel=1e-9)


def test_the_profile_has_the_fit_as_its_lowest_point():
    fit = fit_law(STEPS, noisy(np.random.default_rng(1), floor=2.0))
    lowest = fit.profile.iloc[fit.profile["objective"].argmin()]
    assert (lowest["exponent"], lowest["objective"]) == (fit.estimates["exponent"], fit.objective)


def test_without_a_floor_small_noise_gives_the_regression_of_logarithms():
    y = noisy(np.random.default_rng(2), floor=0.0, scatter=1e-5)
    slope, intercept = np.polyfit(np.log(STEPS), np.log(y), 1)
    fit = fit_law(STEPS, y, law="power")
    np.testing.assert_allclose(
        [fit.estimates["exponent"], np.log(fit.estimates["amplitude"])], [-slope, intercept], atol=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(st.floats(-9, 9), st.floats(-9, 9), st.sampled_from(LAWS), st.integers(0, 2**32 - 1))
def test_units_and_row_order_change_only_the_units_of_the_result(log_x, log_y, law, seed):
    generator, x_unit, y_unit = np.random.default_rng(seed), 10.0**log_x, 10.0**log_y
    y, order = noisy(generator, floor=2.0), generator.permutation(STEPS.size)
    fit, other = fit_law(STEPS, y, law=law), fit_law(x_unit * STEPS[order], y_unit * y[order], law=law)
    expected = dict(fit.estimates)
    expected["amplitude"] *= y_unit * x_unit ** expected["exponent"]
    if law == "floor":
        expected["floor"] *= y_unit
    np.testing.assert_allclose(values(other), list(expected.values()), rtol=1e-6)
    np.testing.assert_allclose(other.residuals, fit.residuals[order], atol=1e-7)
    assert other.intervals["exponent"].low == pytest.approx(fit.intervals["exponent"].low, rel=1e-5)
    assert other.effective_points == pytest.approx(fit.effective_points, rel=1e-6)


def test_points_of_weight_two_are_points_given_twice():
    x, y = np.geomspace(1, 100, 20), np.geomspace(5, 1, 20) * (1 + 0.02 * np.random.default_rng(5).standard_normal(20))
    fit, other = fit_law(x, y, weights=np.full(20, 2.0)), fit_law(np.repeat(x, 2), np.repeat(y, 2))
    np.testing.assert_allclose(values(fit), values(other), rtol=1e-9)
    assert fit.objective == pytest.approx(other.objective, rel=1e-12)


def test_smoothed_curves_get_wider_intervals():
    generator = np.random.default_rng(4)
    x = np.arange(1.0, 401.0)
    noise = generator.standard_normal(x.size + 19)
    white, smooth = noise[19:], np.convolve(noise, np.full(20, 20**-0.5), mode="valid")
    widths = []
    for errors in (white, smooth):
        fit = fit_law(x, (2 + 5 * x**-0.5) * (1 + 0.01 * errors))
        widths.append(fit.intervals["exponent"].high - fit.intervals["exponent"].low)
    assert widths[1] > 2 * widths[0]
    assert any("correlated" in sentence for sentence in fit.warnings)


@pytest.mark.parametrize("law", LAWS)
def test_flat_curves_have_exponent_zero_inside_or_nothing_to_say(law):
    fit = fit_law(STEPS, noisy(np.random.default_rng(10), floor=3.0, amplitude=0.0), law=law)
    assert fit.intervals["exponent"].low <= 0 <= fit.intervals["exponent"].high
    np.testing.assert_allclose(fit.predict(STEPS), 3, rtol=0.05)
    if law == "floor":
        assert any("A constant cannot be excluded" in sentence for sentence in fit.warnings)
        assert fit.intervals["exponent"].high == np.inf
        assert fit.intervals["floor"].low == 0 < fit.intervals["floor"].high < 4


def test_noise_around_a_constant_is_seldom_taken_for_a_power_law():
    # Without the test against a constant, one point that stands off at the end of the curve gives an exponent of -20.
    generator, taken = np.random.default_rng(9), 0
    for _ in range(40):
        fit = fit_law(STEPS, noisy(generator, floor=3.0, amplitude=0.0))
        taken += not fit.intervals["exponent"].low <= 0 <= fit.intervals["exponent"].high
    assert taken <= 4


def test_a_curve_without_a_floor_has_zero_in_the_interval_of_its_floor():
    generator, held = np.random.default_rng(11), 0
    for _ in range(40):
        held += fit_law(STEPS, noisy(generator, floor=0.0)).intervals["floor"].low == 0
    assert held >= 35


def test_rising_curves_have_negative_exponents():
    fit = fit_law(STEPS, 1 + 0.1 * STEPS**0.8)
    assert fit.estimates["exponent"] == pytest.approx(-0.8)
    assert any("rises" in sentence for sentence in fit.warnings)


def test_as_many_points_as_parameters_bound_nothing():
    fit = fit_law([1, 10], [3.0, 2.0], law="power")
    assert fit.estimates["exponent"] == pytest.approx(np.log10(1.5))
    assert (fit.intervals["exponent"].low, fit.intervals["exponent"].high) == (-np.inf, np.inf)
    assert (fit.intervals["amplitude"].low, fit.intervals["amplitude"].high) == (0, np.inf)
    assert any("infinite" in sentence for sentence in fit.warnings)


def test_huge_ranges_neither_overflow_nor_lose_digits():
    x = np.geomspace(1, 1e12, 40)
    np.testing.assert_allclose(values(fit_law(x, 1e-30 * x**-3.0, law="power")), [1e-30, 3], rtol=1e-10)
    np.testing.assert_allclose(values(fit_law(x, 1e-10 + x**-2.0)), [1, 2, 1e-10], rtol=1e-8)


def test_a_curve_that_follows_no_such_law_is_left_open():
    fit = fit_law(STEPS, np.exp(-STEPS))
    assert fit.warnings
    assert fit.intervals["exponent"].high == np.inf


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9)), min_size=3, max_size=12), st.sampled_from(LAWS))
def test_any_positive_data_are_fitted_or_refused_with_intervals_around_the_estimates(points, law):
    x, y = np.array(points).T
    try:
        fit = fit_law(x, y, law=law)
    except ValueError as error:
        assert "different points" in str(error)  # noqa: PT017
        return
    for _, row in fit.rows("any").iterrows():
        absent = fit.constant and np.isnan(row["estimate"])  # a term of amplitude zero has no shape
        assert absent or row["low"] <= row["estimate"] <= row["high"]
    assert not np.isnan(fit.predict(x)).any()


def test_points_that_share_an_x_do_not_depend_on_their_order():
    x = np.repeat(np.geomspace(1, 100, 12), 4)
    generator = np.random.default_rng(7)
    y = (1 + 3 * x**-0.6) * (1 + 0.02 * generator.standard_normal(x.size))
    order = generator.permutation(x.size)
    fit, other = fit_law(x, y), fit_law(x[order], y[order])
    assert fit.effective_points == pytest.approx(other.effective_points, rel=1e-9)


def test_rows_name_each_fitted_parameter_once():
    fit = fit_law(STEPS, noisy(np.random.default_rng(8), floor=2.0), level=0.9)
    rows = fit.rows("loss")
    assert list(rows.columns) == ["curve", "model", "parameter", "estimate", "low", "high", "level"]
    assert rows["parameter"].to_list() == ["amplitude", "exponent", "floor"]
    assert set(rows["model"]) == {"floor"}
    assert (rows["low"] <= rows["estimate"]).all()
    assert (rows["estimate"] <= rows["high"]).all()
    assert set(fit_law(STEPS, STEPS, law="power").rows("c")["model"]) == {"power"}


@pytest.mark.parametrize("seed", range(8))
def test_a_floor_that_is_hardly_determined_is_zero_wherever_a_power_law_fits_as_well(seed):
    # Over one decade the region of the floor is a long valley, at whose end floor and exponent are held at zero.
    x, generator = np.geomspace(6.5e3, 1e5, 143), np.random.default_rng(seed)
    y = (1.7 + 3 * x**-0.4) * (1 + 0.01 * generator.standard_normal(x.size))
    floor, power = fit_law(x, y, law="floor"), fit_law(x, y, law="power")
    degrees = x.size - 3
    fits_as_well = power.objective <= floor.objective * (1 + f_distribution.isf(0.05, 1, degrees) / degrees)
    assert floor.intervals["exponent"].low > 0
    if fits_as_well:
        assert floor.intervals["floor"].low == 0
    else:
        assert floor.intervals["floor"].low < floor.estimates["floor"] * (1 - 1e-6)
