"""Interval ends by search over the shapes, for regions so bent that steps do not settle.

A net of points around the best place so far is narrowed until it has the digits; at each point the heights have a
closed form.
"""

from collections.abc import Callable
from itertools import product
from math import inf

import numpy as np
from scipy.optimize import brentq

from spectra.fitting.height_extents import height_extents
from spectra.fitting.law import Array, Positions
from spectra.fitting.pseudo_data import PseudoData

# Points of the net per shape, by number of shapes.
NET = {1: 21, 2: 11, 3: 7, 4: 5}
# The net is narrowed until its points are nearer than this share of the nodes of the grid: extremes are flat, so that
# values have twice as many digits.
NARROWEST = 1e-6
ROUNDS = 200


def searched_extent(data: PseudoData, start: Array, at: int, sign: float, limit: float) -> float:
    """Lowest (sign -1) or highest log amplitude `at` over all shapes near those of `start`; -inf if it may be zero."""
    points = data.fit.points

    def value(shapes: Array) -> Array:
        heights = height_extents(data, shapes, at, sign, limit)
        logs: Array = points.log_amplitudes(np.vstack([shapes, heights]))[at]
        return sign * logs

    return sign * _highest(data, value, start[: points.shapes], np.arange(points.shapes))


def searched_shape(data: PseudoData, start: Array, at: int, sign: float, limit: float) -> float:
    """Lowest (sign -1) or highest coordinate of one shape with sums of squares up to `limit`; infinite when open."""
    grid, shapes = data.fit.grid, start[: data.fit.points.shapes].copy()
    others = np.flatnonzero(np.arange(shapes.size) != at)

    def excess(value: float) -> float:
        shapes[at] = value
        return -limit - _highest(data, lambda some: -data.at(some, start[shapes.size :, None])[1], shapes, others)

    inside, step = float(shapes[at]), 0.5 * float(grid.spacing(shapes)[at])
    end = float(grid.high[at] if sign > 0 else grid.low[at])
    while True:
        outside = sign * min(sign * (inside + sign * step), sign * end)
        if excess(outside) > 0:
            return float(brentq(excess, inside, outside, rtol=1e-10)) if excess(inside) < 0 else inside
        if outside == end:
            return sign * inf
        inside, step = outside, 2 * step


def _highest(data: PseudoData, value: Callable[[Array], Array], start: Array, moved: Positions) -> float:
    """Highest value over the shapes `moved`, near `start`; `value` takes shapes (s, G)."""
    grid, centre = data.fit.grid, start.copy()
    reach = grid.spacing(start)[moved]
    best, count = -inf, NET[start.size]
    offsets = np.array(list(product(np.linspace(-1, 1, count), repeat=moved.size))).T
    narrowest = NARROWEST * reach
    for _ in range(ROUNDS):
        net = np.repeat(centre[:, None], offsets.shape[1], axis=1)
        net[moved] = centre[moved, None] + reach[:, None] * offsets
        net = np.clip(net, grid.low[:, None], grid.high[:, None])
        values = np.nan_to_num(value(net), nan=-inf, posinf=inf, neginf=-inf)
        at = int(values.argmax())
        best, centre = max(best, float(values[at])), net[:, at]
        if (np.abs(offsets[:, at]) < 1).all():
            reach = reach * 2 / (count - 1)
        if (reach <= narrowest).all() or not moved.size:
            break
    return best
