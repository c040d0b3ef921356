"""The tangent kernel of units that open late, against reference numbers and drawn units."""

import json
from itertools import pairwise
from math import erfc
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels import active_share, bias_kernel, bias_kernel_bounds, mlp_kernel
from tests.kernels.infinite_width import numbers

REFERENCE = json.loads((Path(__file__).parent / "bias_reference.json").read_text())
INPUTS = numbers(REFERENCE["X"])
POINTS = torch.nn.functional.normalize(torch.randn(12, 5, generator=torch.Generator().manual_seed(0)), dim=1).double()
THRESHOLDS = [-1.5, -0.3, 0.0, 0.4, 1.0, 2.5]


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["B"])
def test_kernels_and_eigenvalues_are_those_of_the_reference(case):
    for trained, name, ending in ((True, "H_trained_bias", "trained"), (False, "H_fixed_bias", "fixed")):
        found = bias_kernel(INPUTS, threshold=float(case["B"]), bias_trained=trained)
        assert_close(found, numbers(case[name]), rtol=0, atol=1e-15)
        assert_close(torch.linalg.eigvalsh(found), numbers(case[f"eig_{ending}_bias"]), rtol=1e-12, atol=1e-15)
    bounds = bias_kernel_bounds(INPUTS, threshold=float(case["B"]))
    assert bounds.eigenvalue == pytest.approx(float(case["eig_trained_bias"][0]), rel=1e-12)
    both = numbers(case["H_trained_bias"]) - numbers(case["H_fixed_bias"])
    share, others = float(both[0, 0]), both - torch.diag(both.diagonal())
    assert bounds.dominance == pytest.approx(share - float(others.sum(1).max()), abs=1e-15)
    assert bounds.restricted == pytest.approx(
        share - min(float(both[i, j]) for i in range(4) for j in range(i)), abs=1e-15
    )


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_drawn_units_have_the_kernel(threshold):
    draws = 200_000
    active = (POINTS @ torch.randn(5, draws) > threshold).double()
    both = active @ active.T / draws
    expected = bias_kernel(POINTS, threshold=threshold)
    error = (both * (1 - both) / draws).sqrt() + 1 / draws
    assert (((POINTS @ POINTS.T + 1) * both - expected).abs() < 5 * 2 * error).all()
    assert active_share(threshold) == pytest.approx(float(active.mean()), abs=5 / draws**0.5)


def test_without_threshold_it_is_the_part_of_the_first_layer_in_the_ntk_of_relu():
    scaled = POINTS * 5**0.5  # mlp_kernel divides inputs by the root of their number
    nngp, tangent = mlp_kernel(scaled, hidden=1, activation="relu", weight_var=1.0, bias_var=0.0)
    assert_close(bias_kernel(POINTS, threshold=0.0, bias_trained=False), tangent - nngp, rtol=0, atol=1e-8)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_it_is_the_kernel_of_one_input_set_with_another(threshold):
    whole = bias_kernel(POINTS, threshold=threshold)
    assert_close(bias_kernel(POINTS[:4], POINTS[4:], threshold=threshold), whole[:4, 4:])
    assert_close(whole.diagonal(), torch.full((12,), erfc(threshold / 2**0.5)), rtol=1e-12, atol=0)
    assert float(torch.linalg.eigvalsh(whole)[0]) > 0


def test_the_condition_falls_as_units_open_later():
    conditions = [
        (values := torch.linalg.eigvalsh(bias_kernel(POINTS, threshold=threshold)))[-1] / values[0]
        for threshold in (0.0, 1.0, 2.0, 3.0, 5.0)
    ]
    assert all(later < earlier for earlier, later in pairwise(conditions))
    assert conditions[-1] < 1.5


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0, 2.0, 3.0])
def test_bounds_lie_below_what_they_bound(threshold):
    bounds = bias_kernel_bounds(POINTS, threshold=threshold)
    kernel = bias_kernel(POINTS, threshold=threshold)
    assert bounds.dominance <= bounds.eigenvalue + 1e-15
    both = kernel / (POINTS @ POINTS.T + 1)
    least = both[~torch.eye(12, dtype=torch.bool)].min()
    assert bounds.restricted == pytest.approx(active_share(threshold) - float(least), rel=1e-12)
    pairs = both - least
    pairs = pairs - torch.diag(pairs.diagonal())
    vectors = torch.nn.functional.normalize(torch.randn(2000, 12), dim=1)
    forms = torch.einsum("ki,ij,kj->k", vectors, kernel, vectors)
    inside = torch.einsum("ki,ij,kj->k", vectors, pairs, vectors) >= 0
    assert inside.any()
    assert (forms[inside] >= bounds.restricted).all()
    assert bounds.restricted > 0


def test_dominance_proves_a_positive_kernel_once_units_open_late_enough():
    assert bias_kernel_bounds(POINTS, threshold=0.0).dominance < 0
    late = bias_kernel_bounds(POINTS, threshold=3.0)
    assert 0 < late.dominance < late.eigenvalue < 2 * active_share(3.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: bias_kernel(2 * POINTS, threshold=1.0),
            r"input \d+ has the length 2, .* divide them",
        ),
        (lambda: bias_kernel(POINTS, threshold=float("nan")), "a threshold of nan was given"),
        (lambda: active_share(float("inf")), "a threshold of inf was given"),
        (lambda: bias_kernel_bounds(POINTS[:1], threshold=1.0), "bounds are over pairs of inputs, and one was given"),
    ],
)
def test_what_has_no_kernel_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
