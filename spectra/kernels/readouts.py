"""The outputs of a network, and which of them a tangent kernel speaks of."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Outputs = Literal["full", "trace", "sum_of_logits"] | int


def example_outputs(outputs: object, count: int) -> Tensor:
    """What a module made of `count` examples, as (N, O).

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is neither (N, O) nor (N,).
    """
    if not isinstance(outputs, Tensor):
        raise TypeError(f"the module returned a {type(outputs).__name__}; it must return one tensor of outputs")
    if outputs.ndim not in (1, 2) or len(outputs) != count:
        raise ValueError(
            f"the module made outputs of shape {tuple(outputs.shape)} from {count} examples; (N, O) or (N,) is "
            "needed; outputs with more axes can be flattened: nn.Sequential(module, nn.Flatten())"
        )
    return outputs[:, None] if outputs.ndim == 1 else outputs


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
    if isinstance(outputs, int) and not isinstance(outputs, bool):
        if not 0 <= outputs < count:
            raise ValueError(f"output {outputs} was asked for of a module with {count} outputs; use 0 to {count - 1}")
        return (unit[:, outputs : outputs + 1],)
    if outputs == "full":
        return (unit,)
    if outputs == "sum_of_logits":
        return (torch.ones_like(unit[:, :1]) / count**0.5,)
    if outputs == "trace":
        return tuple(unit[:, o : o + 1] / count**0.5 for o in range(count))
    raise ValueError(
        f"outputs={outputs!r} was asked for; possible are 'full', 'trace', 'sum_of_logits' and the index of an output"
    )
