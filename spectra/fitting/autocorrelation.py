"""How many independent points a correlated sequence of residuals is worth."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

# Sokal's window: lags up to this many autocorrelation times are summed; more lags add noise, fewer miss slow tails.
WINDOW = 5.0
# Share of the points that the correction for fitted parameters may use up: the window ends where it would use more.
LARGEST_CORRECTION = 0.6


def autocorrelation_time(residuals: NDArray[np.float64], *, parameters: int) -> float:
    """Integrated autocorrelation time 1 + 2 sum_k rho_k of the errors behind some residuals, in steps; never below 1.

    A fit bends towards slow errors: each smooth parameter takes the variance of one slow mode away from the residuals,
    about (long-run variance) / n from the covariance at every lag. It is put back, which makes the sum over lags up to
    W, time(W) = lrv(W) / variance(W), with S_k = sum_i r_i r_(i+k), p parameters and

        lrv(W) = (S_0 + 2 sum_(k<=W) S_k) / (n - (2 W + 1) p),    variance(W) = (S_0 + p lrv(W)) / n.

    Without this step, intervals from 200 points of autocorrelation 0.8 hold the truth 79 times in 100 instead of 91.
    The window is the first W >= 5 time(W). Times below one (residuals that alternate) are returned as one: points are
    never credited with more information than independent ones have.

    Args:
        residuals: Residuals in the order of the curve, shape (n,).
        parameters: Number p of parameters that were fitted.

    Source: window after Sokal 1997, Monte Carlo Methods in Statistical Mechanics, section 3; the correction is ours.
    """
    n = residuals.size
    # Few points leave room for the correction of fewer parameters only; lag one, at 3 p, is never given up for it.
    parameters = min(parameters, ceil(LARGEST_CORRECTION * n / 3) - 1)
    lags = np.arange(n)
    used = (2 * lags + 1) * parameters
    lags, used = lags[used < LARGEST_CORRECTION * n], used[used < LARGEST_CORRECTION * n]
    if lags.size < 2 or not residuals.any():
        return 1.0
    sums = _lagged_sums(residuals)
    long_run = (2 * np.cumsum(sums)[: lags.size] - sums[0]) / (n - used)
    variance = (sums[0] + parameters * np.maximum(long_run, 0)) / n
    times = long_run / variance
    closed = np.flatnonzero(lags >= WINDOW * times)
    return float(max(1.0, times[closed[0]] if closed.size else times[-1]))


def _lagged_sums(residuals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of products at lags 0 to n - 1, by a Fourier transform that is long enough not to wrap around."""
    length = 1 << (2 * residuals.size - 1).bit_length()
    spectrum = np.square(np.abs(np.fft.rfft(residuals, length)))
    sums: NDArray[np.float64] = np.fft.irfft(spectrum, length)[: residuals.size]
    return sums
