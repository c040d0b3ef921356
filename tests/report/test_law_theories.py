"""What the page says of theory is what the closed forms say."""

import math

import numpy as np
import pytest

from spectra.report.law_theory import loss_theory
from tests.report.law_tables import SPHERE, STREAM

# 1/2 E|f_t - f*|^2 of gradient flow at t = 1000, with 40 digits by quadrature and summation.
FLOW = {2: 0.00223015410158303308, 3: 0.00825819107450235150, 4: 0.0145618388055832345}
CONSTANTS = {2: 0.07052369794346953586850993, 3: 0.08260473131278636459689197, 4: 0.0813891061707577221656893}


@pytest.mark.parametrize("dimension", FLOW)
def test_at_rate_one_half_a_step_is_a_unit_of_time_of_the_flow(dimension):
    theory = loss_theory(SPHERE | {"dimension": dimension})
    assert theory.law.exponent == pytest.approx(1 / dimension)
    assert theory.law.constant == pytest.approx(2 * CONSTANTS[dimension], rel=1e-12)
    # Descent in steps of one is ahead of the flow by about 1 / t.
    assert float(theory.mean_loss(np.array([1000.0]))[0]) == pytest.approx(2 * FLOW[dimension], rel=1e-3)


def test_half_the_rate_takes_twice_the_steps():
    fast, slow = (loss_theory(SPHERE | {"rate": rate}) for rate in (0.5, 0.25))
    assert slow.law(2000.0) == pytest.approx(fast.law(1000.0))
    losses = [float(theory.mean_loss(np.array([step]))[0]) for theory, step in ((slow, 2000.0), (fast, 1000.0))]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


@pytest.mark.parametrize(("target", "constant"), [("neuron", 1 / 24), ("gaussian_process", 1 / 4)])
def test_kinks_and_draws_have_their_constants(target, constant):
    theory = loss_theory(SPHERE | {"dimension": 3, "target": target})
    assert theory.law.exponent == pytest.approx(1)
    assert theory.law.constant == pytest.approx(2 * constant)


@pytest.mark.parametrize("target", ["indicator", "neuron", "gaussian_process"])
@pytest.mark.parametrize("dimension", FLOW)
def test_the_modes_hold_the_whole_target_and_the_whole_loss(dimension, target):
    settings = SPHERE | {"dimension": dimension, "target": target}
    theory = loss_theory(settings)
    spectrum = theory.spectrum
    assert spectrum.tails[0] == pytest.approx(float(theory.mean_loss(np.array([0.0]))[0]))
    assert (np.diff(spectrum.eigenvalues) <= 0).all()
    exponents = spectrum.tail_law.exponent, spectrum.eigenvalue_law.exponent * theory.law.exponent
    assert exponents[0] == pytest.approx(exponents[1])
    # Degrees are blocks of equal eigenvalues: their borders scatter about the law.
    assert spectrum.eigenvalues[3000] == pytest.approx(float(spectrum.eigenvalue_law(3001.0)), rel=0.15)
    assert spectrum.tails[3000] == pytest.approx(float(spectrum.tail_law(3001.0)), rel=0.3)


@pytest.mark.parametrize(("source", "exponent"), [(0.5, 0.5), (2.5, 5 / 3)])
def test_a_stream_has_the_exponent_of_its_phase_and_its_mean_falls_so(source, exponent):
    theory = loss_theory(STREAM | {"source": source, "steps": 2000, "dimension": 256})
    late = theory.mean_loss(np.array([1000.0, 2000.0]))
    assert theory.law.exponent == pytest.approx(exponent)
    assert math.log2(late[0] / late[1]) == pytest.approx(exponent, abs=0.03)
    assert float(late[1] / theory.law(2000.0)) == pytest.approx(1, abs=0.05)
    assert float(theory.mean_loss(np.array([0.0]))[0]) == pytest.approx(1)


@pytest.mark.parametrize(
    "settings",
    [
        SPHERE | {"centered": False}, SPHERE | {"regime": "mup"}, SPHERE | {"momentum": 0.9}, SPHERE | {"gain": 1.0},
        SPHERE | {"batch_size": 16}, SPHERE | {"model": "mlp"}, STREAM | {"optimizer": "adam"},
        STREAM | {"batch_size": None}, STREAM | {"steps": 4000}, STREAM | {"rate": 0.9}, STREAM | {"capacity": 0.9},
        STREAM | {"model": "mlp"},
    ],
)  # fmt: skip
def test_what_no_theory_is_about_has_none(settings):
    assert loss_theory(settings) is None
