"""Optimizers, as specs that build."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from pydantic import ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SGD:
    """Mini-batch stochastic gradient descent with a constant learning rate and heavy-ball momentum.

    Attributes:
        rate: Base learning rate, before the regime multiplies it.
        momentum: Heavy-ball coefficient; the regime leaves it alone.
        decay: Base weight decay.
        batch_size: Examples for an update, drawn without replacement within an epoch; None is the whole training set.
    """

    rate: PositiveFloat
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    decay: NonNegativeFloat = 0.0
    batch_size: PositiveInt | None = None
    kind: Literal["sgd"] = "sgd"

    def build(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The optimizer for parameter groups that carry their own `lr` and `weight_decay`."""
        return torch.optim.SGD(groups, lr=self.rate, momentum=self.momentum)


OPTIMIZERS: dict[str, type] = {"sgd": SGD}
