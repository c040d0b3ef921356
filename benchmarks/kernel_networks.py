"""The networks whose tangent kernels are timed, and their examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from networks import AttentionBlock, ConvResNet
from torch import Tensor, nn


@dataclass(frozen=True)
class Problem:
    """A network at its start and the number of its examples."""

    name: str
    network: Callable[[], nn.Module]
    draw: Callable[[int, torch.Generator], Tensor]
    examples: int
    outputs: int = 10

    def build(self) -> nn.Module:
        """The network, the same at every call."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return self.network()

    def inputs(self, examples: int) -> Tensor:
        """So many examples, the same at every call."""
        return self.draw(examples, torch.Generator().manual_seed(1))


class Classifier(nn.Module):
    """Two attention blocks of width 128 on 64 tokens; the mean over positions is read out."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(256, 128)
        self.positions = nn.Parameter(0.02 * torch.randn(64, 128))
        self.blocks = nn.Sequential(*(AttentionBlock(128, heads=4) for _ in range(2)))
        self.norm = nn.LayerNorm(128)
        self.last = nn.Linear(128, 10)

    def forward(self, tokens: Tensor) -> Tensor:
        """Token indices (N, 64) -> logits (N, 10)."""
        return self.last(self.norm(self.blocks(self.tokens(tokens) + self.positions)).mean(1))


def perceptron() -> nn.Module:
    """784-512-512-10."""
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def _vectors(examples: int, generator: torch.Generator) -> Tensor:
    return torch.randn(examples, 784, generator=generator)


def _images(examples: int, generator: torch.Generator) -> Tensor:
    return torch.randn(examples, 3, 32, 32, generator=generator)


def _tokens(examples: int, generator: torch.Generator) -> Tensor:
    return torch.randint(256, (examples, 64), generator=generator)


PROBLEMS = (
    Problem("mlp", perceptron, _vectors, 64),
    Problem("mlp", perceptron, _vectors, 512),
    Problem("conv", lambda: ConvResNet(10), _images, 64),
    Problem("transformer", Classifier, _tokens, 64),
)
