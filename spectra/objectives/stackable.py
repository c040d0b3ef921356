"""Which modules can be one stack: those of one architecture, where one stands for all."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from spectra.objectives.network import Network
from spectra.plain_text import first_few


def require_alike(first: Network, network: Network, place: int) -> None:
    """Refuse a network whose parts have other shapes or kinds than the first, or that holds more than weights.

    Raises:
        ValueError: Naming the module by its place.
    """
    kinds = [{path: type(part) for path, part in one.module.named_modules()} for one in (first, network)]
    if first.shapes != network.shapes or first.places != network.places or kinds[0] != kinds[1]:
        raise ValueError(
            f"module {place} differs from module 0 in the shapes or kinds of its parts; a stack needs one architecture "
            "of one size: make a stack for each"
        )
    if network.constants or network.layouts:
        raise ValueError(
            f"module {place} has frozen parameters, buffers ({first_few(network.constants)}) or parameters that "
            "are spread over processes, which a stack cannot hold; analyse such modules one by one"
        )


def require_equal_settings(first: nn.Module, other: nn.Module, numbers: Sequence[str]) -> None:
    """Refuse modules that differ in an attribute that is not named: one of them runs for all, so it would be lost.

    Raises:
        ValueError: Naming the first such attribute.
    """
    for (path, part), (_, twin) in zip(first.named_modules(), other.named_modules(), strict=True):
        for name, value in vars(part).items():
            plain = isinstance(value, (bool, int, float, complex, str, tuple, type(None)))
            if plain and not name.startswith("_") and name not in numbers and vars(twin).get(name) != value:
                values = f"{value!r} and {vars(twin).get(name)!r}"
                raise ValueError(
                    f"the modules differ in {path or 'the module itself'}.{name}: {values}; "
                    f"make them equal, or name it: numbers={(*numbers, name)!r}, with batched=False if it must be a "
                    "Python number"
                )
