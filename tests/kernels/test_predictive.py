"""Gaussian predictions, their calibration, and errors in the spectral norm."""

from __future__ import annotations

from math import log, pi

import pytest
import torch
from torch.testing import assert_close

from spectra import cross_entropy
from spectra.kernels import Predictive, calibration_error, gaussian_likelihood, output_curvature, spectral_error

N, OUTPUTS = 4, 3


def predictive(scale: float = 1.0) -> Predictive:
    factor = scale * torch.randn(N, OUTPUTS, 2)
    return Predictive(torch.randn(N, OUTPUTS), factor @ factor.mT)


def test_draws_have_the_mean_and_the_covariance():
    found, count = predictive(), 40_000
    draws = found.samples(count)
    assert draws.shape == (count, N, OUTPUTS)
    off = draws - found.mean
    deviation = found.covariance.diagonal(dim1=1, dim2=2).sqrt()
    assert ((off.mean(0)).abs() < 5 * deviation / count**0.5).all()
    measured = torch.einsum("sni,snj->nij", off, off) / count
    errors = (deviation[:, :, None].square() * deviation[:, None].square() + found.covariance.square()).sqrt()
    assert ((measured - found.covariance).abs() < 5 * errors / count**0.5).all()


def test_rounding_of_the_covariance_leaves_the_draws():
    for covariance in (torch.eye(OUTPUTS).expand(N, -1, -1), predictive().covariance):
        noise = 1e-13 * torch.randn(N, OUTPUTS, OUTPUTS)
        found = [
            Predictive(torch.zeros(N, OUTPUTS), one).samples(7) for one in (covariance, covariance + noise + noise.mT)
        ]
        assert_close(found[1], found[0], rtol=0, atol=1e-5)


def test_without_doubt_probabilities_and_losses_are_those_of_the_network():
    found, classes = predictive(0.0), torch.randint(OUTPUTS, (N,))
    assert_close(found.probabilities(3), found.mean.softmax(1))
    assert_close(found.losses(cross_entropy, classes, count=3), cross_entropy.losses(found.mean, classes))


def test_the_loss_is_that_of_the_mean_probability():
    found, classes = predictive(), torch.randint(OUTPUTS, (N,))
    chances = found.probabilities()[torch.arange(N), classes]
    assert_close(found.losses(cross_entropy, classes), -chances.log())


def test_the_loss_of_a_regression_is_that_of_the_noise_and_the_doubt_together():
    found, targets, noise = predictive(0.5), torch.randn(N, OUTPUTS), 0.7
    total = torch.distributions.MultivariateNormal(found.mean, found.covariance + noise * torch.eye(OUTPUTS))
    generators = [torch.Generator().manual_seed(seed) for seed in range(10)]
    measured = torch.stack(
        [found.losses(gaussian_likelihood(noise), targets, count=5000, generator=g) for g in generators]
    )
    error = measured.std(0)
    # The logarithm of a mean is off by half its relative variance beside chance.
    assert ((measured.mean(0) + total.log_prob(targets)).abs() < 4 * error / 10**0.5 + error.square()).all()
    certain = predictive(0.0)
    plain = (certain.mean - targets).square().sum(1) / (2 * noise) + OUTPUTS * log(2 * pi * noise) / 2
    assert_close(certain.losses(gaussian_likelihood(noise), targets), plain)


def test_the_calibration_error_counts_the_gap_of_every_bin():
    confidence = torch.tensor([0.62, 0.64, 0.95, 0.97])  # two bins of 15: (0.6, 0.667] and (0.933, 1]
    probabilities = torch.stack([confidence, 1 - confidence], 1)
    classes = torch.tensor([0, 1, 0, 0])
    expected = (2 * abs(0.5 - 0.63) + 2 * abs(1 - 0.96)) / 4
    assert calibration_error(probabilities, classes) == pytest.approx(expected)
    assert calibration_error(probabilities, classes, bins=1) == pytest.approx(abs(0.75 - confidence.mean().item()))
    edge = torch.tensor([[0.5, 0.5], [0.75, 0.25]])  # one in each of (0, 1/2] and (1/2, 1]
    assert calibration_error(edge, torch.tensor([0, 1]), bins=2) == pytest.approx((0.5 + 0.75) / 2)
    assert calibration_error(torch.eye(3), torch.arange(3)) == 0
    assert calibration_error(torch.eye(3), (torch.arange(3) + 1) % 3) == 1


def test_predictions_that_are_drawn_from_their_probabilities_are_calibrated():
    generator = torch.Generator().manual_seed(1)
    probabilities = torch.randn(50_000, OUTPUTS, generator=generator).softmax(1)
    classes = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
    assert calibration_error(probabilities, classes) < 3 * (15 / 50_000) ** 0.5


def test_the_spectral_error_is_that_of_singular_values_and_a_mean_over_matrices():
    exact, off = torch.randn(5, 4, 4), torch.randn(5, 4, 4)
    exact, off = exact @ exact.mT, off + off.mT
    expected = [float(torch.linalg.svdvals(b)[0] / torch.linalg.svdvals(a)[0]) for a, b in zip(exact, off, strict=True)]
    assert spectral_error(exact + off, exact) == pytest.approx(sum(expected) / 5)
    assert spectral_error(exact[0] + off[0], exact[0]) == pytest.approx(expected[0])


def softmax_curvature(outputs):
    chances = outputs.softmax(1)
    return torch.diag_embed(chances) - chances[:, :, None] * chances[:, None]


def test_curvature_of_the_outputs_has_closed_forms():
    outputs, classes = torch.randn(N, OUTPUTS), torch.randint(OUTPUTS, (N,))
    assert_close(output_curvature(cross_entropy, outputs, classes), softmax_curvature(outputs))
    found = output_curvature(gaussian_likelihood(0.2), outputs, torch.randn(N, OUTPUTS))
    assert_close(found, (torch.eye(OUTPUTS) / 0.2).expand(N, -1, -1))


def test_bad_arguments_are_refused():
    classes = torch.randint(OUTPUTS, (N,))
    with pytest.raises(ValueError, match=r"\(N, O\) is needed"):
        output_curvature(cross_entropy, torch.zeros(3), classes)
    with pytest.raises(TypeError, match="outputs: a list"):
        output_curvature(cross_entropy, [0.0], classes)
    with pytest.raises(ValueError, match="noise variance of 0"):
        gaussian_likelihood(0)
    with pytest.raises(ValueError, match="do not add up to one"):
        calibration_error(torch.randn(4, 3), torch.zeros(4, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"\(N, C\) and \(N,\)"):
        calibration_error(torch.eye(3), torch.zeros(4, dtype=torch.int64))
    for odd in (torch.arange(3) + 1, torch.arange(3) - 1, torch.arange(3.0)):
        with pytest.raises(ValueError, match="indices from 0 to 2 are needed"):
            calibration_error(torch.eye(3), odd)
    with pytest.raises(ValueError, match="bins is 0"):
        calibration_error(torch.eye(3), torch.arange(3), bins=0)
    with pytest.raises(ValueError, match="count is 0"):
        predictive().samples(0)
    with pytest.raises(ValueError, match="both must be"):
        spectral_error(torch.eye(3), torch.eye(4))
    with pytest.raises(ValueError, match="an exact matrix is zero"):
        spectral_error(torch.eye(3), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="not finite"):
        spectral_error(torch.eye(3) / 0, torch.eye(3))
    for given in ((torch.eye(2), torch.tensor([[1.0, 2.0], [0.0, 1.0]])), (torch.ones(2, 2).triu(), torch.eye(2))):
        with pytest.raises(ValueError, match="differs from its transpose by up to"):
            spectral_error(*given)
    with pytest.raises(TypeError, match="exact: a list"):
        spectral_error(torch.eye(3), [1.0])
