"""Whether the targets of cross-entropy are probabilities."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.objectives.criteria import Criterion, cross_entropy

TOLERANCE = 1e-3
"""How far from one the probabilities of an example may add up, in a type that is finer than this."""


def require_probabilities(criterion: Criterion, targets: Tensor) -> None:
    """Refuse numbers that are no probabilities as the targets (N, ..., C) of `cross_entropy`; other criteria take any.

    Reads all targets of floating point, so it is for where these are given and not for every product.

    Raises:
        ValueError: If one is negative or not a number, or those of an example do not add up to one.
    """
    checked = criterion.losses is cross_entropy.losses and targets.is_floating_point()
    if not checked or targets.ndim < 2 or not targets.numel():  # shapes are for the criterion to judge
        return
    sums, lowest, kind = targets.sum(-1, dtype=torch.float64), targets.min(), torch.finfo(targets.dtype)
    # Beside the relative rounding there is that of each entry below the normal numbers: with 50,000 classes in half
    # precision it adds up to more.
    allowed = max(TOLERANCE, kind.eps) + targets.shape[-1] * kind.smallest_normal * kind.eps / 2
    if bool((lowest >= 0) & ((sums - 1).abs() <= allowed).all()):
        return
    raise ValueError(
        f"cross-entropy got {targets.dtype} targets that are no probabilities: the smallest is {float(lowest):.3g}, "
        f"and rows sum to {float(sums.min()):.5g} to {float(sums.max()):.5g}; pass class indices, or rows of "
        "probabilities; for regression name another criterion, such as squared_error or "
        "gaussian_likelihood(noise_variance)"
    )
