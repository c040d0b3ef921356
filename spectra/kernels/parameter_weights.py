"""The diagonal D of a tangent kernel J D J': how much every parameter counts."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.objectives.network import Network

ParameterWeights = Tensor | Mapping[str, float | Tensor]
"""A flat tensor (P,) in the order of `named_parameters`, or a number or tensor for each name."""


def parameter_diagonal(network: Network, weights: ParameterWeights, like: Tensor) -> Tensor:
    """D as one vector.

    Args:
        network: The flattened module, for names and shapes.
        weights: See `parameter_entries`.
        like: The weights of the network, (P,), for dtype and device.

    Returns:
        Entries of D, (P,).

    Raises:
        ValueError: As for `parameter_entries`.
    """
    parameters = network.named(like)
    entries = parameter_entries(parameters, weights)
    given = {name: torch.as_tensor(value, dtype=like.dtype, device=like.device) for name, value in entries.items()}
    return torch.cat([given[name].expand(parameter.numel()) for name, parameter in parameters.items()])


def parameter_entries(parameters: Mapping[str, Tensor], weights: ParameterWeights | None) -> dict[str, float | Tensor]:
    """Entries of D for each parameter: one number where one is enough.

    Args:
        parameters: The trainable parameters by their names.
        weights: Flat (P,) in the order of the parameters, or a mapping from every name to a number or a tensor that
            broadcasts to its shape; None for ones.

    Returns:
        A number where all entries of a parameter are equal, else a flat tensor in the dtype of the parameter.

    Raises:
        TypeError: If they are neither a tensor nor a mapping of numbers and tensors.
        ValueError: If the shape or the names do not fit, or an entry is negative or not finite.
    """
    if weights is None:
        return dict.fromkeys(parameters, 1.0)
    if not isinstance(weights, (Tensor, Mapping)):
        raise TypeError(
            f"parameter weights: a {type(weights).__name__} was given; pass a flat tensor, one number for each of the "
            f"parameters, or a mapping from every name to a number or a tensor: {{'{next(iter(parameters), 'name')}': "
            "0.1, ...}"
        )
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
    if parameter.numel() == 0:
        return 1.0
    entries = _numbers(name, given)
    low, high = (float(end) for end in entries.aminmax()) if entries.numel() else (0.0, 0.0)
    if not (low >= 0 and high < float("inf")):
        raise ValueError(
            f"the parameter weights of {name} have a smallest entry of {low:g} and a largest of {high:g}; all must be "
            "finite and zero or more: they are the step sizes of the parameters"
        )
    try:
        repeated = entries.to(parameter).expand(parameter.shape)
    except RuntimeError as error:
        raise ValueError(
            f"the parameter weights of {name} have shape {tuple(entries.shape)}, which does not broadcast to that of "
            f"the parameter, {tuple(parameter.shape)}; pass a number, or a tensor of that shape"
        ) from error
    return low if low == high else repeated.reshape(-1)


def _numbers(name: str, given: object) -> Tensor:
    if isinstance(given, Tensor):
        require_real(f"the parameter weights of {name}", given)
        return given.detach()
    try:
        # In the dtype of the parameters, or in the default one, a number would lose digits that the sums keep.
        return torch.as_tensor(given, dtype=torch.float64, device="cpu")
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"the parameter weights of {name} are {given!r}; pass a number or a tensor that broadcasts to its shape"
        ) from error
