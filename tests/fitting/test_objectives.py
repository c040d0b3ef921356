import numpy as np
import pytest
from scipy.optimize import linprog, minimize
from scipy.special import huber
from scipy.stats import binom
from scipy.stats import t as t_distribution

from spectra.fitting.fit_law import fit_law
from spectra.fitting.objectives import (
    OBJECTIVES,
    Absolute,
    Asymmetric,
    Huber,
    StudentT,
    objective_at,
    objective_value,
    point_weights,
)

RESIDUALS = np.array([-0.4, -0.05, -0.002, 1e-4, 0.02, 0.3, 0.9])
WEIGHTS = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0])
ROBUST = ("student_t", "huber", "absolute", "asymmetric")
X = np.geomspace(1, 1e3, 40)
Y = (2 + 5 * X**-0.5) * np.exp(0.03 * np.random.default_rng(0).standard_t(3, 40))


def value(objective, residuals=RESIDUALS, log_y=None):
    return objective_value(objective, residuals, log_y=np.zeros_like(residuals) if log_y is None else log_y)


def test_values_are_those_of_the_formulas():
    r, log_y = RESIDUALS, np.linspace(0, 2, RESIDUALS.size)
    y, m = np.exp(log_y), np.exp(log_y - RESIDUALS)
    assert value("relative", log_y=log_y) == pytest.approx(2 * np.sum(y / m - 1 - np.log(y / m)), rel=1e-12)
    assert value("gaussian") == pytest.approx(r @ r, rel=1e-15)
    assert value("additive", log_y=log_y) == pytest.approx(np.sum((y - m) ** 2), rel=1e-12)
    assert value("huber") == pytest.approx(huber(1e-3, r).sum(), rel=1e-12)
    assert value(Huber(0.1)) == pytest.approx(huber(0.1, r).sum(), rel=1e-12)
    assert value("absolute") == pytest.approx(np.abs(r).sum(), rel=1e-14)
    assert value(Asymmetric(4.0)) == pytest.approx(np.where(r > 0, r, -4 * r).sum(), rel=1e-14)


def test_student_t_is_its_likelihood_at_the_best_scale():
    scales = np.geomspace(1e-3, 1, 20001)[:, None]
    logs = t_distribution.logpdf(RESIDUALS / scales, 4) - np.log(scales)
    constant = RESIDUALS.size * 2 * t_distribution.logpdf(0, 4)
    assert value("student_t") == pytest.approx(constant - 2 * logs.sum(axis=1).max(), rel=1e-6)


def test_weights_count_points():
    doubled = objective_value("huber", RESIDUALS, log_y=RESIDUALS, weights=np.full(RESIDUALS.size, 2.0))
    assert doubled == pytest.approx(2 * value("huber"), rel=1e-14)


@pytest.mark.parametrize("name", ROBUST)
def test_a_weight_acts_on_the_residual_before_a_robust_loss(name):
    scaled = RESIDUALS * np.sqrt(WEIGHTS / WEIGHTS.mean())
    expected = WEIGHTS.mean() * value(name, scaled)
    assert objective_value(name, RESIDUALS, log_y=RESIDUALS, weights=WEIGHTS) == pytest.approx(expected, rel=1e-12)


def test_a_weighted_student_t_fit_is_the_likelihood_of_unequal_scales():
    weights = np.geomspace(1, 30, X.size)
    fit = fit_law(X, Y, law="power", objective="student_t", weights=weights)

    def cost(p):
        scales = np.exp(p[2]) / np.sqrt(weights)
        return -t_distribution.logpdf((np.log(Y) - p[0] + p[1] * np.log(X)) / scales, 4).sum() + np.log(scales).sum()

    best = minimize(cost, [1.5, 0.2, -2.0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12})
    np.testing.assert_allclose([np.log(fit.estimates["amplitude"]), fit.estimates["exponent"]], best.x[:2], rtol=1e-5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_only_ratios_of_weights_matter(name):
    weights = np.geomspace(1, 30, X.size)
    fit, other = (fit_law(X, Y, law="power", objective=name, weights=unit * weights) for unit in (1.0, 7.0))
    even, plain = (
        fit_law(X, Y, law="power", objective=name, weights=np.full(X.size, 7.0)),
        fit_law(X, Y, law="power", objective=name),
    )
    for first, second in ((fit, other), (even, plain)):
        np.testing.assert_allclose(list(first.estimates.values()), list(second.estimates.values()), rtol=1e-8)
        ends = [[(found.low, found.high) for found in each.intervals.values()] for each in (first, second)]
        np.testing.assert_allclose(ends[0], ends[1], rtol=1e-5)
    assert other.objective == pytest.approx(7 * fit.objective, rel=1e-9)


@pytest.mark.parametrize("name", ["student_t", "huber", "absolute"])
def test_intervals_of_binned_curves_cover(name):
    generator, x, held = np.random.default_rng(4), np.arange(1.0, 1001.0), 0
    bins = np.unique(np.floor(np.log10(x) * 8), return_inverse=True)[1]
    count = np.bincount(bins).astype(float)
    for _ in range(25):
        y = 5 * x**-0.5 * np.exp(0.05 * generator.standard_normal(x.size))
        middle, mean = np.exp(np.bincount(bins, np.log(x)) / count), np.bincount(bins, y) / count
        interval = fit_law(middle, mean, law="power", objective=name, weights=count).intervals["exponent"]
        held += interval.low <= 0.5 <= interval.high
    assert held >= binom.ppf(1e-4, 25, 0.95)


@pytest.mark.parametrize("weights", [np.ones(7), WEIGHTS], ids=["even", "uneven"])
@pytest.mark.parametrize("name", ["relative", "gaussian", "additive", "student_t", "huber", "asymmetric"])
def test_slopes_are_those_of_differences(name, weights):
    loss, step = OBJECTIVES[name].point_loss(), 1e-6
    slopes = loss.derivatives(RESIDUALS, weights).slope
    for at in range(RESIDUALS.size):
        moved = np.zeros_like(RESIDUALS)
        moved[at] = step
        change = weights @ (loss.value(RESIDUALS + moved, weights) - loss.value(RESIDUALS - moved, weights))
        assert change / (2 * step) == pytest.approx(weights[at] * slopes[at], rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_fit_is_certified_and_no_neighbour_is_lower(name):
    fit = fit_law(X, Y, objective=name)
    assert fit.certificate.certified
    generator, logs, log_y = np.random.default_rng(1), np.log(X)[None], np.log(Y)
    assert objective_at(fit.law, fit.estimates, logs, log_y=log_y, objective=name) == pytest.approx(
        fit.objective, abs=1e-8
    )
    for scale in (1e-2, 1e-4, 1e-6):
        for factors in np.exp(scale * generator.standard_normal((20, 3))):
            other = {name: value * factor for (name, value), factor in zip(fit.estimates.items(), factors, strict=True)}
            lowered = objective_at(fit.law, other, logs, log_y=log_y, objective=name)
            assert lowered >= fit.objective - 1e-8 * abs(fit.objective)


@pytest.mark.parametrize("penalty", [1.0, 6.0])
def test_without_a_floor_absolute_residuals_are_a_linear_programme(penalty):
    # log y = log amplitude - exponent log x, residuals up - down, cost up + penalty * down.
    columns, count = np.column_stack([np.ones(40), -np.log(X)]), X.size
    cost = np.concatenate([[0, 0], np.ones(count), penalty * np.ones(count)])
    equal = np.hstack([columns, np.eye(count), -np.eye(count)])
    best = linprog(cost, A_eq=equal, b_eq=np.log(Y), bounds=[(None, None)] * 2 + [(0, None)] * (2 * count))
    fit = fit_law(X, Y, law="power", objective=Asymmetric(penalty) if penalty > 1 else Absolute())
    assert fit.objective == pytest.approx(best.fun, abs=1e-8)
    np.testing.assert_allclose([np.log(fit.estimates["amplitude"]), fit.estimates["exponent"]], best.x[:2], atol=1e-7)


def test_an_asymmetric_fit_is_a_quantile():
    x = np.geomspace(1, 1e3, 400)
    y = (2 + 5 * x**-0.5) * np.exp(0.03 * np.random.default_rng(2).standard_normal(400))
    fit = fit_law(x, y, objective=Asymmetric(9.0))
    assert np.mean(fit.residuals < -1e-8) == pytest.approx(0.1, abs=4 / 400)


def test_one_point_far_off_does_not_move_robust_fits():
    spoilt = Y.copy()
    spoilt[20] *= 30
    for objective in ("huber", "absolute", "student_t"):
        moved = fit_law(X, spoilt, objective=objective).estimates["exponent"]
        assert moved == pytest.approx(fit_law(X, Y, objective=objective).estimates["exponent"], abs=0.05)


def test_units_of_y_scale_the_additive_objective_only():
    for name in ("relative", "additive", "huber"):
        unit = 49.0 if name == "additive" else 1.0
        assert fit_law(X, 7 * Y, objective=name).objective == pytest.approx(
            unit * fit_law(X, Y, objective=name).objective, rel=1e-9
        )
    assert point_weights(OBJECTIVES["additive"], np.log(np.array([3.0])))[0] == pytest.approx(9.0)


@pytest.mark.parametrize("wrong", [lambda: Huber(0.0), lambda: StudentT(-1.0), lambda: Asymmetric(np.inf)])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="use a positive number"):
        wrong()
