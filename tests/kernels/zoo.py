"""Modules of every kind, each with a few examples, and how many of their parameters take slow routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tests.kernels import zoo_of_layers as layers
from tests.kernels import zoo_of_sequences as sequential
from tests.kernels import zoo_of_uses as uses
from tests.kernels.dense_kernels import dense_jacobian


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


def dense_blocks(module: nn.Module, x1: Tensor, x2: Tensor | None = None, diagonal: float | Tensor = 1.0) -> Tensor:
    """J D J' (N, M, O, O) from whole Jacobians."""
    one, two = (dense_jacobian(module, some).unflatten(0, (len(some), -1)) for some in (x1, x1 if x2 is None else x2))
    return torch.einsum("nop,mqp->nmoq", one, two * diagonal)
