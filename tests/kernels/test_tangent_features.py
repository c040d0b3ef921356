"""Features of a tangent kernel from landmarks against dense Jacobians."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels import accelerated_laplace, class_balanced, exact_laplace, nystrom, tangent_features
from tests.kernels.dense_kernels import bag, dense_jacobian, normalised
from tests.networks import convolutional, mlp

M, N, OUTPUTS = 7, 5, 3


@pytest.mark.parametrize("build", [mlp, convolutional])
def test_products_of_features_are_the_nystrom_approximation(build):
    module = build()
    shape = (4,) if build is mlp else (2, 6, 6)
    landmarks, inputs, chosen = torch.randn(M, *shape), torch.randn(N, *shape), torch.randint(OUTPUTS, (M,))
    rows = dense_jacobian(module, landmarks).view(M, OUTPUTS, -1)[torch.arange(M), chosen]
    slopes = dense_jacobian(module, inputs)
    for rank in (3, None):
        features = tangent_features(module, landmarks, chosen, rank=rank)
        found = features(inputs).flatten(0, 1)
        kept = rank or M
        expected = nystrom(slopes @ rows.T, rows @ rows.T, rank=rank)
        assert features(inputs).shape == (N, OUTPUTS, kept)
        assert_close(found @ found.T, expected.dense())
        assert_close(features.values, torch.linalg.eigvalsh(rows @ rows.T).flip(0)[:kept])
        assert_close(features.directions @ features.directions.T, torch.eye(kept))
        assert_close(features.outputs(inputs), module(inputs).detach())


def test_weights_of_the_parameters_stand_in_the_features():
    module, landmarks, inputs = mlp(), torch.randn(M, 4), torch.randn(N, 4)
    chosen, sizes = torch.randint(OUTPUTS, (M,)), torch.rand(sum(value.numel() for value in mlp().parameters()))
    features = tangent_features(module, landmarks, chosen, weights=sizes)
    rows = dense_jacobian(module, landmarks).view(M, OUTPUTS, -1)[torch.arange(M), chosen]
    cross = dense_jacobian(module, inputs) * sizes @ rows.T
    found = features(inputs).flatten(0, 1)
    assert_close(found @ found.T, nystrom(cross, rows * sizes @ rows.T).dense())


def test_the_leading_features_are_those_of_a_smaller_rank():
    module, landmarks, inputs = mlp(), torch.randn(M, 4), torch.randn(N, 4)
    few, all_ = (tangent_features(module, landmarks, rank=rank) for rank in (2, None))
    assert_close(all_.leading(2)(inputs).square(), few(inputs).square())
    assert all_.leading(2).values.shape == (2,)
    with pytest.raises(ValueError, match="8 features were asked for, and there are 7"):
        all_.leading(8)


def test_features_are_those_of_the_moment_and_of_any_number_of_examples():
    module, landmarks, inputs = mlp(), torch.randn(M, 4), torch.randn(200, 4)
    features = tangent_features(module, landmarks)
    before = features(inputs)
    assert_close(torch.cat([features(part) for part in inputs.split(7)]), before)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1)
    assert_close(features(inputs), before)


def test_tokens_and_networks_of_one_output_have_features_too():
    tokens = torch.randint(6, (M, 5))
    assert tangent_features(bag(), tokens, rank=3)(tokens).shape == (M, 2, 3)
    assert tangent_features(nn.Embedding(6, 2), tokens[:, 0], rank=2)(tokens[:, 1]).shape == (M, 2, 2)
    module, inputs = normalised(), torch.randn(M, 4)
    found, slopes = tangent_features(module, inputs)(inputs)[:, 0], dense_jacobian(module, inputs)
    assert_close(found @ found.T, slopes @ slopes.T)


def test_rounding_of_single_precision_is_left_out():
    module, landmarks = mlp().float(), torch.randn(M, 4).float().repeat(3, 1)
    features = tangent_features(module, landmarks, torch.zeros(3 * M, dtype=torch.int64))
    assert len(features.values) == M
    assert_close(features.directions @ features.directions.T, torch.eye(M).float(), atol=1e-3, rtol=0)


def test_outputs_that_are_not_given_are_drawn():
    module, landmarks = mlp(), torch.randn(M, 4)
    drawn = [tangent_features(module, landmarks, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert_close(drawn[0].values, drawn[1].values)
    assert not torch.allclose(drawn[0].values, drawn[2].values)


def test_bad_landmarks_are_refused():
    module, landmarks = mlp(), torch.randn(M, 4)
    for odd in (torch.full((M,), 3), torch.full((M,), -1), torch.zeros(M), torch.zeros(2, dtype=torch.int64)):
        with pytest.raises(ValueError, match="one whole number from 0 to 2 is needed"):
            tangent_features(module, landmarks, odd)
    with pytest.raises(TypeError, match="outputs: a list was given"):
        tangent_features(module, landmarks, [0] * M)
    with pytest.raises(ValueError, match="rank is 0"):
        tangent_features(module, landmarks, rank=0)
    with pytest.raises(TypeError, match="inputs are a list"):
        tangent_features(module, landmarks)([1.0])
    with pytest.raises(ValueError, match="at least one example"):
        tangent_features(module, landmarks).outputs(torch.zeros(0, 4))
    wide = nn.Linear(2, 300).bfloat16()
    with pytest.raises(ValueError, match="cannot number 300 outputs"):
        tangent_features(wide, torch.randn(2, 2).bfloat16(), torch.tensor([0, 257]))


def test_examples_that_the_network_cannot_read_are_refused_as_by_the_exact_posterior():
    module, inputs, classes = mlp(), torch.randn(N, 4), torch.randint(OUTPUTS, (N,))
    features = tangent_features(module, inputs)
    posteriors = (
        accelerated_laplace(features, [(inputs, classes)], prior_variance=1.0),
        exact_laplace(module, inputs, classes, prior_variance=1.0),
    )
    for reading in (features, features.outputs, *(posterior.predict for posterior in posteriors)):
        with pytest.raises(ValueError, match=r"cannot read the first example, torch\.float64 of shape \(1, 3\)"):
            reading(torch.randn(2, 3))
    with pytest.raises(TypeError, match=r"a Sequential was given in place of features; .*tangent_features"):
        accelerated_laplace(module, [(inputs, classes)], prior_variance=1.0)


def test_landmarks_have_as_many_of_each_class_as_there_are():
    classes = torch.tensor([0] * 50 + [1] * 20 + [2] * 2)
    places = class_balanced(classes, 12)
    assert len(places.unique()) == 12
    assert classes[places].bincount().tolist() == [5, 5, 2]
    assert class_balanced(classes, 3)[:3].shape == (3,)
    assert classes[class_balanced(classes, 3)].sort().values.tolist() == [0, 1, 2]
    assert class_balanced(classes, 72).sort().values.tolist() == list(range(72))
    other = class_balanced(classes, 12, generator=torch.Generator().manual_seed(5))
    assert other.tolist() != places.tolist()


def test_classes_that_are_none_are_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        class_balanced(torch.zeros(4), 2)
    with pytest.raises(ValueError, match="5 of 4 examples"):
        class_balanced(torch.zeros(4, dtype=torch.int64), 5)
    with pytest.raises(ValueError, match="count is 0"):
        class_balanced(torch.zeros(4, dtype=torch.int64), 0)
    with pytest.raises(TypeError, match="classes: a list"):
        class_balanced([0, 1], 1)
