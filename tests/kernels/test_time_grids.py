"""Several times at once are those times one after the other, in front."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.dynamics import gradient_descent, gradient_flow
from spectra.kernels.dynamics_of_momentum import heavy_ball_flow
from spectra.kernels.ensembles import descent_ensemble, flow_ensemble
from spectra.kernels.least_squares import least_squares
from tests.references import symmetric_matrix

NNGP = symmetric_matrix(torch.tensor([8.0, 3.0, 1.0, 0.2, 0.1, 0.05, 0.01]))


def problem(columns: tuple[int, ...] = (3,)):
    targets = torch.randn(5, *columns, generator=torch.Generator().manual_seed(2))
    return least_squares(NNGP[:5, :5], targets, cross=NNGP[5:, :5])


WAYS = {
    "flow": (lambda times: gradient_flow(problem(), times), [0.0, 2.0, 30.0, inf]),
    "one output": (lambda times: gradient_flow(problem(()), times), [0.0, 2.0, inf]),
    "descent": (lambda steps: gradient_descent(problem(), steps, 0.3), [0, 3, 400]),
    "momentum": (lambda steps: gradient_descent(problem(), steps, 0.3, momentum=0.8), [0, 3, 400]),
    "heavy ball": (lambda times: heavy_ball_flow(problem(), times, friction=0.5), [0.0, 2.0, 30.0, inf]),
    "ensemble of flows": (lambda times: flow_ensemble(problem(), NNGP, times), [0.0, 2.0, inf]),
    "ensemble of descents": (lambda steps: descent_ensemble(problem(), NNGP, steps, 0.3), [0, 3, 400]),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_several_times_are_the_single_ones_in_front(way: str, kind):
    made, times = WAYS[way]
    together, alone = made(kind(times)), [made(time) for time in times]
    for name, found in vars(together).items():
        assert_close(found, torch.stack([getattr(one, name) for one in alone]))
        assert getattr(made(times[:1]), name).shape == (1, *getattr(alone[0], name).shape)


def test_the_shapes_of_outputs_are_those_of_the_targets():
    found = gradient_flow(problem(), [1.0, 2.0])
    assert (found.train.shape, found.test.shape, found.coefficients.shape) == ((2, 5, 3), (2, 2, 3), (2, 5, 3))
    without = gradient_flow(least_squares(NNGP, torch.randn(7)), [1.0, 2.0])
    assert (without.train.shape, without.test.shape) == ((2, 7), (2, 0))
    law = flow_ensemble(problem(), NNGP, [1.0, 2.0])
    assert (law.mean.shape, law.covariance.shape) == ((2, 2, 3), (2, 2, 2))


def test_times_keep_their_digits_in_any_default_dtype():
    linear = problem()
    torch.set_default_dtype(torch.float32)
    try:
        assert_close(gradient_flow(linear, [0.1]).train[0], gradient_flow(linear, 0.1).train, rtol=1e-13, atol=0)
    finally:
        torch.set_default_dtype(torch.float64)


@pytest.mark.parametrize("times", [-1.0, [1.0, -1.0], torch.nan, [], [[1.0]], "now", None, 1j])
def test_times_that_are_none_are_refused(times):
    for way in ("flow", "heavy ball", "ensemble of flows"):
        with pytest.raises(ValueError, match=r"a time of .* is not possible"):
            WAYS[way][0](times)


@pytest.mark.parametrize("steps", [-1, [1, -1], 1.5, [1.0], True, [], [[1]], "now", None])
def test_steps_that_are_none_are_refused(steps):
    for way in ("descent", "momentum", "ensemble of descents"):
        with pytest.raises(ValueError, match="steps are not possible"):
            WAYS[way][0](steps)
