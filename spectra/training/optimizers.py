"""Optimizers, as specs that build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol, Required, TypedDict, runtime_checkable

import torch
from pydantic import ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.training.update_rules import AdaptiveMoments, Descent, Factors, UpdateRule, scalars

STRICT = ConfigDict(extra="forbid")
Beta = Annotated[float, Field(ge=0, lt=1)]


class BaseValues(TypedDict, total=False):
    """What a regime multiplies: keywords of `spectra.scaling.parameter_groups`."""

    rate: Required[float]
    decay: Required[float]
    epsilon: float


@runtime_checkable
class OptimizerSpec(Protocol):
    """A frozen dataclass of plain values, with a `kind` that `spectra.scaling.optimizer_family` knows."""

    kind: str
    rate: float
    batch_size: int | None

    def base_values(self) -> BaseValues:
        """What the regime multiplies."""

    def build(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The optimizer for parameter groups that carry what the regime made of the base values."""

    def rule(self, members: Sequence[Any], factors: Factors) -> UpdateRule:
        """The same optimizer for K networks at once: specs of this kind, with what their regimes made of them."""


@dataclass(frozen=True, config=STRICT)
class SGD:
    """Mini-batch stochastic gradient descent with a constant learning rate and heavy-ball momentum.

    Attributes:
        rate: Base learning rate, before the regime multiplies it.
        momentum: Heavy-ball coefficient; the regime leaves it alone.
        decay: Base weight decay.
        batch_size: Examples for an update, drawn without replacement within an epoch; None is the whole training set.
    """

    rate: PositiveFloat
    momentum: Beta = 0.0
    decay: NonNegativeFloat = 0.0
    batch_size: PositiveInt | None = None
    kind: Literal["sgd"] = "sgd"

    def base_values(self) -> BaseValues:
        """Rate and decay."""
        return {"rate": self.rate, "decay": self.decay}

    def build(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """`torch.optim.SGD`."""
        return torch.optim.SGD(groups, lr=self.rate, momentum=self.momentum)

    def rule(self, members: Sequence[SGD], factors: Factors) -> Descent:
        """The same update for K networks."""
        decay = factors.decay if bool(factors.decay.any()) else None
        momenta = scalars([spec.momentum for spec in members], factors.rate).to(factors.rate)
        return Descent(factors.rate, decay, momenta if bool(momenta.any()) else None)


@dataclass(frozen=True, config=STRICT)
class Adam:
    """Adam with a constant learning rate, without weight decay: the decay that scales well is that of AdamW.

    Attributes:
        rate: Base learning rate, before the regime multiplies it.
        beta1: Decay of the mean of gradients; the regime leaves it alone.
        beta2: Decay of the mean of their squares, likewise.
        epsilon: Base value of what is added to the root of that mean; the regime multiplies it.
        batch_size: Examples for an update, drawn without replacement within an epoch; None is the whole training set.
    """

    rate: PositiveFloat
    beta1: Beta = 0.9
    beta2: Beta = 0.999
    epsilon: NonNegativeFloat = 1e-8
    batch_size: PositiveInt | None = None
    kind: Literal["adam"] = "adam"

    def base_values(self) -> BaseValues:
        """Rate and epsilon, and no decay."""
        return {"rate": self.rate, "decay": 0.0, "epsilon": self.epsilon}

    def build(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """`torch.optim.Adam`."""
        return torch.optim.Adam(groups, lr=self.rate, betas=(self.beta1, self.beta2))

    def rule(self, members: Sequence[Adam], factors: Factors) -> AdaptiveMoments:
        """The same update for K networks."""
        betas = (scalars([getattr(spec, beta) for spec in members], factors.rate) for beta in ("beta1", "beta2"))
        return AdaptiveMoments(factors.rate, None, factors.epsilon, *betas)


@dataclass(frozen=True, config=STRICT)
class AdamW:
    """Adam with decoupled weight decay: an update shrinks a weight by the fraction rate * decay.

    Attributes:
        rate: Base learning rate, before the regime multiplies it.
        decay: Base weight decay; the regime multiplies it so that rate * decay is the same at every width.
        beta1: Decay of the mean of gradients; the regime leaves it alone.
        beta2: Decay of the mean of their squares, likewise.
        epsilon: Base value of what is added to the root of that mean; the regime multiplies it.
        batch_size: Examples for an update, drawn without replacement within an epoch; None is the whole training set.
    """

    rate: PositiveFloat
    decay: NonNegativeFloat = 0.01
    beta1: Beta = 0.9
    beta2: Beta = 0.999
    epsilon: NonNegativeFloat = 1e-8
    batch_size: PositiveInt | None = None
    kind: Literal["adamw"] = "adamw"

    def base_values(self) -> BaseValues:
        """Rate, decay and epsilon."""
        return {"rate": self.rate, "decay": self.decay, "epsilon": self.epsilon}

    def build(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """`torch.optim.AdamW`."""
        return torch.optim.AdamW(groups, lr=self.rate, betas=(self.beta1, self.beta2))

    def rule(self, members: Sequence[AdamW], factors: Factors) -> AdaptiveMoments:
        """The same update for K networks."""
        betas = (scalars([getattr(spec, beta) for spec in members], factors.rate) for beta in ("beta1", "beta2"))
        return AdaptiveMoments(factors.rate, factors.decay, factors.epsilon, *betas)


OPTIMIZERS: dict[str, type] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}
