"""Kernels in the notebook of a person who has called `torch.set_default_device`, or opened `torch.inference_mode`."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from spectra import kernels
from tests.networks import mlp

NETWORK, INPUTS, CLASSES = mlp(), torch.randn(9, 4), torch.arange(9) % 3
OTHERS, PICTURES, CHANCES = torch.randn(5, 4), torch.randn(2, 1, 2, 2), torch.full((9, 3), 1 / 3)
DEFINITE = torch.diag(torch.arange(1.0, 10.0)) + 0.1
DRIVEN = kernels.asymmetric_least_squares(DEFINITE, torch.ones(9))
EACH = {name: 0.5 for name, _ in NETWORK.named_parameters()}

MEASURES: dict[str, Callable[[], Tensor]] = {
    "full": lambda: kernels.empirical_ntk(NETWORK, INPUTS, weights=EACH),
    "trace": lambda: kernels.empirical_ntk(NETWORK, INPUTS, OTHERS, outputs="trace"),
    "diagonal": lambda: kernels.empirical_ntk(NETWORK, INPUTS, outputs="diagonal", method="loop"),
    "products": lambda: kernels.jacobian(NETWORK, INPUTS, weights=EACH).pulled(torch.ones_like(INPUTS)[None, :, :3]),
    "sketch": lambda: kernels.sketched_features(NETWORK, INPUTS, 8),
    "laplace": lambda: posterior().predict(OTHERS).probabilities(),
    "exact laplace": lambda: (
        kernels.exact_laplace(NETWORK, INPUTS, CLASSES, prior_variance=0.1).predict(OTHERS).covariance
    ),
    "anisotropy": lambda: kernels.anisotropy_directions(NETWORK, INPUTS, 2).singular_values,
    "balanced": lambda: kernels.class_balanced(CLASSES, 5),
    "landmarks": lambda: kernels.kernel_landmarks(DEFINITE, 4).places,
    "flow": lambda: kernels.gradient_flow(DRIVEN, 1.0).train,
    "descent": lambda: kernels.gradient_descent(DRIVEN, 5, 0.01).train,
    "calibration": lambda: torch.as_tensor(kernels.calibration_error(CHANCES, CLASSES), device="cpu"),
    "anisotropy data": lambda: kernels.anisotropy_data(INPUTS[0], 5)[0],
    "rays": lambda: kernels.ray_lines(NETWORK, INPUTS).slopes,
    "scores": lambda: kernels.random_scores(4, torch.Generator()),
    "pictures": lambda: kernels.convolutional_kernel(
        PICTURES, hidden=1, activation="tanh", weight_var=2.0, bias_var=0.1
    )[1],
    "bias": lambda: torch.as_tensor(
        kernels.bias_kernel_bounds(torch.eye(4, device="cpu"), threshold=0.5).restricted, device="cpu"
    ),
}


def posterior() -> kernels.Laplace:
    features = kernels.tangent_features(NETWORK, INPUTS, rank=4)
    return kernels.accelerated_laplace(features, [(INPUTS, CLASSES)], prior_variance=0.1)


@pytest.mark.parametrize("name", MEASURES)
def test_kernels_do_not_depend_on_the_mode_of_the_caller(name):
    expected = MEASURES[name]()
    # The device meta stands for a GPU, and meets no CPU.
    for mode in (torch.device("meta"), torch.inference_mode()):
        with mode:
            found = MEASURES[name]()
        assert_close(found, expected, rtol=0, atol=0)
