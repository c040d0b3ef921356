"""Put a network under a regime: draw its weights, set its multipliers, group its learning rates."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from spectra.scaling.layers import Linear, Residual
from spectra.scaling.rules import Regime, Role, Size


def roles(model: nn.Module) -> dict[str, Role]:
    """Role of each parameter, by its name in the order of `named_parameters`.

    Raises:
        ValueError: If a parameter belongs to none of the layers of `spectra.scaling.layers`.
    """
    known: dict[str, Role] = {}
    for path, layer in model.named_modules():
        if isinstance(layer, Linear):
            prefix = f"{path}." if path else ""
            known |= {f"{prefix}weight": layer.role, f"{prefix}bias": Role.VECTOR}
    names = [name for name, _ in model.named_parameters()]
    strangers = [name for name in names if name not in known]
    if strangers:
        raise ValueError(f"the parameters {strangers} have no role; build the model from spectra.scaling.layers")
    return {name: known[name] for name in names}


def parameterize(model: nn.Module, regime: Regime, size: Size, generator: torch.Generator) -> None:
    """Draw the weights of a model and set its multipliers, as a regime asks for at a size.

    Weights are normal with standard deviation gain * init / sqrt(fan_in at the base width); biases start at zero.

    Args:
        model: A model built from `spectra.scaling.layers`; it is changed in place.
        regime: How each role scales.
        size: Width and depth of the model.
        generator: Source of the draws, on the CPU, so that the weights do not depend on the device.

    Raises:
        ValueError: If a parameter has no role.
    """
    roles(model)
    for layer in model.modules():
        if isinstance(layer, Linear):
            _draw(layer, regime, size, generator)
        elif isinstance(layer, Residual):
            layer.multiplier = regime.branch.at(size, regime.base)


def _draw(layer: Linear, regime: Regime, size: Size, generator: torch.Generator) -> None:
    rule = regime.rules[layer.role]
    layer.multiplier = rule.multiplier.at(size, regime.base)
    inputs = layer.weight.shape[1]
    base_inputs = inputs if layer.role is Role.INPUT else inputs * regime.base.width / size.width
    scale = layer.gain * rule.init.at(size, regime.base) / base_inputs**0.5
    with torch.no_grad():
        draws = torch.randn(layer.weight.shape, generator=generator, dtype=layer.weight.dtype)
        layer.weight.copy_(scale * draws)
        if layer.bias is not None:
            layer.bias.zero_()


def parameter_groups(
    model: nn.Module, regime: Regime, size: Size, *, rate: float, decay: float = 0.0
) -> list[dict[str, Any]]:
    """Parameter groups for a `torch.optim` optimizer, one for each role that occurs.

    Args:
        model: A model built from `spectra.scaling.layers`.
        regime: How the learning rate and the weight decay of each role scale.
        size: Width and depth of the model.
        rate: Base learning rate, before the regime multiplies it.
        decay: Base weight decay, likewise.

    Returns:
        Dictionaries with `params`, `lr`, `weight_decay` and the name of the `role`.

    Raises:
        ValueError: If a parameter has no role.
    """
    members: dict[Role, list[nn.Parameter]] = {}
    by_name = dict(model.named_parameters())
    for name, role in roles(model).items():
        members.setdefault(role, []).append(by_name[name])
    return [
        {
            "params": parameters,
            "lr": rate * regime.rules[role].rate.at(size, regime.base),
            "weight_decay": decay * regime.rules[role].decay.at(size, regime.base),
            "role": role.value,
        }
        for role, parameters in members.items()
    ]
