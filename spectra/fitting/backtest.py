"""How well a law fitted to the beginning of a curve predicts the rest of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t as t_distribution

from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.given import check_level, given_numbers
from spectra.fitting.law import Array, Variables
from spectra.fitting.picked import picked, picked_weights
from spectra.fitting.prediction_errors import prediction_errors

# Forecasts are scored up to 2, 4 and 10 times the last x that was seen.
HORIZONS = (2.0, 4.0, 10.0)
# The curve is cut at its end / 2^(k/2), while the beginning keeps so many different points for each parameter, over
# this factor.
CUTS, POINTS_PER_PARAMETER, SHORTEST_FACTOR = 8, 3, 4.0
COLUMNS = ["origin", "beyond", "horizon", "points_fitted", "points", "log_error", "standard_error", "covered"]


def backtest(
    x: Variables,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    fit: Callable[..., LawFit] = fit_law,
    along: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Fit to the points up to each origin, and compare the law with the points beyond it.

    Args:
        x: As in `fit_law`: (n,), or (n,) by variable.
        y: Positive numbers, shape (n,).
        weights: As in `fit_law`, shape (n,).
        fit: `fit_law`, or a `functools.partial` of it with the law and the objective.
        along: Positive numbers in whose order the future comes, shape (n,): x itself if it is one variable; compute,
            for example, if there are several.
        level: Confidence at which `covered` is meant.

    Returns:
        One row per origin and horizon that hold points: `origin` (last value that was fitted), `beyond` and `horizon`
        (the scored points lie in (origin * beyond, origin * horizon]), `points_fitted`, `points`, `log_error` (mean
        log of predicted over observed: +0.01 is one percent too high), `standard_error` (of that mean, if the law were
        true: delta method and noise) and `covered` (whether |log_error| is within it at the level). No rows for a
        curve that is too short to be cut.

    Raises:
        ValueError: As `fit_law`; or if x has several variables and `along` is not given, or `along` is not one
            positive finite number per point.

    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.10 (rolling origin).
    """
    check_level(level)
    ys = given_numbers("y", y)
    whole = fit(x, ys, weights=weights, level=None)
    columns = whole.law.columns(x)
    order = _along(columns, along, ys)
    rows: list[dict[str, float | bool]] = []
    for origin in _origins(order, fewest=POINTS_PER_PARAMETER * len(whole.estimates)):
        seen = order <= origin
        known = picked(columns, seen)
        law = fit(known, ys[seen], weights=picked_weights(weights, seen), level=None)
        for beyond, horizon in zip((1.0, *HORIZONS), HORIZONS, strict=False):
            later = (order > origin * beyond) & (order <= origin * horizon)
            if later.any():
                ahead = picked(columns, later)
                errors = prediction_errors(law, known, ys[seen], ahead, weights=picked_weights(weights, seen))
                miss = float(np.log(law.predict(ahead) / ys[later]).mean())
                reach = float(t_distribution.ppf((1 + level) / 2, max(errors.degrees, 1e-3)))
                covered = abs(miss) <= reach * errors.mean
                sizes = int(seen.sum()), int(later.sum())
                rows.append(
                    dict(zip(COLUMNS, (origin, beyond, horizon, *sizes, miss, errors.mean, covered), strict=True))
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def _along(columns: Mapping[str, Array], along: ArrayLike | None, y: Array) -> Array:
    if along is None:
        if len(columns) > 1:
            raise ValueError("x has several variables; pass along=, the size in whose order the future comes (compute)")
        return next(iter(columns.values()))
    order = given_numbers("along", along)
    if order.shape != y.shape or not (np.isfinite(order) & (order > 0)).all():
        raise ValueError(f"along has shape {order.shape} and y has shape {y.shape}; pass one positive number per point")
    return order


def _origins(order: Array, *, fewest: int) -> list[float]:
    """Different last values of the fitted part, latest first; all points of a value are on one side."""
    values = np.sort(order)
    origins: dict[float, None] = {}
    for cut in range(1, CUTS + 1):
        kept = values[values <= values[-1] / 2 ** (cut / 2)]
        if np.unique(kept).size >= fewest and kept[-1] >= SHORTEST_FACTOR * values[0]:
            origins[float(kept[-1])] = None
    return list(origins)
