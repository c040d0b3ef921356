"""Targets for learning that are eigenvectors of a kernel: easy ones first."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen import top_eigenpairs
from spectra.kernels.arguments import require_operator, whole_number
from spectra.operators import SymmetricOperator


@dataclass(frozen=True)
class EigenfunctionTargets:
    """Leading eigenvectors of a kernel on n examples, and classes made of their signs.

    Attributes:
        values: Eigenvalues (k,), largest first, in double precision; over n they are those of the integral operator.
        vectors: Eigenvectors as orthonormal columns (n, k); the entry of largest size of each is positive.
        labels: 1 where an eigenvector is positive, 0 where it is negative or zero, as integers (n, k).
        residuals: Length of K v - value * v for each, (k,).
        converged: Whether all were found to the tolerance.
    """

    values: Tensor
    vectors: Tensor
    labels: Tensor
    residuals: Tensor
    converged: bool


def eigenfunction_targets(
    kernel: SymmetricOperator,
    count: int,
    *,
    tolerance: float = 1e-8,
    max_matvecs: int | None = None,
    generator: torch.Generator | None = None,
) -> EigenfunctionTargets:
    """The eigenvectors of the k largest eigenvalues as targets of regression, and their signs as classes.

    Put training and test examples together in one kernel, and divide its rows afterwards. The kernel should be that of
    one output: `tangent_kernel_operator(module, inputs, outputs=0)`.

    Args:
        kernel: Positive semidefinite, of size (n, n).
        count: Number k of targets.
        tolerance: Error allowed in every eigenvalue, as a fraction of the largest.
        max_matvecs: Stop after this many products; None is 10 for each target and 200.
        generator: Source of the start, on the CPU; None makes one that is the same at every call.

    Returns:
        The targets, those of the largest eigenvalue first.

    Raises:
        TypeError: If a matrix is given in place of an operator.
        ValueError: If `count` is no whole number from 1 to n.

    Warns:
        UserWarning: If entries of an eigenvector are zero, up to the error of the vector; their labels are 0.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770).
    """
    require_operator("eigenfunction_targets", kernel)
    count = whole_number("count", count)
    most = 200 + 10 * count if max_matvecs is None else max_matvecs
    pairs = top_eigenpairs(kernel, count, tolerance=tolerance, strict=True, max_matvecs=most, generator=generator)
    vectors = pairs.vectors.clone()
    highest = vectors.abs().argmax(0, keepdim=True)
    vectors *= vectors.gather(0, highest).sign()
    # The error of a vector is its residual over the gap of its eigenvalue, and the gap is at most the value.
    errors = (pairs.residuals / pairs.values.clamp_min(torch.finfo(torch.float64).tiny)).to(vectors)
    rounding = len(vectors) ** 0.5 * torch.finfo(vectors.dtype).eps
    zero = vectors.abs() <= errors + rounding
    if bool(zero.any()):
        warnings.warn(
            f"{int(zero.sum())} of {zero.numel()} entries of the eigenvectors are zero up to their error and belong to "
            "neither class; their labels are 0",
            UserWarning,
            stacklevel=2,
        )
    labels = ((vectors > 0) & ~zero).long()
    return EigenfunctionTargets(pairs.values, vectors, labels, pairs.residuals, pairs.converged)
