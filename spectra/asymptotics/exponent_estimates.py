"""One exponent and its scale from a finite spectrum, with an interval and the window in which the law holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import t as t_distribution

from spectra.asymptotics.arguments import Array, instance, real
from spectra.asymptotics.finite_spectrum import FiniteSpectrum
from spectra.asymptotics.spectrum_bins import (
    Indices,
    PowerBins,
    bin_edges,
    coefficient_edges,
    eigenvalue_bins,
    index_bins,
    source_bins,
)
from spectra.asymptotics.spectrum_words import estimate_warnings
from spectra.asymptotics.window_scan import DRIFT_SHARE, WindowScan, scan_windows

# Below it the interval is a point, and no standard error can be read from it.
LEAST_LEVEL = 0.001


@dataclass(frozen=True)
class ExponentWindows:
    """Exponent against window: one entry for every window that was tried, each of shape (W,)."""

    first: Indices  # index of the first mode, from 1
    last: Indices  # index of the last mode, included
    exponent: Array
    standard_error: Array
    drift: Array  # exponent of the second half less that of the first half
    half_width: Array  # of the interval, drift included

    def __repr__(self) -> str:
        """How many windows, not the arrays."""
        return f"ExponentWindows({self.first.size} windows)"


@dataclass(frozen=True)
class ExponentEstimate:
    """An exponent and its scale in the chosen window; see `scan_windows` for the choice and the interval."""

    name: str  # nu, kappa or zeta
    exponent: float
    scale: float  # Lambda, K or Q; nan if the exponent is not positive
    low: float  # interval of the exponent
    high: float
    level: float
    covariance: Array = field(repr=False)  # (2, 2), of (exponent, log scale), drift included
    degrees: int  # degrees of freedom of the t distribution of the interval
    first: int  # window: index of its first mode, from 1
    last: int  # and of its last, included
    windows: ExponentWindows
    warnings: tuple[str, ...]


def eigenvalue_exponent(spectrum: FiniteSpectrum, *, level: float = 0.95) -> ExponentEstimate:
    """nu and Lambda of lambda_n ~ Lambda n^-nu from the eigenvalues alone; see `scan_windows` for the interval.

    The eigenvalues are taken as they are. Those of a kernel matrix of N random examples, over N, differ from those of
    the kernel: with independent Gaussian features eigenvalue n is off by a relative -(pi / nu) cot(pi / nu) n / N for
    n << N, which is 0.12 at n = N / 10 for nu = 1.5 and zero for nu = 2. Pass the leading ones only.

    Args:
        spectrum: From `finite_spectrum`; eight eigenvalues or more, and hundreds for an interval worth having.
        level: Confidence of the interval.

    Raises:
        TypeError: If `spectrum` is none.
        ValueError: If there are too few eigenvalues, or `level` is not from 0.001 to below 1.
    """
    instance("spectrum", spectrum, FiniteSpectrum)
    edges = bin_edges(spectrum.eigenvalues)
    return _estimate("nu", eigenvalue_bins(spectrum, edges), edges, level=level)


def tail_exponent(spectrum: FiniteSpectrum, *, level: float = 0.95) -> ExponentEstimate:
    """kappa and K of sum_(k >= n) c_k^2 ~ K n^-kappa, from sums over bins, which miss nothing beyond the last mode.

    Args:
        spectrum: From `finite_spectrum`, with squared coefficients.
        level: Confidence of the interval.

    Raises:
        TypeError: If `spectrum` is none.
        ValueError: If there are no squared coefficients, or too few positive ones; for `level` as above.
    """
    instance("spectrum", spectrum, FiniteSpectrum)
    edges = coefficient_edges(spectrum)
    return _estimate("kappa", index_bins(spectrum, edges), edges, level=level)


def source_exponent(spectrum: FiniteSpectrum, *, level: float = 0.95) -> ExponentEstimate:
    """zeta and Q of S(lambda) ~ Q lambda^zeta, from sums over bins of eigenvalues; needs no order and no multiplicity.

    Args:
        spectrum: From `finite_spectrum`, with squared coefficients.
        level: Confidence of the interval.

    Raises:
        TypeError: If `spectrum` is none.
        ValueError: If there are no squared coefficients, or too few positive ones; for `level` as above.
    """
    instance("spectrum", spectrum, FiniteSpectrum)
    edges = coefficient_edges(spectrum)
    return _estimate("zeta", source_bins(spectrum, edges), edges, level=level)


def _estimate(name: str, bins: PowerBins, edges: Indices, *, level: float) -> ExponentEstimate:
    if not LEAST_LEVEL <= real("level", level) < 1:
        raise ValueError(
            f"a confidence level of {level} was given; use a number from {LEAST_LEVEL} to below 1, for example 0.95"
        )
    sign = 1 if name == "zeta" else -1
    scan = scan_windows(bins, sign=sign, level=level)
    windows, best = _table(scan, edges, sign), scan.best
    exponent, half_width = float(windows.exponent[best]), float(windows.half_width[best])
    window = {"first": int(windows.first[best]), "last": int(windows.last[best])}
    drift_part = DRIFT_SHARE * abs(float(scan.drift[best]))
    degrees = int(scan.fits.last[best] - scan.fits.first[best] - 1)
    return ExponentEstimate(
        name=name,
        exponent=exponent,
        scale=_scale(name, exponent, float(scan.fits.log_scale[best])),
        low=exponent - half_width,
        high=exponent + half_width,
        level=level,
        covariance=_covariance(scan, name, half_width / float(t_distribution.isf((1 - level) / 2, degrees))),
        degrees=degrees,
        **window,
        windows=windows,
        warnings=estimate_warnings(name, exponent, half_width=half_width, drift_part=drift_part, **window),
    )


def _table(scan: WindowScan, edges: Indices, sign: int) -> ExponentWindows:
    fits = scan.fits
    return ExponentWindows(
        first=edges[fits.first] + 1,
        last=edges[fits.last + 1],
        exponent=sign * fits.power,
        standard_error=np.sqrt(fits.covariance[:, 0, 0]),
        drift=sign * scan.drift,
        half_width=scan.half_width,
    )


def _scale(name: str, exponent: float, log_scale: float) -> float:
    """Lambda = exp(c), but K = exp(c) / kappa and Q = exp(c) / zeta: c belongs to the integrand."""
    if exponent <= 0:
        return float("nan")
    return float(np.exp(log_scale)) / (1.0 if name == "nu" else exponent)


def _covariance(scan: WindowScan, name: str, error: float) -> Array:
    """Covariance (2, 2) of exponent and log scale when the exponent has the standard error `error`, drift included.

    Drift turns the curve around the centre of the window, where log value and exponent are independent.
    """
    fits, best = scan.fits, scan.best
    turn = np.array([1.0, -float(fits.centre[best])])
    covariance = fits.covariance[best]
    covariance = covariance + (error**2 - covariance[0, 0]) * np.outer(turn, turn)
    sign = 1.0 if name == "zeta" else -1.0
    to_scale = np.array([[sign, 0.0], [0.0 if name == "nu" else -1 / float(fits.power[best]), 1.0]])
    scaled: Array = to_scale @ covariance @ to_scale.T
    return scaled
