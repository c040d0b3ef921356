"""Preconditioned conjugate gradients for kernels too large for their eigenvectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.arguments import require_operator, whole_number
from spectra.kernels.regression_matrices import NEGATIVE, check_ridge, target_columns
from spectra.operators import SymmetricOperator
from spectra.operators.chance import own_generator


@dataclass(frozen=True)
class Solution:
    """Coefficients c with (A + ridge I) c = y, up to the residual.

    Attributes:
        coefficients: c, (N, k), in double precision.
        residual: Largest |(A + ridge I) c - y| / |y| over the columns, made anew from c.
        matvecs: Products with A that were spent, those of the preconditioner among them.
        converged: Whether the residual is at most twice the tolerance.
    """

    coefficients: Tensor
    residual: float
    matvecs: int
    converged: bool


def conjugate_gradients(
    kernel: SymmetricOperator,
    targets: Tensor,
    *,
    ridge: float = 0.0,
    rank: int = 100,
    tolerance: float = 1e-10,
    max_steps: int = 1000,
) -> Solution:
    """(A + ridge I)^-1 y for every column of y, preconditioned by a random Nystrom approximation of A.

    With eigenpairs (l_i, u_i), i = 1 ... r, of the approximation, the preconditioner divides u_i by
    (l_i + ridge) / (l_r + ridge) and leaves the rest: steps then count the eigenvalues beyond the rank.

    Args:
        kernel: A, positive semidefinite, (N, N).
        targets: Columns y, (N,) or (N, k).
        ridge: Number on the diagonal.
        rank: Products spent on the preconditioner, N at most; 0 for none.
        tolerance: Relative residual of the worst column at which to stop; products in single precision allow 1e-6.
        max_steps: Steps after which the solution is returned unconverged.

    Returns:
        The solution of shape (N, k), its true residual, not the recurrence's, and the number of products.

    Raises:
        TypeError: If A is no operator, or the targets are no tensor.
        ValueError: If the targets do not fit A or are not finite, an option is negative, or the steps meet a direction
            along which A + ridge I is negative, or zero to rounding: N times the unit roundoff of its largest value.
        FloatingPointError: If a product is not finite.

    Source: Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2021, arXiv 2110.02820), for the
    preconditioner; the core is factored by eigenvectors here, which no rounding makes indefinite.
    """
    require_operator("conjugate_gradients", kernel)
    check_ridge(ridge)
    rank, max_steps = whole_number("rank", rank, 0), whole_number("max_steps", max_steps, 0)
    if not tolerance > 0:
        raise ValueError(f"a tolerance of {tolerance} is not possible; use a positive number")
    columns = target_columns(targets, kernel)
    basis, scales = _nystrom(kernel, min(rank, kernel.dim), ridge)

    def product(block: Tensor) -> Tensor:
        return _finite(kernel @ block.to(kernel.dtype)) + ridge * block

    def preconditioned(block: Tensor) -> Tensor:
        return block + basis @ (scales[:, None] * (basis.mT @ block))

    found, steps = _iterated(product, preconditioned, columns, tolerance, max_steps)
    lengths = columns.norm(dim=0)
    residual = float(((product(found) - columns).norm(dim=0) / torch.where(lengths > 0, lengths, 1.0)).max())
    matvecs = min(rank, kernel.dim) + (steps + 1) * columns.shape[1]
    # The residual of the recurrence, which stopped the steps, drifts from the true one by rounding.
    return Solution(found, residual, matvecs, residual <= 2 * tolerance)


def _nystrom(kernel: SymmetricOperator, rank: int, ridge: float) -> tuple[Tensor, Tensor]:
    """Leading eigenvectors (N, r) of A W (W'A W)^+ W'A, and the scales minus one that precondition along them."""
    drawn = torch.randn(kernel.dim, rank, generator=own_generator(), dtype=torch.float64, device="cpu")
    probes = torch.linalg.qr(drawn.to(kernel.device))[0]
    if rank == 0:
        return probes, probes.new_zeros(0)
    images = _finite(kernel @ probes.to(kernel.dtype))
    core, directions = torch.linalg.eigh((probes.mT @ images + images.mT @ probes) / 2)
    kept = core > kernel.dim * torch.finfo(kernel.dtype).eps * core[-1]
    if not kept.any():
        return probes[:, :0], probes.new_zeros(0)
    basis, roots, _ = torch.linalg.svd(images @ directions[:, kept] / core[kept].sqrt(), full_matrices=False)
    values = roots.square()
    return basis, (values[-1] + ridge) / (values + ridge) - 1


def _iterated(
    product: Callable[[Tensor], Tensor],
    preconditioned: Callable[[Tensor], Tensor],
    columns: Tensor,
    tolerance: float,
    max_steps: int,
) -> tuple[Tensor, int]:
    """The textbook recurrence, for all columns side by side with step lengths of their own."""
    found, residual = torch.zeros_like(columns), columns.clone()
    goal = tolerance * columns.norm(dim=0)
    step = preconditioned(residual)
    power = (residual * step).sum(0)
    steepest = torch.zeros((), dtype=columns.dtype, device=columns.device)
    for taken in range(max_steps):
        open_columns = residual.norm(dim=0) > goal
        if not open_columns.any():
            return found, taken
        image = product(step)
        curvature = (step * image).sum(0)
        steepest = torch.maximum(steepest, _ratio(image.norm(dim=0), step.norm(dim=0)).max())
        _require_positive(curvature[open_columns], step.square().sum(0)[open_columns], len(step), steepest)
        rate = _ratio(power, curvature)
        found, residual = found + rate * step, residual - rate * image
        turned = preconditioned(residual)
        following = (residual * turned).sum(0)
        step, power = turned + _ratio(following, power) * step, following
    return found, max_steps


def _require_positive(curvature: Tensor, squares: Tensor, rows: int, steepest: Tensor) -> None:
    """Refuse directions v with v'(A + ridge I) v no larger than rounding, along which a step would have no end.

    Args:
        curvature: v'(A + ridge I) v for each, (k,).
        squares: Squared length of each, (k,).
        rows: N.
        steepest: The largest |(A + ridge I) v| / |v| so far.

    Raises:
        ValueError: If there are any.
    """
    scale = rows * steepest * squares
    if (curvature < -NEGATIVE * scale).any():
        raise ValueError(
            f"the kernel has a direction of curvature {float(curvature.min()):.3g} < 0; it is not positive "
            "semidefinite, make it in double precision or add a ridge"
        )
    if (curvature <= torch.finfo(torch.float64).eps * scale).any():
        raise ValueError(
            "the kernel is singular: it is zero to rounding along a direction in which the targets are not; add a "
            "ridge, such as relative_ridge(kernel, 1e-6), or drop repeated inputs"
        )


def _finite(product: Tensor) -> Tensor:
    """In double precision.

    Raises:
        FloatingPointError: If a number is infinite or undefined.
    """
    if not product.isfinite().all():
        raise FloatingPointError("a product with the kernel is not finite; look for NaN or Inf in what it is made of")
    return product.double()


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    """0 where a column is solved and both are zero."""
    return torch.where(below > 0, above / torch.where(below > 0, below, 1.0), 0.0)
