"""The exponent that a curve shows locally, without a law for the whole of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t as t_distribution

from spectra.fitting.given import check_level, given_curve
from spectra.fitting.law import Array
from spectra.fitting.objective_limit import chain_time

# A straight line is fitted over this many decades to both sides; fewer points than this bound no line and its scatter.
DECADES, FEWEST = 0.25, 4
# Every point is compared with all points of its neighbourhood: this many, evenly spaced in x, took 57 s of one core.
MOST = 30_000
# Coefficients of the parabola whose residuals say how large and how long the errors are.
PARABOLA = 3
COLUMNS = ["floor", "x", "slope", "low", "high", "points"]


def local_slopes(
    x: ArrayLike,
    y: ArrayLike,
    *,
    floors: Sequence[float] = (0.0,),
    weights: ArrayLike | None = None,
    decades: float = DECADES,
    level: float = 0.95,
) -> pd.DataFrame:
    """Slopes -d log(y - floor) / d log x of straight lines through the neighbours of each point.

    Neighbours within `decades` count by Epanechnikov's weight. A floor must be subtracted before the slope is taken,
    and it is seldom known: pass several, the ends of its interval among them, and read what stays. For the curve
    L = E + A x^-a with the floor f subtracted the slope is

        a (L - E) / (L - f),    with no floor subtracted a (1 - E / L): too small, and falling, where E counts;

    for L = A (x + x0)^-a it is a x / (x + x0). A falling slope is therefore no proof of a floor, nor a steady one of
    an exponent. The line itself is exact for a power law: smoothing adds no bias to that.

    Args:
        x: Positive numbers, shape (n,).
        y: Positive numbers, shape (n,).
        floors: Values to subtract, each below every y.
        weights: Such as the points averaged into each point, shape (n,).
        decades: Half the width of the neighbourhood, in decades of x.
        level: Confidence of the pointwise intervals, of the smoothed slope. Size and autocorrelation of the errors
            come from residuals around local parabolas, which hold little of the bend of the curve. Errors slower than
            a neighbourhood look like slope: at a persistence of 0.5 and 0.8 from point to point, intervals of 95
            percent hold the slope in 88 and 75 of 100 places with 12 points in a neighbourhood, and in 94 and 92 with
            50. They are infinite where the scatter is worth less than one independent number.

    Returns:
        One row per floor and different x that has four different neighbours or more: floor, x, slope, low, high,
        points (neighbours).

    Raises:
        ValueError: If there are more than 30,000 points, the shapes differ, a value is not positive and finite, there
            is no floor or one is not below every y, decades or level are out of range, or no point has enough
            neighbours.

    Source: Fan and Gijbels 1996, Local Polynomial Modelling and Its Applications, section 3.2.
    """
    xs, ys, own = given_curve(x, y, weights)
    given = np.stack([xs, ys, own])
    if not xs.size or not (np.isfinite(given) & (given > 0)).all():
        raise ValueError("x, y and weights must be positive and finite, and there must be some; leave other points out")
    if xs.size > MOST:
        raise ValueError(
            f"{xs.size} points were given, and at most {MOST} are compared: average the curve in bins first, by "
            "log_bins(read_curve(path)) from a saved table"
        )
    check_level(level)
    if not 0 < decades < np.inf:
        raise ValueError(
            f"a neighbourhood of {decades} decades was given; use a positive number, for example {DECADES}"
        )
    wrong = [floor for floor in floors if not -np.inf < floor < ys.min()]
    if wrong or not len(floors):
        told = f"the floor {wrong[0]:g} is not finite and below every y" if wrong else "no floors were given"
        raise ValueError(f"{told}; pass numbers below the smallest y, {ys.min():g}, such as 0.0")
    order = np.argsort(xs, kind="stable")
    parts = [
        _slopes(xs[order], np.log(ys[order] - floor), own[order], decades, level).assign(floor=floor)
        for floor in floors
    ]
    table = pd.concat(parts, ignore_index=True)[COLUMNS]
    if table.empty:
        raise ValueError(f"no point has {FEWEST} neighbours within {decades:g} decades; take a wider neighbourhood")
    return table


@dataclass(frozen=True)
class _Line:
    """Straight line through the neighbours of one point, and how far they scatter around a local parabola."""

    slope: float
    error: float  # standard error of the slope, for independent errors
    points: int
    residual: float  # of the points at this x from the parabola, in units of one of weight one
    leverage: float  # share of its own value that the parabola takes from the points at this x


def _slopes(x: Array, log_y: Array, own: Array, decades: float, level: float) -> pd.DataFrame:
    """Rows x, slope, low, high, points, from points in the order of x."""
    reach, log_x = decades * np.log(10), np.log(x)
    lines: dict[float, _Line] = {}
    places, rank = np.unique(x, return_inverse=True)
    for place in places.tolist():
        first, end = np.searchsorted(log_x, np.log(place) + np.array([-reach, reach]), side="right").tolist()
        if rank[end - 1] - rank[first] + 1 >= FEWEST:
            near = slice(first, end)
            lines[place] = _line((log_x[near] - np.log(place)) / reach, log_y[near], own[near], reach)
    slopes, errors, points, residuals, leverages = (
        np.array([getattr(line, name) for line in lines.values()], dtype=np.float64)
        for name in ("slope", "error", "points", "residual", "leverage")
    )
    time = chain_time(residuals, parameters=max(1, round(float(leverages.sum())))) if residuals.any() else 1.0
    # The scatter of one neighbourhood may be worth less than one independent number: nothing can be said there.
    degrees = (points - PARABOLA) / time
    factor = np.where(degrees >= 1, t_distribution.ppf((1 + level) / 2, np.maximum(degrees, 1)), np.inf)
    with np.errstate(invalid="ignore"):
        half = np.where(errors > 0, factor * errors * np.sqrt(time), np.where(degrees >= 1, 0.0, np.inf))
    columns = (np.array(list(lines)), -slopes, -slopes - half, -slopes + half, points.astype(int))
    return pd.DataFrame(dict(zip(COLUMNS[1:], columns, strict=True)))


def _line(place: Array, log_y: Array, own: Array, reach: float) -> _Line:
    """Least squares with Epanechnikov's weight; `place` is the distance over the reach, `own` the points' weight."""
    weight = own * np.maximum(1 - np.square(place), 0)
    middle = float(weight @ place / weight.sum())
    pull = weight * (place - middle) / float(weight @ np.square(place - middle))
    # Around a parabola, whose residuals hold the noise and next to nothing of the bend of the curve.
    powers, roots = np.vander(place, PARABOLA, increasing=True), np.sqrt(weight)
    solver = np.linalg.pinv(roots[:, None] * powers) * roots  # (3, n): coefficients from values
    residuals = np.sqrt(own) * (log_y - powers @ (solver @ log_y))
    # What independent errors of unit variance would leave: |1 - H|^2, H the values of the parabola from the data.
    inner, outer = solver @ powers, (powers.T * own) @ powers @ ((solver / own) @ solver.T)
    variance = float(residuals @ residuals) / float(place.size - 2 * np.trace(inner) + np.trace(outer))
    error = float(np.sqrt(variance * np.square(pull) @ (1 / own)))
    here = place == 0
    return _Line(
        slope=float(pull @ log_y) / reach,
        error=error / reach,
        points=place.size,
        residual=float(np.sqrt(own[here]) @ residuals[here] / np.sqrt(own[here].sum())),
        leverage=float(solver[0, here].sum()),
    )
