"""Profile-likelihood intervals of a power law: all curves that fit not much worse than the best one.

A parameter value is inside when some setting of the other parameters reaches an objective up to the limit
best * (1 + F / degrees), F the quantile of the F(1, degrees) distribution (unknown noise level). With the exponent
held, the curves up to the limit form an ellipse in (amplitude, floor), cut off at zero; its extent has a closed form,
so that the intervals of amplitude and floor are a search over the exponent alone.

Source: Bates and Watts 1988, Nonlinear Regression Analysis and Its Applications, section 6.1.
"""

from collections.abc import Callable
from math import inf

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f as f_distribution

from spectra.fitting.projection import Array, Projection, by_pieces, project
from spectra.fitting.reweighting import SettledFit

# An extreme over the exponent is found on a grid that is narrowed around its best point this often, by 10 each.
ZOOM_POINTS = 21
ZOOMS = 4


def objective_limit(best: float, *, degrees: float, level: float, parameters: int = 1) -> float:
    """Objective up to which a curve is inside when so many parameters are free; infinite without degrees of freedom."""
    if degrees <= 0:
        return inf
    return best * (1 + parameters * float(f_distribution.ppf(level, parameters, degrees)) / degrees)


def constant_fits(fit: SettledFit, *, degrees: float, level: float) -> bool:
    """Whether the best constant is inside the limit for two free parameters, amplitude and exponent.

    Then the data show no power law at all, and the profile over the exponent is the wrong guide: it may close around
    one point that stands off by chance (of curves that are noise, up to 8 in 100 excluded exponent zero, now 3).
    """
    if degrees <= 0:
        return False
    at = project(fit.curve, np.array([fit.exponent]))
    height = float(at.constant @ at.target / (at.constant @ at.constant))
    objective = float(np.square(at.target - height * at.constant).sum())
    return objective <= objective_limit(float(fit.profile.min()), degrees=degrees, level=level, parameters=2)


def exponent_interval(fit: SettledFit, limit: float) -> tuple[float, float]:
    """Outermost exponents with an objective up to `limit`; infinite where the search ends before the profile closes.

    Args:
        fit: The fit.
        limit: From `objective_limit`.
    """
    curve, grid = fit.curve, fit.exponents
    # With exact data, rounding can leave even the best point above the limit.
    within = np.flatnonzero(fit.profile <= max(limit, float(fit.profile.min())))
    first, last = int(within[0]), int(within[-1])

    def excess(exponent: float) -> float:
        return float(project(curve, np.array([exponent])).objective[0]) - limit

    def crossing(outside: int, inside: int) -> float:
        if excess(float(grid[inside])) >= 0:
            return float(grid[inside])
        return float(brentq(excess, float(grid[outside]), float(grid[inside]), rtol=1e-12))

    low = -inf if first == 0 else crossing(first - 1, first)
    high = inf if last == grid.size - 1 else crossing(last + 1, last)
    return low, high


def amplitude_interval(
    fit: SettledFit, centre: float, exponents: tuple[float, float], limit: float
) -> tuple[float, float]:
    """Logarithms of the smallest and largest amplitude inside.

    Args:
        fit: The fit, whose log x are centred.
        centre: What centring took away: the amplitude belongs to x = 1 in the unit of the data.
        exponents: From `exponent_interval`.
        limit: From `objective_limit`.
    """
    curve = fit.curve

    def extent(points: Array, sign: float) -> Array:
        at = project(curve, points)
        scaled = _extent(at, limit, sign, of_floor=False) if curve.floor else _extent_alone(at, limit, sign)
        with np.errstate(divide="ignore"):
            return np.log(scaled) + at.log_power_scale + points * centre

    # Where the exponent is open, the value at x = 1 that belongs to it leaves every bound.
    open_ends = exponents[0] == -inf, exponents[1] == inf
    first = _first_points(exponents, fit.exponents)
    return (
        _extreme(lambda points: extent(points, -1.0), first, curve.log_x.size, sign=-1.0, open_ends=open_ends),
        _extreme(lambda points: extent(points, 1.0), first, curve.log_x.size, sign=1.0, open_ends=open_ends),
    )


def floor_interval(fit: SettledFit, exponents: tuple[float, float], limit: float) -> tuple[float, float]:
    """Logarithms of the smallest and largest floor inside; arguments as in `amplitude_interval`.

    An open exponent leaves the floor bounded: a power that is steep enough is one point, and the floor fits the others.
    """
    curve = fit.curve

    def extent(points: Array, sign: float) -> Array:
        at = project(curve, points)
        with np.errstate(divide="ignore"):
            return np.log(_extent(at, limit, sign, of_floor=True)) + at.log_constant_scale

    first = _first_points(exponents, fit.exponents)
    return (
        _extreme(lambda points: extent(points, -1.0), first, curve.log_x.size, sign=-1.0),
        _extreme(lambda points: extent(points, 1.0), first, curve.log_x.size, sign=1.0),
    )


def _extent_alone(at: Projection, limit: float, sign: float) -> Array:
    """Smallest or largest scaled amplitude (G,) without a floor: the objective is a parabola around the best one."""
    with np.errstate(invalid="ignore"):
        reach = np.sqrt((limit - at.objective) / np.square(at.power).sum(axis=1))
    extent: Array = np.maximum(at.amplitude + sign * reach, 0)
    return extent


def _extent(at: Projection, limit: float, sign: float, *, of_floor: bool) -> Array:
    """Smallest (sign -1) or largest (sign 1) scaled coefficient of the cut ellipse (G,); nan where it is empty.

    The extreme point of the whole ellipse counts when the other coefficient is not negative there. Else the extreme
    lies on the edge where the other coefficient is zero, because the ellipse is convex.
    """
    constant = np.broadcast_to(at.constant, at.power.shape)
    own, other = (constant, at.power) if of_floor else (at.power, constant)
    own_length, other_length = np.square(own).sum(axis=1), np.square(other).sum(axis=1)
    shared = (own * other).sum(axis=1) / other_length
    apart = own - shared[:, None] * other
    apart_length = np.square(apart).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        centre = apart @ at.target / apart_length
        other_centre = other @ at.target / other_length - shared * centre
        rest = at.target - centre[:, None] * own - other_centre[:, None] * other
        reach = sign * np.sqrt((limit - np.square(rest).sum(axis=1)) / apart_length)
        edge_centre = own @ at.target / own_length
        edge_rest = np.square(at.target - edge_centre[:, None] * own).sum(axis=1)
        edge = edge_centre + sign * np.sqrt((limit - edge_rest) / own_length)
        extreme = np.where(other_centre - shared * reach >= 0, centre + reach, edge)
    extent: Array = np.maximum(extreme, 0)
    return extent


def _first_points(exponents: tuple[float, float], searched: Array) -> Array:
    """Ascending exponents between two ends: those that were searched and an even grid."""
    low, high = max(exponents[0], float(searched[0])), min(exponents[1], float(searched[-1]))
    within = searched[(searched >= low) & (searched <= high)]
    return np.unique(np.concatenate([within, np.linspace(low, high, ZOOM_POINTS)]))


def _extreme(
    extent: Callable[[Array], Array],
    points: Array,
    size: int,
    *,
    sign: float,
    open_ends: tuple[bool, bool] = (False, False),
) -> float:
    """Smallest (sign -1) or largest (sign 1) extent, for a curve of `size` points; infinite if at an open end."""
    best = -inf
    for zoom in range(ZOOMS):
        values = np.nan_to_num(sign * by_pieces(extent, points, size), nan=-inf, posinf=inf, neginf=-inf)
        at = int(values.argmax())
        if zoom == 0 and ((at == 0 and open_ends[0]) or (at == points.size - 1 and open_ends[1])):
            return sign * inf
        best = max(best, float(values[at]))
        points = np.linspace(points[max(at - 1, 0)], points[min(at + 1, points.size - 1)], ZOOM_POINTS)
    return sign * best
