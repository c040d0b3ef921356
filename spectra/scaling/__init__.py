"""How networks scale: regimes as tables, and what puts a network under one."""

from spectra.scaling.abc_maps import differences, equivalent, shift
from spectra.scaling.attention import Attention
from spectra.scaling.catalog import CATALOG
from spectra.scaling.declared_roles import declared_roles
from spectra.scaling.embedding import ClassToken, Embedding, Positions, TiedReadout
from spectra.scaling.layers import Convolution, Linear, Residual
from spectra.scaling.named_regime import optimizer_family, regime
from spectra.scaling.norms import LayerNorm, RMSNorm
from spectra.scaling.parameter_groups import check_rates, parameter_groups
from spectra.scaling.parameterize import parameterize
from spectra.scaling.predictions import Exponents, predicted_exponents
from spectra.scaling.regime_rows import regime_document, regime_latex, regime_rows
from spectra.scaling.role_table import ParameterRow, RoleTable
from spectra.scaling.roles import roles
from spectra.scaling.rules import ONE, Power, Regime, Role, Rule, Size
from spectra.scaling.scaled_parameters import ScaledParameter, scaled_parameters

__all__ = [
    "CATALOG",
    "ONE",
    "Attention",
    "ClassToken",
    "Convolution",
    "Embedding",
    "Exponents",
    "LayerNorm",
    "Linear",
    "ParameterRow",
    "Positions",
    "Power",
    "RMSNorm",
    "Regime",
    "Residual",
    "Role",
    "RoleTable",
    "Rule",
    "ScaledParameter",
    "Size",
    "TiedReadout",
    "check_rates",
    "declared_roles",
    "differences",
    "equivalent",
    "optimizer_family",
    "parameter_groups",
    "parameterize",
    "predicted_exponents",
    "regime",
    "regime_document",
    "regime_latex",
    "regime_rows",
    "roles",
    "scaled_parameters",
    "shift",
]
