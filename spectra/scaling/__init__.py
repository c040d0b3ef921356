"""How networks scale: regimes as tables, and what puts a network under one."""

from spectra.scaling.catalog import CATALOG, regime
from spectra.scaling.layers import Linear, Residual
from spectra.scaling.parameterize import parameter_groups, parameterize, roles
from spectra.scaling.rules import Power, Regime, Role, Rule, Size

__all__ = [
    "CATALOG",
    "Linear",
    "Power",
    "Regime",
    "Residual",
    "Role",
    "Rule",
    "Size",
    "parameter_groups",
    "parameterize",
    "regime",
    "roles",
]
