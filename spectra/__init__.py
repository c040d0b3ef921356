"""Spectral analysis of loss asymptotics and Hessian sharpness across scaling regimes.

The names below are loaded when they are first used: importing the package is free.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectra.eigen import Density, Eigenpairs, Estimate, lanczos, spectral_density, top_eigenpairs
    from spectra.eigen.trace import trace
    from spectra.fitting import fit_power_law, rate_transfer, read_curve, super_consistency
    from spectra.operators import (
        Criterion,
        Network,
        Objective,
        SymmetricOperator,
        criterion,
        cross_entropy,
        empirical_fisher,
        flatten,
        gauss_newton,
        hessian,
        preconditioned,
        residual,
        restricted,
        squared_error,
    )
    from spectra.report import write_page
    from spectra.report.study import study
    from spectra.scaling import Power, Regime, Role, Rule, Size, parameter_groups, parameterize, regime
    from spectra.sweeps import RunStore, processes, read_experiment, serial
    from spectra.sweeps.sweep import sweep
    from spectra.training import RunSpec, run

__version__ = "0.1.0"

_HOME = {
    "Criterion": "operators",
    "Density": "eigen",
    "Eigenpairs": "eigen",
    "Estimate": "eigen",
    "Network": "operators",
    "Objective": "operators",
    "Power": "scaling",
    "Regime": "scaling",
    "Role": "scaling",
    "Rule": "scaling",
    "RunSpec": "training",
    "RunStore": "sweeps",
    "Size": "scaling",
    "SymmetricOperator": "operators",
    "criterion": "operators",
    "cross_entropy": "operators",
    "empirical_fisher": "operators",
    "fit_power_law": "fitting",
    "flatten": "operators",
    "gauss_newton": "operators",
    "hessian": "operators",
    "lanczos": "eigen",
    "parameter_groups": "scaling",
    "parameterize": "scaling",
    "preconditioned": "operators",
    "processes": "sweeps",
    "rate_transfer": "fitting",
    "read_curve": "fitting",
    "read_experiment": "sweeps",
    "regime": "scaling",
    "residual": "operators",
    "restricted": "operators",
    "run": "training",
    "serial": "sweeps",
    "spectral_density": "eigen",
    "squared_error": "operators",
    "study": "report",
    "super_consistency": "fitting",
    "sweep": "sweeps",
    "top_eigenpairs": "eigen",
    "trace": "eigen",
    "write_page": "report",
}

__all__ = [
    "Criterion",
    "Density",
    "Eigenpairs",
    "Estimate",
    "Network",
    "Objective",
    "Power",
    "Regime",
    "Role",
    "Rule",
    "RunSpec",
    "RunStore",
    "Size",
    "SymmetricOperator",
    "criterion",
    "cross_entropy",
    "empirical_fisher",
    "fit_power_law",
    "flatten",
    "gauss_newton",
    "hessian",
    "lanczos",
    "parameter_groups",
    "parameterize",
    "preconditioned",
    "processes",
    "rate_transfer",
    "read_curve",
    "read_experiment",
    "regime",
    "residual",
    "restricted",
    "run",
    "serial",
    "spectral_density",
    "squared_error",
    "study",
    "super_consistency",
    "sweep",
    "top_eigenpairs",
    "trace",
    "write_page",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'spectra' has no attribute {name!r}")
    return getattr(import_module(f"spectra.{_HOME[name]}"), name)
