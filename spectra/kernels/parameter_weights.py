"""The diagonal D of a tangent kernel J D J': how much every parameter counts."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from spectra.objectives.network import Network

ParameterWeights = Tensor | Mapping[str, float | Tensor]
"""A flat tensor (P,) in the order of `named_parameters`, or a number or tensor for each name."""


def parameter_diagonal(network: Network, weights: ParameterWeights, like: Tensor) -> Tensor:
    """D as one vector.

    Args:
        network: The flattened module, for names and shapes.
        weights: Flat (P,), or a mapping from every parameter name to a number or a tensor that broadcasts to its shape.
        like: A tensor of the wanted dtype and device.

    Returns:
        Entries of D, (P,).

    Raises:
        ValueError: If the shape or the names do not fit, or an entry is negative or not finite.
    """
    if isinstance(weights, Tensor):
        diagonal = weights.detach()
    else:
        named = {name: torch.as_tensor(value, device=like.device).detach() for name, value in weights.items()}
        diagonal = network.flat({name: value.to(like) for name, value in named.items()})
    if diagonal.shape != (network.size,):
        raise ValueError(
            f"parameter weights of shape {tuple(diagonal.shape)} were given; one is needed for each of the "
            f"{network.size} parameters, ({network.size},), or a mapping from the names {list(network.shapes)}"
        )
    if not bool(((diagonal >= 0) & diagonal.isfinite()).all()):
        low, bad = float(diagonal.nan_to_num().min()), int((~diagonal.isfinite()).sum())
        raise ValueError(
            f"the parameter weights have a smallest entry of {low:g} and {bad} that are not finite; all must be finite "
            "and zero or more: they are the step sizes of the parameters"
        )
    return diagonal.to(like)
