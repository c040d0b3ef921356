"""Power-law fits whose residuals are divided by the fitted curve itself, renewed until nothing moves."""

from dataclasses import dataclass, replace

import numpy as np

from spectra.fitting.projection import Array, WeightedCurve, objectives, polished_exponent, project

# Ten rounds are usual, more when residuals are large. Damping stops the cycles of fits that are far from their data.
ROUNDS, DAMP_AFTER, STABLE = 200, 30, 1e-12


@dataclass(frozen=True)
class SettledFit:
    """The best exponent of a curve that is weighted by its own best fit."""

    curve: WeightedCurve
    exponent: float
    exponents: Array  # (G,), ascending: the searched grid and the best exponent
    profile: Array  # (G,), objective at `exponents`
    settled: bool  # False: the weights still move, and the numbers mean nothing


def settled_fit(curve: WeightedCurve, grid: Array) -> SettledFit:
    """Alternate between the best fit and its weights, from the weights of `curve`.

    Rounds follow one minimum of the objective, which is cheap. The whole grid is searched at the start and again when
    all seems stable: when another minimum is lower by then, the rounds go on from there.

    Args:
        curve: Points with the weights to begin with.
        grid: Ascending exponents to search, shape (G,).
    """
    exponent = _grid_best(curve, grid, objectives(curve, grid))
    for number in range(ROUNDS):
        best = project(curve, np.array([exponent]))
        change = np.log(best.amplitude[0] * best.power[0] + best.floor[0] * best.constant)
        curve = replace(curve, log_weight=curve.log_weight + change * (1.0 if number < DAMP_AFTER else 0.5))
        near = int(np.clip(grid.searchsorted(exponent), 2, grid.size - 2))
        polished = polished_exponent(curve, float(grid[near - 2]), float(grid[near + 1]))
        stable = float(np.abs(change).max()) < STABLE
        if polished is not None and not stable:
            exponent = polished
            continue
        profile = objectives(curve, grid)
        following = _grid_best(curve, grid, profile)
        if stable and bool(np.isclose(following, exponent, rtol=1e-6, atol=1e-9)):
            return _with_best(curve, following, grid, profile, settled=True)
        exponent = following
    return _with_best(curve, exponent, grid, objectives(curve, grid), settled=False)


def _grid_best(curve: WeightedCurve, grid: Array, profile: Array) -> float:
    """The grid's best exponent, polished between its neighbours."""
    best = int(profile.argmin())
    if best in (0, grid.size - 1):
        return float(grid[best])
    polished = polished_exponent(curve, float(grid[best - 1]), float(grid[best + 1]))
    return float(grid[best]) if polished is None else polished


def _with_best(curve: WeightedCurve, exponent: float, grid: Array, profile: Array, *, settled: bool) -> SettledFit:
    at = int(grid.searchsorted(exponent))
    if at < grid.size and grid[at] == exponent:
        return SettledFit(curve, exponent, grid, profile, settled)
    objective = objectives(curve, np.array([exponent]))
    return SettledFit(curve, exponent, np.insert(grid, at, exponent), np.insert(profile, at, objective), settled)
