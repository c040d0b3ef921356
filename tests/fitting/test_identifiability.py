"""The information bound against a table, the inverse of the Fisher matrix, and fits of simulated data."""

import numpy as np
import pytest

from spectra.fitting.fit_input import law_points
from spectra.fitting.fit_law import fit_law
from spectra.fitting.identifiability import information_bound, shape_correlations
from spectra.fitting.law_catalog import LAWS
from spectra.fitting.objectives import Relative
from tests.fitting.test_law_catalog import PARAMETERS, inputs

# sd(exponent) * sqrt(n) * amplitude / noise and corr(exponent, floor) for floor + amplitude * x^-exponent with points
# even in log x over [1, range] and additive noise: own numbers, from the inverse of the Fisher matrix.
TABLE = [
    (0.1, 10, 56.76, 0.9996),
    (0.1, 1e2, 15.90, 0.9982),
    (0.1, 1e3, 7.907, 0.9959),
    (0.1, 1e4, 4.972, 0.9926),
    (0.5, 10, 17.77, 0.9882),
    (0.5, 1e2, 7.576, 0.9469),
    (0.5, 1e3, 5.541, 0.8738),
    (0.5, 1e4, 4.920, 0.7850),
]


@pytest.mark.parametrize(("exponent", "reach", "error", "correlation"), TABLE)
def test_the_bound_of_a_power_law_with_a_floor_is_that_of_the_table(exponent, reach, error, correlation):
    x = np.geomspace(1, reach, 4000)
    truth = {"amplitude": 3.0, "exponent": exponent, "floor": 1.0}
    errors, correlations = information_bound(LAWS["floor"], truth, x, noise=0.2)
    assert errors["exponent"] * np.sqrt(x.size) * 3.0 / 0.2 == pytest.approx(error, rel=2e-3)
    assert correlations[1, 2] == pytest.approx(correlation, abs=2e-4)


@pytest.mark.parametrize("name", LAWS)
def test_the_bound_is_the_inverse_of_the_information(name):
    law, truth = LAWS[name], PARAMETERS[name]
    columns = []
    for parameter in law.parameters:
        step = 1e-6 * truth[parameter]
        ends = [law.predict({**truth, parameter: truth[parameter] + sign * step}, inputs(name)) for sign in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * step))
    scale = np.linalg.norm(columns, axis=1)
    scaled = np.array(columns) / scale[:, None]
    expected = np.sqrt(np.diag(np.linalg.inv(scaled @ scaled.T))) / scale
    found = information_bound(law, truth, inputs(name), noise=1.0)[0]
    np.testing.assert_allclose([found[parameter] for parameter in law.parameters], expected, rtol=2e-3)


def test_points_that_tell_nothing_apart_are_refused():
    with pytest.raises(ValueError, match="do not tell the parameters"):
        information_bound(LAWS["floor"], PARAMETERS["floor"], [1.0, 2.0], noise=1.0)


def test_the_correlation_of_a_fit_is_that_of_the_inverse_information():
    x = np.geomspace(1, 1e3, 2000)
    model = 1 + x**-0.5
    points = law_points(LAWS["floor"], x, model, weights=None, objective=Relative(), level=0.95)
    place = np.array([0.5, float(np.exp(-0.5 * points.logs[0, -1] - points.log_unit)), float(np.exp(-points.log_unit))])
    jacobian = np.stack([x**-0.5, -np.log(x) * x**-0.5, np.ones_like(x)], axis=1) / model[:, None]
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    expected = covariance[1, 2] / np.sqrt(covariance[1, 1] * covariance[2, 2])
    assert shape_correlations(points, place)["exponent"] == pytest.approx(expected, abs=1e-9)


def test_estimates_scatter_as_the_bound_says():
    x, generator = np.geomspace(1, 1e3, 60), np.random.default_rng(3)
    truth = {"amplitude": 5.0, "exponent": 0.5, "floor": 2.0}
    model = LAWS["floor"].predict(truth, x)
    bound = information_bound(LAWS["floor"], truth, x, noise=0.005 * model)[0]
    found = [fit_law(x, model * (1 + 0.005 * generator.standard_normal(60))).estimates["exponent"] for _ in range(100)]
    assert np.std(found) == pytest.approx(bound["exponent"], rel=4 / np.sqrt(120))


def test_floor_and_exponent_that_cannot_be_told_apart_are_warned_about():
    x = np.geomspace(1, 8, 30)
    fit = fit_law(x, (1 + 3 * x**-0.1) * (1 + 1e-5 * np.random.default_rng(6).standard_normal(30)))
    assert fit.correlations["exponent"] > 0.99
    assert any("Floor and exponent are not identified" in sentence for sentence in fit.warnings)


def test_a_law_with_a_term_too_many_says_so():
    x = np.geomspace(1, 1e3, 60)
    fit = fit_law(x, 5 * x**-0.5 * (1 + 0.01 * np.random.default_rng(7).standard_normal(60)), law="shifted")
    assert fit.condition > 10
    assert fit.intervals["shift"].low == 0
