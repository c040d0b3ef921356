"""Ritz pairs of a subspace: the approximate eigenpairs in it, how wrong they are, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from spectra.eigen.subspace import NOISE_POWER, Subspace

End = Literal["largest", "smallest", "both"]

GATE = 3e-2
"""No residual may be longer than this fraction of the largest |value|, whatever the gaps say. Chosen with GUARD and the
look-ahead of the solver on seven spectra (tangent kernels with close eigenvalues, clustered, power-law, symmetric), 60
random starts each: no miss for one eigenpair, one in 420 for five; without a guard three, with a gate of 0.1 three."""

GUARD = 1
"""Eigenpairs beyond those asked for that must pass the gate at each end: a wrong one is then noticed before the end."""


@dataclass(frozen=True)
class Ritz:
    """Ritz pairs at the wanted ends of each member, those beyond `count` (the guards) included, largest first."""

    values: Tensor  # (K, j)
    coordinates: Tensor  # (K, m, j), in the basis
    residuals: Tensor  # (K, j), length of A v - value v
    errors: Tensor  # (K, j), min(r, r^2 / gap) plus what rounding and the products themselves may add
    wanted: Tensor  # (j,), bool: not a guard
    settled: Tensor  # (K,), bool: the rule is met as far as more products can help
    converged: Tensor  # (K,), bool: it is met also with what rounding and the products add
    direction: Tensor  # (K, b), the combination of pending directions that the worst of them asks for


def ritz(space: Subspace, count: int, *, which: End, tolerance: float, stop: Literal["gap", "residual"]) -> Ritz:
    """Ritz pairs by diagonalising H.

    Of a Ritz pair of value t the residual outside the basis has length r = |S y|, and the error of t is about r^2 over
    the distance to the nearest other eigenvalue, for which the nearest other Ritz value stands.

    Source: Parlett 1998, The Symmetric Eigenvalue Problem, theorem 11.7.1 (the gap theorem).
    """
    values, vectors = torch.linalg.eigh(space.projected[:, : space.size, : space.size])
    places, wanted = _ends(space.size, count, which)
    outside = (space.couplings[:, :, : space.size] @ vectors)[:, :, places]
    slack = (space.slack[:, None, : space.size] @ vectors.abs())[:, 0, places]
    beyond = outside.norm(dim=1)
    gaps = (values[:, places, None] - values[:, None, :]).abs()
    gaps[:, torch.arange(len(places)), places] = torch.inf
    tiny = torch.finfo(torch.float64).tiny
    errors = torch.minimum(beyond, beyond.square() / gaps.amin(2).clamp_min(tiny))
    values = values[:, places]

    noise = (torch.finfo(space.basis.dtype).eps ** NOISE_POWER * space.scale[:, None]).clamp_min(tiny)
    largest = values[:, wanted].abs().amax(1, keepdim=True)
    allowed = torch.maximum(tolerance * largest, noise)
    measure = errors if stop == "gap" else beyond
    gate = beyond / torch.maximum(max(GATE, tolerance) * largest, noise)
    excess = torch.where(wanted, torch.maximum(measure / allowed, gate), gate)
    settled = (excess <= 1).all(1)
    exact_enough = ((measure + slack <= allowed) | ~wanted).all(1)
    direction = outside.gather(2, excess.argmax(1)[:, None, None].expand(-1, outside.shape[1], 1))[:, :, 0]
    return Ritz(
        values=values,
        coordinates=vectors[:, :, places],
        residuals=(beyond.square() + slack.square()).sqrt(),
        errors=errors + slack,
        wanted=wanted,
        settled=settled,
        converged=settled & exact_enough,
        direction=_unit(direction),
    )


def kept(space: Subspace, which: End, fewest: int) -> Tensor:
    """The rotation (K, m, p) to the Ritz vectors that stay when the basis is full: the half nearest to the ends."""
    _, vectors = torch.linalg.eigh(space.projected[:, : space.size, : space.size])
    half = max(space.size // 2, fewest)
    places, _ = _ends(space.size, (half if which != "both" else half // 2) - GUARD, which)
    stay: Tensor = vectors[:, :, places]
    return stay


def _ends(size: int, count: int, which: End) -> tuple[Tensor, Tensor]:
    """Places, in ascending order of values, of the pairs to watch, largest first; and which of them are no guards."""
    top, bottom = (min(count + GUARD, size) if which in (end, "both") else 0 for end in ("largest", "smallest"))
    descending = torch.arange(size - 1, -1, -1)
    rank = torch.arange(size)
    watched = (rank < top) | (rank >= size - bottom)
    wanted = (rank < min(top, count)) | (rank >= size - min(bottom, count))
    return descending[watched], wanted[watched]


def _unit(direction: Tensor) -> Tensor:
    """The direction (K, b) with length one; where it is zero, the first axis."""
    if not direction.shape[1]:
        return direction
    length = direction.norm(dim=1, keepdim=True)
    axis = torch.zeros_like(direction)
    axis[:, 0] = 1
    return torch.where(length > 0, direction / length.clamp_min(torch.finfo(torch.float64).tiny), axis)
