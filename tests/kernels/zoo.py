"""Modules of every kind, each with a few examples, and the route that each parameter is expected to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Case:
    """A module, inputs, and how many of its parameters take a slower route than the first."""

    build: Callable[[], nn.Module]
    inputs: Callable[[], Tensor]
    slower: int = 0


class Called(nn.Module):
    """A module whose forward pass is a function of it."""

    def __init__(self, forward: Callable[[nn.Module, Tensor], Tensor], **held: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.run = forward
        for name, value in held.items():
            setattr(self, name, value)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.run(self, inputs)


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 7, bias=False), nn.Tanh(), nn.Linear(7, 3))


def in_place() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(inplace=True), nn.Linear(8, 3), nn.ELU(inplace=True))


def convolutions() -> nn.Module:
    """Grouped, strided, dilated and padded, with biases and without."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 6, (3, 2), dilation=(1, 2), padding=(2, 1), padding_mode="circular", bias=False),
        nn.SiLU(),
        nn.Conv2d(6, 6, 3, padding="same", groups=6),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.LazyLinear(3),
    )


def one_and_three_dimensions() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 4, 4, padding="same"), nn.Tanh(), nn.Unflatten(2, (1, 2, 5)), nn.Conv3d(4, 3, (1, 2, 3)),
        nn.Flatten(), nn.Linear(9, 2),
    )  # fmt: skip


def transposed() -> nn.Module:
    return nn.Sequential(
        nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2), nn.Tanh(),
        nn.ConvTranspose2d(4, 2, 2, dilation=2, bias=False), nn.Flatten(1, 2), nn.ConvTranspose1d(16, 2, 3),
        nn.Flatten(), nn.Tanh(), nn.Linear(20, 2),
    )  # fmt: skip


def batch_norm() -> nn.Module:
    module = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 5), nn.BatchNorm1d(5), nn.Tanh()
    )
    module(torch.randn(20, 2, 5, 5))  # statistics that are not those of the start
    return module.eval()


def norms() -> nn.Module:
    return scaled(
        nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.Tanh(), nn.InstanceNorm2d(4, affine=True), nn.LayerNorm([3, 3]),
            nn.Flatten(2), nn.RMSNorm(9), nn.LayerNorm(9, bias=False), nn.Tanh(), nn.Flatten(), nn.Linear(36, 3),
        )
    )  # fmt: skip


def scaled(module: nn.Module) -> nn.Module:
    """Parameters that are neither one nor zero."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return module


def tokens() -> nn.Module:
    return nn.Sequential(nn.Embedding(7, 5, padding_idx=2), nn.Linear(5, 5), nn.Tanh(), nn.Flatten(), nn.Linear(20, 3))


def bag() -> nn.Module:
    return nn.Sequential(nn.EmbeddingBag(7, 5), nn.Tanh(), nn.Linear(5, 3))


def plain_attention() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        queries, keys, values = self.mix(self.norm(inputs)).chunk(3, dim=-1)
        mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        return self.last((inputs + self.back(mixed)).mean(1))

    return Called(
        forward, norm=nn.LayerNorm(6), mix=nn.Linear(6, 18), back=nn.Linear(6, 6, bias=False), last=nn.Linear(6, 3)
    )


def multi_head() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        mixed, _ = self.attention(inputs, inputs, inputs)
        crossed, _ = self.crossed(mixed, inputs.tanh(), inputs)
        return self.last(crossed.mean(1))

    return scaled(
        Called(
            forward,
            attention=nn.MultiheadAttention(6, 2, batch_first=True),
            crossed=nn.MultiheadAttention(6, 3, batch_first=True),
            last=nn.Linear(6, 3),
        )
    )


def odd_attention() -> nn.Module:
    """Other widths of keys and values, biases among the keys, positions along the first axis."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        turned = inputs.transpose(0, 1)
        mixed, _ = self.attention(turned, turned[..., :4], turned[..., :5], need_weights=False)
        return mixed.mean(0)

    return scaled(Called(forward, attention=nn.MultiheadAttention(6, 2, kdim=4, vdim=5, add_bias_kv=True)))


def encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.1, batch_first=True)
    return nn.Sequential(
        nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Flatten(), nn.Linear(24, 2)
    ).eval()


def recurrent() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        return self.last(self.cells(inputs)[0][:, -1])

    return Called(forward, cells=nn.LSTM(6, 4, batch_first=True), last=nn.Linear(4, 2))


def gated() -> nn.Module:
    return Called(lambda self, inputs: self.cells(inputs.transpose(0, 1))[1][0], cells=nn.GRU(6, 4))


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


def slopes() -> nn.Module:
    return scaled(nn.Sequential(nn.Conv2d(2, 4, 3), nn.PReLU(4), nn.Flatten(), nn.PReLU(), nn.Linear(36, 3)))


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


def partly_frozen() -> nn.Module:
    module = mlp()
    module[0].weight.requires_grad_(False)
    module[4].bias.requires_grad_(False)
    return module


def vectors() -> Tensor:
    return torch.randn(5, 6)


def sequences() -> Tensor:
    return torch.randn(5, 4, 6)


def indices() -> Tensor:
    return torch.randint(7, (5, 4))


ZOO = {
    "mlp": Case(mlp, vectors),
    "in-place": Case(in_place, vectors),
    "convolutions": Case(convolutions, lambda: torch.randn(5, 2, 8, 8)),
    "1-d and 3-d": Case(one_and_three_dimensions, lambda: torch.randn(5, 2, 10)),
    "transposed": Case(transposed, lambda: torch.randn(5, 2, 3, 3)),
    "batch norm": Case(batch_norm, lambda: torch.randn(5, 2, 5, 5)),
    "norms": Case(norms, lambda: torch.randn(5, 2, 5, 5)),
    "embedding": Case(tokens, indices),
    "embedding bag": Case(bag, indices, slower=1),
    "attention": Case(plain_attention, sequences),
    "multi-head": Case(multi_head, sequences),
    "odd attention": Case(odd_attention, sequences, slower=3),
    "encoder": Case(encoder, sequences),
    "LSTM": Case(recurrent, sequences, slower=4),
    "GRU": Case(gated, sequences, slower=4),
    "tied": Case(tied, indices),
    "reused": Case(reused, sequences),
    "raw": Case(raw, sequences, slower=1),
    "slopes": Case(slopes, lambda: torch.randn(5, 2, 5, 5)),
    "tangent": Case(tangent_parameterized, vectors),
    "made weights": Case(made_weights, sequences, slower=3),
    "folded": Case(folded, sequences),
    "turned fold": Case(turned_fold, sequences, slower=2),
    "branching": Case(branching, vectors, slower=4),
    "idle": Case(idle, vectors, slower=2),
    "partly frozen": Case(partly_frozen, vectors),
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
