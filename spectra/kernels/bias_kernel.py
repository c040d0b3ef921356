"""Tangent kernel of one hidden layer of relu units that open late, because their biases start below zero."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, isfinite, pi, sqrt

import torch
from torch import Tensor

from spectra.kernels.infinite_layers import checked_inputs
from spectra.kernels.owens_t import owens_t
from spectra.notebook import as_html

UNIT = 1e-6
"""How far the length of an input may be from one: single precision leaves 1e-7."""


@dataclass(frozen=True)
class BiasKernelBounds:
    """The smallest eigenvalue of a bias kernel with trained biases, and what bounds it from below.

    Attributes:
        eigenvalue: The smallest one, l.
        dominance: Q(B) - max_i sum_(j != i) p_ij <= l, which is negative where the diagonal does not dominate.
        restricted: Q(B) - min_(i != j) p_ij <= a' H a for those unit vectors a for which the sum over i != j of
            a_i a_j (p_ij - min p) is not negative, such as all with entries of one sign.
    """

    eigenvalue: float
    dominance: float
    restricted: float

    _repr_html_ = as_html


def bias_kernel(x1: Tensor, x2: Tensor | None = None, *, threshold: float, bias_trained: bool = True) -> Tensor:
    """H(x, x') = (x.x' + 1) P(w.x >= B, w.x' >= B) of f = m^(-1/2) sum_r a_r relu(w_r.x - b_r) at b_r = B, m -> oo.

    The w_r are standard normal and trained, the a_r = +-1 fixed. Where the biases b_r are not trained the factor is
    x.x'. With t the angle between unit inputs, Q the upper tail of a standard normal variable and T Owen's function,
    P = Q(B) - 2 T(B, tan(t / 2)) for B >= 0, and 1 - 2 Q(-B) more than that at -B for B < 0.

    >>> bias_kernel(torch.eye(2), threshold=0.0).round(decimals=12).tolist()
    [[1.0, 0.25], [0.25, 1.0]]

    Args:
        x1: Inputs of length one, (N, ...), flattened.
        x2: The same, (M, ...); None is `x1`.
        threshold: B.
        bias_trained: Whether the biases are trained.

    Returns:
        (N, M), float64.

    Raises:
        TypeError: If inputs are no floating-point tensors.
        ValueError: If inputs are empty, not finite, do not fit together or have another length, or B is not finite.

    Source: Yang et al., Neural networks with sparse activation induced by large bias (2023, arXiv 2301.00327).
    """
    ours, theirs = (_unit(part) for part in checked_inputs(x1, x2))
    cosines = (ours @ theirs.T).clamp(-1, 1)
    return (cosines + (1.0 if bias_trained else 0.0)) * _both_active(_angles(ours, theirs), threshold)


def active_share(threshold: float) -> float:
    """P(w.x >= B) = Q(B), the share of units that are active for an input of length one at the start.

    Raises:
        ValueError: If B is not finite.
    """
    if not isfinite(threshold):
        raise ValueError(f"a threshold of {threshold} was given; pass a finite number")
    return erfc(threshold / sqrt(2)) / 2


def bias_kernel_bounds(inputs: Tensor, *, threshold: float) -> BiasKernelBounds:
    """The smallest eigenvalue of H with trained biases, and two numbers below it.

    With G_ij = x_i.x_j and p_ij = P(w.x_i >= B, w.x_j >= B), H is p plus the entrywise product of p and G, which is
    positive semidefinite: a' H a >= a' p a. Rows of p give `dominance` (Gershgorin), and sums over pairs `restricted`.

    Args:
        inputs: At least two, of length one, (N, ...).
        threshold: B.

    Raises:
        TypeError: As for `bias_kernel`.
        ValueError: As for `bias_kernel`, or if there is one input alone.

    Source: derived here; the idea of a bound on a restricted set of vectors is that of Yang et al. (arXiv 2301.00327).
    """
    points = _unit(checked_inputs(inputs, None)[0])
    if len(points) < 2:
        raise ValueError("bounds are over pairs of inputs, and one was given; pass two or more")
    both = _both_active(_angles(points, points), threshold)
    share = active_share(threshold)
    others = both - torch.diag(both.diagonal())
    pairs = both[~torch.eye(len(both), dtype=torch.bool, device=both.device)]
    values = torch.linalg.eigvalsh(bias_kernel(points, threshold=threshold))
    return BiasKernelBounds(float(values[0]), share - float(others.sum(1).max()), share - float(pairs.min()))


def _unit(inputs: Tensor) -> Tensor:
    flat = inputs.flatten(1)
    lengths = flat.norm(dim=1)
    furthest = int((lengths - 1).abs().argmax())
    if abs(float(lengths[furthest]) - 1) > UNIT:
        raise ValueError(
            f"input {furthest} has the length {float(lengths[furthest]):.6g}, and this kernel is known for inputs of "
            "length one; divide them by their lengths"
        )
    scaled: Tensor = flat / lengths[:, None]
    return scaled


def _angles(ours: Tensor, theirs: Tensor) -> Tensor:
    """Angles of unit vectors, exact where they are small or near pi."""
    apart, along = (torch.cdist(ours, sign * theirs, compute_mode="donot_use_mm_for_euclid_dist") for sign in (1, -1))
    return 2 * torch.atan2(apart, along)


def _both_active(angles: Tensor, threshold: float) -> Tensor:
    share = active_share(abs(threshold))
    height = torch.full_like(angles, abs(threshold))
    found = share - 2 * owens_t(height, (angles / 2).tan())
    found = torch.where(angles >= pi, 0.0, found.clamp(min=0))
    return found + (0.0 if threshold >= 0 else 1 - 2 * share)
