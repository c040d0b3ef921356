"""Derivatives of examples held against ordinary automatic differentiation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectra.kernels.derivative_parts import as_rows, one_row
from spectra.kernels.layer_factors import Factors, plain_passes
from spectra.kernels.preconditions import require_finite
from spectra.kernels.sample_jacobians import gradients_of_one

PIECE = 2**16
"""Numbers that are compared at once: the memory of the largest weight is not taken again."""

CANCELLED = 4
"""Rounding units, of the largest gradient, by which gradients that cancel may differ.

For the modules of `tests/kernels/zoo.py`, 16 blocks of a transformer and 12 convolutions it was 0.5 of one, in four
dtypes; for gradients that are wrong it was 50 and more in half precision.
"""

FAILURES = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError, UserWarning)
"""What torch raises, or is made to raise, where an operation cannot be vectorised or a shape is not as foreseen."""


def reached(module: nn.Module, names: Sequence[str], one: Tensor, cotangent: Tensor) -> list[str]:
    """Parameters on which the outputs for an example depend.

    Raises:
        ValueError: If gradients in them are not finite.
    """
    slopes = {name: slope for name, slope in _truth(module, names, one, cotangent).items() if slope is not None}
    for name, slope in slopes.items():
        require_finite(
            f"the gradients of one example in {name}",
            slope,
            "its outputs are, so look for an operation without a derivative, such as a root or a norm at zero",
        )
    return list(slopes)


def differences(
    module: nn.Module, names: Sequence[str], found: Factors, few: Tensor, cotangent: Tensor
) -> dict[str, str]:
    """Parameters in which derivatives differ from those of automatic differentiation, and how.

    Args:
        module: The module.
        names: Of the parameters that are looked at.
        found: The derivatives of some examples.
        few: The examples.
        cotangent: (1, O), of the derivatives.
    """
    wrong: dict[str, str] = {}
    for place, one in enumerate(few.split(1)):
        # Gradients take as much memory as the module: those of one example are gone before the next ones are made.
        wrong |= _differences_of_one(_truth(module, names, one, cotangent), place, found)
    return wrong


def _differences_of_one(slopes: dict[str, Tensor | None], place: int, found: Factors) -> dict[str, str]:
    # Gradients that cancel, such as those in the bias of keys, are as large as the rounding of all others.
    whole = max((float(slope.norm()) for slope in slopes.values() if slope is not None), default=0.0)
    differences = {name: _difference(name, place, found, slope, whole) for name, slope in slopes.items()}
    return {name: difference for name, difference in differences.items() if difference}


def _difference(name: str, place: int, found: Factors, exact: Tensor | None, whole: float) -> str:
    """How the derivatives of one example in one parameter are wrong; empty if they are right up to rounding."""
    try:
        row = as_rows(one_row(found.part([name]), place)).values.reshape(-1)
    except FAILURES as error:
        return first_line(error)
    expected = torch.zeros_like(row) if exact is None else exact.reshape(-1)
    unit = rounding_unit(row)
    if expected.shape != row.shape:
        return f"it has {len(row)} derivatives in place of {len(expected)}"
    # A piece at a time, since the difference may be as large as the largest weight.
    pieces = zip(row.split(PIECE), expected.split(PIECE), strict=True)
    distance = sum(float((one - other).square().sum()) for one, other in pieces) ** 0.5
    if not distance <= unit**0.5 * float(expected.norm()) + CANCELLED * unit * whole:
        return "its gradients are not those of automatic differentiation"
    return ""


def rounding_unit(like: Tensor) -> float:
    """The spacing of numbers after one: in single precision on a GPU, that of TF32, in which it may multiply."""
    kind = torch.float16 if like.is_cuda and like.dtype == torch.float32 else like.dtype
    return torch.finfo(kind).eps


def _truth(module: nn.Module, names: Sequence[str], one: Tensor, cotangent: Tensor) -> dict[str, Tensor | None]:
    """Gradients of one example by ordinary automatic differentiation."""
    with plain_passes(module, one.device):
        return gradients_of_one(module, names, one, cotangent[0])


def first_line(error: BaseException) -> str:
    """What an error says, in short."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
