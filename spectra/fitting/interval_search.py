"""Interval ends by search over the shapes, for regions so bent that steps do not settle.

For an amplitude, a net of points around the best place so far is narrowed until it has the digits; at each point the
heights have a closed form. For a shape, the least sum of squares with the shape held is found by descents from several
places, and the shape at which it reaches the limit between two values.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
from scipy.optimize import brentq

from spectra.fitting.best_fit import bounds_of
from spectra.fitting.descent import descend, moved
from spectra.fitting.height_extents import height_extents
from spectra.fitting.law import Array
from spectra.fitting.point_losses import PlainSquares
from spectra.fitting.pseudo_data import PseudoData

# Points of the net per shape, by number of shapes.
NET = {1: 21, 2: 11, 3: 7, 4: 5}
# The net is narrowed until its points are nearer than this share of the nodes of the grid: extremes are flat, so that
# values have twice as many digits.
NARROWEST = 1e-5
ROUNDS = 200
# Nodes of the grid from which a descent begins besides. With one, and a law of four shapes, 2 ends of 384 came out too
# near.
NEAR_NODES = 4


def searched_extent(data: PseudoData, start: Array, at: int, sign: float, limit: float) -> float:
    """Lowest (sign -1) or highest log amplitude `at` over all shapes near those of `start`; -inf if it may be zero."""
    points = data.fit.points

    def value(shapes: Array) -> Array:
        heights = height_extents(data, shapes, at, sign, limit)
        logs: Array = points.log_amplitudes(np.vstack([shapes, heights]))[at]
        return sign * logs

    return sign * _highest(data, value, start[: points.shapes])


def searched_shape(data: PseudoData, start: Array, at: int, sign: float, limit: float) -> float:
    """Lowest (sign -1) or highest coordinate of one shape with sums of squares up to `limit`; infinite when open."""
    grid, places = data.fit.grid, [start, data.fit.place]
    # The search begins, among others, where the last one ended: a value found once is kept, a second may differ.
    known: dict[float, float] = {}

    def excess(value: float) -> float:
        if value not in known:
            squares, place = _least_squares(data, places, at, value)
            known[value] = squares - limit
            places[2:] = [place]
        return known[value]

    inside, step = float(start[at]), 0.5 * float(grid.spacing(start[: data.fit.points.shapes])[at])
    end = float(grid.high[at] if sign > 0 else grid.low[at])
    while True:
        outside = sign * min(sign * (inside + sign * step), sign * end)
        if excess(outside) > 0:
            if excess(inside) >= 0:
                return inside
            return float(brentq(excess, inside, outside, xtol=1e-7 * step, rtol=1e-10))
        if outside == end:
            return sign * inf
        inside, step = outside, 2 * step


def _least_squares(data: PseudoData, starts: list[Array], at: int, value: float) -> tuple[float, Array]:
    """Lowest sum of squares with one shape held, and where: descents from some places and the best near nodes."""
    fit = data.fit
    if not (data.target > 0).all():
        # Noise as large as the curve: nothing is known to be outside.
        return -inf, starts[0]
    points = replace(fit.points, log_y=np.log(data.target), weights=np.square(data.target / data.divisor))
    axis = fit.grid.axes[at]
    near = np.flatnonzero(fit.grid.nodes[at] == axis[np.abs(axis - value).argmin()])
    for node in near[fit.objectives[near].argsort()[:NEAR_NODES]]:
        starts = [*starts, np.concatenate([fit.grid.nodes[:, node], fit.heights[:, node]])]
    held = bounds_of(fit.grid, fit.heights.shape[0]).holding(at, value)
    ends = [descend(points, moved(start, at, value), PlainSquares(), held) for start in starts]
    best = min(ends, key=lambda end: end.objective)
    return best.objective, best.place


def _highest(data: PseudoData, value: Callable[[Array], Array], start: Array) -> float:
    """Highest value over the shapes near `start`; `value` takes shapes (s, G)."""
    grid, centre = data.fit.grid, start
    reach = grid.spacing(start)
    best, count = -inf, NET[start.size]
    offsets = np.array(list(product(np.linspace(-1, 1, count), repeat=start.size))).T
    narrowest = NARROWEST * reach
    for _ in range(ROUNDS):
        net = np.clip(centre[:, None] + reach[:, None] * offsets, grid.low[:, None], grid.high[:, None])
        values = np.nan_to_num(value(net), nan=-inf, posinf=inf, neginf=-inf)
        at = int(values.argmax())
        best, centre = max(best, float(values[at])), net[:, at]
        # Beyond the ends of the searched range there is nowhere to move the net.
        held = (centre <= grid.low) | (centre >= grid.high)
        if (held | (np.abs(offsets[:, at]) < 1)).all():
            reach = reach * 2 / (count - 1)
        if (reach <= narrowest).all():
            break
    return best
