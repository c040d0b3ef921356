"""Runs of equal shape before their first update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from spectra.data import Dataset
from spectra.objectives import flatten_stack
from spectra.scaling import parameter_groups, parameterize
from spectra.training.cohort import Cohort
from spectra.training.cohort_shape import alone
from spectra.training.data_order import DataOrder, stream
from spectra.training.footprint import footprint
from spectra.training.run_dataset import run_dataset
from spectra.training.spec import RunSpec
from spectra.training.training_kernel import has_surrogates
from spectra.training.update_rules import Factors


def cohort(specs: Sequence[RunSpec], device: str) -> Cohort:
    """The cohort of some runs of equal shape before the first update, that of a pretraining where there is one.

    Weights, data order and probes of a run are independent streams of its seed: measuring more often changes neither of
    the others, and runs of all sizes with one seed see the same batches.
    """
    first = specs[0]
    dataset = run_dataset(first, device)
    modules, factors = zip(*(initial_network(spec, dataset) for spec in specs), strict=True)
    weights, stack = flatten_stack(modules, batched=alone(first, device=device) is None)
    rates, decays, epsilons = (torch.stack(rows).to(device) for rows in zip(*factors, strict=True))
    rule = first.optimizer.rule([spec.optimizer for spec in specs], Factors(rates, decays, epsilons))
    temperatures = torch.tensor([spec.temperature for spec in specs])
    stack = replace(stack, temperatures=temperatures if bool((temperatures != 1).any()) else None)
    stack.network.module.to(device)
    begun = Cohort(
        specs=specs,
        stack=stack,
        weights=(weights := weights.to(device)),
        rule=rule,
        moments={name: torch.zeros_like(weights) for name in rule.moments},
        order=DataOrder(len(dataset.inputs), first.optimizer.batch_size, [spec.seed for spec in specs]).drawn(
            first.pretraining_examples or first.trained_examples
        ),
        dataset=dataset,
        activation=footprint(first).activation // first.batch,
        step=-first.pretraining,
    )
    if begun.step == 0:
        begun.expand(weights)
    return begun


def initial_network(spec: RunSpec, dataset: Dataset) -> tuple[nn.Module, tuple[Tensor, Tensor, Tensor]]:
    """The network of a run before the first update; rates, decays and epsilons of its parameters.

    Raises:
        ValueError: If an expansion of a network with surrogate derivatives is asked for.
    """
    regime = spec.regime.build(spec.optimizer.kind)
    module = spec.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs)
    if spec.expansion != "network" and has_surrogates(module):
        raise ValueError(
            f"expansion = {spec.expansion!r} was asked for of a network with surrogate derivatives, whose Jacobian is "
            'not that of its outputs; leave it out, or use surrogate = "own_slopes"'
        )
    parameterize(module, regime, spec.model.size, stream(spec.seed, 0))
    groups = parameter_groups(module, regime, spec.model.size, **spec.optimizer.base_values())
    named = {name: group for group in groups for name in group["names"]}
    ordered = [named[name] for name, parameter in module.named_parameters() if parameter.requires_grad]
    rates, decays, epsilons = (
        torch.tensor([float(group.get(key, 0.0)) for group in ordered]) for key in ("lr", "weight_decay", "eps")
    )
    return module, (rates, decays, epsilons)
