"""The learning rates, weight decays and epsilons of a regime, as groups for an optimizer."""

from __future__ import annotations

from math import inf
from typing import Any

from torch import nn
from torch.optim import Optimizer

from spectra.scaling.named_regime import family_of_class
from spectra.scaling.role_table import RoleTable
from spectra.scaling.rules import Regime, Size
from spectra.scaling.scaled_parameters import ScaledParameter, scaled_parameters

ROUNDING = 1e-6
"""Relative deviation of a ratio of learning rates that is no change of it; schedules are exact to 1e-12."""


def parameter_groups(
    module: nn.Module,
    regime: Regime,
    size: Size,
    *,
    rate: float,
    decay: float,
    epsilon: float = 1e-8,
    roles: RoleTable | None = None,
) -> list[dict[str, Any]]:
    """Parameter groups for an optimizer of `torch.optim` in the family that the regime is for.

    Schedules that multiply learning rates (LambdaLR, cosine, warm-up) keep the ratios of the groups. One that sets
    them, such as OneCycleLR, takes a list: `max_lr=[group["lr"] for group in optimizer.param_groups]`. `check_rates`
    tells whether the ratios still hold. Frozen parameters are left out.

    Args:
        module: The network.
        regime: How the learning rate, the weight decay and the epsilon of each role scale.
        size: Width and depth of the network.
        rate: Base learning rate, before the regime multiplies it.
        decay: Base weight decay, likewise; for SGD or AdamW, whose updates shrink weights by rate * decay. It has no
            default, because a `weight_decay` given to the optimizer is overruled by that of the groups.
        epsilon: Adam's base epsilon, likewise; without effect for SGD.
        roles: Role of each parameter, from `roles`; None for a model whose layers know them.

    Returns:
        Dictionaries with `params`, `names`, `lr`, `weight_decay`, for Adam `eps`, the name of the `role`, `in_branch`,
        `relative_rate`, the factor that the regime puts on the base rate, and the `family` that the regime is for.

    Raises:
        ValueError: If the base is larger than the network, a parameter has no role, the roles were read at another
            base or do not fit the module, or a number is out of range.
    """
    _check_values(rate=rate, decay=decay, epsilon=epsilon)
    members: dict[tuple[Any, ...], list[str]] = {}
    wanted = scaled_parameters(module, regime, size, roles=roles)
    parameters = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    for name in parameters:
        scaled = wanted[name]
        key = (scaled.role, scaled.in_branch, scaled.rate, scaled.decay, scaled.epsilon)
        members.setdefault(key, []).append(name)
    return [
        {"params": [parameters[name] for name in names], "names": names}
        | _settings(wanted[names[0]], regime, rate=rate, decay=decay, epsilon=epsilon)
        for names in members.values()
    ]


def check_rates(optimizer: Optimizer) -> None:
    """Check that an optimizer is of the family of the regime, and its learning rates in the ratios that that asked for.

    Raises:
        ValueError: If they are not, or if the groups did not come from `parameter_groups`.
    """
    groups = [group for group in optimizer.param_groups if group["params"]]
    if any("relative_rate" not in group for group in groups):
        raise ValueError("the optimizer has groups without a relative_rate; build it from parameter_groups(...)")
    kind, wanted = type(optimizer).__name__, groups[0].get("family")
    if wanted is not None and family_of_class(kind) not in (None, wanted):
        raise ValueError(
            f"the groups are those of a regime for {wanted}, and the optimizer is {kind}; build the regime with "
            f'regime(..., optimizer="{family_of_class(kind)}")'
        )
    bases = [float(group["lr"]) / group["relative_rate"] for group in groups]
    if max(bases) - min(bases) > ROUNDING * max(bases):
        found = ", ".join(f"{group['role']} {float(group['lr']):.4g}" for group in groups)
        asked = ", ".join(f"{group['role']} {group['relative_rate']:.4g}" for group in groups)
        raise ValueError(
            f"the learning rates are {found}; the regime wants them in the ratios {asked}. Something, likely a "
            "schedule, set them absolutely: multiply each group's own rate instead, or pass a list with one value "
            "for each group"
        )


def _check_values(*, rate: float, decay: float, epsilon: float) -> None:
    if not 0 < rate < inf:
        raise ValueError(f"a rate of {rate} was given; it must be positive and finite")
    if not (0 <= decay < inf and 0 <= epsilon < inf):
        raise ValueError(f"a decay of {decay} and an epsilon of {epsilon} were given; both must be zero or positive")


def _settings(scaled: ScaledParameter, regime: Regime, *, rate: float, decay: float, epsilon: float) -> dict[str, Any]:
    settings = {
        "lr": rate * scaled.rate,
        "weight_decay": decay * scaled.decay,
        "role": scaled.role.value,
        "in_branch": scaled.in_branch,
        "relative_rate": scaled.rate,
        "family": regime.optimizer,
    }
    return settings if regime.optimizer == "sgd" else {**settings, "eps": epsilon * scaled.epsilon}
