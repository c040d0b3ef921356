"""Runs of equal shapes as one batched program."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import vector_to_parameters

from spectra.data import Dataset
from spectra.kernels.linearized import linearize
from spectra.objectives import NetworkStack
from spectra.objectives.expansion import Expansion
from spectra.training.data_order import DataOrder
from spectra.training.spec import RunSpec
from spectra.training.update_rules import Moments, UpdateRule

Made = TypeVar("Made")

SMALL = 2**16
"""Bytes of an activation of one member up to which products with the Hessians of all members are faster together on a
CPU. With 256 examples they took, beside a product with one network at a time, 0.57 of the time at width 32, 0.9 at 64,
1.2 at 128 and 1.3 at 256."""

EVALUATED = 512
"""Examples that are evaluated at once where all are: it bounds the memory, and does not depend on the cohort."""


@dataclass
class Cohort:
    """K networks under training. Weights and moments change in place.

    The members do not interact: the gradient of the sum of their losses holds the gradient of each. The step counts the
    updates from step 0 of the runs on; in a pretraining it is negative, and its last update brings it to 0, the members
    to what is to be trained, and the moments to zero.
    """

    specs: Sequence[RunSpec]
    stack: NetworkStack
    weights: Tensor  # (K, P)
    rule: UpdateRule
    moments: Moments  # (K, P) each
    order: DataOrder
    dataset: Dataset
    activation: int  # bytes of a typical activation of one example
    step: int = 0
    made: dict[Hashable, Any] = field(default_factory=dict)  # by `once`, since the last update

    def curved(self, examples: int) -> NetworkStack:
        """The stack in the form in which products with its Hessians on some examples are fastest."""
        fast = self.weights.device.type != "cpu" or examples * self.activation <= SMALL
        return replace(self.stack, batched=self.stack.batched and fast)

    def advance(self, updates: int) -> Tensor:
        """Make some updates; the batch loss of each member before each of them, (K, updates)."""
        losses = [self._update() for _ in range(updates)]
        return torch.stack(losses, 1) if losses else self.weights.new_zeros(len(self.weights), 0)

    def mean_loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of each member on some examples, (K,), in double precision."""
        whole = len(inputs) == len(self.dataset.inputs) and inputs.data_ptr() == self.dataset.inputs.data_ptr()
        if not whole:
            return self._evaluated(inputs, targets)
        return self.once("training loss", lambda: self._evaluated(inputs, targets))

    def once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """What several measurements of one step ask for: made for the first of them, under a name that tells it."""
        if name not in self.made:
            self.made[name] = make()
        found: Made = self.made[name]
        return found

    def _evaluated(self, inputs: Tensor, targets: Tensor) -> Tensor:
        with torch.no_grad():
            parts = [
                self.stack.losses(self.dataset.criterion, self.weights, *self._shared(some, aims)).double()
                for some, aims in zip(inputs.split(EVALUATED), targets.split(EVALUATED), strict=True)
            ]
            return torch.stack([part.sum(1) for part in parts]).sum(0) / sum(part.shape[1] for part in parts)

    def step_sizes(self) -> Tensor | None:
        """The diagonal D of the update -D m, (K, P); None where the optimizer has none before its first update."""
        pieces = self._pieces()
        sizes = [self.rule.step_sizes(place, moments, self._made) for place, (_, moments) in enumerate(pieces)]
        known = [size.expand_as(piece) for size, (piece, _) in zip(sizes, pieces, strict=True) if size is not None]
        return torch.cat(known, 1) if known else None

    def coupled_decay(self) -> Tensor | None:
        """Weight decay that is part of the gradient, (K, P); None if there is none."""
        decay = self.rule.coupled_decay
        return None if decay is None else decay.repeat_interleave(torch.tensor(self.stack.lengths).to(decay.device), 1)

    def module(self, member: int) -> nn.Module:
        """A copy of one member as it is now: its network, or the `Linearized` of that; without its temperature."""
        expansion = self.stack.expansion
        if expansion is None:
            return self.stack.module(member, self.weights[member])
        start = expansion.start[member]
        module = linearize(self.stack.module(member, start), include_start=expansion.include_start)
        vector_to_parameters(self.weights[member] - start, module.displacement.parameters())
        return module

    def expand(self, start: Tensor) -> None:
        """From now on train what the runs ask for, about the weights (K, P) of a start."""
        kind = self.specs[0].expansion
        if kind != "network":
            self.stack = replace(self.stack, expansion=Expansion(start.clone(), include_start=kind == "taylor"))

    def kept(self, places: Sequence[int]) -> Cohort:
        """The cohort of some of the members."""
        chosen = list(places)
        return replace(
            self,
            specs=[self.specs[place] for place in chosen],
            stack=self.stack.kept(chosen),
            weights=self.weights[chosen],
            rule=self.rule.kept(chosen),
            moments={name: values[chosen] for name, values in self.moments.items()},
            order=self.order.kept(chosen),
            made={},
        )

    def _update(self) -> Tensor:
        pieces = self._pieces()
        points = [weights.detach().requires_grad_() for weights, _ in pieces]
        losses = self.stack.losses(self.dataset.criterion, points, *self._batch()).mean(1)
        slopes = torch.autograd.grad(losses.sum(), points, materialize_grads=True)
        number = self._made + 1
        for place, ((weights, moments), slope) in enumerate(zip(pieces, slopes, strict=True)):
            # Zeros that stand for the slope of a weight that is no variable require a gradient in torch 2.6.
            self.rule.update(place, weights, slope.detach(), moments, number)
        self.made.clear()
        self.step += 1
        if self.step == 0:
            self.moments = {name: torch.zeros_like(values) for name, values in self.moments.items()}
            self.expand(self.weights)
            if self.specs[0].pretraining_examples is not None:
                self.order = self.order.drawn(self.specs[0].trained_examples)
        return losses.detach()

    @property
    def _made(self) -> int:
        """Updates since the moments were zero."""
        return self.step if self.step >= 0 else self.step + self.specs[0].pretraining

    def _pieces(self) -> list[tuple[Tensor, Moments]]:
        """Weights and moments of each parameter, (K, n), as views."""
        cut = {name: self.stack.pieces(values) for name, values in self.moments.items()}
        moments: list[Moments] = [
            {name: views[place] for name, views in cut.items()} for place in range(len(self.stack.lengths))
        ]
        return list(zip(self.stack.pieces(self.weights), moments, strict=True))

    def _batch(self) -> tuple[Tensor, Tensor]:
        places = self.order.batch(self.step + self.specs[0].pretraining)
        inputs, targets = self.dataset.inputs, self.dataset.targets
        if places is None:
            return self._shared(inputs, targets)
        places = places.to(inputs.device)
        return inputs[places], targets[places]

    def _shared(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        members = self.stack.members
        return inputs.expand(members, *inputs.shape), targets.expand(members, *targets.shape)
