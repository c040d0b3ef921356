"""Sketches of gradients: their algebra entry by entry, and their law over many draws."""

from __future__ import annotations

from importlib import import_module

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels.sketched_features import Hash, _convolved, sketched_features
from tests.kernels.dense_kernels import attention, dense_jacobian, recurrent
from tests.networks import convolutional, mlp

ZOO = {
    "mlp": lambda: (mlp(width=20), torch.randn(4, 4)),
    "convolutional": lambda: (convolutional(), torch.randn(3, 2, 6, 6)),
    "attention": lambda: (attention(), torch.randn(3, 3, 4)),
    "recurrent": lambda: (recurrent(), torch.randn(3, 3, 4)),
    "embedding": lambda: (
        nn.Sequential(nn.Embedding(50, 6), nn.Flatten(), nn.Linear(18, 2)),
        torch.randint(50, (4, 3)),
    ),
}


def _hash(entries: int, count: int) -> Hash:
    return Hash(torch.randint(count, (entries,)), 2.0 * torch.randint(2, (entries,)) - 1, count)


@pytest.mark.parametrize("units", [False, True])
def test_a_convolution_of_sketches_is_the_sketch_of_the_weight(units: bool):
    groups, q, p, count = 1 if units else 2, 3, 5, 8
    left = torch.randint(p, (2, 1, 4)) if units else torch.randn(2, groups, 4, p)
    right, outer, inner = torch.randn(2, 3, groups, 4, q), _hash(groups * q, count), _hash(p, count)
    vectors = nn.functional.one_hot(left, p).double() if units else left
    weight = torch.einsum("nogtq,ngtp->nogqp", right, vectors).flatten(2, 3)
    expected = torch.zeros(2, 3, count)
    for i in range(groups * q):
        for j in range(p):
            place = (outer.places[i] + inner.places[j]) % count
            expected[..., place] += weight[..., i, j] * outer.signs[i] * inner.signs[j]
    assert_close(_convolved(left, right, outer, inner), expected)


@pytest.mark.parametrize(
    ("kind", "weighted"),
    [
        ("mlp", True),
        ("embedding", False),
        *(pytest.param(kind, weighted, marks=pytest.mark.slow) for kind in ZOO for weighted in (False, True)),
    ],
)
def test_products_are_the_kernel_in_the_mean_and_within_the_bound_of_their_variance(kind: str, weighted: bool):
    module, inputs = ZOO[kind]()
    slopes, count, draws = dense_jacobian(module, inputs), 16, 100
    weights = torch.rand(slopes.shape[1]) if weighted else torch.full(slopes.shape[1:], 2.0)
    kernel = slopes * weights @ slopes.T
    products = []
    for seed in range(draws):
        features = sketched_features(
            module, inputs, count, weights=weights, generator=torch.Generator().manual_seed(seed)
        )
        products.append(features @ features.T)
    found, diagonal = torch.stack(products), kernel.diagonal()
    assert ((found.mean(0) - kernel) / found.std(0) * draws**0.5).abs().max() < 5
    assert (found.var(0) * count / torch.outer(diagonal, diagonal)).max() < 6


@pytest.mark.parametrize("outputs", ["full", "sum_of_logits", 1])
def test_features_of_training_and_test_examples_belong_together(outputs: str | int, monkeypatch: pytest.MonkeyPatch):
    module, inputs = mlp(), torch.randn(6, 4)
    together = sketched_features(module, inputs, 20, outputs=outputs)
    assert together.shape == (18 if outputs == "full" else 6, 20)
    apart = [sketched_features(module, part, 20, outputs=outputs) for part in inputs.split(4)]
    assert_close(torch.cat(apart), together)
    monkeypatch.setattr(import_module(sketched_features.__module__), "BYTES", 1)
    assert_close(sketched_features(module, inputs, 20, outputs=outputs), together)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["mlp", "embedding"])
def test_half_precision_changes_rounding_alone(name: str, kind: torch.dtype):
    module, inputs = ZOO[name]()
    module = module.to(kind)
    inputs = inputs.to(kind) if inputs.is_floating_point() else inputs
    found = sketched_features(module, inputs, 16)
    assert found.dtype == kind
    wide = inputs.double() if inputs.is_floating_point() else inputs
    expected = sketched_features(module.double(), wide, 16)
    assert (found.double() - expected).norm() < 4 * torch.finfo(kind).eps * expected.norm()


def test_a_parameter_without_use_adds_nothing():
    module, inputs = nn.Sequential(nn.Linear(4, 2)), torch.randn(3, 4)
    before = sketched_features(module, inputs, 6)
    module.spare = nn.Linear(3, 3)
    module.forward = module[0].forward
    assert sketched_features(module, inputs, 6).shape == before.shape


@pytest.mark.parametrize(
    ("count", "options", "words"),
    [
        (0, {}, "count is 0"),
        (4, {"outputs": "trace"}, "'trace' is a kernel for each"),
        (4, {"outputs": 7}, "output 7"),
        (4, {"weights": torch.ones(3)}, r"shape \(3,\)"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(count: int, options, words: str):
    with pytest.raises(ValueError, match=words):
        sketched_features(mlp(), torch.randn(3, 4), count, **options)
