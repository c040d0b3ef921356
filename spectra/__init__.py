"""Spectral analysis of loss asymptotics and Hessian sharpness across scaling regimes.

The names below are loaded when they are first used: importing the package is free.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "operators": (
        "Criterion Network Objective SymmetricOperator criterion cross_entropy flatten gauss_newton hessian "
        "preconditioned squared_error"
    ),
    "eigen": "Eigenpairs lanczos top_eigenpairs",
    "scaling": "Power Regime Role Rule Size parameter_groups parameterize regime",
    "training": "RunSpec run",
    "sweeps": "RunStore processes read_experiment serial sweep",
    "fitting": "fit_power_law rate_transfer read_curve super_consistency",
    "report": "study write_page",
}
_HOME = {name: f"spectra.{package}" for package, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'spectra' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
