"""A stack of networks is each of them."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from spectra.kernels import linearize
from spectra.models import GPT, ResidualMLP, VisionTransformer
from spectra.objectives import cross_entropy, flatten, flatten_stack, squared_error
from spectra.objectives.expansion import Expansion
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
    with pytest.raises(ValueError, match="built for examples of shape"):
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


def with_members(*parts) -> list[nn.Module]:
    """Two networks that end in a few outputs for each example."""
    return [nn.Sequential(*(part() for part in parts), nn.Flatten(), nn.LazyLinear(2)) for _ in range(2)]


class Attending(nn.TransformerEncoderLayer):
    """Attention inside a layer of torch, which has a fast path of its own."""

    def __init__(self) -> None:
        super().__init__(6, 2, 8, dropout=0.0, batch_first=True)


class Recurrent(nn.LSTM):
    """Outputs of all places alone."""

    def __init__(self) -> None:
        super().__init__(6, 4, batch_first=True)

    def forward(self, inputs):
        return super().forward(inputs)[0]


@pytest.mark.parametrize("include_start", [True, False])
@pytest.mark.parametrize(("part", "batched"), [(Attending, True), (Attending, False), (Recurrent, False)])
def test_members_of_an_expansion_are_linearized_modules(part, batched, include_start):
    modules, inputs = with_members(part), torch.randn(2, 3, 5, 6)
    for module in modules:
        module.eval()(inputs[0])
    start, stack = flatten_stack(modules, batched=batched)
    expanded = replace(stack, expansion=Expansion(start, include_start))
    weights = (start + 0.1 * torch.randn_like(start)).requires_grad_()
    outputs = expanded(weights, inputs)
    for k, (module, own) in enumerate(zip(modules, inputs, strict=True)):
        linear = linearize(module, include_start=include_start)
        nn.utils.vector_to_parameters((weights[k] - start[k]).detach(), linear.displacement.parameters())
        torch.testing.assert_close(outputs[k], linear(own))
    one = expanded.kept([1])
    torch.testing.assert_close(one(weights[1:], inputs[1:]), outputs[1:])
    slopes = [
        torch.autograd.grad(expanded(at, inputs).sum(), at)[0] for at in (weights, start.clone().requires_grad_())
    ]
    torch.testing.assert_close(*slopes)  # linear in the weights


def test_an_expansion_says_which_operation_has_no_forward_derivative():
    modules = [nn.EmbeddingBag(4, 2), nn.EmbeddingBag(4, 2)]
    start, stack = flatten_stack(modules, batched=False)
    with pytest.raises(NotImplementedError, match="an operation without a forward derivative"):
        replace(stack, expansion=Expansion(start))(start, torch.zeros(2, 3, 5, dtype=torch.int64))
