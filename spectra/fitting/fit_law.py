"""Fit a law to points: the certified best parameters, their intervals, and what the data cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spectra.fitting.best_fit import BestFit, Certificate, best_fit
from spectra.fitting.fit_input import law_points, named_law
from spectra.fitting.identifiability import condition_number, shape_correlations
from spectra.fitting.intervals import Interval, interval_rows
from spectra.fitting.law import Array, Law, Variables
from spectra.fitting.law_warnings import warning_sentences
from spectra.fitting.objective_limit import constant_fits, freedom, objective_limit
from spectra.fitting.objectives import Objective, named_objective, point_weights
from spectra.fitting.profile_intervals import profile_intervals, region
from spectra.fitting.pseudo_data import pseudo_data
from spectra.notebook import as_html

LEVEL = 0.95


@dataclass(frozen=True, repr=False)
class LawFit:
    """A fitted law and what the data say about it."""

    law: Law
    estimates: Mapping[str, float]  # by parameter, in the order of the law; nan for an exponent of an amplitude zero
    intervals: Mapping[str, Interval]  # the same parameters; none where no level was asked for
    objective: float  # what was minimised, summed over the points (as moved by `best_fit` for uneven quantiles)
    points: int
    effective_points: float  # points / autocorrelation time of the residuals
    residuals: Array  # (n,): log y - log fitted, in the order of the data
    fitted: Array  # (n,): the law at the data
    certificate: Certificate
    profile: pd.DataFrame  # one column per shape, and the best objective at these shapes
    condition: float  # of the derivatives by the parameters at the fit, each scaled to unit length
    correlations: Mapping[str, float]  # of each shape with the floor; empty without a floor
    constant: bool  # whether a constant fits as well (F test), so that nothing but the floor is bounded
    warnings: tuple[str, ...]  # whole sentences

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """What was found, in a line or two."""
        ends = {name: f" [{found.low:.6g}, {found.high:.6g}]" for name, found in self.intervals.items()}
        found = ", ".join(f"{name} {value:.6g}{ends.get(name, '')}" for name, value in self.estimates.items())
        said = f"{len(self.warnings)} warning{'' if len(self.warnings) == 1 else 's'}"
        certified = "certified" if self.certificate.certified else "not certified"
        return f"LawFit({self.law.name}: {found}; {self.points} points, {certified}, {said})"

    @property
    def relative_residual(self) -> float:
        """Root mean square of (y - fitted) / fitted."""
        with np.errstate(over="ignore"):
            return float(np.sqrt(np.mean(np.square(np.expm1(self.residuals)))))

    def predict(self, x: Variables) -> Array:
        """Values of the law at positive x (an array, or a table with the law's variables), in the unit of y."""
        return self.law.predict(self.estimates, x)

    def rows(self, curve: str) -> pd.DataFrame:
        """One row per parameter: curve, model (name of the law), parameter, estimate, low, high, level.

        Args:
            curve: Name of the curve, copied into every row.
        """
        return interval_rows(curve, self.law.name, self.estimates, self.intervals)


def fit_law(
    x: Variables,
    y: ArrayLike,
    *,
    law: str | Law = "floor",
    objective: str | Objective = "relative",
    weights: ArrayLike | None = None,
    level: float | None = LEVEL,
) -> LawFit:
    """Fit a law to points: the optimum over a dense grid of shapes, polished to rounding, with intervals.

    With the shapes (exponents, places of bends) held, the amplitudes that may not be negative are found at once; the
    shapes are searched on a dense grid, every local optimum of which is polished by Newton's method. The certificate
    says what was searched and how far the next best optimum is.

    The default objective counts every point by its percentage: the score of a gamma law, unbiased for any noise whose
    size is proportional to the curve (logarithms of such data are not).

    Intervals are profile likelihoods in which the number of points is divided by the autocorrelation time of the
    residuals in the order of x: 500 points of a smoothed curve do not give the interval of 500 independent ones. An
    end that the data do not close is infinite, or zero for the lower end of a parameter that cannot be negative. With a
    floor, nothing else is bounded when a constant fits as well (F test). For objectives other than least squares the
    likelihood is that of pseudo data (see `pseudo_data`). Of 1,000 simulated curves, 95 percent intervals hold the
    truth in 94 to 98 of 100, for independent, heavy-tailed and autocorrelated errors of points without weights. They
    take the noise as even over the points, but for the weights: where some runs scatter more than others, as in tables
    of model sizes, resample the runs instead.

    A weight w says that the relative variance of a point is 1 / w, up to a common factor (for `Additive`, the variance
    of y): the number of points averaged into it, for example. Only ratios of weights matter to estimates and
    intervals; the objective has their scale. Where a loss is not one of squares, the weight acts on the residual
    before the loss: mean(w) * sum(loss(r sqrt(w / mean w))). Of 100 curves of 1,000 steps averaged in 33 bins, weights
    1 to about 170, intervals of the default, `StudentT`, `Huber` and `Absolute` hold the truth in 92 or more. With
    uneven weights, `Asymmetric` fits the quantile of points of mean weight (see `best_fit`): of 400 curves of 80 and
    100 points, weights 1 to 100 along the curve, its intervals hold the truth in 96 of 100 with a floor and in 98
    without. A quantile with no more points beyond it than parameters has infinite intervals.

    Args:
        x: Positive numbers, for example steps, shape (n,); for a law of several variables a table with their columns.
        y: Positive numbers, for example losses, shape (n,).
        law: Name of a law in `LAWS`, or a law.
        objective: Name of an objective in `OBJECTIVES`, or an objective.
        weights: Positive weights of the points, one over their relative variance, for example how many were averaged
            into each, shape (n,); default ones.
        level: Confidence of the intervals; None computes none, which takes half the time.

    Returns:
        The estimates with their intervals, the certificate of the optimum, residuals in the order of the data, and
        warnings about what the data cannot tell.

    Raises:
        ValueError: If a name is unknown, the shapes differ, a value is not positive and finite, or there are fewer
            different points than the law has parameters.

    Source: projection after Golub and Pereyra 1973; gamma score after McCullagh and Nelder 1989, chapter 8.
    """
    goal = named_objective(objective)
    points = law_points(named_law(law), x, y, weights=weights, objective=goal, level=level)
    fit = best_fit(points, goal)
    data, heights, squares = pseudo_data(fit, goal)
    free = freedom(data)
    constant = constant_fits(data, free, level=LEVEL if level is None else level)
    intervals: Mapping[str, Interval] = {}
    if level is not None:
        limit, nodes = objective_limit(data, free, level=level), np.vstack([fit.grid.nodes, heights])
        intervals = profile_intervals(region(data, nodes, squares, limit=limit, constant=constant), level)
    correlations = shape_correlations(points, fit.place)
    log_law = points.evaluate(fit.place)[0]
    return LawFit(
        law=points.law,
        estimates=points.estimates(fit.place),
        intervals=intervals,
        objective=_objective(fit, goal),
        points=points.count,
        effective_points=free.effective,
        residuals=points.log_y - log_law,
        fitted=np.exp(log_law + points.log_unit),
        certificate=fit.certificate,
        profile=_profile(fit),
        condition=condition_number(points.evaluate(fit.place)[1] * np.sqrt(points.weights)[:, None]),
        correlations=correlations,
        constant=constant,
        warnings=warning_sentences(
            fit,
            settled=data.settled,
            scarce=data.scarce,
            effective_points=free.effective,
            constant=constant,
            correlations=correlations,
        ),
    )


def _objective(fit: BestFit, goal: Objective) -> float:
    """The objective in the unit of the data, which only `Additive` has: its weights are squares of y."""
    change = point_weights(goal, np.array([fit.points.log_unit]))[0]
    return fit.objective * float(change)


def _profile(fit: BestFit) -> pd.DataFrame:
    """Nodes of the grid and the fit, in the order of the shapes."""
    shapes = np.column_stack([fit.grid.nodes, fit.place[: fit.points.shapes]])
    order = np.lexsort(shapes[::-1])
    named = [
        np.exp(row) if shape.logarithmic else row for shape, row in zip(fit.points.law.shapes, shapes, strict=True)
    ]
    table = np.column_stack([*named, np.append(fit.objectives, fit.objective)])[order]
    return pd.DataFrame(table, columns=[*(shape.name for shape in fit.points.law.shapes), "objective"])
