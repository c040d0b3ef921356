"""Which prediction is that of a layer, and which role is that of a parameter, told by what grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch

from spectra.checks.layer_names import GROWING
from spectra.checks.recording import LOGITS, OUTPUT

LayerPlace = Literal["input", "hidden", "output", "attention", "fixed"]
Shapes = Mapping[str, tuple[torch.Size, torch.Size]]


def layer_places(small: Shapes, large: Shapes, names: Sequence[str], *, scale: str) -> dict[str, LayerPlace]:
    """Which prediction is whose: "input", "hidden", "output", "attention", or "fixed", for which there is none.

    Across widths it is told by which shapes grow from a small to a large network: only what goes out (input), both
    (hidden), only what comes in (output), neither (fixed). Across depths no shape does; there the layers behind the
    last numbered one that put out what the network puts out are its output, the layers before the first numbered one
    the input, and all others hidden.

    Args:
        small: Shapes of first inputs and outputs, by name, at the smallest size.
        large: The same at the largest size.
        names: The layers that both have.
        scale: "width" or "depth".
    """
    found: dict[str, LayerPlace] = {}
    entered = False
    for name in names:
        entered |= any(part in GROWING for part in name.split("."))
        if name.endswith(LOGITS):
            found[name] = "attention"
        elif scale == "width":
            whole = name == OUTPUT or any(other.startswith(f"{name}.") for other in names)
            found[name] = _grown(small[name], large[name], whole=whole)
        elif small[name][1] == small.get(OUTPUT, small[name])[1]:
            found[name] = "output"
        else:
            found[name] = "hidden" if entered else "input"
    return found


def _grown(small: tuple[torch.Size, torch.Size], large: tuple[torch.Size, torch.Size], *, whole: bool) -> LayerPlace:
    """Place of a layer by its shapes; what is whole has layers inside, of which the last decides."""
    inward, outward = (old != new for old, new in zip(small, large, strict=True))
    if outward:
        return "hidden" if inward or whole else "input"
    return "output" if inward or whole else "fixed"


def parameter_roles(
    small: Mapping[str, tuple[int, ...]], large: Mapping[str, tuple[int, ...]], places: Mapping[str, LayerPlace]
) -> dict[str, str]:
    """Which dimensions of each parameter grow: "input", "hidden", "output", "vector" or "fixed".

    Args:
        small: Shapes of the parameters at the smallest size.
        large: The same at the largest size.
        places: The places of the layers, which tell inputs from outputs where only one dimension grows.
    """
    return {name: _role(small[name], shape, places.get(name.rpartition(".")[0])) for name, shape in large.items()}


def _role(small: tuple[int, ...], large: tuple[int, ...], place: str | None) -> str:
    grown = [index for index, (old, new) in enumerate(zip(small, large, strict=True)) if old != new]
    if len(grown) != 1:
        return "hidden" if grown else "fixed"
    # What belongs to no layer, such as positions in the network itself, is added to a stream more often than a matrix.
    return place if len(large) > 1 and place in ("input", "output") else "vector"
