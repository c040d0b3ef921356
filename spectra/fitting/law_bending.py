"""Second derivatives of the logarithm of a law, for Newton's method."""

import numpy as np

from spectra.fitting.law import Array, Columns
from spectra.fitting.law_points import LawPoints

# Relative step of the differences of first derivatives.
DIFFERENCE = 1e-5


def law_bending(points: LawPoints, place: Array, jacobian: Array, pull: Array) -> Array:
    """Sum over the points of pull * (second derivatives of the log of the law by the coordinates), shape (p, p).

    For a law T = sum_j height_j column_j without an outer power, it is pull / T times those of T, less pull times the
    products of first derivatives. The log columns are bent by shapes alone, and only there are differences needed.

    Args:
        points: The points (n,).
        place: Where, shape (p,).
        jacobian: First derivatives there, shape (n, p).
        pull: Factor of each point, shape (n,).
    """
    if points.law.power is not None:
        return _differences(points, place, pull)
    s, shapes = points.shapes, tuple(place[: points.shapes, None])
    found = -jacobian.T @ (pull[:, None] * jacobian)
    shares = pull / np.exp(points.log_total(place))
    changes = _slope_changes(points, place[:s])
    for at, (column, slopes) in enumerate(
        zip(points.centred_columns(shapes), points.law.slopes(points.logs, shapes), strict=True)
    ):
        term, centred = shares * np.exp(column), _centred(slopes, points.count)
        found[:s, s + at] += centred @ term
        found[s + at, :s] = found[:s, s + at]
        if place[s + at] > 0:
            bent = (centred * term) @ centred.T + changes[at] @ term
            found[:s, :s] += place[s + at] * (bent + bent.T) / 2
    return found


def _centred(slopes: Columns, count: int) -> Array:
    """Derivatives (s, n) of a log column by the shapes, zero at the centre."""
    found = np.zeros((len(slopes), count))
    for shape, slope in enumerate(slopes):
        if slope.shape[-1] > 1:
            found[shape] = slope[:-1] - slope[-1]
    return found


def _slope_changes(points: LawPoints, shapes: Array) -> list[Array]:
    """Derivatives (s, s, n) of the centred slopes of each log column by each shape, all from one call of the law."""
    s, steps = shapes.size, _steps(points, shapes)
    ends = np.concatenate([shapes + np.diag(steps), shapes - np.diag(steps)])
    found = []
    for column in points.law.slopes(points.logs, tuple(ends.T[..., None])):
        changes = np.zeros((s, s, points.count))
        for shape, slope in enumerate(column):
            if slope.ndim > 1:  # else it is the same for all shapes
                change = (slope[:s] - slope[s:]) / (2 * steps[:, None])
                changes[:, shape] = change[:, :-1] - change[:, -1:]
        found.append(changes)
    return found


def _differences(points: LawPoints, place: Array, pull: Array) -> Array:
    """The same for any law, by differences of all first derivatives."""
    bending = np.empty((place.size, place.size))
    for at, step in enumerate(_steps(points, place)):
        forth, back = place.copy(), place.copy()
        forth[at] += step
        back[at] -= step
        bending[at] = pull @ (points.evaluate(forth)[1] - points.evaluate(back)[1]) / (2 * step)
    return (bending + bending.T) / 2


def _steps(points: LawPoints, place: Array) -> Array:
    """Steps of the first coordinates; the unit of heights is the geometric mean of y."""
    steps: Array = DIFFERENCE * np.maximum(np.abs(place), 1e-3 * points.units[: place.size])
    return steps
