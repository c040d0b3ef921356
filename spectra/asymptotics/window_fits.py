"""Power laws fitted to bins in every window at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectra.asymptotics.arguments import Array
from spectra.asymptotics.spectrum_bins import Indices, PowerBins

# Of the windows of spectra whose squared coefficients scatter like a chi-squared law of one degree, one in two hundred
# takes more rounds: it holds three bins, one of them nearly empty. Most take eight to twenty.
ROUNDS, STABLE = 100, 1e-12
# The lag-one correlation of residuals is believed up to here; beyond it the points are one trend, which drift shows.
LARGEST_CORRELATION = 0.8


@dataclass(frozen=True)
class WindowFits:
    """One fit of exp(c) * int x^(q - 1) dx for every window."""

    first: Indices  # (W,), first bin
    last: Indices  # (W,), last bin, included
    power: Array  # (W,), q
    log_scale: Array  # (W,), c
    centre: Array  # (W,), weighted mean of log x: there the errors of q and of the curve are independent
    covariance: Array  # (W, 2, 2), of (q, c), from the residuals
    dispersion: Array  # (W,), sum of weight * residual^2 over the degrees of freedom
    information: Array  # (W,), sum of weight * (slope - centre)^2: dispersion / information is a variance of q
    half_mode: Array  # (W,), by which q moves if the modes are counted from one half more
    settled: NDArray[np.bool_]  # (W,), False: the root of the score was not reached, and the fit means nothing


def fit_windows(bins: PowerBins, first: Indices, last: Indices) -> WindowFits:
    """Fit the bins `first` to `last` of each window by the score of a gamma law with constant relative errors.

    The score sum_i w_i (v_i / m_i - 1) dlog(m_i)/dp = 0, p = q, c, is unbiased for relative errors of any law, and a
    value may be zero, as a squared coefficient may. Variances are from the residuals of every bin, enlarged for its
    leverage (HC3), times (1 + r) / (1 - r) with r the lag-one correlation of the residuals where it is positive.

    Args:
        bins: M bins.
        first: First bin of each window, shape (W,).
        last: Last bin of each window, included, shape (W,); at least three bins, one of them with a positive value.

    Source: the score is that of a generalized linear model with the gamma law (McCullagh and Nelder 1989); HC3 is of
    MacKinnon and White 1985. Coverage is measured by test_estimate_coverage.py.
    """
    numbers = np.arange(bins.values.size)
    inside = (numbers >= first[:, None]) & (numbers <= last[:, None])
    weights = np.where(inside, bins.weights, 0.0)
    total = weights.sum(1, keepdims=True)
    weights /= total
    power, settled = _solved(bins, weights)
    residuals, slopes, log_scale = _model(bins, weights, power)
    centre = (weights * slopes).sum(1)
    away = np.where(inside, slopes - centre[:, None], 0.0)
    covariance = _covariance(weights, away, residuals, centre)
    dispersion = (total * weights * residuals**2).sum(1) / (last - first - 1)
    information = (total * weights * away**2).sum(1)
    half_mode = -power * (total * weights * away * bins.half_modes).sum(1) / information
    return WindowFits(first, last, power, log_scale, centre, covariance, dispersion, information, half_mode, settled)


def _solved(bins: PowerBins, weights: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Roots q (W,) of the score, by scoring, and which of them settled; those are left alone."""
    power, moving = np.zeros(weights.shape[0]), np.arange(weights.shape[0])
    for _ in range(ROUNDS):
        part = weights[moving]
        residuals, slopes, _ = _model(bins, part, power[moving])
        away = slopes - (part * slopes).sum(1, keepdims=True)
        # The larger of the expected and the present curvature: far away the present one nearly vanishes, and near a
        # noisy optimum the expected one may be too small, which would cycle.
        curvature = np.maximum((part * away**2).sum(1), (part * (1 + residuals) * away**2).sum(1))
        change = (part * residuals * away).sum(1) / curvature
        power[moving] += change
        moving = moving[np.abs(change) > STABLE * (1 + np.abs(power[moving]))]
        if moving.size == 0:
            break
    settled = np.ones(power.size, dtype=bool)
    settled[moving] = False
    return power, settled


def _model(bins: PowerBins, weights: Array, power: Array) -> tuple[Array, Array, Array]:
    """Relative residuals (W, M), slopes of the log-integrals in q (W, M), and the best c (W,), for q of shape (W,)."""
    half = power[:, None] * bins.widths / 2
    small = np.abs(half) < 1e-4
    safe = np.where(small, 1.0, half)
    length = np.abs(safe)
    # log(sinh(h) / h), written so that no steep trial overflows.
    shape = np.where(small, half**2 / 6, length + np.log1p(-np.exp(-2 * length)) - np.log(2 * length))
    tilt = np.where(small, half / 3, 1 / np.tanh(safe) - 1 / safe)
    logs = power[:, None] * bins.centres + shape + np.log(np.where(bins.widths > 0, bins.widths, 1.0))
    counted = (weights > 0) & (bins.values > 0)
    ratios = np.where(counted, np.log(np.where(bins.values > 0, bins.values, 1.0)) - logs, -np.inf)
    peak = ratios.max(1)
    shares = np.exp(ratios - peak[:, None])
    mean = (weights * shares).sum(1)
    residuals = np.where(weights > 0, shares / mean[:, None] - 1, 0.0)
    return residuals, bins.centres + tilt * bins.widths / 2, np.log(mean) + peak


def _covariance(weights: Array, away: Array, residuals: Array, centre: Array) -> Array:
    """Sandwich variances (W, 2, 2) of (q, c)."""
    information = (weights * away**2).sum(1, keepdims=True)
    leverage = weights * (1 + away**2 / information)
    errors = weights * residuals / (1 - leverage)
    of_power, of_level = errors * away / information, errors
    of_scale = of_level - centre[:, None] * of_power
    both = np.stack([of_power, of_scale], axis=1)
    variances: Array = both @ both.swapaxes(1, 2) * _correlation_factor(weights, residuals)[:, None, None]
    return variances


def _correlation_factor(weights: Array, residuals: Array) -> Array:
    """(1 + r) / (1 - r) of neighbouring residuals in each window, never below one."""
    scaled = np.sqrt(weights) * residuals
    squares, points = (scaled**2).sum(1), (weights > 0).sum(1)
    neighbours = (scaled[:, 1:] * scaled[:, :-1]).sum(1)
    # Residuals of two fitted parameters are correlated by about -2 / M when the errors are not.
    correlation = np.where(squares > 0, neighbours / np.where(squares > 0, squares, 1.0), 0.0) + 2 / points
    correlation = np.clip(correlation, 0, LARGEST_CORRELATION)
    factor: Array = (1 + correlation) / (1 - correlation)
    return factor
