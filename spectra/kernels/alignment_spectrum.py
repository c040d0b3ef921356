"""Along which eigenvectors of a kernel its alignment with a target lies."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen import top_eigenpairs
from spectra.kernels.alignment import target_vectors
from spectra.kernels.arguments import require_operator, whole_number
from spectra.notebook import as_html
from spectra.operators import SymmetricOperator


@dataclass(frozen=True)
class AlignmentSpectrum:
    """How targets y divide among the leading eigenvectors u_i of a kernel Theta.

    Attributes:
        values: Eigenvalues l_i, (k,), largest first, in double precision.
        weights: <u_i, y>^2 / |y|^2, the share of the target along each, (k, V); over all eigenvectors they sum to 1.
        shares: l_i <u_i, y>^2 / (y' Theta y), the share of the alignment along each, (k, V); over all they sum to 1.
            For a tangent kernel that is the share of |D^(1/2) J' y|^2, of the squared gradient of a loss with the slope
            y.
        energies: y' Theta y / |y|^2, (V,), the `alignment` of form "energy": the sum of l_i times the weights.
        residuals: Length of Theta u_i - l_i u_i, (k,).
        matvecs: Products with the kernel that were spent.
        converged: Whether all eigenvectors were found to the tolerance.
    """

    values: Tensor
    weights: Tensor
    shares: Tensor
    energies: Tensor
    residuals: Tensor
    matvecs: int
    converged: bool

    _repr_html_ = as_html


def alignment_spectrum(
    kernel: SymmetricOperator,
    targets: Tensor,
    count: int,
    *,
    tolerance: float = 1e-8,
    max_matvecs: int | None = None,
    generator: torch.Generator | None = None,
) -> AlignmentSpectrum:
    """Shares of targets, and of their alignment with a kernel, along its leading eigenvectors.

    Args:
        kernel: Positive semidefinite, of size (n, n), such as `tangent_kernel_operator` makes it.
        targets: One (n,) or V of them as columns (n, V).
        count: Number k of eigenvectors.
        tolerance: Error allowed in every eigenvalue, as a fraction of the largest.
        max_matvecs: Stop after this many products; None is 10 for each eigenvector and 200.
        generator: Source of the start, on the CPU; None makes one that is the same at every call.

    Returns:
        The shares; those of the energy are exact up to the error of the eigenvectors, as the whole of it is known from
        one product for each target.

    Raises:
        TypeError: If a matrix is given in place of an operator, or targets are no tensor.
        ValueError: If the targets have another length, one is zero or not finite, a target has no alignment with the
            kernel at all, or `count` is no whole number from 1 to n.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770) for the energy.
    """
    require_operator("alignment_spectrum", kernel)
    count = whole_number("count", count)
    vectors = target_vectors(targets, kernel.dim).to(kernel.device)
    vectors = vectors / vectors.norm(dim=0)
    energies = (vectors * (kernel @ vectors.to(kernel.dtype)).double()).sum(0)
    if not bool((energies > 0).all()):
        lost = (~(energies > 0)).nonzero()[:, 0].tolist()
        raise ValueError(f"targets {lost} have no alignment with the kernel, and no shares of it; leave them out")
    most = 200 + 10 * count if max_matvecs is None else max_matvecs
    pairs = top_eigenpairs(kernel, count, tolerance=tolerance, strict=True, max_matvecs=most, generator=generator)
    weights = (pairs.vectors.double().T @ vectors).square()
    shares = pairs.values.to(weights)[:, None] * weights / energies
    spent = pairs.matvecs + vectors.shape[1]
    return AlignmentSpectrum(pairs.values, weights, shares, energies, pairs.residuals, spent, pairs.converged)
