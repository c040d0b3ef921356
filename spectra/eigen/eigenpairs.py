"""Leading eigenpairs, with their certificate."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from spectra.notebook import as_html


@dataclass(frozen=True)
class Eigenpairs:
    """Leading eigenpairs of a symmetric operator, largest eigenvalue first, and how far they can be trusted.

    The interval value +- residual contains an eigenvalue of the operator: that is certain. The error bar is an
    estimate, often much smaller. That both speak of the eigenvalue that was asked for, and not of a lower one, is very
    likely and not certain: see `top_eigenpairs`.

    Attributes:
        values: Eigenvalues (k,), in double precision on the CPU.
        vectors: Eigenvectors as orthonormal columns (P, k), in the precision of the operator but at least single.
        residuals: Length of A v - value * v for each, (k,), with what rounding and inexact products add.
        errors: Error bar of each value, (k,): the residual r, or r^2 / gap where that is smaller and the gap is known.
        matvecs: Products with the operator that were spent.
        converged: Whether every error bar is at most the tolerance times the largest |value| at its end. If it is
            False after fewer products than were allowed, the products are too inexact; see `asymmetry`.
        method: How the operator makes its products: "exact" or "finite_difference".
        start: The vectors and their guards, (P, j): where a call for a nearby operator may start.
    """

    values: Tensor
    vectors: Tensor
    residuals: Tensor
    errors: Tensor
    matvecs: int
    converged: bool
    method: str
    start: Tensor

    _repr_html_ = as_html
