"""The network of a run before its first update."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.data import Dataset
from spectra.scaling import parameter_groups, parameterize
from spectra.training.data_order import stream
from spectra.training.spec import RunSpec
from spectra.training.tangent_kernel import has_surrogates


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
