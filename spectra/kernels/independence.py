"""Whether a module treats every example on its own, and leaves its inputs as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from spectra.kernels.preconditions import require_finite_outputs
from spectra.plain_text import first_few

FEW = 4
"""Examples that are looked at: in a causal model the first does not depend on the others, and the last one does."""


def require_independent(outputs: Callable[[Tensor], Tensor], inputs: Tensor, module: nn.Module) -> None:
    """Refuse functions in which an output depends on other examples of the batch, or which change their inputs.

    Four examples, from the first to the last, make one batch, which is computed twice; then each is computed among
    copies of itself in a batch of the same size, where it must have the same outputs at every place; and the first one
    alone. That costs seven forward passes, of 25 examples in all. What couples none of the four is not seen.

    Args:
        outputs: From examples (N, ...) to outputs (N, O).
        inputs: Examples (N, ...).
        module: What is called, for advice.

    Raises:
        ValueError: If one depends on others by more than the root of the rounding unit, the inputs are changed, or
            outputs are not finite or change from call to call.
    """
    with torch.no_grad():
        places = _places(len(inputs))
        few = inputs[places]
        mixed = _mixed(outputs, few, places)
        size, unit = float(mixed.abs().max()), torch.finfo(mixed.dtype).eps
        # Batches of one size are rounded alike. Another size may take another algorithm, in TF32 with errors of 5e-4.
        trials = [([place] * len(few), place, unit**0.5) for place in range(len(few))] + [([0], 0, unit**0.25)]
        for batch, place, tolerance in trials:
            change = float((outputs(few[batch]) - mixed[place]).abs().max())
            if not change <= tolerance * size:
                raise ValueError(
                    f"the outputs of example {places[place]} change by {change:.3g} (of {size:.3g}) when "
                    "the other examples of its batch, their number or its place among them do: the module couples "
                    f"examples, and a kernel between examples is not defined; {_advice(module)}"
                )


def _places(count: int) -> list[int]:
    """Up to four examples, from the first to the last."""
    return sorted({round(place * (count - 1) / (FEW - 1)) for place in range(FEW)})


def _mixed(outputs: Callable[[Tensor], Tensor], few: Tensor, places: Sequence[int]) -> Tensor:
    """Outputs of the examples, which are the same when they are computed again, and finite."""
    before = few._version
    mixed = outputs(few)
    if few._version != before:
        raise ValueError(
            "the module changes its inputs in place, and what they were is lost; clone them first in its forward "
            "pass, or set inplace=False in its first layer"
        )
    require_finite_outputs(mixed, places)
    change, size = float((outputs(few) - mixed).abs().max()), float(mixed.abs().max())
    if not change <= torch.finfo(mixed.dtype).eps ** 0.5 * size:
        raise ValueError(
            f"the outputs change by {change:.3g} (of {size:.3g}) when the module is called again with the same inputs: "
            "it keeps a state between calls, such as a counter or a cache, or draws random numbers of its own; switch "
            "that off, or keep the state in a buffer, which is put back"
        )
    return mixed


def _advice(module: nn.Module) -> str:
    """What may be the cause of a coupling."""
    turned = [
        f"{name or 'the module'} ({type(part).__name__})"
        for name, part in module.named_modules()
        if getattr(part, "batch_first", None) is False
    ]
    if turned:
        return (
            f"batch_first=False takes the first axis for time, in {first_few(turned)}: use batch_first=True there, or "
            "transpose in the forward pass"
        )
    return "call module.eval() if it has batch normalization, and measure what comes before a head that contrasts them"
