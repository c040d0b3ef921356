"""Every law against its formula, and its derivatives against differences."""

import numpy as np
import pytest

from spectra.fitting.fit_input import law_points
from spectra.fitting.fit_law import fit_law
from spectra.fitting.law_bending import law_bending
from spectra.fitting.law_catalog import LAWS
from spectra.fitting.objectives import Relative

X = np.geomspace(2, 3e3, 25)
GENERATOR = np.random.default_rng(0)
BOTH = {"size": np.exp(GENERATOR.uniform(2, 9, 40)), "data": np.exp(GENERATOR.uniform(1, 8, 40))}
PARAMETERS = {
    "power": {"amplitude": 3.0, "exponent": 0.4},
    "floor": {"amplitude": 3.0, "exponent": 0.4, "floor": 1.2},
    "shifted": {"amplitude": 3.0, "exponent": 0.4, "shift": 20.0, "floor": 1.2},
    "two_term": {"amplitude": 3.0, "exponent": 0.9, "slow_amplitude": 1.5, "slow_exponent": 0.1},
    "cut_off": {"amplitude": 3.0, "exponent": 0.4, "cut_off": 500.0, "floor": 1.2},
    "broken": {"amplitude": 3.0, "exponent": 0.2, "change": 0.5, "break": 100.0, "width": 0.3, "floor": 0.7},
    "joint": {"size_amplitude": 8.0, "size_exponent": 0.4, "data_amplitude": 5.0, "data_exponent": 0.3, "floor": 1.5},
    "kaplan": {"critical_size": 500.0, "size_exponent": 0.2, "critical_data": 90.0, "data_exponent": 0.35},
    "overtraining": {"data_rich_amplitude": 5.0, "data_poor_amplitude": 9.0, "exponent": 0.15, "floor": 1.3},
}


def formula(name, p):
    size, data = BOTH["size"], BOTH["data"]
    compute, ratio = 6 * size * data, data / size
    return {
        "power": lambda: p["amplitude"] * X ** -p["exponent"],
        "floor": lambda: p["floor"] + p["amplitude"] * X ** -p["exponent"],
        "shifted": lambda: p["floor"] + p["amplitude"] * (X + p["shift"]) ** -p["exponent"],
        "two_term": lambda: p["amplitude"] * X ** -p["exponent"] + p["slow_amplitude"] * X ** -p["slow_exponent"],
        "cut_off": lambda: p["floor"] + p["amplitude"] * X ** -p["exponent"] * np.exp(-X / p["cut_off"]),
        "broken": lambda: (
            p["floor"]
            + p["amplitude"]
            * X ** -p["exponent"]
            * (1 + (X / p["break"]) ** (1 / p["width"])) ** (-p["change"] * p["width"])
        ),
        "joint": lambda: (
            p["floor"]
            + p["size_amplitude"] * size ** -p["size_exponent"]
            + p["data_amplitude"] * data ** -p["data_exponent"]
        ),
        "kaplan": lambda: (
            ((p["critical_size"] / size) ** (p["size_exponent"] / p["data_exponent"]) + p["critical_data"] / data)
            ** p["data_exponent"]
        ),
        "overtraining": lambda: (
            p["floor"]
            + (p["data_rich_amplitude"] * ratio ** p["exponent"] + p["data_poor_amplitude"] * ratio ** -p["exponent"])
            * compute ** -p["exponent"]
        ),
    }[name]()


def inputs(name):
    return BOTH if len(LAWS[name].variables) == 2 else X


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_its_formula(name):
    np.testing.assert_allclose(
        LAWS[name].predict(PARAMETERS[name], inputs(name)), formula(name, PARAMETERS[name]), rtol=1e-12
    )


@pytest.mark.parametrize("name", LAWS)
def test_a_law_with_one_parameter_at_zero_is_still_its_formula(name):
    law = LAWS[name]
    smaller = {**PARAMETERS[name], law.amplitudes[-1]: 0.0}
    if len(law.amplitudes) > 1:
        np.testing.assert_allclose(law.predict(smaller, inputs(name)), formula(name, smaller), rtol=1e-12)


def points_and_place(name):
    """The points of exact data of a law, and the place of its parameters."""
    law = LAWS[name]
    y = law.predict(PARAMETERS[name], inputs(name))
    points = law_points(law, inputs(name), y, weights=None, objective=Relative(), level=0.95)
    shapes = np.array(law.coordinates(PARAMETERS[name]))
    unit = points.log_unit / points.power(shapes)
    heights = np.exp(law.log_amplitudes(PARAMETERS[name]) + points.centre_columns(shapes) - unit)
    return points, np.concatenate([shapes, heights])


@pytest.mark.parametrize("name", LAWS)
def test_derivatives_are_those_of_differences(name):
    points, place = points_and_place(name)
    log_law, jacobian = points.evaluate(place)
    np.testing.assert_allclose(log_law, points.log_y, atol=1e-12)
    for at in range(place.size):
        step = np.zeros(place.size)
        step[at] = 1e-5
        difference = (points.evaluate(place + step)[0] - points.evaluate(place - step)[0]) / 2e-5
        np.testing.assert_allclose(jacobian[:, at], difference, atol=1e-8)
    assert points.estimates(place) == pytest.approx(PARAMETERS[name], rel=1e-10)


@pytest.mark.parametrize("name", LAWS)
def test_second_derivatives_are_differences_of_first_ones(name):
    points, place = points_and_place(name)
    pull = np.random.default_rng(1).standard_normal(points.count)
    bending = law_bending(points, place, points.evaluate(place)[1], pull)
    for at in range(place.size):
        step = np.zeros(place.size)
        step[at] = 1e-5
        difference = pull @ (points.evaluate(place + step)[1] - points.evaluate(place - step)[1]) / 2e-5
        np.testing.assert_allclose(bending[at], difference, atol=1e-6 * np.abs(bending).max())


@pytest.mark.parametrize("name", LAWS)
def test_exact_data_give_back_their_parameters(name):
    fit = fit_law(inputs(name), LAWS[name].predict(PARAMETERS[name], inputs(name)), law=name)
    assert fit.certificate.certified
    assert dict(fit.estimates) == pytest.approx(PARAMETERS[name], rel=1e-7)
