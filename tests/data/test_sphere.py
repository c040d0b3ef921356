import math

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.data.sphere import wide_layer_covariance

DIMENSIONS = (2, 3, 4)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_means_over_the_points_are_means_over_the_sphere(dimension):
    points = Sphere(dimension, "neuron", train_examples=2000).load().inputs
    assert_close(points.norm(dim=1), torch.ones(2000))
    # Random points would miss these by about 0.01.
    assert_close(points.T @ points / 2000, torch.eye(dimension) / dimension, rtol=0, atol=1e-3)
    fourth = torch.full((dimension,), 3 / (dimension * (dimension + 2)))
    assert_close(points.pow(4).mean(0), fourth, rtol=0, atol=2e-3)


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("target", ["indicator", "neuron"])
def test_targets_have_their_mean_squares_on_both_sets(dimension, target):
    dataset = Sphere(dimension, target, train_examples=2000, test_examples=1500).load()
    expected = 1 / 2 if target == "indicator" else 1 / (2 * dimension)
    for values in (dataset.targets, dataset.test_targets):
        # Random points would miss them by about 0.011; these are counted out but for the cells on the edge.
        assert float(values.square().mean()) == pytest.approx(expected, abs=4e-3)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_first_examples_are_spread_and_the_test_points_are_others(dimension):
    dataset = Sphere(dimension, "neuron", train_examples=2000, test_examples=2000).load()
    # The mean of 500 random points is 0.045 long.
    assert float(dataset.inputs[:500].mean(0).norm()) < 0.15
    assert float((dataset.inputs @ dataset.test_inputs.T).max()) < 1 - 1e-9


def test_draws_of_the_process_have_its_covariance():
    draws = torch.cat([Sphere(3, "gaussian_process", 6, 2, data_seed=seed).load().targets for seed in range(600)], 1)
    points = Sphere(3, "gaussian_process", 6, 2).load().inputs
    expected = wide_layer_covariance(points @ points.T)
    # Products of two unit Gaussians deviate by at most sqrt(2).
    assert ((draws @ draws.T) / 600 - expected).abs().max() < 4.5 * math.sqrt(2 / 600)


def test_the_covariance_is_that_of_a_wide_layer():
    points, weights = torch.nn.functional.normalize(torch.randn(5, 3), dim=1), torch.randn(400_000, 3)
    hidden = (points @ weights.T).relu()
    assert_close(wide_layer_covariance(points @ points.T), 2 * hidden @ hidden.T / 400_000, rtol=0, atol=0.02)


def test_no_point_of_the_circle_lies_on_the_edge_of_the_hemisphere():
    points = Sphere(2, "indicator", train_examples=64).load().inputs
    assert float(points[:, 0].abs().min()) > 0.04


def test_other_dimensions_and_targets_are_refused():
    with pytest.raises(ValueError, match="2, 3 or 4"):
        Sphere(5, "neuron")
    with pytest.raises(ValueError, match="indicator"):
        Sphere(3, "cap")
