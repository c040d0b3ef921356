from math import pi, sqrt

import pytest
import torch
from scipy.integrate import quad
from torch.testing import assert_close

from spectra.features import weight_spectrum


def below(edge, ratio, low, high):
    """Share of the Marchenko-Pastur law of unit variance below an edge."""
    return quad(lambda x: sqrt((high - x) * (x - low)) / (2 * pi * ratio * x), low, edge)[0]


@pytest.mark.parametrize("shape", [(300, 1200), (900, 600)])
def test_eigenvalues_of_noise_have_the_law_of_marchenko_and_pastur(shape):
    found = weight_spectrum(0.3 * torch.randn(shape))
    ratio = min(shape) / max(shape)
    assert found.outliers == 0
    assert found.variance == pytest.approx(0.09, rel=0.01)
    low, high = (1 - sqrt(ratio)) ** 2, (1 + sqrt(ratio)) ** 2
    assert found.bulk == pytest.approx((found.variance * low, found.variance * high))
    for edge in (low + 0.2 * (high - low), low + 0.5 * (high - low), high):
        share = float((found.eigenvalues <= edge * found.variance).double().mean())
        assert share == pytest.approx(below(edge, ratio, low, high), abs=0.01)


def test_noise_has_an_outlier_in_one_of_a_hundred_matrices():
    counts = [weight_spectrum(torch.randn(40, 60)).outliers for _ in range(1500)]
    assert 0.001 < sum(count > 0 for count in counts) / 1500 < 0.015


def planted(strengths, m=100, n=400):
    """Noise of unit variance with orthogonal directions of the given strengths."""
    left, right = (torch.linalg.qr(torch.randn(size, len(strengths))).Q for size in (m, n))
    return torch.randn(m, n) + torch.tensor(strengths) * sqrt(n) * left @ right.T


@pytest.mark.parametrize("strengths", [(3.0,), (40.0, 3.0, 2.0)])
def test_planted_directions_are_the_outliers_where_theory_puts_them(strengths):
    found = [weight_spectrum(0.5 * planted(strengths)) for _ in range(40)]
    seen, count = [one for one in found if one.outliers == len(strengths)], len(strengths)
    assert len(seen) >= 37  # the others have one of noise beside them
    assert sum(one.variance for one in seen) / len(seen) == pytest.approx(0.25, rel=0.01)
    eigenvalues = torch.stack([one.eigenvalues[:count] for one in seen]).mean(0)
    squares = torch.tensor(strengths).square()
    assert_close(eigenvalues, 0.25 * (1 + squares) * (0.25 + squares) / squares, rtol=0.02, atol=0)


def test_a_direction_is_seen_where_it_leaves_the_bulk():
    limit = 0.25**0.25  # (m / n)^(1/4), Benaych-Georges and Nadakuditi 2012
    weak, strong = ([weight_spectrum(planted((part * limit,))).outliers > 0 for _ in range(40)] for part in (0.5, 1.7))
    assert sum(weak) <= 2
    assert sum(strong) >= 38


def test_a_convolution_is_a_matrix_and_a_transpose_has_the_same_spectrum():
    weights = torch.randn(8, 4, 3, 3)
    found, turned = weight_spectrum(weights), weight_spectrum(weights.flatten(1).T)
    assert found.eigenvalues.shape == (8,)
    assert_close(found.eigenvalues, torch.linalg.svdvals(weights.flatten(1)).square() / 36)
    assert_close(found.eigenvalues, turned.eigenvalues)
    assert found.variance == pytest.approx(float(weights.square().mean()))
    assert found.ranks.stable == pytest.approx(float(found.eigenvalues.sum() / found.eigenvalues[0]))
    assert weight_spectrum(torch.ones(20, 30)).outliers == 1


def test_what_has_no_spectrum_of_noise_is_refused():
    for refused in (torch.zeros(3, 4), torch.ones(2, 1)):
        with pytest.raises(ValueError, match="has no spectrum of noise"):
            weight_spectrum(refused)
    with pytest.raises(TypeError, match="weights: a list was given"):
        weight_spectrum([[1.0]])
    with pytest.raises(ValueError, match=r"weights of shape \(3,\) were given; pass a matrix"):
        weight_spectrum(torch.ones(3))
    with pytest.raises(ValueError, match="weights: complex"):
        weight_spectrum(torch.ones(3, 3, dtype=torch.complex128))
    with pytest.raises(ValueError, match="numbers of the weights are not finite"):
        weight_spectrum(torch.full((3, 3), torch.nan))
