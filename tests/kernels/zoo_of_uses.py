"""Parameters that are used in unusual ways: tied, reused, raw, rescaled, along another axis, or not at all."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.kernels.called import Called


def tied() -> nn.Module:
    """One matrix embeds and reads out; another is used by two layers."""
    module = nn.Sequential(
        nn.Embedding(7, 5), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 7, bias=False),
        Called(lambda self, inputs: inputs.mean(1)),
    )  # fmt: skip
    module[5].weight = module[0].weight
    module[3].weight = module[1].weight
    return module


def reused() -> nn.Module:
    """A layer that is called on vectors, on sequences, and twice in a row."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        inner = self.layer(self.layer(inputs).tanh()).tanh().mean(1)
        return self.layer(inner)

    return Called(forward, layer=nn.Linear(6, 6))


def raw() -> nn.Module:
    """Parameters that the forward pass uses itself: positions, a scale, a first token, a matrix, a slope."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        stream = inputs * self.scale + self.positions
        stream = torch.cat([self.first.expand(len(inputs), -1, -1), stream], 1) @ self.matrix
        return functional.prelu(functional.linear(stream.tanh(), self.weight, self.shift).mean(1), self.slope)

    return Called(
        forward,
        scale=nn.Parameter(torch.randn(6)),
        positions=nn.Parameter(torch.randn(4, 6)),
        first=nn.Parameter(torch.randn(1, 1, 6)),
        matrix=nn.Parameter(torch.randn(6, 5)),
        weight=nn.Parameter(torch.randn(3, 5)),
        shift=nn.Parameter(torch.randn(3)),
        slope=nn.Parameter(torch.rand(1)),
    )


def tangent_parameterized() -> nn.Module:
    """Weights that are divided by the root of their inputs where they are used, and one that is transposed too."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        inner = functional.linear(inputs, self.first * (2 / 6) ** 0.5, 0.1 * self.shift).relu()
        return 5**-0.5 * (inner @ (self.last / 5**0.5).T)

    return Called(
        forward,
        first=nn.Parameter(torch.randn(5, 6)),
        shift=nn.Parameter(torch.randn(5)),
        last=nn.Parameter(torch.randn(3, 5)),
    )


def made_weights() -> nn.Module:
    """Weights that are made of parameters: normalised, scaled, transposed, indexed by position."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        stream = self.normal(inputs + self.places(torch.arange(4))).tanh()
        return functional.linear(stream, self.matrix / 5**0.5).mean(1) @ self.back.T

    return Called(
        forward,
        normal=nn.utils.parametrizations.weight_norm(nn.Linear(6, 5)),
        places=nn.Embedding(4, 6),
        matrix=nn.Parameter(torch.randn(3, 5)),
        back=nn.Parameter(torch.randn(2, 3)),
    )


def folded() -> nn.Module:
    """Examples and places in one axis, and examples along the second axis."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        folded = self.first(inputs.reshape(-1, 6)).tanh()
        turned = self.second(folded.view(len(inputs), -1, 5).transpose(0, 1)).tanh()
        return self.last(turned.permute(1, 2, 0).flatten(1))

    return Called(forward, first=nn.Linear(6, 5), second=nn.Linear(5, 5), last=nn.Linear(20, 2))


def turned_fold() -> nn.Module:
    """Places and examples in one axis in the other order, which recorded calls cannot tell from the usual one."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        folded = self.first(inputs.transpose(0, 1).reshape(-1, 6)).tanh()
        return self.last(folded.view(4, len(inputs), 5).mean(0))

    return Called(forward, first=nn.Linear(6, 5), last=nn.Linear(5, 2))


def branching() -> nn.Module:
    """What is computed depends on the input."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        rows = [self.first(one) if one.sum().item() > 0 else self.second(one.tanh()) for one in inputs]
        return torch.stack(rows)

    return Called(forward, first=nn.Linear(6, 2), second=nn.Linear(6, 2))


def idle() -> nn.Module:
    return Called(lambda self, inputs: self.first(inputs)[:, 0], first=nn.Linear(6, 2), second=nn.Linear(6, 2))


class Product(torch.autograd.Function):
    """Inputs times a vector, with a backward pass of its own."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, vector: Tensor) -> Tensor:
        ctx.save_for_backward(inputs, vector)
        return inputs * vector

    @staticmethod
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor, Tensor]:
        inputs, vector = ctx.saved_tensors
        return gradients * vector, (gradients * inputs).sum(0)


def own_function() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        return self.last(Product.apply(inputs, self.vector))

    return Called(forward, vector=nn.Parameter(torch.randn(6)), last=nn.Linear(6, 2))


def vectorized() -> nn.Module:
    """The forward pass itself takes examples one by one in a vectorised function."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        return torch.vmap(lambda one: functional.linear(one, self.matrix).tanh())(inputs)

    return Called(forward, matrix=nn.Parameter(torch.randn(3, 6)))


def bilinear() -> nn.Module:
    return Called(lambda self, inputs: self.form(inputs, inputs), form=nn.Bilinear(6, 6, 3))
