"""Ritz pairs of a subspace: the approximate eigenpairs in it, how wrong they are, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from spectra.eigen.subspace import NOISE_POWER, Subspace

End = Literal["largest", "smallest", "both"]

GUARD = 1
"""Eigenpairs beyond those asked for that are watched at each end: a wrong one is then noticed before the end."""


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


def ritz(space: Subspace, count: int, *, which: End, tolerance: float, gate: float, strict: bool) -> Ritz:
    """Ritz pairs by diagonalising H.

    Of a Ritz pair of value t the residual outside the basis has length r = |S y|, and the error of t is about r^2 over
    the distance to the nearest other eigenvalue. For that stands the nearest other Ritz value, as far as its own
    residual leaves a distance: in a bulk that is not resolved the error bar is r. No residual, that of the guards
    included, may be longer than `gate` times the largest |value|, whatever the gaps say.

    Source: Parlett 1998, The Symmetric Eigenvalue Problem, theorem 11.7.1 (the gap theorem).
    """
    values, vectors = torch.linalg.eigh(space.projected[:, : space.size, : space.size])
    places, wanted = _ends(space.size, count, which)
    outside = space.couplings[:, :, : space.size] @ vectors
    slack = (space.slack[:, None, : space.size] @ vectors.abs())[:, 0, places]
    beyond = outside.norm(dim=1)
    gaps = _gaps(values, beyond, places)
    outside, beyond, values = outside[:, :, places], beyond[:, places], values[:, places]
    tiny = torch.finfo(torch.float64).tiny
    errors = torch.minimum(beyond, beyond.square() / gaps.clamp_min(tiny))

    noise = (torch.finfo(space.basis.dtype).eps ** NOISE_POWER * space.scale[:, None]).clamp_min(tiny)
    largest = _largest(values, wanted, count, which)
    allowed = torch.maximum(tolerance * largest, noise)
    measure = beyond if strict else errors
    long = beyond / torch.maximum(max(gate, tolerance) * largest, noise)
    excess = torch.where(wanted, torch.maximum(measure / allowed, long), long)
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


def _gaps(values: Tensor, beyond: Tensor, places: Tensor) -> Tensor:
    """Distance from each of the watched values to the nearest other one, less the residual of that; zero if alone."""
    if values.shape[1] == 1:
        return torch.zeros_like(values)
    gaps = (values[:, places, None] - values[:, None, :]).abs() - beyond[:, None, :]
    gaps[:, torch.arange(len(places), device="cpu"), places] = torch.inf
    return gaps.amin(2).clamp_min(0)


def _largest(values: Tensor, wanted: Tensor, count: int, which: End) -> Tensor:
    """The largest |value| that is wanted at the end to which each of the watched values (K, j) belongs."""
    sizes = torch.where(wanted, values.abs(), 0.0)
    both = min(count + GUARD, (len(wanted) + 1) // 2)
    top = {"largest": len(wanted), "smallest": 0, "both": both}[which]
    ends = [part.amax(1, keepdim=True).expand_as(part) for part in (sizes[:, :top], sizes[:, top:]) if part.shape[1]]
    return torch.cat(ends, 1)


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
    rank = torch.arange(size, device="cpu")
    watched = (rank < top) | (rank >= size - bottom)
    wanted = (rank < min(top, count)) | (rank >= size - min(bottom, count))
    return rank.flip(0)[watched], wanted[watched]


def _unit(direction: Tensor) -> Tensor:
    """The direction (K, b) with length one; where it is zero, the first axis."""
    if not direction.shape[1]:
        return direction
    length = direction.norm(dim=1, keepdim=True)
    axis = torch.zeros_like(direction)
    axis[:, 0] = 1
    return torch.where(length > 0, direction / length.clamp_min(torch.finfo(torch.float64).tiny), axis)
