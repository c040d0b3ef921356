"""The best objective against the exponent, all other parameters free."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spectra.fitting.best_fit import best_fit, bounds_of
from spectra.fitting.descent import descend, moved
from spectra.fitting.fit_input import law_points, named_law
from spectra.fitting.fit_law import LawFit
from spectra.fitting.law import Variables
from spectra.fitting.objectives import Objective, named_objective

HALF = 12
"""Exponents to either side of the estimate."""


def exponent_profile(
    x: Variables, y: ArrayLike, fit: LawFit, *, objective: str | Objective, weights: ArrayLike | None = None
) -> pd.DataFrame:
    """Rise of the objective along the exponent, out to twice the interval.

    From the estimate outwards, each exponent is held and the other parameters are polished from those of its
    neighbour, so that a valley between floor and exponent is followed.

    Args:
        x: As in `fit_law`.
        y: As in `fit_law`, shape (n,).
        fit: Their fit.
        objective: The one that was fitted.
        weights: As in `fit_law`, shape (n,).

    Returns:
        Columns exponent and rise (objective less that of the fit), ascending; no rows for a law without an exponent.
    """
    goal = named_objective(objective)
    if "exponent" not in fit.estimates:
        return pd.DataFrame({"exponent": [], "rise": []})
    interval = fit.intervals["exponent"]
    points = law_points(named_law(fit.law), x, y, weights=weights, objective=goal, level=interval.level)
    found, at = best_fit(points, goal), [shape.name for shape in fit.law.shapes].index("exponent")
    bounds, loss = bounds_of(found.grid, found.heights.shape[0]), goal.point_loss()
    best = float(found.place[at])
    rows = [(best, 0.0)]
    for end in (interval.low, interval.high):
        reach = 2 * (end - best) if np.isfinite(end) else np.copysign(max(abs(best), 0.25), end)
        place = found.place
        for exponent in best + reach * np.arange(1, HALF + 1) / HALF:
            if not bounds.low[at] <= exponent <= bounds.high[at]:
                break
            held = descend(found.points, moved(place, at, exponent), loss, bounds.holding(at, exponent))
            rows.append((float(exponent), held.objective - found.objective))
            place = held.place
    return pd.DataFrame(sorted(rows), columns=["exponent", "rise"])
