"""The same work done by every library, each called in its own documented way and with its own defaults.

Every module here has the functions `products`, `eigenvalues`, `traces` and `densities`; each returns what that library
offers, as a mapping from the name of a setting to a function. A library that is not installed is left out.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from types import ModuleType

PEERS = {"pyhessian": "pyhessian", "curvlinops": "curvlinops-for-pytorch", "hessian_eigenthings": "hessian-eigenthings"}
"""Name of the module -> name of the distribution."""


def installed() -> dict[str, ModuleType]:
    """Ours and every peer that can be imported, by the name that stands in the tables."""
    peers = {PEERS[name]: import_module(f"libraries.{name}") for name in PEERS if find_spec(name)}
    return {"spectra": import_module("libraries.ours"), **peers}


def versions() -> str:
    """Which peers are compared, and which are missing."""
    return ", ".join(
        f"{package} {version(package)}" if find_spec(name) else f"{package} is not installed and was skipped"
        for name, package in PEERS.items()
    )
