"""Which names the package promises, and where each is described."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from sphinx.application import Sphinx

import spectra


def setup(_app: Sphinx) -> dict[str, bool]:
    """Nothing of its own: the other extensions ask."""
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@cache
def packages() -> dict[str, tuple[str, ...]]:
    """Names that each package describes: its public ones, without what the package they come from promises itself."""
    promised = {name: names for name, names in _promised().items() if names}
    found = {}
    for package, names in promised.items():
        own = [
            name
            for name in names
            if name not in promised.get(_origin(package, name), ()) or _origin(package, name) == package
        ]
        found[package] = tuple(sorted(own, key=lambda name: (name.lower(), name)))
    return {package: names for package, names in found.items() if names}


@cache
def homes() -> dict[str, str]:
    """The one description of a name that only one package promises: `Eigenpairs` is `spectra.eigen.Eigenpairs`."""
    places: dict[str, list[str]] = {}
    for package, names in packages().items():
        for name in names:
            places.setdefault(name, []).append(f"{package}.{name}")
    return {name: found[0] for name, found in places.items() if len(found) == 1}


def handed_on() -> dict[str, str]:
    """Where each name that `spectra` itself hands on is described."""
    places = {}
    for name, home in spectra._HOME.items():
        package = f"spectra.{home}"
        origin = _origin(package, name)
        places[name] = f"{origin if name in packages().get(origin, ()) else package}.{name}"
    return places


def _promised() -> dict[str, set[str]]:
    """What every package says is public; what `spectra` itself hands on is public where it comes from."""
    found = {}
    for module in pkgutil.iter_modules(spectra.__path__, "spectra."):
        if module.ispkg and module.name != "spectra.cli":
            handed_on = {name for name, home in spectra._HOME.items() if f"spectra.{home}" == module.name}
            found[module.name] = {*getattr(import_module(module.name), "__all__", ()), *handed_on}
    return found


def _origin(package: str, name: str) -> str:
    """The package whose folder has the code; dictionaries and aliases know none, and belong where they are promised."""
    module = getattr(getattr(import_module(package), name), "__module__", None) or package
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "spectra" and len(parts) > 1 else package
