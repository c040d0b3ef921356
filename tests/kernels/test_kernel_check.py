"""Finished kernels are held against automatic differentiation at examples on which no route was tried."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.kernel_check import require_true
from spectra.kernels.kernel_sides import kernel_side
from spectra.kernels.kernel_tiles import Request, tiled_kernels
from tests.kernels.called import Called
from tests.kernels.zoo import dense_blocks
from tests.kernels.zoo_of_layers import mlp
from tests.kernels.zoo_of_uses import turned_fold


def _sorted(self, x):
    order = x[:, 0].argsort()
    inner = self.first(x[order]).tanh()
    return self.last(torch.empty_like(inner).index_copy(0, order, inner))


def _flipped(self, x):
    return self.last(self.first(x.flip(0)).tanh().flip(0))


def _case(kind):
    """A module that treats a batch in another way than its first two examples, and that batch."""
    x = torch.randn(6, 5)
    if kind == "zeros":
        return turned_fold(), torch.cat([torch.zeros(2, 4, 6), torch.randn(4, 4, 6)])
    x[:2] = x[:1].expand(2, -1) if kind == "flip" else torch.tensor([[-9.0], [-8.0]])
    return Called(_flipped if kind == "flip" else _sorted, first=nn.Linear(5, 4), last=nn.Linear(4, 2)), x


@pytest.mark.parametrize("outputs", ["full", "diagonal", "trace", 1, "sum_of_logits"])
@pytest.mark.parametrize("kind", ["sort", "flip", "zeros"])
def test_batches_that_are_rearranged_inside_are_seen_and_the_loop_is_right(kind, outputs):
    module, x = _case(kind)
    with pytest.raises(ValueError, match=r'sum of its entries is .* such as to sort it.*method="loop"'):
        empirical_ntk(module, x, outputs=outputs)
    assert_close(empirical_ntk(module, x, method="loop"), dense_blocks(module, x))


@pytest.mark.parametrize("per_layer", [False, True])
@pytest.mark.parametrize("second", [None, 4])
@pytest.mark.parametrize("outputs", ["full", "diagonal", "trace", 2, "sum_of_logits"])
def test_one_wrong_entry_among_those_that_are_looked_at_is_seen(outputs, second, per_layer):
    module, x = mlp(), torch.randn(7, 6)
    one, contraction = kernel_side(module, x, outputs, "auto")
    two = None if second is None else kernel_side(module, torch.randn(second, 6), outputs, "auto")[0]
    diagonal = {name: torch.rand(value.numel()) for name, value in module.named_parameters()}
    request = Request(contraction, diagonal, 3, torch.float64, per_layer)
    kernels = list(tiled_kernels(one, two, request).values())
    require_true(kernels, one, two, request)
    kernels[0][6] *= 1 + 1e-5
    with pytest.raises(ValueError, match=r"\[2, 3, 6\]"):
        require_true(kernels, one, two, request)


def test_the_check_costs_three_forward_passes_of_one_example_whatever_their_number():
    def forward(self, x):
        sizes.append(len(x))
        return self.first(x)

    counts = []
    for examples in (9, 90):
        sizes: list[int] = []
        module = Called(forward, first=nn.Linear(5, 2))
        one, contraction = kernel_side(module, torch.randn(examples, 5), "full", "auto")
        request = Request(contraction, {"first.weight": 1.0, "first.bias": 1.0}, None, torch.float64, per_layer=False)
        kernels = tiled_kernels(one, None, request).values()
        sizes.clear()
        require_true(kernels, one, None, request)
        counts.append(sizes)
    assert counts == [[1, 1, 1]] * 2
