"""Gaussian expectations of any smooth activation, by quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import pi, sqrt

import torch
from torch import Tensor

from spectra.kernels.duals import NEARLY_EQUAL

REACH, SPACING = 16.0, 0.025
"""Where the Gaussian, e^-64 for a half power, is cut off, and the step of the trapezoid rule. Its error for a function
that is analytic within d of the real line is e^(-2 pi d / spacing); it resolves all degrees that are let in."""
MOST_DEGREES = 4096
UNRESOLVED = 1e-10
"""Share of E[phi^2] above the highest degree that is let pass, which bounds the relative error of a kernel entry.
test_infinite_quadrature.py sees kernels within 1e-13 of closed forms; a kink leaves 1e-7 and more at any degree."""
LEVELS = (64, 128, 256, 512, 1024)
NEGLIGIBLE = 1e-16  # share of the last quarter of the degrees, below which more degrees are not tried
TINY = 1e-300
ROUNDING = 1e-14  # of the difference of two sums of a thousand squares
CHUNK = 4096


@dataclass(frozen=True)
class Quadrature:
    """An activation given as a smooth elementwise function, its derivative by automatic differentiation.

    In normalized Hermite polynomials, phi(s z) = sum_k a_k(s) he_k(z) for standard normal z, and for correlation c
    E[phi(u) phi(v)] = sum_k c^k a_k(s_u) a_k(s_v) (Mehler). The coefficients are integrals by the trapezoid rule, which
    for saturating functions converges far faster than Gauss-Hermite rules do. What the degrees leave of E[phi^2] is put
    on the highest power of c: the diagonal is exact, and every kernel matrix positive semidefinite.

    Attributes:
        function: Elementwise phi on float64 tensors, differentiable.
        degrees: Number of degrees at most, up to 4096. Large variances and steep functions need more.
    """

    function: Callable[[Tensor], Tensor]
    degrees: int = 2048

    def __post_init__(self) -> None:
        if not 2 <= self.degrees <= MOST_DEGREES:
            raise ValueError(f"{self.degrees} degrees of Hermite polynomials are not possible; use 2 to {MOST_DEGREES}")

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """Mehler's sums for phi and for its derivative.

        Raises:
            ValueError: If the function has more than the degrees can tell, at these variances.
        """
        lengths = first.sqrt() * second.sqrt()
        near = (lengths - cross).abs() <= NEARLY_EQUAL * lengths
        correlation = torch.where(near, 1.0, cross / torch.where(lengths > 0, lengths, 1.0)).clamp(-1, 1)
        found = self._coefficients(torch.cat([first.flatten(), second.flatten()]))
        ours = found[:, : first.numel()].unflatten(1, (*first.shape, 1)).squeeze(-2)
        theirs = found[:, first.numel() :].unflatten(1, (*second.shape, 1)).squeeze(-2)
        return _mehler(ours[0], theirs[0], correlation), _mehler(ours[1], theirs[1], correlation)

    def _coefficients(self, variances: Tensor) -> Tensor:
        """Of phi and phi', (2, variances, as many degrees as they need + 1), the last one for all that is above."""
        for degrees in (*(level for level in LEVELS if level < self.degrees), self.degrees):
            pieces = [self._expanded(lengths, degrees) for lengths in variances.sqrt().split(CHUNK)]
            found = torch.cat(pieces, 1)
            shares = found.square() / found.square().sum(2, keepdim=True).clamp(min=TINY)
            if shares[..., 3 * degrees // 4 :].sum(2).max() <= NEGLIGIBLE:
                return found
        self._check_resolved(shares[..., -1])
        return found

    def _expanded(self, lengths: Tensor, degrees: int) -> Tensor:
        points, roots, basis = (part.to(lengths.device) for part in _basis(degrees))
        with torch.inference_mode(False), torch.enable_grad():
            at = (lengths[:, None] * points).requires_grad_()
            values = self.function(at)
            if values.shape != at.shape:
                raise ValueError(
                    f"the activation made a tensor of shape {tuple(values.shape)} from one of shape {tuple(at.shape)}; "
                    f"it must act on every number alone"
                )
            if not values.requires_grad:
                raise ValueError("the activation has no derivative: it is constant, or computed outside of torch")
            (slopes,) = torch.autograd.grad(values.sum(), at)
        weighted = torch.stack([values.detach(), slopes]) * roots
        coefficients, total = weighted @ basis, weighted.square().sum(2)
        rest = total - coefficients.square().sum(2)
        rest = torch.where(rest > ROUNDING * total, rest, 0.0).sqrt()
        return torch.cat([coefficients, rest[..., None]], 2)

    def _check_resolved(self, shares: Tensor) -> None:
        for name, share in zip(("phi", "phi'"), shares.amax(1).tolist(), strict=True):
            if not share <= UNRESOLVED:
                raise ValueError(
                    f"{name} is too steep for an accuracy of {UNRESOLVED:.0e} at these variances, or has a kink: "
                    f"polynomials of {self.degrees} degrees miss {share:.1e} of E[{name}(u)^2]. For a kink take a "
                    f"closed form such as 'relu', 'elu', 'hardtanh' or Kinked(negative, positive); for a smooth "
                    f"function smaller variances, or Quadrature(function, degrees), degrees up to {MOST_DEGREES}"
                )


@lru_cache(maxsize=4)
def _basis(degrees: int) -> tuple[Tensor, Tensor, Tensor]:
    """Points x_i, square roots of weights w_i, sqrt(w_i) he_k(x_i) of shape (points, degrees), all on the CPU."""
    points = torch.arange(-REACH, REACH + SPACING / 2, SPACING, dtype=torch.float64, device="cpu")
    roots = (-points.square() / 4).exp() * sqrt(SPACING / sqrt(2 * pi))
    basis = points.new_empty(degrees, len(points))
    basis[0], basis[1] = roots, points * roots
    for k in range(1, degrees - 1):
        basis[k + 1] = (points * basis[k] - sqrt(k) * basis[k - 1]) / sqrt(k + 1)
    return points, roots, basis.T.contiguous()


def _mehler(ours: Tensor, theirs: Tensor, correlation: Tensor) -> Tensor:
    total = torch.zeros_like(correlation)
    for k in reversed(range(ours.shape[-1])):
        total.mul_(correlation).addcmul_(ours[..., k], theirs[..., k])
    return total
