"""The diagonal over parameters: the same from a vector and from names, for products and for layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels.parameter_weights import parameter_diagonal, parameter_entries
from spectra.objectives import flatten


def test_the_vector_is_that_of_the_entries():
    module = nn.Linear(4, 3)
    weights, network = flatten(module)
    for given in (torch.rand(15), {"weight": torch.rand(4), "bias": 0.1}, {"weight": 2, "bias": torch.zeros(3)}):
        entries = parameter_entries(dict(module.named_parameters()), given)
        diagonal = parameter_diagonal(network, given, weights)
        joined = torch.cat([torch.as_tensor(entries[name]).expand(p.numel()) for name, p in module.named_parameters()])
        assert_close(diagonal, joined)


def test_equal_entries_are_one_number_with_all_digits_of_the_parameters():
    parameters = dict(nn.Linear(4, 3).named_parameters())
    torch.set_default_dtype(torch.float32)
    try:
        entries = parameter_entries(parameters, {"weight": 0.1, "bias": torch.full((3,), 7.0)})
    finally:
        torch.set_default_dtype(torch.float64)
    assert entries == {"weight": 0.1, "bias": 7.0}
    assert (
        parameter_entries(dict(nn.Linear(4, 3).float().named_parameters()), {"weight": 0.1, "bias": 7})["weight"] == 0.1
    )


def test_a_parameter_without_entries_has_any_weight():
    assert parameter_entries({"none": torch.zeros(0, 3), "some": torch.zeros(2)}, torch.ones(2)) == {
        "none": 1.0,
        "some": 1.0,
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (torch.ones(14), r"shape \(14,\) .* 15 parameters"),
        ({"weight": 1.0}, r"\['bias'\] are missing"),
        ({"weight": torch.rand(5), "bias": 1.0}, r"of weight have shape \(5,\)"),
        ({"weight": torch.ones(5), "bias": 1.0}, r"of weight have shape \(5,\)"),
        ({"weight": torch.zeros(0), "bias": 1.0}, r"of weight have shape \(0,\)"),
        ({"weight": 1.0, "bias": -2.0}, "of bias have a smallest entry of -2"),
        ({"weight": 1.0, "bias": float("nan")}, "of bias have a smallest entry of nan"),
    ],
)
def test_unfit_weights_are_refused_with_their_numbers(given, words: str):
    with pytest.raises(ValueError, match=words):
        parameter_entries(dict(nn.Linear(4, 3).named_parameters()), given)


@pytest.mark.parametrize("given", [0.1, [0.1], "x", {"weight": "a", "bias": 1.0}])
def test_weights_of_another_type_are_refused(given):
    with pytest.raises(TypeError, match=r"parameter weights.* pass a "):
        parameter_entries(dict(nn.Linear(4, 3).named_parameters()), given)
