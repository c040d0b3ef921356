"""Packages that only some datasets need."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

INSTALL = "pip install 'spectra-scaling[data]'"


def optional_package(module: str, source: str) -> ModuleType:
    """A module of an optional package.

    Args:
        module: Full name of the module.
        source: What the package brings, for the message: "the digits come with scikit-learn".

    Raises:
        ImportError: If it cannot be imported, saying what to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{source}, which cannot be imported here; run: {INSTALL}") from error
