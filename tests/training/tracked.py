"""Modules under training, with trackers beside them."""

import torch
from torch import nn

from spectra.training import StepGrid

DATA = torch.randn(40, 6, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 3
BATCHES = [(DATA[0][:25], DATA[1][:25]), (DATA[0][25:], DATA[1][25:])]
EVERY = StepGrid(every=1)


def moving_parts():
    """A module with dropout and batch statistics, one part of which is frozen in evaluation mode."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 3))
    module.train()
    module[1].eval()
    return module


def train(module, optimizer, steps: int, tracker=None) -> list[float]:
    losses = []
    for step in range(steps):
        if tracker is not None:
            tracker(step)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(module(DATA[0]), DATA[1])
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def user_loss(module, batch):
    return nn.functional.cross_entropy(module(batch["inputs"]), batch["labels"], reduction="sum"), len(batch["labels"])


def values(tracker, quantity) -> list[float]:
    table = tracker.table
    return table[table.quantity == quantity].value.tolist()


def as_mappings() -> list[dict[str, torch.Tensor]]:
    return [{"inputs": inputs, "labels": labels} for inputs, labels in BATCHES]
