"""What a fit minimises: a sum over points of losses of their log residuals r = log y - log fitted.

A weight says that the variance of a point is in proportion to 1 / weight: of r, or for `Additive` of y. For squares and
for `Relative` the objective is sum(weight * loss(r)). For the other losses it is mean(weight) * sum(loss(z)) with
z = r sqrt(weight / mean weight), so that all points have z of one scale, and equal weights change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from spectra.fitting.law import Array, Law
from spectra.fitting.point_losses import Deviance, PlainSquares, PointLoss, Squares
from spectra.fitting.robust_losses import Bent, Student

# The corner of a loss is rounded off, which lifts it there by this much and changes it nowhere else.
CORNER = 1e-10


class Objective(Protocol):
    """A loss per point; a frozen dataclass of its options."""

    def point_loss(self) -> PointLoss:
        """The loss as a function of a log residual."""


def _check_positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"a {name} of {value} was given; use a positive number")


@dataclass(frozen=True)
class Relative:
    """2 (exp(r) - 1 - r): the score of relative residuals (y - m) / m, unbiased for noise that grows with the curve."""

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return Deviance()


@dataclass(frozen=True)
class Gaussian:
    """r^2: least squares of logarithms."""

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return Squares()


@dataclass(frozen=True)
class Additive:
    """(y - m)^2: least squares of y itself, which lets the high part of the curve decide."""

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return PlainSquares()


@dataclass(frozen=True)
class Huber:
    """r^2 / 2 up to |r| = delta and delta (|r| - delta / 2) beyond. The default delta is that of Hoffmann et al. 2022.

    At 1e-3 nearly every point of a usual table lies beyond, so the fit is one of absolute residuals in all but name.
    With weights, delta is a residual of a point of mean weight.
    """

    delta: float = 1e-3

    def __post_init__(self) -> None:
        _check_positive("delta", self.delta)

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return Bent(self.delta**2, self.delta, self.delta)


@dataclass(frozen=True)
class Absolute:
    """|r|: the median curve."""

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return Bent(2 * CORNER, 1.0, 1.0, offset=CORNER)


@dataclass(frozen=True)
class Asymmetric:
    """|r| for points above the curve and penalty * |r| below: the quantile 1 / (1 + penalty), a lower envelope.

    With unequal weights the quantile of a point is farther from the curve where its weight is small. What is fitted is
    the quantile of points of mean weight, which is parallel to the curve: see `best_fit`.
    """

    penalty: float = 10.0

    def __post_init__(self) -> None:
        _check_positive("penalty", self.penalty)

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return Bent(2 * CORNER, 1.0, self.penalty, offset=CORNER)


@dataclass(frozen=True)
class StudentT:
    """Twice minus the log likelihood of Student's t noise of free scale, up to a constant; for curves with outliers."""

    degrees: float = 4.0

    def __post_init__(self) -> None:
        _check_positive("number of degrees", self.degrees)

    def point_loss(self) -> PointLoss:
        """As in `Objective`."""
        return Student(self.degrees)


OBJECTIVES: Mapping[str, Objective] = MappingProxyType(
    {
        "relative": Relative(),
        "gaussian": Gaussian(),
        "additive": Additive(),
        "huber": Huber(),
        "absolute": Absolute(),
        "asymmetric": Asymmetric(),
        "student_t": StudentT(),
    }
)
"""Objectives with their default options, by name."""


def named_objective(objective: str | Objective) -> Objective:
    """The objective of this name, or the one given.

    Raises:
        ValueError: If there is none of this name, or the one given is none.
    """
    if not isinstance(objective, str):
        if isinstance(objective, type) or not hasattr(objective, "point_loss"):
            raise ValueError(
                f"an objective is one of the names {', '.join(OBJECTIVES)}, or an object such as Huber(0.01), not "
                f"{objective!r}"
            )
        return objective
    if objective not in OBJECTIVES:
        raise ValueError(f"there is no objective '{objective}'; known are {', '.join(OBJECTIVES)}")
    return OBJECTIVES[objective]


def point_weights(objective: Objective, log_y: Array) -> Array:
    """Factors (n,) that an objective puts on the weights of points; ones for all but `Additive`."""
    weights: Array = np.exp(2 * log_y) if isinstance(objective, Additive) else np.ones_like(log_y)
    return weights


def objective_value(
    objective: str | Objective,
    log_residuals: ArrayLike,
    *,
    log_y: ArrayLike,
    weights: ArrayLike | None = None,
) -> float:
    """The objective, a sum over points, of given log residuals log y - log fitted.

    Args:
        objective: Name or object.
        log_residuals: Shape (n,).
        log_y: Logarithms of the data, shape (n,); only `Additive` looks at them.
        weights: Of the points, one over their variance up to a factor, shape (n,); default ones.
    """
    chosen, residuals = named_objective(objective), np.asarray(log_residuals, dtype=np.float64)
    factors = point_weights(chosen, np.asarray(log_y, dtype=np.float64))
    weighted = factors if weights is None else factors * np.asarray(weights, dtype=np.float64)
    return float(weighted @ chosen.point_loss().value(residuals, weighted))


def objective_at(
    law: Law, parameters: Mapping[str, float], logs: Array, *, log_y: Array, objective: str | Objective
) -> float:
    """The objective of named parameters, for example of a published fit.

    Args:
        law: Which law.
        parameters: A number for each of `law.parameters`.
        logs: Logarithms of the v variables of the law, shape (v, n).
        log_y: Logarithms of the data, shape (n,).
        objective: Name or object, as in `objective_value`.
    """
    return objective_value(objective, log_y - law.log_predict(parameters, logs), log_y=log_y)
