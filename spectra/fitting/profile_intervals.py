"""The interval of every parameter of a fit, from the extremes of its region."""

from dataclasses import dataclass
from math import exp, inf

import numpy as np

from spectra.fitting.height_extents import height_extents
from spectra.fitting.interval_ends import extreme
from spectra.fitting.interval_search import searched_extent, searched_shape
from spectra.fitting.intervals import Interval
from spectra.fitting.law import Array, Axis, Flags
from spectra.fitting.law_points import LawPoints
from spectra.fitting.pseudo_data import PseudoData

# An amplitude has no end where its logarithm still moves by this much per node at an open end of a shape.
MOVING = 0.1
# Relative step of the differences of amplitudes by shapes, which are nearly linear.
DIFFERENCE = 1e-5


@dataclass(frozen=True)
class Region:
    """All curves up to a limit, as far as the grid shows them."""

    data: PseudoData
    limit: float
    inside: Array  # (p, m): nodes up to the limit, and the fit
    open_low: Flags  # (s,): whether the region reaches the low end of a shape's axis
    open_high: Flags  # (s,)
    constant: bool  # a constant fits too, so that nothing but the floor is bounded


def region(data: PseudoData, nodes: Array, squares: Array, *, limit: float, constant: bool) -> Region:
    """The region of a limit; `nodes` (p, G) and their sums of squares (G,) come from the grid."""
    shapes, grid = data.fit.points.shapes, data.fit.grid
    inside = nodes[:, squares <= limit]
    low: Flags = np.full(shapes, constant) | (inside[:shapes] <= grid.low[:, None]).any(axis=1)
    high: Flags = np.full(shapes, constant) | (inside[:shapes] >= grid.high[:, None]).any(axis=1)
    return Region(data, limit, np.column_stack([data.fit.place, inside]), low, high, constant)


def profile_intervals(found: Region, level: float) -> dict[str, Interval]:
    """Intervals by parameter, in the order of the law.

    An end that the data do not close is infinite, or zero below a parameter that cannot be negative.
    """
    points = found.data.fit.points
    ends, lowest = {}, dict.fromkeys(points.law.parameters, 0.0)
    for at, shape in enumerate(points.law.shapes):
        low, high = _shape_end(found, at, -1.0), _shape_end(found, at, 1.0)
        ends[shape.name] = (_exp(low), _exp(high)) if shape.logarithmic else (low, high)
        if shape.axis is Axis.SIGNED_EXPONENT:
            lowest[shape.name] = -inf
    for at, name in enumerate(points.law.amplitudes):
        ends[name] = _exp(_amplitude_end(found, at, -1.0)), _exp(_amplitude_end(found, at, 1.0))
    estimates, intervals = points.estimates(found.data.fit.place), {}
    for name in points.law.parameters:
        low, high = ends[name]
        # Rounding may leave an estimate without noise just outside its own interval; nan, which is none, comes last.
        intervals[name] = Interval(min(max(low, lowest[name]), estimates[name]), max(high, estimates[name]), level)
    return intervals


def _shape_end(found: Region, at: int, sign: float) -> float:
    """Lowest (sign -1) or highest coordinate of a shape inside; infinite when open, nan when it was not found."""
    if (found.open_low if sign < 0 else found.open_high)[at] or found.limit == inf:
        return sign * inf
    start = found.inside[:, int((sign * found.inside[at]).argmax())]
    slope = np.zeros(start.size)
    slope[at] = sign
    end = extreme(found.data, start, lambda _: slope, found.limit)
    if end.left[at]:
        return sign * inf
    if end.settled:
        return float(end.place[at])
    return searched_shape(found.data, start, at, sign, found.limit)


def _amplitude_end(found: Region, at: int, sign: float) -> float:
    """The same for the logarithm of an amplitude; -inf for an amplitude that may be zero."""
    points = found.data.fit.points
    if found.limit == inf:
        return sign * inf
    if sign < 0 and found.constant and at != points.law.floor:
        return -inf

    def slope(place: Array) -> Array:
        return sign * amplitude_slope(points, place, at)

    start = _farthest(found, at, sign)
    if _moves_out(found, start, at, sign):
        return sign * inf
    end = extreme(found.data, start, slope, found.limit)
    if end.place[points.shapes + at] <= 0:
        return -inf
    if end.left.any() and _moves_out(found, end.place, at, sign):
        return sign * inf
    if end.settled:
        return float(points.log_amplitudes(end.place)[at])
    return searched_extent(found.data, start, at, sign, found.limit)


def _farthest(found: Region, at: int, sign: float) -> Array:
    """The place inside, among those with the shapes of the fit and of nodes, where the amplitude is most extreme."""
    if found.inside.shape[1] == 1:
        return found.inside[:, 0]
    shapes = found.inside[: found.data.fit.points.shapes]
    places = np.vstack([shapes, height_extents(found.data, shapes, at, sign, found.limit)])
    logs = sign * found.data.fit.points.log_amplitudes(places)[at]
    best = int(np.nan_to_num(logs, nan=-inf, posinf=inf, neginf=-inf).argmax())
    # Rounding may leave the fit itself outside of a tiny region.
    return places[:, best] if np.isfinite(places[:, best]).all() else found.inside[:, 0]


def _moves_out(found: Region, place: Array, at: int, sign: float) -> bool:
    """Whether the amplitude still grows (sign 1) or shrinks where a shape has reached an end of its axis."""
    points, grid = found.data.fit.points, found.data.fit.grid
    shapes, height = place[: points.shapes], place[points.shapes + at]
    if height <= 0:
        return False
    growth = sign * amplitude_slope(points, place, at)[: points.shapes] / height
    first = np.array([axis[1] - axis[0] for axis in grid.axes])
    last = np.array([axis[-1] - axis[-2] for axis in grid.axes])
    below, above = (shapes <= grid.low) & (growth * first < -MOVING), (shapes >= grid.high) & (growth * last > MOVING)
    return bool((below | above).any())


def amplitude_slope(points: LawPoints, place: Array, at: int) -> Array:
    """Gradient (p,) of the logarithm of an amplitude times its height, which stays finite at zero."""
    height, law = place[points.shapes + at], points.law
    slope = np.zeros(place.size)
    slope[points.shapes + at] = 1.0
    if law.power is None and law.amplitude_powers is None:
        columns = law.slopes(points.logs[:, -1:], tuple(place[: points.shapes, None]))[at]
        slope[: points.shapes] = [-height * float(column[-1]) for column in columns]
        return slope
    if law.amplitude_powers is not None:
        slope[points.shapes + at] = float(law.amplitude_powers(tuple(place[: points.shapes]))[at])
    for shape in range(points.shapes if height > 0 else 0):
        step = DIFFERENCE * max(abs(float(place[shape])), 1e-3)
        ends = np.column_stack([place, place])
        ends[shape] += (step, -step)
        above, below = points.log_amplitudes(ends)[at]
        slope[shape] = height * (above - below) / (2 * step)
    return slope


def _exp(value: float) -> float:
    return exp(value) if value < 709 else inf
