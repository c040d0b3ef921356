"""Factors in the forward pass that no weight can absorb: on residual branches, attention logits and tied readouts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from spectra.scaling.attention import Attention
from spectra.scaling.embedding import TiedReadout
from spectra.scaling.layers import Residual, ScaledLayer
from spectra.scaling.role_names import path_matches
from spectra.scaling.role_table import RoleTable
from spectra.scaling.rules import Regime, Role, Size
from spectra.scaling.scaled_parameters import ScaledParameter


@dataclass(frozen=True)
class Scaled:
    """Forward hook that multiplies what a module returns; it is copied and pickled with its module.

    Of a tuple, such as attention returns with its weights, the first entry is multiplied: it is what joins the stream.
    """

    factor: float

    def __call__(self, module: nn.Module, _inputs: Any, outputs: Any) -> Any:
        """The outputs times the factor."""
        if isinstance(outputs, tuple) and outputs and isinstance(outputs[0], Tensor):
            return (outputs[0] * self.factor, *outputs[1:])
        if not isinstance(outputs, Tensor):
            raise TypeError(
                f"a residual branch, {type(module).__name__}, returns a {type(outputs).__name__}; the factor of a "
                "regime can be put on a tensor only: name the module that returns what is added to the stream"
            )
        return outputs * self.factor


def install_multipliers(
    module: nn.Module,
    regime: Regime,
    size: Size,
    *,
    roles: RoleTable | None,
    parameters: Mapping[str, ScaledParameter],
) -> None:
    """Set the factors of our own layers, and hook those of a user's module; earlier ones are replaced.

    Args:
        module: It is changed in place.
        regime: How each role scales.
        size: Width and depth of the module.
        roles: Table with the user's tied readouts and residual branches; None for a model from our layers.
        parameters: What the regime makes of each parameter.

    Raises:
        ValueError: If the regime scales residual branches and no module is known to compute one; nothing is changed.
    """
    branch = regime.branch.multiplier.at(size, regime.base)
    attention = regime.attention.multiplier.at(size, regime.base)
    named = roles is not None and bool(roles.branches)
    if branch != 1 and not named and not any(isinstance(part, Residual) for part in module.modules()):
        raise ValueError(
            f"the regime {regime.name!r} multiplies what residual branches add by {branch:.4g} at this depth, and "
            "no module is known to compute one; a regime without a depth rule, such as mup, is for networks without "
            "residual branches, and in a network of yours they are named with roles(..., "
            'branches=("blocks.*.attention", "blocks.*.mlp"))'
        )
    _warn_of_attention(module, attention)
    if roles is not None:
        _hook(module, roles, regime, size)
    for path, part in module.named_modules():
        if isinstance(part, Residual):
            part.multiplier = branch
        elif isinstance(part, Attention):
            part.multiplier = attention
        elif isinstance(part, TiedReadout):
            part.multiplier = _tied(part, regime, size)
        elif isinstance(part, ScaledLayer):
            part.multiplier = parameters[f"{path}.weight" if path else "weight"].multiplier


def _tied(readout: TiedReadout, regime: Regime, size: Size) -> float:
    """The multiplier holds the initial deviation that the weights of an untied readout would have."""
    drawn, rule = readout.replaced(), regime.rules[Role.OUTPUT]
    deviation = drawn.gain / (drawn.fan_in * regime.base.width / size.width) ** 0.5
    written = rule.multiplier * rule.init / regime.rules[Role.INPUT].init
    multiplier: float = deviation * written.at(size, regime.base)
    return multiplier


def _hook(module: nn.Module, roles: RoleTable, regime: Regime, size: Size) -> None:
    # The tensor starts as the embedding's does, multiplier absorbed; the factor makes a readout of it.
    embedding, readout = regime.rules[Role.INPUT], regime.rules[Role.OUTPUT]
    tied = (readout.multiplier * readout.init / (embedding.multiplier * embedding.init)).at(size, regime.base)
    branch = regime.branch.multiplier.at(size, regime.base)
    for path, part in module.named_modules():
        for key in [key for key, hook in part._forward_hooks.items() if isinstance(hook, Scaled)]:
            del part._forward_hooks[key]
        factor = tied if path in roles.tied else 1.0
        if any(path_matches(path, pattern) for pattern in roles.branches):
            factor *= branch
        if factor != 1:
            part.register_forward_hook(Scaled(factor))


def _warn_of_attention(module: nn.Module, factor: float) -> None:
    fixed = [path for path, part in module.named_modules() if isinstance(part, nn.MultiheadAttention)]
    if fixed and factor != 1:
        warnings.warn(
            f"the regime multiplies attention logits by {factor:.4g} at this width, and torch.nn.MultiheadAttention "
            f"({fixed[0]}{' and others' * (len(fixed) > 1)}) has no place for it. If the head dimension grows with the "
            "width, so will its logits: use attention that takes a scale, such as "
            "scaled_dot_product_attention(..., scale=) or spectra.scaling.Attention",
            stacklevel=4,
        )
