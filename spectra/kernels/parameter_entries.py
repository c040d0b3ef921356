"""The diagonal D of a tangent kernel, parameter by parameter: one number where one is enough."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from spectra.kernels.parameter_weights import ParameterWeights


def parameter_entries(parameters: Mapping[str, Tensor], weights: ParameterWeights | None) -> dict[str, float | Tensor]:
    """Entries of D for each parameter.

    Args:
        parameters: The trainable parameters by their names.
        weights: Flat (P,) in the order of the parameters, or a mapping from every name to a number or a tensor that
            broadcasts to its shape; None for ones.

    Returns:
        A number where all entries of a parameter are equal, else a flat tensor in the dtype of the parameter.

    Raises:
        ValueError: If the shape or the names do not fit, or an entry is negative or not finite.
    """
    if weights is None:
        return dict.fromkeys(parameters, 1.0)
    named = _split(parameters, weights) if isinstance(weights, Tensor) else dict(weights)
    if set(named) != set(parameters):
        odd = sorted(set(named) ^ set(parameters))
        raise ValueError(
            f"parameter weights for the names {odd} are missing or not asked for; one is needed for each of "
            f"{list(parameters)}"
        )
    return {name: _entries(name, named[name], parameter) for name, parameter in parameters.items()}


def _split(parameters: Mapping[str, Tensor], weights: Tensor) -> dict[str, Tensor]:
    sizes = [parameter.numel() for parameter in parameters.values()]
    if weights.shape != (sum(sizes),):
        raise ValueError(
            f"parameter weights of shape {tuple(weights.shape)} were given; one is needed for each of the {sum(sizes)} "
            f"parameters, ({sum(sizes)},), or a mapping from the names {list(parameters)}"
        )
    pieces = weights.detach().split(sizes)
    return {name: piece.view(value.shape) for (name, value), piece in zip(parameters.items(), pieces, strict=True)}


def _entries(name: str, given: float | Tensor, parameter: Tensor) -> float | Tensor:
    entries = torch.as_tensor(given, device=parameter.device).detach()
    low, high = (float(end) for end in entries.aminmax())
    if not (low >= 0 and high < float("inf")):
        raise ValueError(
            f"the parameter weights of {name} go from {low:g} to {high:g}; all must be finite and zero or more: they "
            "are the step sizes of the parameters"
        )
    if low == high:
        return low
    try:
        repeated = entries.to(parameter.dtype).expand(parameter.shape)
    except RuntimeError as error:
        raise ValueError(
            f"the parameter weights of {name} have shape {tuple(entries.shape)}, which does not broadcast to that of "
            f"the parameter, {tuple(parameter.shape)}"
        ) from error
    return repeated.reshape(-1)
