"""What a convolution multiplies its weight with at every place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.nn import functional


def patches(given: Mapping[str, Any]) -> Tensor:
    """Windows (n, t, G, p) of the input of a convolution, in its groups and in the order of its weight."""
    inputs, kernel = given["input"], given["weight"].shape[2:]
    dilation = _each(given["dilation"], len(kernel))
    before, after = _margins(given["padding"], kernel, dilation)
    windows = _windows(inputs, kernel, _each(given["stride"], len(kernel)), dilation, (before, after))
    found: Tensor = windows.unflatten(2, (given["groups"], -1)).flatten(3)
    return found


def patches_of_gradients(given: Mapping[str, Any], gradients: Tensor) -> Tensor:
    """Windows (k, n, t, G, q) of the gradients (k, n, C, ...) of a transposed convolution: roles are exchanged."""
    kernel, spread = given["weight"].shape[2:], given["input"].shape[2:]
    padding, stride, dilation = (_each(given[name], len(kernel)) for name in ("padding", "stride", "dilation"))
    windows = _windows(gradients.flatten(0, 1), kernel, stride, dilation, (padding, padding), spread)
    found: Tensor = windows.unflatten(2, (given["groups"], -1)).flatten(3).unflatten(0, gradients.shape[:2])
    return found


def _windows(
    inputs: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    margins: tuple[Sequence[int], Sequence[int]],
    spread: Sequence[int] | None = None,
) -> Tensor:
    """(n, C, *places) -> (n, t, C, *kernel), at all places or at `spread` of them along each axis."""
    sides = [side for pair in zip(reversed(margins[0]), reversed(margins[1]), strict=True) for side in pair]
    found = functional.pad(inputs, sides)
    for axis, (size, step, gap) in enumerate(zip(kernel, stride, dilation, strict=True)):
        found = found.unfold(axis + 2, gap * (size - 1) + 1, step)[..., ::gap]
        if spread is not None:
            found = found.narrow(axis + 2, 0, spread[axis])
    places = tuple(range(2, 2 + len(kernel)))
    return found.movedim(places, tuple(range(1, 1 + len(kernel)))).flatten(1, len(kernel))


def _margins(padding: Any, kernel: Sequence[int], dilation: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Zeros before and after, along each axis."""
    if padding == "same":
        total = [gap * (size - 1) for gap, size in zip(dilation, kernel, strict=True)]
        return [count // 2 for count in total], [count - count // 2 for count in total]
    sizes = [0] * len(kernel) if padding == "valid" else _each(padding, len(kernel))
    return sizes, sizes


def _each(value: Any, count: int) -> Sequence[int]:
    if isinstance(value, int):
        return [value] * count
    return list(value) * count if len(value) == 1 else list(value)
