"""The curvature from a small matrix is that of the dense Hessian over all weights."""

import pytest
import torch
from numpy.testing import assert_allclose
from torch.autograd.functional import hessian, jacobian

from spectra.asymptotics.linear_network import linear_state
from spectra.asymptotics.linear_network_curvature import linear_curvature
from spectra.asymptotics.linear_network_training import linear_descent
from tests.asymptotics.dense_linear_network import WRITINGS, drawn_weights, slope, task, torch_network


@pytest.mark.parametrize("writing", ["unit variance", "slow hidden layer"])
@pytest.mark.parametrize("width", [1, 3, 5, 6, 7, 12])
def test_the_curvature_is_that_of_the_dense_hessian(width, writing):
    examples, (multiplier, first, second) = task(), WRITINGS[writing]
    hidden, readout = drawn_weights(width, 5, seed=width)
    flat, loss = torch_network((hidden, readout), multiplier, examples)
    roots = torch.cat([torch.full((width * 5,), first), torch.full((width,), second)]).sqrt()
    dense = torch.linalg.eigvalsh(roots[:, None] * hessian(loss, flat) * roots)
    start = linear_state(hidden, readout, multiplier=multiplier, hidden_rate=first, readout_rate=second)
    found = linear_curvature(examples, start)
    assert_allclose(found.largest, dense[-1], rtol=1e-11)
    if width > 6:
        assert_allclose(found.smallest, dense[0], rtol=1e-11)
    assert found.smallest <= dense[0] + 1e-12


def test_the_parts_of_the_curvature_are_those_of_the_dense_matrices():
    examples, (multiplier, first, second) = task(), WRITINGS["slow hidden layer"]
    hidden, readout = drawn_weights(9, 5)
    flat, loss = torch_network((hidden, readout), multiplier, examples)
    roots = torch.cat([torch.full((45,), first), torch.full((9,), second)]).sqrt()
    features = torch.from_numpy(examples.features) / 5**0.5

    def outputs(vector):
        return multiplier * features @ vector[:45].reshape(9, 5).T @ vector[45:]

    slopes = jacobian(outputs, flat) * roots
    gauss_newton = 2 / 20 * slopes.T @ slopes
    residual = roots[:, None] * hessian(loss, flat) * roots - gauss_newton
    start = linear_state(hidden, readout, multiplier=multiplier, hidden_rate=first, readout_rate=second)
    found = linear_curvature(examples, start)
    assert_allclose(found.gauss_newton, torch.linalg.eigvalsh(gauss_newton)[-1], rtol=1e-11)
    assert_allclose(found.residual, torch.linalg.eigvalsh(residual)[-1], rtol=1e-11)


def test_curvature_late_in_training_is_still_that_of_the_dense_hessian():
    examples, width, rate = task(), 8, 0.25
    hidden, readout = drawn_weights(width, 5, seed=3)
    multiplier, relative = WRITINGS["unit variance"][0], 6.0
    flat, loss = torch_network((hidden, readout), multiplier, examples)
    for _ in range(60):
        flat = flat.detach() - rate * relative * slope(loss, flat)
    start = linear_state(hidden, readout, multiplier=multiplier, hidden_rate=relative, readout_rate=relative)
    end = linear_descent(examples, start, rate=rate, steps=[60])
    found = linear_curvature(examples, end).largest
    assert found.shape == (1,)
    assert_allclose(found, relative * torch.linalg.eigvalsh(hessian(loss, flat))[-1:], rtol=1e-10)
