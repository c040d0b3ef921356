"""What a module, its weights, its examples and the mode of the caller must be for a tangent kernel to exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from spectra.plain_text import first_few


def require_module(module: object) -> None:
    """Refuse functions and classes, which have no parameters.

    Raises:
        TypeError: If it is no module.
    """
    if isinstance(module, type):
        raise TypeError(f"the class {module.__name__} was given; pass a module, such as {module.__name__}(...)")
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"a {type(module).__name__} was given; pass an nn.Module that holds the parameters: a function can be the "
            "forward pass of one"
        )


def require_weights(parameters: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Refuse weights without numbers, with hooks that change their gradients, or that are not finite.

    Args:
        parameters: The trainable parameters by their names.
        values: What they hold; of parameters that are spread over processes, gathered.

    Raises:
        ValueError: If there are such.
    """
    if any(value.is_meta for value in parameters.values()):
        raise ValueError("the parameters are on the device meta, which holds no numbers; load the weights before")
    hooked = [name for name, value in parameters.items() if value._backward_hooks]
    if hooked:
        raise ValueError(
            f"there are gradient hooks (Tensor.register_hook) on {first_few(hooked)}, which change gradients and are "
            "no part of the network; remove them before with the handles that register_hook returned"
        )
    for name, value in values.items():
        require_finite(f"the parameter {name}", value, "take weights from before they diverged")


def require_inputs(inputs: Tensor, weights: Tensor, name: str = "inputs") -> None:
    """Refuse inputs that a network with these weights cannot read.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If there are none, they are not finite, or their dtype or device differs from that of the weights.
    """
    if not isinstance(inputs, Tensor):
        raise TypeError(
            f"{name} are a {type(inputs).__name__}; a tensor (N, ...) is needed. Of several tensors, such as tokens "
            "and a mask, make one, and take it apart in the forward pass of a module around yours"
        )
    if inputs.ndim == 0 or inputs.numel() == 0:
        raise ValueError(f"{name} of shape {tuple(inputs.shape)} were given; at least one example, (N, ...), is needed")
    # Integers are tokens, which have no dtype in common with weights.
    other = inputs.is_floating_point() and inputs.dtype != weights.dtype
    if other or inputs.device != weights.device:
        raise ValueError(
            f"{name} are {inputs.dtype} on {inputs.device}, and the weights {weights.dtype} on {weights.device}; "
            "convert them with inputs.to(device, dtype)"
        )
    require_finite(f"the {name}", inputs, "replace them, or leave those examples out")


def require_finite(name: str, values: Tensor, advice: str = "look for NaN or Inf in what made them") -> None:
    """Refuse numbers that are infinite or not a number.

    Raises:
        ValueError: If there are any, with their count.
    """
    if values.numel() == 0 or not (values.is_floating_point() or values.is_complex()):
        return
    # The ends are found without another tensor of this size, and are not a number where one value is none.
    if values.is_floating_point() and all(bool(end.isfinite()) for end in values.detach().aminmax()):
        return
    count = int((~values.detach().isfinite()).sum())
    if count:
        raise ValueError(
            f"{count} of the {values.numel()} numbers of {name} {'is' if count == 1 else 'are'} not finite; {advice}"
        )


def require_finite_outputs(outputs: Tensor, places: Sequence[int]) -> None:
    """Refuse outputs (n, O) that are not finite, though inputs and weights are.

    Args:
        outputs: Of some examples.
        places: Where these are among all examples.

    Raises:
        ValueError: If there are such, with their number and the first of their examples.
    """
    finite = outputs.detach().isfinite()
    if finite.all():
        return
    wrong = (~finite.flatten(1).all(1)).nonzero().flatten()
    raise ValueError(
        f"{int((~finite).sum())} outputs of {len(wrong)} among {len(outputs)} examples are not finite, though inputs "
        f"and weights are, first those of examples {[places[int(one)] for one in wrong[:5]]}; leave them out, or look "
        "for an overflow, a division by zero or a logarithm below zero in the module"
    )


def require_own_precision(device: torch.device) -> None:
    """Refuse a caller inside torch.autocast, where derivatives are rounded to half precision.

    Raises:
        ValueError: If there is one for this device.
    """
    if torch.is_autocast_enabled(device.type):
        raise ValueError(
            f"torch.autocast is on for {device.type}, and derivatives would be rounded to "
            f"{torch.get_autocast_dtype(device.type)}; leave its block, or open torch.autocast({device.type!r}, "
            "enabled=False) inside it. A module that opens autocast in its own forward pass is measured as it is"
        )


def require_finite_kernel(kernel: Tensor) -> None:
    """Refuse a kernel (N, M, ...) with entries that are not finite.

    Raises:
        ValueError: If there are any, naming the examples that are the cause.
    """
    # A sum takes no memory; where it overflows although all entries are finite, they are counted.
    if bool(kernel.sum().isfinite()):
        return
    bad = ~kernel.isfinite().flatten(2).all(2) if kernel.ndim > 2 else ~kernel.isfinite()
    if bad.any():
        rows, columns = (bad.all(axis).nonzero().flatten().tolist() for axis in (1, 0))
        raise ValueError(
            f"{int(bad.sum())} of the {bad.numel()} entries of the kernel between examples are not finite, all those "
            f"of the examples {rows[:5]} of x1 and {columns[:5]} of x2 among them: their outputs or gradients "
            "overflow or are not defined, as of a logarithm below zero or a root at zero; leave them out"
        )
