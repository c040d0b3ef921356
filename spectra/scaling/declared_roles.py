"""The roles of a model whose layers know them."""

from __future__ import annotations

from torch import nn

from spectra.scaling.layers import Drawn, Residual, ScaledLayer
from spectra.scaling.role_table import ParameterRow, RoleTable
from spectra.scaling.rules import Role, Size

GROWING_FAN_IN = (Role.HIDDEN, Role.OUTPUT)


def declared_roles(module: nn.Module, size: Size, base: Size) -> RoleTable:
    """Roles and initial deviations of a model that is built from the layers of `spectra.scaling`.

    Args:
        module: The model, of any size.
        size: Its size.
        base: Size at which the deviations are given.

    Returns:
        The table, with the names of this very module.

    Raises:
        ValueError: If a parameter belongs to none of these layers.
    """
    inside = _branch_parameters(module)
    rows: dict[str, ParameterRow] = {}
    for path, layer in module.named_modules():
        if isinstance(layer, ScaledLayer):
            for name, drawn in layer.drawn().items():
                full = f"{path}.{name}" if path else name
                rows[full] = _row(layer, drawn, full in inside, base.width / size.width)
    names = [name for name, _ in module.named_parameters()]
    strangers = [name for name in names if name not in rows]
    if strangers:
        raise ValueError(
            f"the parameters {strangers[:5]}{' and others' * (len(strangers) > 5)} belong to layers that do not know "
            "their role; infer the roles with spectra.roles(build, small, large) and pass them as roles="
        )
    return RoleTable(base, {name: rows[name] for name in names}, tied={})


def _branch_parameters(module: nn.Module) -> set[str]:
    return {
        f"{path}.branch.{name}" if path else f"branch.{name}"
        for path, part in module.named_modules()
        if isinstance(part, Residual)
        for name, _ in part.branch.named_parameters()
    }


def _row(layer: ScaledLayer, drawn: Drawn, in_branch: bool, shrinkage: float) -> ParameterRow:
    fan_in = drawn.fan_in * shrinkage if drawn.role in GROWING_FAN_IN else drawn.fan_in
    return ParameterRow(
        role=drawn.role,
        deviation=drawn.gain / fan_in**0.5,
        center=drawn.center,
        in_branch=in_branch,
        carries_multiplier=True,
        reason=f"declared by its layer, {type(layer).__name__}",
    )
