from math import sqrt

import pytest
import torch
from scipy.stats import beta
from torch.testing import assert_close

from spectra.features import (
    cosines,
    covariance_eigenvalues,
    neighbour_dimension,
    quasi_orthogonality,
    separability_dimension,
    spectral_dimensions,
    sphere_dimension,
)

MEASURES = [cosines, quasi_orthogonality, spectral_dimensions, separability_dimension, neighbour_dimension]


@pytest.mark.parametrize("dimension", [3, 20])
def test_cosines_of_isotropic_features_are_those_of_a_sphere(dimension):
    found = quasi_orthogonality(torch.randn(1000, dimension), epsilon=0.2, centred=False)
    pairs, half = 1000 * 999 / 2, (dimension - 1) / 2
    share = 1 - 2 * beta.cdf(0.4, half, half)
    assert abs(found.share - share) < 4 * sqrt(share * (1 - share) / pairs)
    assert abs(found.mean_square - 1 / dimension) < 4 * sqrt(2 / pairs) / dimension
    assert abs(found.mean) < 0.01
    assert found.deviation == pytest.approx(sqrt(found.mean_square - found.mean**2))


def test_the_corners_of_a_simplex_have_equal_cosines():
    found = quasi_orthogonality(torch.eye(5))
    assert found.mean == pytest.approx(-1 / 4)
    assert found.deviation == pytest.approx(0, abs=1e-7)
    assert (found.share, found.mean_square) == (0, pytest.approx(1 / 16))
    assert quasi_orthogonality(torch.eye(5), centred=False).share == 1
    assert_close(
        cosines(torch.tensor([[1.0, 0], [1, 1], [0, 2]]), centred=False), torch.tensor([0.5**0.5, 0, 0.5**0.5])
    )


def test_spectral_dimensions_count_equal_eigenvalues():
    found = spectral_dimensions(torch.cat([torch.eye(7), -torch.eye(7)]))
    assert found.principal == 7
    assert found.participation == pytest.approx(7)
    assert found.entropy == pytest.approx(7)


def test_spectral_dimensions_of_eigenvalues_that_are_known():
    scales = torch.tensor([4.0, 2, 1.5, 1.2])
    features = torch.cat([torch.diag(scales), -torch.diag(scales)]) + 3
    assert_close(covariance_eigenvalues(features), scales.square() / 4)
    found = spectral_dimensions(features)
    parts = scales.square() / scales.square().sum()
    assert found.principal == 3  # of 16, 4, 2.25 and 1.44 those above 1.6
    assert found.participation == pytest.approx(float(1 / parts.square().sum()))
    assert found.entropy == pytest.approx(float((-parts * parts.log()).sum().exp()))


def test_the_participation_ratio_of_a_small_sample_is_that_of_theory():
    found = [spectral_dimensions(torch.randn(200, 100)).participation for _ in range(10)]
    assert sum(found) / 10 == pytest.approx(100 * 200 / 300, rel=0.01)


@pytest.mark.parametrize("dimension", [3, 8, 30])
def test_separability_finds_the_dimension_of_a_sphere_in_a_larger_space(dimension):
    rotation = torch.linalg.qr(torch.randn(60, 60)).Q[:dimension]
    found = separability_dimension(torch.randn(2000, dimension) @ rotation + 5)
    assert found.value == pytest.approx(dimension, rel=0.03)
    assert found.inseparable == pytest.approx(0.01, rel=1e-3)
    assert found.directions == dimension
    fixed = separability_dimension(torch.randn(2000, dimension) @ rotation, alpha=0.3)
    assert fixed.alpha == 0.3
    assert fixed.value == pytest.approx(dimension, rel=0.03)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_caps_of_the_circle_and_of_the_ball_are_inverted_exactly(alpha):
    assert sphere_dimension(float(torch.tensor(alpha).acos() / torch.pi), alpha) == pytest.approx(2, rel=1e-9)
    assert sphere_dimension((1 - alpha) / 2, alpha) == pytest.approx(3, rel=1e-9)


@pytest.mark.parametrize(("dimension", "discarded"), [(1, 0.1), (2, 0.1), (2, 0.0), (4, 0.3)])
def test_two_neighbours_find_the_dimension_of_a_curved_surface(dimension, discarded):
    inner = torch.rand(3000, dimension)
    features = torch.cat([inner, inner.square(), (2 * inner).sin()], 1)
    found = neighbour_dimension(features, discarded=discarded)
    # Points near the edge have their neighbours on one side, which lowers the estimate in more dimensions.
    assert abs(found.value - dimension) < 4 * found.standard_error + 0.025 * (dimension - 1)
    assert found.standard_error == pytest.approx(found.value / sqrt(found.ratios - 2))


def test_two_neighbours_of_five_points_by_hand():
    features = torch.tensor([[0.0], [1], [3], [7], [15]])
    logarithms = torch.tensor([3 / 1, 2 / 1, 3 / 2, 6 / 4, 12 / 8]).log().sort().values
    assert neighbour_dimension(features, discarded=0.0).value == pytest.approx(float(4 / logarithms.sum()))
    cut = logarithms[:4].sum() + logarithms[3]
    assert neighbour_dimension(features, discarded=0.2).value == pytest.approx(float(3 / cut))


def test_of_examples_with_the_same_features_two_neighbours_keep_one():
    features = torch.randn(300, 3)
    once = neighbour_dimension(features)
    repeated = neighbour_dimension(torch.cat([features, features[:120], features[:40]])[torch.randperm(460)])
    assert (repeated.value, repeated.ratios) == (pytest.approx(once.value), once.ratios)
    assert (once.duplicates, repeated.duplicates) == (0, 160)
    rounded = torch.cat([features, features * (1 + 4 * torch.finfo().eps)])
    assert neighbour_dimension(rounded).duplicates == 300
    apart = neighbour_dimension(torch.cat([features, features * (1 + 1e-12)]))
    assert apart.duplicates == 0
    with pytest.raises(ValueError, match="8 examples have 4 different features"):
        neighbour_dimension(features[:4].repeat(2, 1))


def test_separability_is_that_of_directions_of_equal_variance():
    variances = torch.linspace(1, 8, 8)
    assert separability_dimension(torch.randn(2000, 8) * variances.sqrt()).value == pytest.approx(8, rel=0.03)


def test_points_of_a_line_have_one_dimension_of_separability():
    line = torch.randn(300, 1) * torch.tensor([[1.0, -2, 0.5]])
    for alpha in (None, 0.5):
        found = separability_dimension(line + 1e-3 * torch.randn(300, 3), alpha=alpha)
        assert (found.value, found.directions) == (1, 1)
        assert found.inseparable == pytest.approx(0.5, abs=0.02)
    points = torch.randn(200, 4)
    # As many points at one place as make more than 1 % of the pairs; their cosines are 1 whatever alpha is.
    assert separability_dimension(torch.cat([points, points[:1].repeat(40, 1)])).value == 1
    assert separability_dimension(torch.cat([points, points[:1].repeat(15, 1)])).value > 1.5


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_no_matrix_of_features_is_refused(measure):
    with pytest.raises(TypeError, match="a list was given"):
        measure([[1.0]])
    with pytest.raises(ValueError, match="a real matrix"):
        measure(torch.ones(5))
    with pytest.raises(ValueError, match="not finite"):
        measure(torch.full((6, 2), torch.nan))
    with pytest.raises(ValueError, match=r"same features|1 different features"):
        measure(torch.full((6, 2), 0.1))


def test_numbers_out_of_range_are_refused():
    features = torch.randn(6, 2)
    with pytest.raises(ValueError, match="epsilon is 2; pass a number above 0 and below 1"):
        quasi_orthogonality(features, epsilon=2)
    with pytest.raises(ValueError, match="alpha is 1; pass"):
        separability_dimension(features, alpha=1)
    with pytest.raises(ValueError, match="5 examples in 4 directions fewer than 1 %"):
        separability_dimension(torch.eye(5))
    with pytest.raises(ValueError, match="the share of inseparable pairs is 0"):
        separability_dimension(torch.cat([torch.eye(20), -torch.eye(20)]), alpha=0.99)
    with pytest.raises(ValueError, match="leaves at least 3"):
        neighbour_dimension(features, discarded=0.9)
    with pytest.raises(ValueError, match="features of 1 of 3 examples are zero"):
        cosines(torch.tensor([[0.0, 0], [1, 0], [0, 1]]), centred=False)
    with pytest.raises(ValueError, match="features of 1 of 4 examples are at their mean"):
        cosines(torch.tensor([[0.0, 1], [3, 0], [0, 0.2], [1, 0.4]]) + 0.1)
    with pytest.raises(ValueError, match="at the same distance, as on a grid"):
        neighbour_dimension(torch.arange(8.0)[:, None] % 4 + 100 * (torch.arange(8.0)[:, None] >= 4), discarded=0.5)
