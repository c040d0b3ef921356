"""muP written by hand in plain torch, with every factor open to be got wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectra.checks import Trial

BASE = 32
WIDTHS = (32, 64, 128, 256)
SGD = {"input": 1.0, "hidden": 0.0, "output": 1.0, "vector": 1.0, "fixed": 0.0}
ADAM = {"input": 0.0, "hidden": -1.0, "output": 0.0, "vector": 0.0, "fixed": 0.0}
SMALL = 1 / 8  # of the readout, so that residuals hold little of the first outputs


@dataclass(frozen=True)
class Handmade:
    """How a network scales: exponents of the width ratio.

    Attributes:
        network: A class that is built from a width and the factor on its outputs.
        rates: Exponents of the learning rates, by role.
        multiplier: Exponent of the factor on the readout.
        optimizer: Makes an optimizer from groups, the width ratio and the base rate.
        rate: Base learning rate.
        update: Makes what updates the weights; None: plain steps.
    """

    network: type[nn.Module]
    rates: Mapping[str, float]
    optimizer: Callable[[list[dict], float, float], torch.optim.Optimizer]
    rate: float
    multiplier: float = -1.0
    options: Mapping[str, object] = field(default_factory=dict)
    update: Callable[[Trial, int], Callable[[], object]] | None = None

    def __call__(self, width: int, seed: int) -> Trial:
        ratio = width / BASE
        module = self.network(width, SMALL * ratio**self.multiplier, **self.options)
        roles = module.roles()
        groups = [
            {"params": [tensor], "lr": self.rate * ratio ** self.rates[roles[name]], "name": name}
            for name, tensor in module.named_parameters()
        ]
        trial = Trial(module, self.optimizer(groups, ratio, self.rate), module.loss)
        return trial if self.update is None else Trial(module, trial.optimizer, trial.loss, self.update(trial, width))


def sgd(groups, ratio, rate):
    return torch.optim.SGD(groups, lr=rate)


def adam(groups, ratio, rate):
    return torch.optim.Adam(groups, lr=rate, eps=1e-12)


class Perceptron(nn.Module):
    """W_out tanh(W tanh(W_in x)) with biases, on 16 noise examples with 16 outputs."""

    def __init__(self, width: int, factor: float) -> None:
        super().__init__()
        self.embed, self.hidden = nn.Linear(16, width), nn.Linear(width, width)
        self.readout, self.bias = nn.Linear(width, 16, bias=False), nn.Parameter(torch.zeros(16))
        self.factor = factor
        for layer in (self.embed, self.hidden):
            nn.init.normal_(layer.weight, std=layer.weight.shape[1] ** -0.5)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.readout.weight, std=BASE**-0.5)

    def roles(self) -> dict[str, str]:
        biases = {"embed.bias": "vector", "hidden.bias": "vector", "bias": "fixed"}
        return {"embed.weight": "input", "hidden.weight": "hidden", "readout.weight": "output", **biases}

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = torch.tanh(self.hidden(torch.tanh(self.embed(inputs))))
        return self.factor * self.readout(hidden) + self.bias

    def loss(self, module: nn.Module) -> Tensor:
        generator = torch.Generator().manual_seed(7)
        inputs, targets = torch.randn(2, 16, 16, generator=generator)
        return (module(inputs) - targets).square().mean()


class Attender(nn.Module):
    """One head of attention between an embedding and a readout; the target of a row is its first token.

    Args:
        width: Length of the stream, and dimension of the head.
        factor: Factor on the logits of the network.
        power: The attention logits are q.k / BASE^(1/2) (d/BASE)^power.
        tied: Whether the embedding is the readout.
    """

    def __init__(self, width: int, factor: float, *, power: float = -1.0, tied: bool = False) -> None:
        super().__init__()
        self.embed, self.positions = nn.Embedding(16, width), nn.Parameter(torch.randn(6, width))
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.readout = nn.Linear(width, 16, bias=False)
        for layer in (self.query, self.key, self.value):
            nn.init.normal_(layer.weight, std=width**-0.5)
        nn.init.normal_(self.readout.weight, std=BASE**-0.5)
        self.factor, self.scale = factor, BASE**-0.5 * (width / BASE) ** power
        if tied:
            self.readout.weight, self.factor = self.embed.weight, factor * BASE**-0.5

    def roles(self) -> dict[str, str]:
        hidden = dict.fromkeys(("query.weight", "key.weight", "value.weight"), "hidden")
        return {"embed.weight": "input", "positions": "vector", "readout.weight": "output", **hidden}

    def forward(self, tokens: Tensor) -> Tensor:
        stream = self.embed(tokens) + self.positions
        mixed = functional.scaled_dot_product_attention(
            self.query(stream), self.key(stream), self.value(stream), scale=self.scale
        )
        return self.factor * self.readout(stream + mixed)

    def loss(self, module: nn.Module) -> Tensor:
        tokens = torch.randint(16, (32, 6), generator=torch.Generator().manual_seed(7))
        return functional.cross_entropy(module(tokens).flatten(0, 1), tokens[:, :1].expand(-1, 6).flatten())
