"""How many directions the features of a slightly shaken example take."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectra.features.arguments import feature_matrix, share_between
from spectra.features.jacobian_ranks import in_precision
from spectra.features.layer_features import layer_features
from spectra.kernels.arguments import whole_number
from spectra.operators.chance import given_or_own

ROUNDING = 32
"""Rounding units of the largest feature that count as no movement. Linear networks of width 64, with a bottleneck of
rank 4 and 1 to 16 layers after it, had singular values of 1.3 to 4.1 of them beyond the rank, in both precisions."""


def perturbed_ranks(
    module: nn.Module,
    inputs: Tensor,
    layers: Sequence[str],
    *,
    copies: int = 5000,
    deviation: float = 1e-3,
    rtol: float | None = None,
    precision: torch.dtype | None = None,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """Rank of the features of many copies of an example with Gaussian noise, at each of N examples.

    For a function that is linear within the noise it is the rank of the Jacobian, if there are more copies than inputs.

    Args:
        module: Any module in evaluation mode; it is left as it is.
        inputs: N examples of real numbers.
        layers: Names of `named_modules`.
        copies: Noisy copies n of each example.
        deviation: Standard deviation of the noise.
        rtol: Singular values of the centred features X (n, D) count above `rtol` times the largest, and above what the
            rounding of the features themselves can make: 32 rounding units of `precision` of the largest feature,
            times n^(1/2) + D^(1/2); None takes this alone. A threshold on the eigenvalues of X X' acts on their
            squares: `gram_rtol`.
        precision: Of the module and the inputs in the computation; None is that of the inputs.
        generator: Source of the noise, on the CPU; None makes one that is the same at every call.

    Returns:
        Ranks (N,), whole numbers, of each layer.

    Raises:
        TypeError: As for `layer_features`.
        ValueError: As for `layer_features`; if the inputs are not real, there are fewer than two copies, the deviation
            is not positive, features are not finite, or `rtol` is out of range.

    Source: Feng et al. 2022 (arXiv 2206.06072), with 5000 copies and a deviation of 1e-3.
    """
    copies = whole_number("copies", copies, 2)
    if not deviation > 0:
        raise ValueError(f"a deviation of {deviation!r}; pass a positive number")
    share = 0.0 if rtol is None else share_between("rtol", rtol)
    module, inputs = in_precision(module, inputs, precision)
    generator = given_or_own(generator)
    ranks: dict[str, list[int]] = {}
    for one in inputs:
        noise = torch.randn(copies, *one.shape, generator=generator, dtype=torch.float64, device="cpu").to(inputs)
        for name, rows in layer_features(module, one + deviation * noise, layers).items():
            ranks.setdefault(name, []).append(_rank(rows, share))
    return {name: torch.tensor(found, device="cpu") for name, found in ranks.items()}


def _rank(rows: Tensor, share: float) -> int:
    """Rank of features (n, D) without their mean."""
    # What the noise changes is far smaller than the features, and the rounding is that of the features.
    floor = ROUNDING * torch.finfo(rows.dtype).eps * float(rows.abs().max()) * sum(size**0.5 for size in rows.shape)
    whole = feature_matrix(rows)
    values = torch.linalg.svdvals(whole - whole.mean(0))
    return int((values > max(floor, share * float(values[0]))).sum())
