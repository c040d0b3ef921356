"""The parts of a tangent kernel by layer: they add up, and have what is known of them."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra import empirical_ntk
from spectra.kernels import effective_ranks, kernel_alignment, layer_shares, mlp_kernel

INPUTS = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
TARGETS = torch.randn(12, 2, generator=torch.Generator().manual_seed(1))


def perceptron(width=16, hidden=2):
    """Bias-free ReLU layers with He's weights, and learning rates of the NTK parameterization."""
    torch.manual_seed(2)
    sizes = [5, *[width] * hidden, 1]
    parts = [nn.Linear(n, m, bias=False) for n, m in pairwise(sizes)]
    module = nn.Sequential(*[part for layer in parts for part in (layer, nn.ReLU())][:-1])
    for layer in parts:
        nn.init.normal_(layer.weight, std=(2 / layer.in_features) ** 0.5)
    return module, {name: 2 / weight.shape[1] for name, weight in module.named_parameters()}


def per_layer(module, outputs=0, weights=None):
    return empirical_ntk(module, INPUTS, outputs=outputs, weights=weights, per_layer=True)


def test_shares_and_energies_add_up_to_those_of_the_kernel():
    module, rates = perceptron()
    kernels, whole = per_layer(module, weights=rates), empirical_ntk(module, INPUTS, outputs=0, weights=rates)
    found = layer_shares(kernels, TARGETS, form="energy")
    assert [*found] == [*kernels]
    assert sum(layer.share for layer in found.values()) == pytest.approx(1)
    assert_close(sum(layer.alignments for layer in found.values()), kernel_alignment(whole, TARGETS))


def test_each_layer_has_the_numbers_of_its_own_kernel():
    kernels = per_layer(perceptron()[0])
    total = sum(kernel.trace() for kernel in kernels.values())
    for name, layer in layer_shares(kernels, TARGETS).items():
        assert layer.share == pytest.approx(float(kernels[name].trace() / total))
        assert layer.ranks == effective_ranks(torch.linalg.eigvalsh(kernels[name]))
        assert_close(layer.alignments, kernel_alignment(kernels[name], TARGETS, form="centred"))


def test_the_readout_of_one_hidden_layer_is_its_gram_matrix():
    module = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1, bias=False))
    kernels = per_layer(module)
    hidden = module[:2](INPUTS).detach()
    expected = effective_ranks(torch.linalg.eigvalsh(hidden @ hidden.T))
    assert layer_shares(kernels)["2"].ranks.participation == pytest.approx(expected.participation)


@pytest.mark.parametrize("hidden", [1, 3])
def test_wide_layers_of_relu_share_the_trace_equally(hidden):
    """Every layer adds 2 |x|^2 / d to Theta(x, x) at infinite width: the trace is that of L + 1 equal parts."""
    module, rates = perceptron(2000, hidden)
    shares = [layer.share for layer in layer_shares(per_layer(module, weights=rates)).values()]
    assert shares == pytest.approx([1 / (hidden + 1)] * (hidden + 1), rel=0.1)
    _, limit = mlp_kernel(INPUTS, hidden=hidden, activation="relu", weight_var=2.0, bias_var=0.0)
    nngp, _ = mlp_kernel(INPUTS, hidden=hidden, activation="relu", weight_var=2.0, bias_var=0.0)
    assert float(nngp.trace() / limit.trace()) == pytest.approx(1 / (hidden + 1))


def test_several_outputs_and_no_targets_will_do():
    module = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))
    kernels = per_layer(module, "full")
    assert kernels["0"].shape == (12, 12, 2, 2)
    assert all(layer.alignments is None for layer in layer_shares(kernels).values())
    assert layer_shares(kernels, TARGETS.flatten())["0"].alignments.shape == (1,)


def test_a_layer_without_a_part_has_no_rank():
    module = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1))
    nn.init.zeros_(module[2].weight)
    found = layer_shares(per_layer(module), TARGETS)
    assert found["0"].share == 0
    assert found["0"].ranks is None
    assert found["0"].alignments is None
    assert found["2"].share == 1


@pytest.mark.parametrize("outputs", [0, "full"])
def test_a_layer_of_biases_alone_has_no_centred_alignment(outputs):
    module = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))
    module[2].weight.requires_grad_(False)
    targets = TARGETS.flatten() if outputs == "full" else TARGETS
    kernels = per_layer(module, outputs)
    found = layer_shares(kernels, targets)
    assert found["2"].alignments is None
    assert found["2"].ranks.participation == pytest.approx(2 if outputs == "full" else 1)
    assert found["0"].alignments is not None
    assert layer_shares(kernels, targets, form="energy")["2"].alignments is not None


def test_what_are_no_kernels_of_layers_is_refused():
    with pytest.raises(ValueError, match="0 layers with a trace of 0"):
        layer_shares({})
    with pytest.raises(TypeError, match="the kernel of 'a': a float was given"):
        layer_shares({"a": 1.0})
    with pytest.raises(TypeError, match="a Tensor was given in place of the kernels of layers"):
        layer_shares(torch.eye(3))
    with pytest.raises(ValueError, match="pass a square one"):
        layer_shares({"a": torch.ones(2, 3)})
    with pytest.raises(ValueError, match="targets of shape"):
        layer_shares({"a": torch.eye(3)}, torch.ones(4))
