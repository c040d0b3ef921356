"""Updates of K networks at once, each with the numbers of its own optimizer."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

Moments = MutableMapping[str, Tensor]
Rule = TypeVar("Rule", bound="Descent | AdaptiveMoments")


@dataclass(frozen=True)
class Factors:
    """What the regimes of K members make of the base values of their optimizers, by parameter: (K, parameters)."""

    rate: Tensor
    decay: Tensor
    epsilon: Tensor


class UpdateRule(Protocol):
    """One optimizer for K members. It works on one parameter at a time: on its weights (K, n), and moments (K, n)."""

    moments: tuple[str, ...]

    def update(self, place: int, weights: Tensor, gradient: Tensor, moments: Moments, step: int) -> None:
        """Make update number `step`, counted from 1, of the parameter at some place, in place."""

    def step_sizes(self, place: int, moments: Moments, step: int) -> Tensor | None:
        """The diagonal D of the update -D m after `step` updates, (K, n) or (K, 1); None where there is none yet."""

    @property
    def coupled_decay(self) -> Tensor | None:
        """Weight decay that is part of the gradient and so of the curvature, (K, parameters); None if there is none."""

    def kept(self, places: Sequence[int]) -> UpdateRule:
        """The rule for some of the members."""


@dataclass(frozen=True)
class Descent:
    """w <- w - rate m with m <- momentum m + g + decay w, as `torch.optim.SGD` without dampening."""

    rate: Tensor  # (K, parameters)
    decay: Tensor | None  # (K, parameters)
    momentum: Tensor | None  # (K, 1)

    @property
    def moments(self) -> tuple[str, ...]:
        """The momentum, if a member has any."""
        return () if self.momentum is None else ("momentum",)

    def update(self, place: int, weights: Tensor, gradient: Tensor, moments: Moments, step: int) -> None:  # noqa: ARG002
        """One update, in place."""
        if self.decay is not None:
            gradient = gradient + self.decay[:, place, None] * weights
        if self.momentum is not None:
            # The first one is the gradient itself, whatever the factor: before it the momentum is zero.
            gradient = moments["momentum"].mul_(self.momentum).add_(gradient)
        weights.addcmul_(self.rate[:, place, None], gradient, value=-1)

    def step_sizes(self, place: int, moments: Moments, step: int) -> Tensor | None:  # noqa: ARG002
        """The rates."""
        return self.rate[:, place, None]

    @property
    def coupled_decay(self) -> Tensor | None:
        """All of the decay."""
        return self.decay

    def kept(self, places: Sequence[int]) -> Descent:
        """The rule for some of the members."""
        return _kept(self, places)


@dataclass(frozen=True)
class AdaptiveMoments:
    """Adam with decoupled decay, as `torch.optim.Adam` (without decay) and `AdamW`.

    w <- (1 - rate decay) w - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon), with m and v the running
    means of g and of g^2.

    Source: Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1; Loshchilov and Hutter 2019 (arXiv 1711.05101).
    """

    rate: Tensor  # (K, parameters)
    decay: Tensor | None  # (K, parameters)
    epsilon: Tensor  # (K, parameters)
    beta1: Tensor  # (K, 1), in double precision: powers of it are taken
    beta2: Tensor  # (K, 1), likewise
    moments = ("mean", "square")

    def update(self, place: int, weights: Tensor, gradient: Tensor, moments: Moments, step: int) -> None:
        """One update, in place."""
        if self.decay is not None:
            weights.mul_((1 - self.rate * self.decay)[:, place, None])
        mean, square = moments["mean"], moments["square"]
        mean.lerp_(gradient, (1 - self.beta1).to(mean).expand_as(mean))
        square.mul_(self.beta2.to(square)).add_((1 - self.beta2).to(square) * gradient.square())
        weights.addcmul_(self._sizes(place, square, step), mean, value=-1)

    def step_sizes(self, place: int, moments: Moments, step: int) -> Tensor | None:
        """rate / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) from the first update on."""
        return self._sizes(place, moments["square"], step) if step else None

    @property
    def coupled_decay(self) -> Tensor | None:
        """None: the decay is not part of the gradient."""
        return None

    def kept(self, places: Sequence[int]) -> AdaptiveMoments:
        """The rule for some of the members."""
        return _kept(self, places)

    def _sizes(self, place: int, square: Tensor, step: int) -> Tensor:
        first, second = ((1 - beta**step).to(square) for beta in (self.beta1, self.beta2))
        return self.rate[:, place, None] / first / ((square / second).sqrt_().add_(self.epsilon[:, place, None]))


def scalars(values: Sequence[float], like: Tensor) -> Tensor:
    """One number of each member as a column (K, 1), in double precision, on the device of a tensor."""
    return torch.tensor(values, dtype=torch.float64, device=like.device)[:, None]


def _kept(rule: Rule, places: Sequence[int]) -> Rule:
    chosen = list(places)
    values: dict[str, Any] = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return replace(rule, **{name: value[chosen] for name, value in values.items() if value is not None})
