"""How far a fitted law may be off where it is asked to predict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from spectra.fitting.fit_law import LawFit
from spectra.fitting.law import Array, Variables

# Step of the central differences, relative to the parameter: cube root of the rounding error of a double.
STEP = 6e-6


@dataclass(frozen=True)
class PredictionErrors:
    """Standard errors of log y, in the linearised law."""

    moves: Array  # (m, p): the predicted log y moves so much by one standard error in each of p independent directions
    point: float  # of one observation around the law
    time: float  # autocorrelation time of the observations, in points
    degrees: float  # of freedom; zero or less: the errors mean nothing

    @property
    def curve(self) -> Array:
        """Of the fitted curve at each point, shape (m,)."""
        errors: Array = np.linalg.norm(self.moves, axis=1)
        return errors

    @property
    def mean(self) -> float:
        """Of the mean difference between the curve and the m observations, if they are m neighbours of one curve."""
        m = self.moves.shape[0]
        noise = self.point**2 * min(1.0, self.time / m)
        return float(np.sqrt(np.square(self.moves.mean(axis=0)).sum() + noise))


def prediction_errors(
    fit: LawFit, fitted_x: Variables, y: ArrayLike, x: Variables, *, weights: ArrayLike | None = None
) -> PredictionErrors:
    """Errors of the predictions of a fit at other x, by the delta method.

    With J the derivatives of log y by the parameters at the n fitted points, w the weights (mean one) and r the log
    residuals: covariance = s^2 time (J' W J)^-1, s^2 = sum w r^2 / n / (1 - p / effective points). Too small where the
    law is wrong (a backtest shows that) and where a parameter is at the end of its range. Where a value or a derivative
    is beyond the numbers of the machine, errors are infinite and `degrees` is zero.

    Args:
        fit: The fit.
        fitted_x: The x that it was fitted to, (n,), or (n,) by variable.
        y: The y that it was fitted to, shape (n,).
        x: Where to predict, (m,), or (m,) by variable.
        weights: As in the fit, shape (n,).
    """
    weight = np.ones(np.shape(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    weight = weight / weight.mean()
    effective, parameters = float(fit.effective_points), len(fit.estimates)
    time, degrees = weight.size / effective, effective - parameters
    with np.errstate(all="ignore"):
        logs = np.log(np.asarray(y, dtype=np.float64)) - np.log(np.asarray(fit.predict(fitted_x)))
        rows, ahead = _log_slopes(fit, fitted_x) * np.sqrt(weight)[:, None], _log_slopes(fit, x)
        variance = float((weight * np.square(logs)).mean()) / max(degrees / effective, 1e-300)
    if not (np.isfinite(rows).all() and np.isfinite(ahead).all() and np.isfinite(variance)):
        return PredictionErrors(np.full_like(ahead, np.inf), float(np.inf), time, 0.0)
    _, singular, turned = np.linalg.svd(rows, full_matrices=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        directions = np.sqrt(variance * time) * turned.T / singular
        moves = ahead @ np.nan_to_num(directions, nan=0.0)
    return PredictionErrors(moves, float(np.sqrt(variance)), time, degrees)


def _log_slopes(fit: LawFit, x: Variables) -> Array:
    """Derivatives of log y by the logarithm of each parameter that is not zero, shape (m, p)."""
    columns = []
    for name, value in fit.estimates.items():
        if value == 0 or np.isnan(value):
            continue  # At the end of its range, where the data hold it, or of a term that is not there.
        high, low = (
            replace(fit, estimates={**fit.estimates, name: value * (1 + sign * STEP)}).predict(x)
            for sign in (1.0, -1.0)
        )
        columns.append((np.log(high) - np.log(low)) / (2 * STEP))
    return np.stack(columns, axis=1)
