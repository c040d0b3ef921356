"""The linearized Laplace approximation against dense posteriors over the weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra import cross_entropy
from spectra.kernels import (
    accelerated_laplace,
    exact_laplace,
    gaussian_likelihood,
    likeliest_prior,
    spectral_error,
    tangent_features,
)
from tests.kernels.dense_kernels import dense_jacobian
from tests.kernels.test_predictive import softmax_curvature
from tests.networks import mlp

N, M, OUTPUTS, PRIOR, NOISE = 8, 5, 3, 0.3, 0.2


def problem():
    return mlp(), torch.randn(N, 4), torch.randint(OUTPUTS, (N,)), torch.randn(M, 4)


def spanning(module: nn.Module, *examples: torch.Tensor):
    """Features of the gradients of all outputs of some examples."""
    landmarks = torch.cat(examples)
    outputs = torch.arange(OUTPUTS).repeat(len(landmarks))
    return tangent_features(module, landmarks.repeat_interleave(OUTPUTS, 0), outputs)


def dense_covariance(module, inputs, curvature, tests, prior=PRIOR, sizes=None):
    """J (sum_n J_n' Lambda_n J_n + D^-1 / s^2)^-1 J', (M, O, O), with all weights."""
    slopes, seen = (dense_jacobian(module, some).view(len(some), OUTPUTS, -1) for some in (tests, inputs))
    sizes = torch.ones(slopes.shape[2]) if sizes is None else sizes
    precision = torch.einsum("nip,nij,njq->pq", seen, curvature, seen) + torch.diag(1 / (prior * sizes))
    return slopes @ torch.linalg.solve(precision, slopes.mT)


def test_the_exact_covariance_is_that_of_all_weights():
    module, inputs, classes, tests = problem()
    sizes = torch.rand(sum(value.numel() for value in module.parameters())) + 0.1
    curvature = softmax_curvature(module(inputs).detach())
    for given in (None, sizes):
        found = exact_laplace(module, inputs, classes, prior_variance=PRIOR, weights=given).predict(tests)
        assert_close(found.covariance, dense_covariance(module, inputs, curvature, tests, sizes=given))
        assert_close(found.mean, module(tests).detach())


def test_features_that_span_all_gradients_give_the_exact_covariance():
    module, inputs, classes, tests = problem()
    features = spanning(module, inputs, tests)
    for likelihood, targets in ((cross_entropy, classes), (gaussian_likelihood(NOISE), torch.randn(N, OUTPUTS))):
        given = {"prior_variance": PRIOR, "likelihood": likelihood}
        found = accelerated_laplace(features, [(inputs, targets)], **given).predict(tests)
        exact = exact_laplace(module, inputs, targets, **given).predict(tests)
        assert_close(found.covariance, exact.covariance, rtol=1e-9, atol=1e-11)
        assert_close(found.mean, exact.mean)


def test_the_covariance_of_regression_is_that_of_a_gaussian_process_with_the_nystrom_kernel():
    module, inputs, _, tests = problem()
    likelihood, targets = gaussian_likelihood(NOISE), torch.randn(N, OUTPUTS)
    features = tangent_features(module, torch.randn(6, 4), rank=4)
    found = accelerated_laplace(features, [(inputs, targets)], prior_variance=PRIOR, likelihood=likelihood)
    train, test = features(inputs).flatten(0, 1), features(tests).flatten(0, 1)
    kernel, cross = PRIOR * train @ train.T + NOISE * torch.eye(N * OUTPUTS), PRIOR * test @ train.T
    covariance = PRIOR * test @ test.T - cross @ torch.linalg.solve(kernel, cross.T)
    blocks = covariance.view(M, OUTPUTS, M, OUTPUTS).diagonal(dim1=0, dim2=2).movedim(-1, 0)
    assert_close(found.predict(tests).covariance, blocks)


def test_more_features_of_the_same_landmarks_are_never_further_from_the_kernel():
    module, inputs, _, tests = problem()
    features, slopes = spanning(module, inputs), dense_jacobian(module, torch.cat([inputs, tests]))
    kernel = slopes @ slopes.T
    errors = []
    for count in range(1, len(features.values) + 1):
        rows = features.leading(count)(torch.cat([inputs, tests])).flatten(0, 1)
        errors.append(spectral_error(rows @ rows.T, kernel))
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(errors))
    assert errors[0] > 2 * errors[-1]


def test_batches_do_not_matter():
    module, inputs, classes, _ = problem()
    features = tangent_features(module, inputs, classes, rank=5)
    batches = list(zip(inputs.split(3), classes.split(3), strict=True))
    whole, parts = (
        accelerated_laplace(features, some, prior_variance=PRIOR) for some in ([(inputs, classes)], batches)
    )
    assert_close(parts.curvature, whole.curvature)
    assert (parts.seen, parts.examples, parts.checks) == (N, N, ())


def test_a_pass_stops_where_the_validation_loss_is_smallest():
    module, inputs, classes, tests = problem()
    with torch.no_grad():
        module[-1].weight.mul_(10)
    features = tangent_features(module, inputs, classes, rank=5)
    batches = list(zip(inputs.split(3), classes.split(3), strict=True))
    # Where a network is certain and the labels are others, doubt is good, and less of it with every batch is worse.
    wrong = (module(tests).argmax(1) + 1) % OUTPUTS
    stopped = accelerated_laplace(features, batches, prior_variance=10 * PRIOR, validation=(tests, wrong))
    assert [seen for seen, _ in stopped.checks] == [3, 6, 8]
    losses = [loss for _, loss in stopped.checks]
    assert losses == sorted(losses)
    assert stopped.seen == 3
    rows = features(inputs[:3])
    seen = torch.einsum("nik,nij,njl->kl", rows, softmax_curvature(module(inputs[:3]).detach()), rows)
    assert_close(stopped.curvature, seen)
    precision = seen + 3 / N * torch.eye(5) / (10 * PRIOR)
    expected = features(tests) @ torch.linalg.solve(precision, features(tests).mT)
    assert_close(stopped.predict(tests).covariance, expected)
    assert_close(float(stopped.predict(tests).losses(cross_entropy, wrong).mean()), losses[0])


def test_what_few_examples_do_not_tell_is_as_wide_as_the_widest_prior():
    module, inputs, classes, tests = problem()
    found = accelerated_laplace(spanning(module, inputs), [(inputs[:2], classes[:2])], prior_variance=1e9)
    wide, wider = (found.predictions(tests, [variance])[0].covariance / variance for variance in (1e9, 1e18))
    assert_close(wider, wide, rtol=1e-5, atol=1e-8)


def test_a_small_prior_leaves_the_network_alone():
    module, inputs, classes, tests = problem()
    features = tangent_features(module, inputs, classes)
    found = accelerated_laplace(features, [(inputs, classes)], prior_variance=1e-12).predict(tests)
    assert_close(found.probabilities(), module(tests).softmax(1).detach(), rtol=1e-4, atol=1e-4)


def test_the_likeliest_prior_is_that_of_the_smallest_validation_loss():
    module, inputs, classes, tests = problem()
    aims, variances = torch.randint(OUTPUTS, (M,)), [1e-3, 0.1, 10.0, 1e3]
    features = tangent_features(module, inputs, classes)
    posteriors = (
        accelerated_laplace(features, [(inputs, classes)], prior_variance=1.0),
        exact_laplace(module, inputs, classes, prior_variance=1.0),
    )
    for posterior in posteriors:
        each = [replace(posterior, prior_variance=one).predict(tests) for one in variances]
        losses = [float(found.losses(cross_entropy, aims).mean()) for found in each]
        best = likeliest_prior(posterior, variances, tests, aims)
        assert best.prior_variance == variances[losses.index(min(losses))]
        assert_close(best.predict(tests).covariance, each[losses.index(min(losses))].covariance)
        with pytest.raises(ValueError, match="no prior variance"):
            likeliest_prior(posterior, [], tests, aims)
        with pytest.raises(ValueError, match="prior variance of -1"):
            likeliest_prior(posterior, [-1], tests, aims)


def test_bad_arguments_are_refused():
    module, inputs, classes, _ = problem()
    features = tangent_features(module, inputs, classes)
    for odd in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="prior variance"):
            accelerated_laplace(features, [(inputs, classes)], prior_variance=odd)
        with pytest.raises(ValueError, match="prior variance"):
            exact_laplace(module, inputs, classes, prior_variance=odd)
    with pytest.raises(ValueError, match="there is no batch"):
        accelerated_laplace(features, [], prior_variance=PRIOR)
    with pytest.raises(TypeError, match=r"a batch is a Tensor; .* pass \[\(inputs, targets\)\]"):
        accelerated_laplace(features, (inputs, classes), prior_variance=PRIOR)
    with pytest.raises(ValueError, match="could be read only once"):
        accelerated_laplace(features, iter([(inputs, classes)]), prior_variance=PRIOR)
    with pytest.raises(TypeError, match="inputs: a list"):
        exact_laplace(module, inputs, classes, prior_variance=PRIOR).predict([0.0])
    with pytest.raises(ValueError, match="they must agree"):
        accelerated_laplace(
            features, [(inputs, torch.zeros(N, 1))], prior_variance=1.0, likelihood=gaussian_likelihood(1)
        )
    with pytest.raises(ValueError, match="got the class index 9"):
        exact_laplace(module, inputs, torch.full((N,), 9), prior_variance=PRIOR)


def test_a_validation_loss_that_is_no_number_is_refused():
    module, inputs, classes, tests = problem()
    features, unknown = tangent_features(module, inputs, classes), torch.full((M, OUTPUTS), float("nan"))
    batches, likelihood = [(inputs, torch.randn(N, OUTPUTS))], gaussian_likelihood(NOISE)
    with pytest.raises(ValueError, match="is not a number after any batch"):
        accelerated_laplace(features, batches, prior_variance=PRIOR, likelihood=likelihood, validation=(tests, unknown))
