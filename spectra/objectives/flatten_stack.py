"""Modules of one architecture as one stack, where one module stands for all."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectra.objectives.network import Network, flattened
from spectra.objectives.network_stack import NetworkStack
from spectra.plain_text import first_few


def flatten_stack(
    modules: Sequence[nn.Module], *, numbers: Sequence[str] = ("multiplier",), batched: bool = True
) -> tuple[Tensor, NetworkStack]:
    """The trainable weights of some modules as rows, and the modules as one function of such rows.

    Args:
        modules: K modules of one architecture, with equal shapes and without frozen parameters or buffers. They may
            differ in their weights, and in those attributes of their parts that `numbers` names. They are not changed.
        numbers: Names of attributes that hold a number and are used as one; a forward pass that needs a Python number
            there, such as the slope of a leaky ReLU, is for `batched=False`.
        batched: Whether the members run as one program; if not, one after the other.

    Returns:
        Weights (K, P), detached, in the order of `named_parameters`, tied tensors once; and the stack.

    Raises:
        ValueError: If there is no module, they differ in shapes, dtype, the class of a part or an attribute that
            `numbers` does not name, or one has frozen parameters or buffers.

    >>> weights, stack = flatten_stack([nn.Linear(5, 2), nn.Linear(5, 2), nn.Linear(5, 2)])
    >>> weights.shape, stack(weights, torch.zeros(3, 4, 5)).shape
    (torch.Size([3, 12]), torch.Size([3, 4, 2]))
    """
    if not modules:
        raise ValueError("no module was given; a stack needs at least one")
    rows, networks = zip(*(flattened(module) for module in modules), strict=True)
    first = networks[0]
    kinds = sorted({f"{row.dtype} on {row.device}" for row in rows})
    if len(kinds) > 1:
        raise ValueError(f"the modules are of several kinds, {kinds}; convert them to one")
    for place, network in enumerate(networks):
        _require_alike(first, network, place)
        _require_equal_settings(first.module, network.module, numbers)
    found = {
        (path, name): [getattr(network.module.get_submodule(path), name) for network in networks]
        for path, part in first.module.named_modules()
        for name in numbers
        if isinstance(getattr(part, name, None), (int, float))
    }
    # A number that all share stays a plain attribute of the one module that runs.
    differing = {place: rows[0].new_tensor(values) for place, values in found.items() if len({*values}) > 1}
    return torch.stack(rows), NetworkStack(first, differing, len(modules), batched)


def _require_alike(first: Network, network: Network, place: int) -> None:
    """Refuse a network whose parts have other shapes or kinds than the first, or that holds more than weights."""
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


def _require_equal_settings(first: nn.Module, other: nn.Module, numbers: Sequence[str]) -> None:
    """Refuse modules that differ in an attribute that is not named: one of them runs for all, so it would be lost."""
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
