"""The outputs of a network, and which of them a tangent kernel speaks of."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Literal

import torch
from torch import Tensor

Outputs = Literal["full", "trace", "sum_of_logits"] | int

INDEPENDENT = (
    "the outputs of the module do not depend on its weights; check that it uses its parameters, and not inside "
    "torch.no_grad, torch.inference_mode or detach"
)


def example_outputs(outputs: object, count: int) -> Tensor:
    """What a module made of `count` examples, as (N, O); of one example, it may have lost the first axis (squeeze).

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is neither (N, O) nor (N,), empty, or not of real floating-point numbers.
    """
    if not isinstance(outputs, Tensor):
        raise TypeError(f"the module returned a {type(outputs).__name__}; it must return one tensor of outputs")
    if count == 1 and outputs.ndim < 2:
        outputs = outputs.reshape(1, -1)
    if outputs.ndim not in (1, 2) or len(outputs) != count:
        raise ValueError(
            f"the module made outputs of shape {tuple(outputs.shape)} from {count} examples; (N, O) or (N,) is "
            "needed: examples come first. Outputs with more axes can be flattened, nn.Sequential(module, "
            "nn.Flatten()); a recurrent layer or attention without batch_first=True takes the first axis for time"
        )
    if outputs.numel() == 0:
        raise ValueError(f"the module made outputs of shape {tuple(outputs.shape)}; at least one number is needed")
    if not outputs.is_floating_point():
        raise ValueError(
            f"the module made outputs of {outputs.dtype}, which have no tangent kernel; return real numbers that can "
            "be differentiated: logits instead of an argmax, and real and imaginary parts (torch.view_as_real) instead "
            "of complex numbers"
        )
    return outputs[:, None] if outputs.ndim == 1 else outputs


def first_outputs(forward: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """Outputs (1, O) of the first example, a copy of it.

    Raises:
        ValueError: If the module cannot read it.
    """
    one = inputs[:1].clone()
    try:
        return forward(one)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, IndexError) as error:
        kind = "" if inputs.is_floating_point() else "; if they are no tokens, convert them with inputs.to(dtype)"
        raise ValueError(
            f"the module cannot read the first example, {inputs.dtype} of shape {tuple(one.shape)}: "
            f"{str(error).strip()}{kind}"
        ) from error


def readouts(outputs: Outputs, count: int, like: Tensor) -> tuple[Tensor, ...]:
    """Matrices R_i (O, q) such that the chosen kernel is sum_i R_i' Theta R_i, applied to the outputs of all examples.

    Args:
        outputs: "full": all, q = O. An index o: that output alone. "sum_of_logits": O^(-1/2) sum_o f_o, the pseudo
            kernel. "trace": one matrix for each output, so that the sum is the mean (1/O) sum_o Theta_oo.
        count: Number O of outputs of an example.
        like: A tensor of the wanted dtype and device.

    Returns:
        One matrix, and O of them for "trace".

    Raises:
        ValueError: If the choice is unknown, or the index out of range.

    >>> [tuple(matrix.shape) for matrix in readouts("trace", 3, torch.zeros(1))]
    [(3, 1), (3, 1), (3, 1)]
    """
    unit = torch.eye(count, dtype=like.dtype, device=like.device)
    chosen = _number(outputs)
    if chosen is not None:
        if not 0 <= chosen < count:
            raise ValueError(f"output {chosen} was asked for of a module with {count} outputs; use 0 to {count - 1}")
        return (unit[:, chosen : chosen + 1],)
    if outputs == "full":
        return (unit,)
    if outputs == "sum_of_logits":
        return (torch.ones_like(unit[:, :1]) / count**0.5,)
    if outputs == "trace":
        return tuple(unit[:, o : o + 1] / count**0.5 for o in range(count))
    raise ValueError(
        f"outputs={outputs!r} was asked for; possible are 'full', 'trace', 'sum_of_logits' and the index of an output"
    )


def _number(outputs: object) -> int | None:
    """An integer of any kind, also of numpy or in a tensor; None for anything else."""
    if isinstance(outputs, (bool, str)) or "bool" in str(getattr(outputs, "dtype", "")):
        return None
    try:
        return index(outputs)  # type: ignore[arg-type]
    except TypeError:
        return None
