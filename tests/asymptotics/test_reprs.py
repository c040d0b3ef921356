"""What a result shows of itself fits on a screen and holds no arrays."""

import numpy as np
import pytest

from spectra.asymptotics import (
    HalfSpacePower,
    MiniBatchSgd,
    ShallowKernel,
    finite_spectrum,
    loss_curve,
    loss_forecast,
    propagators,
    spectrum_estimates,
    sphere_modes,
)
from tests.asymptotics.power_laws import power_law

EIGENVALUES, WEIGHTS, _ = power_law(1.5, 0.5, 900)
ESTIMATES = spectrum_estimates(finite_spectrum(EIGENVALUES, WEIGHTS))
MODES = sphere_modes(ShallowKernel(3, bias="zero"), HalfSpacePower(0))
RESULTS = [
    ESTIMATES,
    ESTIMATES.spectrum,
    ESTIMATES.nu,
    ESTIMATES.nu.windows,
    loss_forecast(ESTIMATES),
    MODES,
    loss_curve(MODES, np.logspace(0, 3, 300)),
    propagators(MiniBatchSgd(0.1, 10.0), EIGENVALUES, WEIGHTS, steps=300),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda one: type(one).__name__)
def test_results_are_shown_in_short(result):
    shown = repr(result)
    assert len(shown) < 1200
    assert "array" not in shown
    assert shown.startswith(type(result).__name__)


def test_few_points_of_a_curve_are_shown():
    assert repr(loss_curve(MODES, 1e4)) == "LossCurve(1 times: L(10000) = 0.003834172643)"
