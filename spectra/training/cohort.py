"""Runs of equal shapes as one batched program."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.utils import vector_to_parameters

from spectra.data import Dataset
from spectra.objectives import NetworkStack, flatten, flatten_stack
from spectra.scaling import parameter_groups, parameterize
from spectra.training.cohort_shape import alone
from spectra.training.data_order import DataOrder, stream
from spectra.training.spec import RunSpec
from spectra.training.update_rules import Factors, Moments, UpdateRule

EVALUATED = 512
"""Examples that are evaluated at once where all are: it bounds the memory, and does not depend on the cohort."""


@dataclass
class Cohort:
    """K networks under training. Weights and moments change in place; the step counts the updates made.

    The members do not interact: the gradient of the sum of their losses holds the gradient of each.
    """

    stack: NetworkStack
    weights: Tensor  # (K, P)
    rule: UpdateRule
    moments: Moments  # (K, P) each
    order: DataOrder
    dataset: Dataset
    step: int = 0

    def advance(self, updates: int) -> Tensor:
        """Make some updates; the batch loss of each member before each of them, (K, updates)."""
        losses = [self._update() for _ in range(updates)]
        return torch.stack(losses, 1) if losses else self.weights.new_zeros(len(self.weights), 0)

    def mean_loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of each member on some examples, (K,), in double precision."""
        with torch.no_grad():
            parts = [
                self.stack.losses(self.dataset.criterion, self.weights, *self._shared(some, aims)).double()
                for some, aims in zip(inputs.split(EVALUATED), targets.split(EVALUATED), strict=True)
            ]
            return torch.stack([part.sum(1) for part in parts]).sum(0) / sum(part.shape[1] for part in parts)

    def step_sizes(self) -> Tensor | None:
        """The diagonal D of the update -D m, (K, P); None where the optimizer has none before its first update."""
        return self.rule.step_sizes(self.moments, self.step)

    def module(self, member: int) -> nn.Module:
        """A copy of one network as it is now."""
        module = deepcopy(self.stack.network.module)
        for (path, name), values in self.stack.numbers.items():
            setattr(module.get_submodule(path), name, float(values[member]))
        vector_to_parameters(self.weights[member].clone(), module.parameters())
        return module

    def kept(self, places: Sequence[int]) -> Cohort:
        """The cohort of some of the members."""
        chosen = list(places)
        return replace(
            self,
            stack=self.stack.kept(chosen),
            weights=self.weights[chosen],
            rule=self.rule.kept(chosen),
            moments={name: values[chosen] for name, values in self.moments.items()},
            order=replace(self.order, seeds=[self.order.seeds[place] for place in chosen]),
        )

    def _update(self) -> Tensor:
        point = self.weights.detach().requires_grad_()
        losses = self.stack.losses(self.dataset.criterion, point, *self._batch()).mean(1)
        (gradient,) = torch.autograd.grad(losses.sum(), point)
        self.rule.update(self.weights, gradient, self.moments, self.step + 1)
        self.step += 1
        return losses.detach()

    def _batch(self) -> tuple[Tensor, Tensor]:
        places = self.order.batch(self.step)
        inputs, targets = self.dataset.inputs, self.dataset.targets
        if places is None:
            return self._shared(inputs, targets)
        places = places.to(inputs.device)
        return inputs[places], targets[places]

    def _shared(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        members = self.stack.members
        return inputs.expand(members, *inputs.shape), targets.expand(members, *targets.shape)


def cohort(specs: Sequence[RunSpec], device: str) -> Cohort:
    """The cohort of some runs of equal shape before the first update.

    Weights, data order and probes of a run are independent streams of its seed: measuring more often changes neither of
    the others, and runs of all sizes with one seed see the same batches.
    """
    first = specs[0]
    dataset = first.data.load().to(device, getattr(torch, first.precision))
    modules, factors = zip(*(_begun(spec, dataset) for spec in specs), strict=True)
    weights, stack = flatten_stack(modules, batched=alone(first, device=device) is None)
    rates, decays, epsilons = (torch.stack(rows).to(device) for rows in zip(*factors, strict=True))
    rule = first.optimizer.rule([spec.optimizer for spec in specs], Factors(rates, decays, epsilons))
    temperatures = torch.tensor([spec.temperature for spec in specs])
    stack = replace(stack, temperatures=temperatures if bool((temperatures != 1).any()) else None)
    stack.network.module.to(device)
    return Cohort(
        stack=stack,
        weights=(weights := weights.to(device)),
        rule=rule,
        moments={name: torch.zeros_like(weights) for name in rule.moments},
        order=DataOrder(len(dataset.inputs), first.optimizer.batch_size, [spec.seed for spec in specs]),
        dataset=dataset,
    )


def _begun(spec: RunSpec, dataset: Dataset) -> tuple[nn.Module, tuple[Tensor, Tensor, Tensor]]:
    """The network of a run before the first update; its rates, decays and epsilons weight by weight."""
    regime = spec.regime.build(spec.optimizer.kind)
    module = spec.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs)
    parameterize(module, regime, spec.model.size, stream(spec.seed, 0))
    groups = parameter_groups(module, regime, spec.model.size, **spec.optimizer.base_values())
    _, network = flatten(module)
    named = {name: group for group in groups for name in group["names"]}
    values = (
        {name: torch.tensor(float(group.get(key, 0.0))) for name, group in named.items()}
        for key in ("lr", "weight_decay", "eps")
    )
    rates, decays, epsilons = (network.flat(each) for each in values)
    return module, (rates, decays, epsilons)
