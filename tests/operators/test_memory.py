"""What operators keep until they are dropped."""

import gc
import weakref
from typing import ClassVar

import pytest
import torch
from torch import nn

from spectra.eigen import top_eigenpairs
from spectra.objectives import Objective, flatten, objective_of, squared_error
from spectra.operators import SymmetricOperator, empirical_fisher, fisher, gauss_newton, hessian


def vectors_kept(operator, batches: int) -> int:
    weights, network = flatten(nn.Sequential(nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 3)))
    objective = Objective(network, squared_error, [(torch.randn(4, 7), torch.randn(4, 3)) for _ in range(batches)])
    kept = operator(objective, weights)
    assert kept.dim == 58
    gc.collect()
    return sum(type(item) is torch.Tensor and item.shape == (58,) for item in gc.get_objects())


@pytest.mark.slow
@pytest.mark.parametrize("operator", [hessian, gauss_newton, fisher, empirical_fisher])
def test_no_vector_of_all_weights_is_kept_for_a_batch(operator):
    assert vectors_kept(operator, 9) == vectors_kept(operator, 2)


class Once(torch.autograd.Function):
    """The identity, whose graph holds a token as long as it lives."""

    tokens: ClassVar[list[weakref.ref[nn.Module]]] = []

    @staticmethod
    def forward(ctx, inputs):
        ctx.token = nn.Identity()
        Once.tokens.append(weakref.ref(ctx.token))
        return inputs.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, cotangent):
        return cotangent


def test_the_exact_graph_is_gone_before_finite_differences_begin():
    alive = []

    def loss(module, batch):
        alive.append(sum(token() is not None for token in Once.tokens))
        return Once.apply(module(batch).tanh()).square().sum(), len(batch)

    weights, objective = objective_of(nn.Linear(3, 2), loss, [torch.randn(5, 3)])
    assert hessian(objective, weights, method="auto").method == "finite_difference"
    assert alive == [0] * len(alive)


def test_no_more_room_is_made_than_products_are_allowed():
    seen = []

    def matmat(block):
        seen.append(
            max(
                len(item[0])
                for item in gc.get_objects()
                if type(item) is torch.Tensor and item.ndim == 3 and item.shape[2] == 977
            )
        )
        return torch.arange(977.0)[:, None] * block

    top_eigenpairs(SymmetricOperator(977, matmat, torch.get_default_dtype(), torch.device("cpu")), max_matvecs=6)
    assert max(seen) == 6
