"""A small network under a regime, and its losses in training."""

import torch

from spectra.models import ResidualMLP
from spectra.objectives import cross_entropy
from spectra.scaling import Regime, Size, parameter_groups, parameterize

BASE = Size(16, 2)
DATA = torch.randn(20, 8, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 3


def network(regime: Regime, size: Size, *, rate=0.1, decay=0.0, epsilon=0.0, seed=0):
    """A model and its optimizer, of the family that the regime is for; equal seeds draw equal numbers.

    Under tanh no gradient is exactly zero, which Adam without an epsilon could not bear.
    """
    model = ResidualMLP(size.width, depth=size.depth, activation="tanh", bias=True).build(8, 3)
    parameterize(model, regime, size, torch.Generator().manual_seed(seed))
    groups = parameter_groups(model, regime, size, rate=rate, decay=decay, epsilon=epsilon)
    if regime.optimizer == "sgd":
        return model, torch.optim.SGD(groups, lr=rate, momentum=0.5)
    return model, torch.optim.AdamW(groups, lr=rate)


def losses(regime: Regime, size: Size, steps: int = 10, **options) -> torch.Tensor:
    """Training losses (steps,) on one batch."""
    model, optimizer = network(regime, size, **options)
    return torch.stack([update(model, optimizer) for _ in range(steps)])


def update(model, optimizer) -> torch.Tensor:
    """One update; the loss before it."""
    loss = cross_entropy.losses(model(DATA[0]), DATA[1]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
