"""How many directions of the input a layer still feels."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import jacrev

from spectra.features.arguments import require_numbers, require_readable
from spectra.features.layer_features import flat, watched
from spectra.features.numerical_rank import numerical_rank
from spectra.kernels.preconditions import require_module

ROWS = 256
"""Rows of a Jacobian that are made at once."""


def jacobian_ranks(
    module: nn.Module,
    inputs: Tensor,
    layers: Sequence[str],
    *,
    free: Tensor | None = None,
    rtol: float | None = None,
    precision: torch.dtype | None = None,
) -> dict[str, Tensor]:
    """Rank of the Jacobian of every layer in the inputs, at each of N examples.

    Where layers follow one another, the rank never grows with the depth. With only some of the inputs free it is a
    lower bound on the dimension of the feature manifold there (the partial rank).

    Args:
        module: Any module in evaluation mode; it is left as it is.
        inputs: N examples of real numbers.
        layers: Names of `named_modules`.
        free: Which inputs of an example may change, truth values in the shape of one; None is all.
        rtol: Singular values count above `rtol` times the largest; None is max(D, n) rounding units of `precision`.
        precision: Of the module and the inputs in the computation; None is that of the inputs. In float64 a rank is
            that of the function; in float32 it is also that of the rounding.

    Returns:
        Ranks (N,), whole numbers, of each layer.

    Raises:
        TypeError: As for `layer_features`.
        ValueError: As for `layer_features`; if the inputs are not real, `free` has another shape or frees nothing, or
            `rtol` is out of range.

    Source: Feng et al. 2022 (arXiv 2206.06072), who free a patch of 16 x 16 pixels and count by
    `gram_rtol(768)`, which is 9.6e-3, in single precision.
    """
    module, inputs = in_precision(module, inputs, precision)
    ranks: dict[str, list[int]] = {}
    for one in inputs:
        for name, slope in input_jacobians(module, one, layers, free=free).items():
            ranks.setdefault(name, []).append(numerical_rank(slope, rtol=rtol))
    return {name: torch.tensor(found, device="cpu") for name, found in ranks.items()}


def input_jacobians(
    module: nn.Module, example: Tensor, layers: Sequence[str], *, free: Tensor | None = None
) -> dict[str, Tensor]:
    """Jacobian (D, n) of the features of each layer in the n free inputs of one example.

    Args:
        module: Any module in evaluation mode.
        example: One input, without an axis of examples.
        layers: Names of `named_modules`.
        free: Which inputs may change, truth values in the shape of the example; None is all.

    Raises:
        TypeError: As for `layer_features`.
        ValueError: As for `layer_features`; if the example is not real, or `free` has another shape or frees nothing.
    """
    require_numbers(example)
    require_readable(module, example[None])
    free = torch.ones_like(example, dtype=torch.bool) if free is None else free
    if free.dtype != torch.bool or free.shape != example.shape or not bool(free.any()):
        raise ValueError(
            f"free is {free.dtype} {tuple(free.shape)} with {int(free.sum())} places; pass truth values in the shape "
            f"of an example, {tuple(example.shape)}, at least one of them true"
        )
    places = free.flatten().nonzero()[:, 0]

    def features(chosen: Tensor) -> dict[str, Tensor]:
        whole = example.flatten().index_put((places,), chosen).view_as(example)
        with watched(module, layers) as seen:
            module(whole[None])
        return {name: rows[0] for name, rows in flat(seen, layers, 1).items()}

    found: dict[str, Tensor] = jacrev(features, chunk_size=ROWS)(example.flatten()[places])
    return {name: slope.detach() for name, slope in found.items()}


def in_precision(module: nn.Module, inputs: Tensor, precision: torch.dtype | None) -> tuple[nn.Module, Tensor]:
    """A module and its inputs in another precision, as copies; as they are for None.

    Raises:
        TypeError: As for `require_readable`.
        ValueError: As for `require_readable`, or if the inputs are not real numbers.
    """
    require_module(module)
    require_numbers(inputs)
    if precision is not None:
        module, inputs = deepcopy(module).to(precision), inputs.to(precision)
    require_readable(module, inputs)
    return module, inputs
