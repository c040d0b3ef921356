"""A finite spectrum with the squared coefficients of a target, and the loss of gradient flow on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gamma, gammainc

from spectra.asymptotics.laws import SourceLaw

Array = NDArray[np.float64]
# Numbers of a (times, modes) table that are held at once: 32 MB in double precision.
BLOCK = 1 << 22


@dataclass(frozen=True)
class FiniteSpectrum:
    """Positive eigenvalues of a kernel or a Hessian, what the target has in each, and what lies in the null space."""

    eigenvalues: Array  # (K,), positive, largest first
    squared_coefficients: Array | None  # (K,), c_n^2 of the initial residual in the eigenvectors
    null_modes: int  # eigenvalues that are zero to rounding
    null_weight: float  # sum of c_n^2 over them; half of it is the floor of the loss


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
        ValueError: If shapes differ, a number is not finite, a squared coefficient is negative, no eigenvalue is
            positive, or one is negative beyond `resolution`.
    """
    values = np.asarray(eigenvalues, dtype=np.float64)
    weights = np.zeros_like(values) if squared_coefficients is None else np.asarray(squared_coefficients, np.float64)
    if values.ndim != 1 or values.shape != weights.shape:
        raise ValueError(f"{values.shape} eigenvalues and {weights.shape} squared coefficients; pass two equal lists")
    if not (np.isfinite(values).all() and np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("eigenvalues have to be finite, squared coefficients finite and not negative")
    largest = float(values.max(initial=0.0))
    if largest <= 0:
        raise ValueError("no eigenvalue is positive: nothing is learnt and there is no law to look for")
    if values.min() < -resolution * largest:
        raise ValueError(
            f"the smallest eigenvalue is {values.min()}, negative beyond the resolution of {resolution} * {largest}; a "
            f"kernel has no such: raise `resolution` if that is rounding, of a Hessian pass the positive eigenvalues"
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
        ValueError: As `finite_spectrum` does, and if a time is negative or not finite.
    """
    spectrum = finite_spectrum(eigenvalues, squared_coefficients, resolution=resolution)
    ages = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if ages.ndim != 1 or not (np.isfinite(ages) & (ages >= 0)).all():
        raise ValueError(f"times {times!r} are not a list of finite numbers from zero up")
    weights = np.zeros(0) if spectrum.squared_coefficients is None else spectrum.squared_coefficients
    losses = np.full(ages.size, spectrum.null_weight / 2)
    for block in np.array_split(np.arange(weights.size), max(1, weights.size * ages.size // BLOCK)):
        losses += np.exp(-2 * np.outer(ages, spectrum.eigenvalues[block])) @ weights[block] / 2
    return losses if beyond is None else losses + _tail(beyond, float(spectrum.eigenvalues[-1]), ages)


def _tail(law: SourceLaw, edge: float, times: Array) -> Array:
    """Loss in the modes below the eigenvalue `edge`, shape (T,)."""
    zeta, learnt = float(law.exponent), 2 * edge * times
    # x^-zeta Gamma(1 + zeta) P(zeta, x) goes to one as x goes to zero, by the first term of the series of P.
    share = np.ones_like(learnt)
    np.divide(gamma(1 + zeta) * gammainc(zeta, learnt), learnt**zeta, out=share, where=learnt > 0)
    tail: Array = float(law.scale) / 2 * edge**zeta * share
    return tail
