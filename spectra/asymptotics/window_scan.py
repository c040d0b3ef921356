"""Exponent against window, and the window in which a power law holds best."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from scipy.stats import t as t_distribution

from spectra.asymptotics.arguments import Array
from spectra.asymptotics.spectrum_bins import FEWEST_BINS, Indices, PowerBins
from spectra.asymptotics.window_fits import WindowFits, fit_windows

# Of the drift: what is still to come from the middle of a window on, if corrections fall by half from one half to the
# next, which is half the drift and all of it once more. tests/asymptotics/test_estimate_coverage.py has the coverage.
DRIFT_SHARE = 1.5


@dataclass(frozen=True)
class WindowScan:
    """Fits in all windows that have two fitted halves, and which is the best."""

    fits: WindowFits
    drift: Array  # (W,), power of the second half less that of the first
    half_width: Array  # (W,), of the interval of the power
    best: int  # the chosen window


def scan_windows(bins: PowerBins, *, sign: int, level: float) -> WindowScan:
    """Fit every window of six bins or more and choose the one of the smallest half width / sqrt(exponent).

    The half width of an interval has three parts. t quantile times standard error shrinks as a window grows. 1.5 times
    the drift of the exponent from the first half of the window to the second grows as the window takes in modes that
    are not asymptotic yet, or no longer. Counting the modes from one half more or less, which no asymptotic law
    forbids, moves the exponent by an amount that shrinks as the window moves to higher modes. Standard errors are from
    the residuals of the window, and not below those of the typical scatter, the median around all windows of six bins:
    a short window may be straight by luck.

    Corrections that fall slower than by half from one half of the window to the next, such as those of an index that
    is off by several, pass unnoticed; look at the exponent against the window.

    Args:
        bins: Six or more.
        sign: Of the power q of a law that falls, 1 or -1; windows of the other sign are chosen only if all have it.
        level: Confidence of the interval.

    Raises:
        ValueError: If the positive values do not suffice for a fit.
    """
    first, last, lower, upper = _windows(bins)
    halved = (lower >= 0) & (upper >= 0)
    if not halved.any():
        raise ValueError(
            "too few bins of the spectrum hold a positive squared coefficient: no exponent; pass more of the spectrum"
        )
    fits = fit_windows(bins, first, last)
    usable = np.flatnonzero(halved & fits.settled & fits.settled[lower] & fits.settled[upper])
    if usable.size == 0:
        raise ValueError("the values scatter so much that no window could be fitted; pass more of the spectrum")
    scatter = _typical_scatter(fits)
    drift = (fits.power[upper] - fits.power[lower])[usable]
    fits = _at_least(WindowFits(*(part[usable] for part in vars(fits).values())), scatter)
    systematic = DRIFT_SHARE * np.abs(drift) + np.abs(fits.half_mode)
    quantiles = t_distribution.isf((1 - level) / 2, fits.last - fits.first - 1)
    half_width = quantiles * np.sqrt(fits.covariance[:, 0, 0]) + systematic
    falls = sign * fits.power > 0
    # The shortest interval would be that of a plateau of nearly equal first modes, for lambda_n = (n + 50)^-1.5 with
    # scatter in 29 of 30 spectra; the shortest share of the exponent favours windows that are steep by chance, and
    # doubles the error of zeta from 100 chi-squared coefficients. Their geometric mean does neither.
    score = half_width / np.sqrt(np.where(falls, np.abs(fits.power), 1.0))
    best = np.where(falls, score, np.inf).argmin() if falls.any() else half_width.argmin()
    return WindowScan(fits, drift, half_width, int(best))


def _windows(bins: PowerBins) -> tuple[Indices, Indices, Indices, Indices]:
    """First and last bin of all windows that can be fitted, and the numbers of their lower and upper halves.

    Halves are -1 where they cannot be fitted and where a window has fewer than six bins.
    """
    count = bins.values.size
    first, last = np.triu_indices(count, FEWEST_BINS // 2 - 1)
    fitted = _solvable(bins, first, last)
    first, last = first[fitted], last[fitted]
    numbers = np.full((count, count + 1), -1)  # of the window of bins first ... end - 1
    numbers[first, last + 1] = np.arange(first.size)
    middle = (first + last + 1) // 2
    return first, last, numbers[first, middle], numbers[middle, last + 1]


def _typical_scatter(fits: WindowFits) -> float:
    """Median dispersion around the shortest windows, as a mean of normal errors: no window is straight by luck."""
    lengths = fits.last - fits.first + 1
    shortest = int(lengths[lengths >= FEWEST_BINS].min())
    degrees = shortest - 2
    return float(np.median(fits.dispersion[lengths == shortest])) * degrees / float(chi2.median(degrees))


def _at_least(fits: WindowFits, scatter: float) -> WindowFits:
    """The fits with variances not below those of the typical scatter."""
    variance = fits.covariance[:, 0, 0]
    least = scatter / fits.information
    factor = np.maximum(1, np.divide(least, variance, out=np.ones_like(least), where=variance > 0))
    return replace(fits, covariance=fits.covariance * factor[:, None, None])


def _solvable(bins: PowerBins, first: Indices, last: Indices) -> NDArray[np.bool_]:
    """Windows whose positive values lie on both sides of the mean of log x: elsewhere the fit runs to infinity."""
    numbers = np.arange(bins.values.size)
    inside = (numbers >= first[:, None]) & (numbers <= last[:, None])
    weights = np.where(inside, bins.weights, 0.0)
    mean = (weights * bins.centres).sum(1) / weights.sum(1)
    away, positive = bins.centres - mean[:, None], inside & (bins.values > 0)
    solvable: NDArray[np.bool_] = (positive & (away > 0)).any(1) & (positive & (away < 0)).any(1)
    return solvable
