"""Reference numbers of infinitely wide networks, made with fifty digits, and finite networks to compare with."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.func import grad, vmap

NUMBERS = json.loads(Path(__file__).with_suffix(".json").read_text())


def numbers(rows: list) -> Tensor:
    """A list of decimal strings or numbers, however deep, as a tensor."""
    return (
        torch.tensor([float(row) for row in rows])
        if not isinstance(rows[0], list)
        else torch.stack([numbers(row) for row in rows])
    )


def relative(measured: Tensor, expected: Tensor) -> float:
    """Largest error of an entry relative to it."""
    return float(((measured - expected) / expected).abs().max())


def finite_kernels(
    network: Callable[[dict[str, Tensor], Tensor], Tensor],
    shapes: dict[str, tuple[int, ...]],
    inputs: Tensor,
    draws: int,
) -> tuple[Tensor, Tensor]:
    """Kernels of random networks with standard normal parameters, (draws, 2, N, N): of the readout alone, and of all.

    The readout is what is called so in `shapes`; its part of the tangent kernel is the covariance of the outputs given
    the layers before.
    """
    found = []
    for _ in range(draws):
        parameters = {name: torch.randn(shape) for name, shape in shapes.items()}
        slopes = vmap(grad(network), (None, 0))(parameters, inputs)
        parts = {name: slope.flatten(1) @ slope.flatten(1).T for name, slope in slopes.items()}
        readout = sum(part for name, part in parts.items() if name.startswith("readout"))
        found.append(torch.stack([readout, sum(parts.values())]))
    return torch.stack(found)


def network(
    parameters: dict[str, Tensor],
    x: Tensor,
    activation: Callable[[Tensor], Tensor] = torch.erf,
    hidden: int = 2,
    branch: float | None = None,
) -> Tensor:
    """Standard normal parameters, weight variance 1.5 and bias variance 0.3; residual if there is a branch."""

    def layer(name: str, units: Tensor) -> Tensor:
        weight = parameters[f"{name}.weight"]
        return (1.5 / weight.shape[1]) ** 0.5 * weight @ units + 0.3**0.5 * parameters[f"{name}.bias"]

    units = layer("input", x)
    for place in range(hidden - (branch is None)):
        made = layer(f"{place}", activation(units))
        units = made if branch is None else units + branch * made
    return layer("readout", activation(units))[0]


def shapes(width: int, inner: int, inputs: int = 4) -> dict[str, tuple[int, ...]]:
    """Of the parameters of `network`, with `inner` layers between the first and the readout."""
    sizes = {"input": (width, inputs), **{f"{place}": (width, width) for place in range(inner)}, "readout": (1, width)}
    return {
        f"{name}.{part}": size if part == "weight" else size[:1]
        for name, size in sizes.items()
        for part in ("weight", "bias")
    }


def standard_errors(samples: Tensor, expected: Tensor) -> Tensor:
    """Distance of the mean of samples from what is expected, in its standard errors."""
    return (samples.mean(0) - expected).abs() / (samples.std(0) / len(samples) ** 0.5)
