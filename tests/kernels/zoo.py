"""Modules of every kind, each with a few examples, and how many of their parameters take slow routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tests.kernels import zoo_of_layers as layers
from tests.kernels import zoo_of_sequences as sequential
from tests.kernels import zoo_of_uses as uses


@dataclass(frozen=True)
class Case:
    """A module, inputs, and how many of its parameters take a slower route than the first."""

    build: Callable[[], nn.Module]
    inputs: Callable[[], Tensor]
    slower: int = 0


def vectors() -> Tensor:
    return torch.randn(5, 6)


def sequences() -> Tensor:
    return torch.randn(5, 4, 6)


def indices() -> Tensor:
    return torch.randint(7, (5, 4))


ZOO = {
    "mlp": Case(layers.mlp, vectors),
    "in-place": Case(layers.in_place, vectors),
    "convolutions": Case(layers.convolutions, lambda: torch.randn(5, 2, 8, 8)),
    "1-d and 3-d": Case(layers.one_and_three_dimensions, lambda: torch.randn(5, 2, 10)),
    "transposed": Case(layers.transposed, lambda: torch.randn(5, 2, 3, 3)),
    "batch norm": Case(layers.batch_norm, lambda: torch.randn(5, 2, 5, 5)),
    "norms": Case(layers.norms, lambda: torch.randn(5, 2, 5, 5)),
    "embedding": Case(sequential.tokens, indices),
    "embedding bag": Case(sequential.bag, indices, slower=1),
    "attention": Case(sequential.plain_attention, sequences),
    "multi-head": Case(sequential.multi_head, sequences),
    "odd attention": Case(sequential.odd_attention, sequences, slower=3),
    "encoder": Case(sequential.encoder, sequences),
    "LSTM": Case(sequential.recurrent, sequences, slower=4),
    "GRU": Case(sequential.gated, sequences, slower=4),
    "tied": Case(uses.tied, indices),
    "reused": Case(uses.reused, sequences),
    "raw": Case(uses.raw, sequences, slower=1),
    "slopes": Case(layers.slopes, lambda: torch.randn(5, 2, 5, 5)),
    "tangent": Case(uses.tangent_parameterized, vectors),
    "made weights": Case(uses.made_weights, sequences, slower=3),
    "folded": Case(uses.folded, sequences),
    "turned fold": Case(uses.turned_fold, sequences, slower=2),
    "branching": Case(uses.branching, vectors, slower=4),
    "idle": Case(uses.idle, vectors, slower=2),
    "own function": Case(uses.own_function, vectors, slower=1),
    "vectorized": Case(uses.vectorized, vectors, slower=1),
    "bilinear": Case(uses.bilinear, vectors, slower=2),
    "partly frozen": Case(layers.partly_frozen, vectors),
}


def dense_jacobian(module: nn.Module, inputs: Tensor) -> Tensor:
    """(N, O, P) by one ordinary backward pass for every example and output."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    rows = [torch.stack([_row(output, parameters) for output in module(one).reshape(-1)]) for one in inputs.split(1)]
    return torch.stack(rows)


def dense_kernel(module: nn.Module, x1: Tensor, x2: Tensor | None = None, diagonal: Tensor | None = None) -> Tensor:
    """J D J' (N, M, O, O) from whole Jacobians."""
    one = dense_jacobian(module, x1)
    two = one if x2 is None else dense_jacobian(module, x2)
    return torch.einsum("nop,mqp->nmoq", one, two if diagonal is None else two * diagonal)


def _row(output: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    slopes = torch.autograd.grad(output, parameters, retain_graph=True, allow_unused=True)
    pairs = zip(slopes, parameters, strict=True)
    return torch.cat([(torch.zeros_like(held) if slope is None else slope).flatten() for slope, held in pairs])
