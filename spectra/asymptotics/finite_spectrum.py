"""A finite spectrum with the squared coefficients of a target, and the loss of gradient flow on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gamma, gammainc

from spectra.asymptotics.arguments import Array, instance, listed, modes_of, real
from spectra.asymptotics.laws import SourceLaw

# Numbers of a (rows, modes) table that are held at once: 32 MB in double precision.
BLOCK = 1 << 22


@dataclass(frozen=True)
class FiniteSpectrum:
    """Positive eigenvalues of a kernel or a Hessian, what the target has in each, and what lies in the null space."""

    eigenvalues: Array  # (K,), positive, largest first
    squared_coefficients: Array | None  # (K,), c_n^2 of the initial residual in the eigenvectors
    null_modes: int  # eigenvalues that are zero to rounding
    null_weight: float  # sum of c_n^2 over them; half of it is the floor of the loss

    def __repr__(self) -> str:
        """Numbers of modes and ends of the spectrum, not the arrays."""
        ends = f" from {self.eigenvalues.max():.4g} to {self.eigenvalues.min():.4g}" if self.eigenvalues.size else ""
        target = (
            "no target" if self.squared_coefficients is None else f"sum c_n^2 {self.squared_coefficients.sum():.4g}"
        )
        null = f"{self.null_modes} null modes with {self.null_weight:.4g}"
        return f"FiniteSpectrum({self.eigenvalues.size} eigenvalues{ends}, {target}, {null})"


def finite_spectrum(
    eigenvalues: ArrayLike, squared_coefficients: ArrayLike | None = None, *, resolution: float = 1e-13
) -> FiniteSpectrum:
    """Sort a spectrum from the largest eigenvalue down and set aside what is zero to rounding.

    Args:
        eigenvalues: Shape (K,), each as often as its multiplicity; of a tangent kernel those of the matrix over N.
        squared_coefficients: c_n^2, shape (K,), with sum_n c_n^2 = E|f_0 - f*|^2; None if there is no target.
        resolution: Eigenvalues of at most this share of the largest count as zero. About the number of rows times the
            rounding of the arithmetic that made them: 1e-13 for a thousand rows in double precision, 1e-4 in single.

    Raises:
        TypeError: If an argument cannot be read as numbers.
        ValueError: If shapes differ, a number is not finite, a squared coefficient is negative, no eigenvalue is
            positive, or one is negative beyond `resolution`; if `resolution` is not from 0 to below 1.
    """
    if not 0 <= real("resolution", resolution) < 1:
        raise ValueError(f"resolution is {resolution}; give a share of the largest eigenvalue, from 0 to below 1")
    given = np.zeros_like(listed("eigenvalues", eigenvalues)) if squared_coefficients is None else squared_coefficients
    values, weights = modes_of(eigenvalues, given)
    largest = float(values.max(initial=0.0))
    if largest <= 0:
        raise ValueError("no eigenvalue is positive, so that nothing is learnt; pass the eigenvalues of a kernel")
    if values.min() < -resolution * largest:
        raise ValueError(
            f"the smallest eigenvalue is {values.min()}, negative beyond the resolution of {resolution} * {largest}; a "
            f"kernel has none: raise `resolution` if that is rounding, of a Hessian pass the positive eigenvalues"
        )
    order = np.argsort(-values, kind="stable")
    kept = order[values[order] > resolution * largest]
    null_weight = float(weights[order[kept.size :]].sum())
    coefficients = None if squared_coefficients is None else weights[kept]
    return FiniteSpectrum(values[kept], coefficients, values.size - kept.size, null_weight)


def predicted_loss(
    eigenvalues: ArrayLike,
    squared_coefficients: ArrayLike,
    times: ArrayLike,
    *,
    beyond: SourceLaw | None = None,
    resolution: float = 0.0,
) -> Array:
    """Loss of gradient flow on a finite spectrum, and, with a law for what it leaves out, on the whole of it.

        L(t) = 1/2 sum_n c_n^2 exp(-2 lambda_n t) + (Q/2) zeta int_0^lambda_K exp(-2 lambda t) lambda^(zeta-1) dlambda

    Args:
        eigenvalues: Shape (K,); zeros add to the floor.
        squared_coefficients: c_n^2, shape (K,).
        times: Times of the flow of L = 1/2 E|f - f*|^2, not negative, shape (T,); rate * step for descent.
        beyond: Source law of the modes below the smallest positive eigenvalue lambda_K, where there are such: the
            second term, (Q/2) Gamma(1 + zeta) (2 t)^-zeta P(zeta, 2 lambda_K t), P the regularized gamma function.
        resolution: Eigenvalues of at most this share of the largest count as zero, negative ones included.

    Returns:
        Shape (T,).

    Raises:
        TypeError: If `beyond` is no source law, or an argument cannot be read as numbers.
        ValueError: As `finite_spectrum` does, and if a time is negative or not finite.
    """
    spectrum = finite_spectrum(*modes_of(eigenvalues, squared_coefficients), resolution=resolution)
    ages = listed("times", times, least=0.0)
    if beyond is not None:
        instance("beyond", beyond, SourceLaw)
    weights = np.asarray(spectrum.squared_coefficients)
    losses = np.full(ages.size, spectrum.null_weight / 2)
    for block in mode_blocks(weights.size, ages.size):
        with np.errstate(over="ignore"):  # of what is long forgotten
            losses += np.exp(-2 * np.outer(ages, spectrum.eigenvalues[block])) @ weights[block] / 2
    return losses if beyond is None else losses + _tail(beyond, float(spectrum.eigenvalues[-1]), ages)


def mode_blocks(modes: int, rows: int) -> list[NDArray[np.intp]]:
    """Indices of modes in as many parts as keep each (rows, part) table small."""
    return np.array_split(np.arange(modes), max(1, modes * rows // BLOCK))


def _tail(law: SourceLaw, edge: float, times: Array) -> Array:
    """Loss in the modes below the eigenvalue `edge`, shape (T,)."""
    zeta, learnt = float(law.exponent), 2 * edge * times
    # x^-zeta Gamma(1 + zeta) P(zeta, x) goes to one as x goes to zero, by the first term of the series of P.
    share = np.ones_like(learnt)
    np.divide(gamma(1 + zeta) * gammainc(zeta, learnt), learnt**zeta, out=share, where=learnt > 0)
    tail: Array = float(law.scale) / 2 * edge**zeta * share
    return tail
