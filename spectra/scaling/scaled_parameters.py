"""What a regime makes of every parameter of a network: its table, evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from spectra.scaling.abc_maps import without_multiplier
from spectra.scaling.declared_roles import declared_roles
from spectra.scaling.role_table import ParameterRow, RoleTable
from spectra.scaling.rules import Regime, Role, Size

WRAPPERS = ("_orig_mod", "module")
"""What torch.compile and data-parallel wrappers call the module inside."""
ROUNDED = 0.2
"""By how much a dimension whose role was set by hand may be rounded, as to a multiple of 8; another size is further."""


@dataclass(frozen=True)
class ScaledParameter:
    """One parameter under a regime at a size.

    Attributes:
        role: Its role.
        in_branch: Whether it lies inside a residual branch.
        center: Mean of its initial entries.
        deviation: Their standard deviation; None if they are left as the module made them.
        multiplier: Factor that its layer applies; 1 where the multiplier was absorbed into deviation and rate.
        rate: Learning rate over the base rate.
        decay: Weight decay over the base decay.
        epsilon: Adam's epsilon over the base value.
    """

    role: Role
    in_branch: bool
    center: float
    deviation: float | None
    multiplier: float
    rate: float
    decay: float
    epsilon: float


def scaled_parameters(
    module: nn.Module, regime: Regime, size: Size, *, roles: RoleTable | None = None
) -> dict[str, ScaledParameter]:
    """What a regime asks for, parameter by parameter: the effective table of a network.

    Args:
        module: The network.
        regime: How each role scales.
        size: Width and depth of the network.
        roles: Role of each parameter, from `roles`; None for a model whose layers know them.

    Returns:
        By parameter name, in the order of `named_parameters`.

    Raises:
        TypeError: If the regime, the size or the roles are something else.
        ValueError: If the base is larger than the network, a parameter has no role, the roles were read at another base
            than the regime's, or the module is wrapped or not of this size.
    """
    if not isinstance(regime, Regime) or not isinstance(size, Size):
        raise TypeError(
            f'{regime!r} and {size!r} were given; pass a regime, as of regime("mup", base=...), and Size(width, depth)'
        )
    if roles is not None and not isinstance(roles, RoleTable):
        raise TypeError(f"a {type(roles).__name__} was given as roles; pass what roles(build, small, large) returns")
    regime.check(size)
    table = declared_roles(module, size, regime.base) if roles is None else roles
    if table.base != regime.base:
        raise ValueError(
            f"the roles were read at the base {table.base} and the regime has the base {regime.base}; initial "
            "deviations are those of the base network, so pass roles(build, small, large) with small at the base"
        )
    if roles is not None:
        _check_module(module, roles, size)
    return {name: _scaled(table.row(name), regime, size) for name, _ in module.named_parameters()}


def _check_module(module: nn.Module, roles: RoleTable, size: Size) -> None:
    wrapped = [wrapper for wrapper in WRAPPERS if hasattr(module, wrapper) and len(list(module.children())) == 1]
    if wrapped and not any(name.startswith(f"{wrapped[0]}.") for name in roles.rows):
        raise ValueError(
            f"the module is wrapped, a {type(module).__name__}, and the roles are those of the module inside; pass "
            f"that one, .{wrapped[0]}: it shares its parameters with the wrapper"
        )
    for name, parameter in module.named_parameters():
        expected = [
            small * size.width / roles.base.width if small != large else small
            for small, large in zip(*roles.row(name).shapes, strict=True)
        ]
        if any(
            abs(found - wanted) > ROUNDED * wanted for found, wanted in zip(parameter.shape, expected, strict=False)
        ):
            raise ValueError(
                f"{name} has the shape {tuple(parameter.shape)}, and in a network of width {size.width} it would be "
                f"{tuple(map(round, expected))}; pass the size that the module was built with, and the roles of this "
                "network"
            )


def _scaled(row: ParameterRow, regime: Regime, size: Size) -> ScaledParameter:
    rule = regime.rule(row.role, in_branch=row.in_branch)
    if not row.carries_multiplier:
        rule = without_multiplier(rule, regime.optimizer)
    multiplier, init, rate, decay, epsilon = (
        power.at(size, regime.base) for power in (rule.multiplier, rule.init, rule.rate, rule.decay, rule.epsilon)
    )
    deviation = None if row.deviation is None else row.deviation * init
    return ScaledParameter(row.role, row.in_branch, row.center, deviation, multiplier, rate, decay, epsilon)
