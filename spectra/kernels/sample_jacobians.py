"""Derivatives of every example in some parameters: slower than from recorded calls, for any operation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vjp, vmap

from spectra.kernels.derivative_parts import Rows
from spectra.kernels.preconditions import require_finite_outputs


def vectorized_jacobians(
    module: nn.Module, names: Sequence[str], inputs: Tensor, cotangents: Tensor
) -> dict[str, Rows]:
    """Derivatives (n, k, p) in each parameter, all examples at once: every operation must allow that.

    Args:
        module: With outputs (n, O) or (n,).
        names: Of the parameters.
        inputs: Examples (n, ...).
        cotangents: (k, O), whose products with the outputs are differentiated.
    """
    named = {name: value.detach() for name, value in module.named_parameters()}
    chosen = {name: named[name] for name in names}

    def pulled(example: Tensor) -> dict[str, Tensor]:
        def outputs(parameters: dict[str, Tensor]) -> Tensor:
            found: Tensor = functional_call(module, {**named, **parameters}, (example[None],))
            return found.reshape(-1)

        pull = vjp(outputs, chosen)[1]
        rows: dict[str, Tensor] = vmap(lambda cotangent: pull(cotangent)[0])(cotangents)
        return rows

    found = vmap(pulled)(inputs)
    return {name: Rows(value.detach().flatten(2)) for name, value in found.items()}


def looped_jacobians(module: nn.Module, names: Sequence[str], inputs: Tensor, cotangents: Tensor) -> dict[str, Rows]:
    """The same by one ordinary backward pass for each example and cotangent."""
    named = dict(module.named_parameters())
    chosen = [named[name] for name in names]
    found: dict[str, list[Tensor]] = {name: [] for name in names}
    for place, one in enumerate(inputs.split(1)):
        outputs = module(one).reshape(-1)
        require_finite_outputs(outputs[None], [place])
        rows = [_gradients(outputs, chosen, cotangent) for cotangent in cotangents]
        for name, slopes in zip(names, zip(*rows, strict=True), strict=True):
            found[name].append(torch.stack(slopes))
    return {name: Rows(torch.stack(rows)) for name, rows in found.items()}


def gradients_of_one(
    module: nn.Module, names: Sequence[str], one: Tensor, cotangent: Tensor
) -> dict[str, Tensor | None]:
    """Gradients of <cotangent, outputs> of one example (1, ...); None where the outputs do not depend on a parameter.

    Raises:
        ValueError: If the module changes what its backward pass needs.
    """
    named = dict(module.named_parameters())
    outputs = module(one).reshape(-1)
    if not outputs.requires_grad:
        return dict.fromkeys(names)
    try:
        slopes = torch.autograd.grad(outputs, [named[name] for name in names], cotangent, allow_unused=True)
    except RuntimeError as error:
        if "inplace operation" not in str(error):
            raise
        raise ValueError(f"the module changes in place what its gradients need; clone it before: {error}") from error
    return dict(zip(names, slopes, strict=True))


def _gradients(outputs: Tensor, parameters: Sequence[Tensor], cotangent: Tensor) -> list[Tensor]:
    """Flat gradients of <cotangent, outputs>; zero for what the outputs do not depend on."""
    if not outputs.requires_grad:
        return [torch.zeros_like(parameter).reshape(-1) for parameter in parameters]
    slopes = torch.autograd.grad(outputs, parameters, cotangent, retain_graph=True, allow_unused=True)
    pairs = zip(slopes, parameters, strict=True)
    return [(torch.zeros_like(parameter) if slope is None else slope).reshape(-1) for slope, parameter in pairs]
