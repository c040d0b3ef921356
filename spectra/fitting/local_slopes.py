"""The exponent that a curve shows locally, without a law for the whole of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t as t_distribution

from spectra.fitting.autocorrelation import autocorrelation_time
from spectra.fitting.law import Array

# A straight line is fitted over this many decades to both sides; fewer points than this bound no line and its scatter.
DECADES, FEWEST = 0.25, 4
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
        level: Confidence of the pointwise intervals: of the smoothed slope, for errors that are correlated as the
            residuals of the lines are.

    Returns:
        One row per floor and different x that has four different neighbours or more: floor, x, slope, low, high,
        points (neighbours).

    Raises:
        ValueError: If the shapes differ, a value is not positive and finite, a floor is not below every y, or no point
            has enough neighbours.

    Source: Fan and Gijbels 1996, Local Polynomial Modelling and Its Applications, section 3.2.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    own = np.ones_like(ys) if weights is None else np.asarray(weights, dtype=np.float64)
    if xs.ndim != 1 or not xs.shape == ys.shape == own.shape:
        raise ValueError(f"x, y and weights have shapes {xs.shape}, {ys.shape}, {own.shape}; pass lists of one length")
    given = np.stack([xs, ys, own])
    if not xs.size or not (np.isfinite(given) & (given > 0)).all():
        raise ValueError("x, y and weights must be positive and finite, and there must be some; leave other points out")
    if not decades > 0 or not 0 < level < 1:
        raise ValueError(f"decades={decades} and level={level} were asked; use decades > 0 and 0 < level < 1")
    high = [floor for floor in floors if not floor < ys.min()]
    if high:
        raise ValueError(f"the floor {high[0]:g} is not below every y (smallest: {ys.min():g}); pass a lower one")
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
    """Straight line through the neighbours of one point."""

    height: float  # at the point
    slope: float
    error: float  # standard error of the slope, for independent errors
    points: int


def _slopes(x: Array, log_y: Array, own: Array, decades: float, level: float) -> pd.DataFrame:
    """Rows x, slope, low, high, points, from points in the order of x."""
    reach, log_x = decades * np.log(10), np.log(x)
    lines: dict[float, _Line] = {}
    for place in np.unique(x).tolist():
        ends = np.searchsorted(log_x, np.log(place) + np.array([-reach, reach]), side="right")
        near = slice(int(ends[0]), int(ends[1]))
        if np.unique(x[near]).size >= FEWEST:
            lines[place] = _line((log_x[near] - np.log(place)) / reach, log_y[near], own[near], reach)
    # Two parameters over a neighbourhood take little from the residual at its middle: the time needs no correction.
    residuals = [log_y[i] - lines[place].height for i, place in enumerate(x.tolist()) if place in lines]
    time = autocorrelation_time(np.array(residuals), parameters=0)
    slopes, errors, points = (
        np.array([getattr(line, name) for line in lines.values()], dtype=np.float64)
        for name in ("slope", "error", "points")
    )
    half = t_distribution.ppf((1 + level) / 2, (points - 2) / time) * errors * np.sqrt(time)
    columns = (np.array(list(lines)), -slopes, -slopes - half, -slopes + half, points.astype(int))
    return pd.DataFrame(dict(zip(COLUMNS[1:], columns, strict=True)))


def _line(place: Array, log_y: Array, own: Array, reach: float) -> _Line:
    """Least squares with Epanechnikov's weight; `place` is the distance over the reach, `own` the points' weight."""
    weight = own * (1 - np.square(place))
    middle = float(weight @ place / weight.sum())
    pull = weight * (place - middle) / float(weight @ np.square(place - middle))
    slope, mean = float(pull @ log_y), float(weight @ log_y / weight.sum())
    residuals = log_y - mean - slope * (place - middle)
    variance = float(own @ np.square(residuals)) / (place.size - 2)
    error = float(np.sqrt(variance * np.square(pull) @ (1 / own)))
    return _Line(mean - slope * middle, slope / reach, error / reach, place.size)
