"""Whether a module treats every example on its own, and leaves its inputs as they are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

FEW = 4
"""Examples that are looked at: what couples examples couples the first ones too."""


def require_independent(outputs: Callable[[Tensor], Tensor], inputs: Tensor) -> None:
    """Refuse functions in which an output depends on other examples of the batch, or which change their inputs.

    The outputs of the first example are compared in two batches of one size: among others, and among copies of itself.

    Args:
        outputs: From examples (N, ...) to outputs whose first axis is N.
        inputs: Examples (N, ...); the first few are used, as copies.

    Raises:
        ValueError: If one depends on others by more than the root of the rounding unit, or the inputs are changed.
    """
    few = inputs[:FEW].clone()
    before = few._version
    with torch.no_grad():
        mixed = outputs(few)[0]
        if few._version != before:
            raise ValueError(
                "the module changes its inputs in place, and what they were is lost; clone them first in its forward "
                "pass, or set inplace=False in its first layer"
            )
        alone = outputs(inputs[:1].expand(len(few), *inputs.shape[1:]).clone())[0]
    change, size = float((mixed - alone).abs().max()), float(mixed.abs().max())
    if change > torch.finfo(mixed.dtype).eps ** 0.5 * size:
        raise ValueError(
            f"the outputs of the first example change by {change:.3g} (of {size:.3g}) when the other examples of its "
            "batch do: the module couples examples, and a kernel between examples is not defined; call module.eval() "
            "if it has batch normalization, and measure the part before a head that contrasts examples"
        )
