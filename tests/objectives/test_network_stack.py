"""A stack of networks is each of them."""

import pytest
import torch
from torch import nn

from spectra.models import GPT, ResidualMLP, VisionTransformer
from spectra.objectives import cross_entropy, flatten, flatten_stack, squared_error
from spectra.scaling import Size, parameterize, regime

REGIMES = [
    regime(name, base=Size(4, 2), richness=richness)
    for name, richness in (("mup", None), ("ntk", 0.3), ("completep", 2.0))
]


def networks(spec=None, inputs=(1, 4, 4)) -> list[nn.Module]:
    spec = ResidualMLP(8, depth=2, norm="layer", bias=True) if spec is None else spec
    modules = [spec.build(inputs, 5) for _ in REGIMES]
    for seed, (module, one) in enumerate(zip(modules, REGIMES, strict=True)):
        parameterize(module, one, spec.size, torch.Generator().manual_seed(seed))
    return modules


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize(
    "spec",
    [None, VisionTransformer(8, depth=2, heads=2, patch=2), GPT(8, depth=2, heads=2, tied=True)],
    ids=lambda s: getattr(s, "kind", "residual_mlp"),
)
def test_every_member_is_its_module(spec, batched):
    text = getattr(spec, "kind", "") == "gpt"
    modules = networks(spec, (6,) if text else (1, 4, 4))
    inputs = torch.randint(5, (3, 7, 6)) if text else torch.randn(3, 7, 1, 4, 4)
    weights, stack = flatten_stack(modules, batched=batched)
    outputs = stack(weights, inputs)
    for module, own, output in zip(modules, inputs, outputs, strict=True):
        torch.testing.assert_close(output, module(own))
    kept = stack.kept([2, 0])
    torch.testing.assert_close(kept(weights[[2, 0]], inputs[[2, 0]]), outputs[[2, 0]])


def test_the_gradient_of_the_sum_holds_the_gradient_of_each():
    modules, inputs, targets = networks(), torch.randn(3, 7, 1, 4, 4), torch.randn(3, 7, 5)
    weights, stack = flatten_stack(modules)
    point = weights.clone().requires_grad_()
    losses = stack.losses(squared_error, point, inputs, targets)
    assert losses.shape == (3, 7)
    (found,) = torch.autograd.grad(losses.sum(), point)
    for module, own, aim, row in zip(modules, inputs, targets, found, strict=True):
        alone, network = flatten(module)
        alone.requires_grad_()
        expected = torch.autograd.grad(squared_error.losses(network(alone, own), aim).sum(), alone)[0]
        torch.testing.assert_close(row, expected)


def test_tokens_are_examples_of_their_own():
    modules = networks(GPT(8, depth=2, heads=2), (6,))
    weights, stack = flatten_stack(modules)
    tokens, targets = torch.randint(5, (3, 4, 6)), torch.randint(5, (3, 4, 6))
    assert stack.losses(cross_entropy, weights, tokens, targets).shape == (3, 24)


def test_modules_keep_their_numbers_also_if_the_forward_pass_raises():
    modules = networks()
    before = [part.multiplier for part in modules[0].modules() if hasattr(part, "multiplier")]
    weights, stack = flatten_stack(modules)
    with pytest.raises(IndexError):
        stack(weights, torch.randn(3, 7, 3))
    assert [part.multiplier for part in modules[0].modules() if hasattr(part, "multiplier")] == before


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ([], "at least one"),
        ([nn.Linear(3, 2), nn.Linear(3, 1)], "module 1 differs from module 0 in the shapes"),
        ([nn.Sequential(nn.Linear(3, 2), nn.ReLU()), nn.Sequential(nn.Linear(3, 2), nn.Tanh())], "kinds of its parts"),
        ([nn.BatchNorm1d(3).eval(), nn.BatchNorm1d(3).eval()], "buffers"),
    ],
)
def test_modules_that_are_no_stack_are_refused(modules, message):
    with pytest.raises(ValueError, match=message):
        flatten_stack(modules)


def test_attributes_that_differ_without_being_named_are_refused():
    slopes = [nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(slope)) for slope in (0.1, 0.9)]
    with pytest.raises(ValueError, match=r"1.negative_slope: 0.1 and 0.9; make them equal, or name it"):
        flatten_stack(slopes)
    inputs = torch.randn(2, 5, 3)
    weights, stack = flatten_stack(slopes, numbers=("negative_slope",), batched=False)
    for output, module, own in zip(stack(weights, inputs), slopes, inputs, strict=True):
        torch.testing.assert_close(output, module(own))


def test_modules_of_two_precisions_are_refused():
    with pytest.raises(ValueError, match="several kinds"):
        flatten_stack([nn.Linear(3, 2), nn.Linear(3, 2).float()])
