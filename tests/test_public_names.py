"""What is public is found by completion, described and typed."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import spectra

FOLDERS = sorted(module.name for module in pkgutil.iter_modules(spectra.__path__) if module.ispkg)
PACKAGES = ["spectra", *(f"spectra.{folder}" for folder in FOLDERS)]


def public(package: str) -> dict[str, Any]:
    module = import_module(package)
    return {name: getattr(module, name) for name in getattr(module, "__all__", ())}


def parts(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    """A function, or a class with its public methods and properties, under full names; nothing of a plain value."""
    if inspect.isfunction(thing) or inspect.isclass(thing):
        yield name, thing
    for key, member in vars(thing).items() if inspect.isclass(thing) else ():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if inspect.isfunction(function) and not key.startswith("_"):
            yield f"{name}.{key}", function


def described(part: Any) -> bool:
    """Whether there is a docstring, and not the signature that a dataclass puts in its place."""
    return bool(part.__doc__) and not part.__doc__.startswith(f"{part.__name__}(")


def typed(function: Any) -> bool:
    signature = inspect.signature(function)
    taken = [entry.annotation for entry in signature.parameters.values() if entry.name not in ("self", "cls")]
    return inspect.Signature.empty not in [*taken, signature.return_annotation]


@pytest.mark.parametrize("package", PACKAGES)
def test_completion_shows_every_public_name(package):
    assert set(public(package)) <= set(dir(import_module(package)))


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_public_is_described_and_typed(package):
    everything = [part for item in public(package).items() for part in parts(*item)]
    assert [name for name, part in everything if not described(part)] == []
    assert [name for name, part in everything if not inspect.isclass(part) and not typed(part)] == []


def test_what_lacks_a_docstring_or_a_type_is_seen():
    class Bare:
        def method(self, number):
            return number

    assert not described(Bare)
    assert not typed(Bare.method)
    assert [name for name, _ in parts("Bare", Bare)] == ["Bare", "Bare.method"]
