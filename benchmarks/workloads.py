"""The networks, data and losses that everything is measured on, after a short training: random weights are special.

The data are synthetic but have structure to learn: a random teacher, smooth class templates, a sparse Markov chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import count, islice

import torch
from networks import GPT, ConvResNet, ResidualMLP
from torch import Tensor, nn
from torch.nn import functional

from spectra import Criterion, Objective, cross_entropy, flatten, squared_error


class MeanSquares(nn.Module):
    """Mean squared error in elementary operations; the fused one breaks forward-over-reverse differentiation."""

    reduction = "mean"

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Outputs and targets (N, C) -> scalar."""
        return (outputs - targets).square().mean()


class TokenCrossEntropy(nn.Module):
    """Mean cross-entropy over all tokens of all sequences."""

    reduction = "mean"

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Outputs (N, T, C), targets (N, T) -> scalar."""
        return functional.cross_entropy(outputs.flatten(0, 1), targets.flatten())


@dataclass(frozen=True)
class Workload:
    """One network at one point, with the same data and loss in the library's form and in that of the peers."""

    name: str
    module: nn.Module
    criterion: Criterion
    loss: nn.Module  # (outputs, targets) -> mean loss, for peers and training
    inputs: Tensor  # the examples that are measured
    targets: Tensor
    stream: tuple[Tensor, Tensor]  # the examples that the network is trained on, in turn

    @property
    def size(self) -> int:
        """Number of weights P."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    def objective(self) -> tuple[Tensor, Objective]:
        """Weights (P,) and the mean loss, as the library wants them."""
        weights, network = flatten(self.module)
        return weights, Objective(network, self.criterion, [(self.inputs, self.targets)])

    def mean_loss(self) -> Tensor:
        """The loss of the module at its own parameters."""
        return self.loss(self.module(self.inputs), self.targets)

    def double(self) -> Workload:
        """The same in double precision."""
        inputs, targets = (part.double() if part.is_floating_point() else part for part in (self.inputs, self.targets))
        return replace(self, module=deepcopy(self.module).double(), inputs=inputs, targets=targets)

    def training(self, *, rate: float | None = None, batch: int | None = None) -> Iterator[int]:
        """Train the module in place with Adam, yielding after each step the number of steps made, without an end."""
        rate, batch = rate or RATES[self.name], batch or BATCHES[self.name]
        optimizer = torch.optim.Adam(self.module.parameters(), lr=rate)
        inputs, targets = self.stream
        for step in count():
            rows = (torch.arange(batch) + step * batch) % len(inputs)
            optimizer.zero_grad()
            self.loss(self.module(inputs[rows]), targets[rows]).backward()
            optimizer.step()
            optimizer.zero_grad()
            yield step + 1


def mlp() -> Workload:
    """Residual MLP of width 256 and depth 8 on 1,024 examples of a random teacher, squared error."""
    inputs = torch.randn(1024, 64)
    targets = (inputs @ torch.randn(64, 32) / 8).tanh() @ torch.randn(32, 10) / 32**0.5
    return Workload("mlp", ResidualMLP(64, 10), squared_error, MeanSquares(), inputs, targets, (inputs, targets))


def conv() -> Workload:
    """Residual convolutional network with group norm on 256 images of 32 x 32 x 3, ten classes, cross-entropy."""
    targets = torch.randint(10, (256,))
    templates = functional.interpolate(torch.randn(10, 3, 8, 8), size=32, mode="bilinear")
    inputs = templates[targets] + torch.randn(256, 3, 32, 32)
    return Workload("conv", ConvResNet(10), cross_entropy, nn.CrossEntropyLoss(), inputs, targets, (inputs, targets))


def gpt() -> Workload:
    """Two-layer transformer of width 128 on 16 sequences of 64 tokens, vocabulary 256, cross-entropy."""
    tokens = markov_tokens(1024, 65, vocabulary=256)
    inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
    measured = (inputs[:16], targets[:16])
    return Workload("gpt", GPT(256, 64), cross_entropy, TokenCrossEntropy(), *measured, (inputs, targets))


def markov_tokens(sequences: int, length: int, *, vocabulary: int) -> Tensor:
    """Sequences of a chain in which every token has eight successors, common tokens more often than rare ones."""
    common = 1 / torch.arange(1.0, vocabulary + 1)
    successors = torch.multinomial(common.expand(vocabulary, vocabulary), 8)
    tokens = torch.multinomial(common, sequences, replacement=True)[:, None]
    for _ in range(length - 1):
        choice = torch.multinomial(1 / torch.arange(1.0, 9.0), sequences, replacement=True)
        tokens = torch.cat([tokens, successors[tokens[:, -1], choice][:, None]], 1)
    return tokens


FRESH: dict[str, Callable[[], Workload]] = {"mlp": mlp, "conv": conv, "gpt": gpt}
STEPS = {"mlp": 100, "conv": 60, "gpt": 100}
"""Enough for outliers to stand out of the bulk, on the positive side, as they do in trained networks."""

RATES = {"mlp": 1e-3, "conv": 1e-3, "gpt": 3e-4}
BATCHES = {"mlp": 1024, "conv": 64, "gpt": 16}


def fresh(name: str) -> Workload:
    """The workload at random weights, the same at every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return FRESH[name]()


def trained(name: str) -> Workload:
    """The workload after its short training."""
    workload = fresh(name)
    for _ in islice(workload.training(), STEPS[name]):
        pass
    return workload
