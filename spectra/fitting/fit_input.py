"""Checks of what a fit is given, at its public door."""

import numpy as np
from numpy.typing import ArrayLike

from spectra.fitting.given import check_count, check_level, given_numbers
from spectra.fitting.law import Array, Law, Variables
from spectra.fitting.law_catalog import LAWS
from spectra.fitting.law_points import LawPoints
from spectra.fitting.objectives import Objective, point_weights


def named_law(law: str | Law) -> Law:
    """The law of this name, or the one given.

    Raises:
        ValueError: If there is none of this name.
    """
    if isinstance(law, Law):
        return law
    if law not in LAWS:
        raise ValueError(f"there is no law '{law}'; known are {', '.join(LAWS)}")
    return LAWS[law]


def law_points(
    law: Law,
    x: Variables,
    y: ArrayLike,
    *,
    weights: ArrayLike | None,
    objective: Objective,
    level: float | None,
) -> LawPoints:
    """The points of a fit, after the checks that `fit_law` names."""
    if level is not None:
        check_level(level)
    logs, ys = law.logarithms(x), given_numbers("y", y)
    if logs.ndim != 2 or logs.shape[1:] != ys.shape:
        raise ValueError(f"x has shape {logs.shape[1:]} and y has shape {ys.shape}; pass two lists of the same length")
    check_count(ys.size)
    for name, values in [*law.columns(x).items(), ("y", ys)]:
        _check_positive(name, values)
    _check_enough(law, logs)
    log_y = np.log(ys)
    unit = float(log_y.mean())
    factors = point_weights(objective, log_y - unit) * _weights(weights, ys)
    centre = logs.mean(axis=1, keepdims=True)
    return LawPoints(law, np.hstack([logs, centre]), log_y - unit, factors, unit)


def _check_positive(name: str, values: Array) -> None:
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if bad.size:
        raise ValueError(
            f"{bad.size} values of {name} are not positive and finite (first: {values[bad[0]]} at position {bad[0]}); "
            "a power law has none: leave these points out, and say so where you report the fit"
        )


def _check_enough(law: Law, logs: Array) -> None:
    needed, present = len(law.parameters), np.unique(logs, axis=1).shape[1]
    if present < needed:
        raise ValueError(
            f"the law '{law.name}' has {needed} parameters and needs {needed} or more different points "
            f"({', '.join(law.variables)}); these data have {present}: add points, or fit a law with fewer parameters"
        )


def _weights(weights: ArrayLike | None, ys: Array) -> Array:
    if weights is None:
        return np.ones_like(ys)
    values = given_numbers("weights", weights)
    if values.shape != ys.shape:
        raise ValueError(f"weights have shape {values.shape} and y has shape {ys.shape}; pass one weight per point")
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if bad.size:
        raise ValueError(
            f"{bad.size} weights are not positive and finite (first: {values[bad[0]]} at position {bad[0]}); leave out "
            "the points that should not count"
        )
    return values
