"""Wide networks that were really trained, against the law that infinitely wide ones follow."""

import pytest
import torch
from torch.func import grad, vmap

from spectra.kernels.dynamics import gradient_descent, maximal_rate
from spectra.kernels.ensembles import descent_ensemble
from spectra.kernels.infinite import mlp_kernel
from spectra.kernels.least_squares import least_squares
from tests.kernels.infinite_width import network, shapes

ANGLES = torch.tensor([-2.5, -1.0, 0.3, 1.4, 0.8, -0.4, 2.4])
POINTS = torch.stack([ANGLES.cos(), ANGLES.sin()], 1)  # four points of a circle to train on, three to test
TARGETS, STEPS = torch.tensor([0.5, -1.0, 1.0, 0.2]), 60


def trained(width, count):
    """Outputs of `count` networks before and after descent at half the largest rate of the limit, (2, count, 7)."""
    parameters = {name: torch.randn(count, *shape) for name, shape in shapes(width, 1, 2).items()}

    def outputs(weights):
        return vmap(lambda x: network(weights, x))(POINTS)

    def loss(weights):
        return (outputs(weights)[:4] - TARGETS).square().mean() / 2

    before = vmap(outputs)(parameters)
    for _ in range(STEPS):
        slopes = vmap(grad(loss))(parameters)
        for name, slope in slopes.items():
            parameters[name] -= RATE * slope
    return torch.stack([before, vmap(outputs)(parameters)])


NNGP, TANGENT = mlp_kernel(POINTS, hidden=2, activation="erf", weight_var=1.5, bias_var=0.3)
LIMIT = least_squares(TANGENT[:4, :4], TARGETS, cross=TANGENT[4:, :4])
RATE = 0.5 * maximal_rate(LIMIT)


def linearized(before):
    """What the limit's kernel makes of the outputs that a network started with."""
    return torch.stack(
        [
            gradient_descent(
                least_squares(TANGENT[:4, :4], TARGETS, start=one[:4], cross=TANGENT[4:, :4], cross_start=one[4:]),
                STEPS,
                RATE,
            ).test
            for one in before
        ]
    )


@pytest.mark.slow
def test_the_ends_of_training_have_the_mean_and_covariance_of_the_limit():
    law, ends = descent_ensemble(LIMIT, NNGP, STEPS, RATE), trained(256, 100)[1, :, 4:]
    spread = law.covariance.diagonal()
    assert ((ends.mean(0) - law.mean).abs() < 4 * (spread / 100).sqrt()).all()
    error = (spread[:, None] * spread + law.covariance.square()).sqrt() / 10
    assert ((torch.cov(ends.T) - law.covariance).abs() < 4 * error).all()


def test_wider_networks_are_closer_to_the_prediction_from_their_own_start():
    errors = []
    for width in (16, 256):
        before, after = trained(width, 10)
        errors.append(float((after[:, 4:] - linearized(before)).square().mean().sqrt()))
    assert errors[1] < 0.5 * errors[0]
