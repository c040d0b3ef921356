"""An objective around one place: its value, its slope, and the step to the minimum of the quadratic that touches it."""

from dataclasses import dataclass

import numpy as np

from spectra.fitting.law import Array, Flags
from spectra.fitting.law_bending import law_bending
from spectra.fitting.law_points import LawPoints
from spectra.fitting.point_losses import Derivatives, PointLoss

# Directions flatter than this share of the steepest one are stepped along as if they were this steep.
FLATTEST = 1e-13
# The same for the curvature as a share of the one that lies above: losses with corners have none between the corners.
LEAST = 0.05


@dataclass(frozen=True)
class LocalObjective:
    """The objective sum(weights * loss(log y - log law)) at one place."""

    points: LawPoints
    loss: PointLoss
    place: Array  # (p,)
    jacobian: Array  # (n, p): derivatives of the log of the law
    derivatives: Derivatives  # of the loss, each (n,)
    value: float
    rounding: float  # of the value
    gradient: Array  # (p,)

    def newton_step(self, free: Flags) -> Array:
        """Step (p,) to the minimum of the quadratic that touches here; zero where not free.

        In directions in which the quadratic is not convex, or much less so than the quadratic that lies above a loss
        everywhere, it is made so: every step goes downhill, and no further than it may lead.
        """
        step = np.zeros_like(self.place)
        if not free.any():
            return step
        columns, weights = self.jacobian[:, free], self.points.weights
        hessian = columns.T @ ((weights * self.derivatives.curvature)[:, None] * columns)
        hessian -= law_bending(self.points, self.place, self.jacobian, weights * self.derivatives.slope)[
            np.ix_(free, free)
        ]
        roots = np.sqrt(weights * self.derivatives.steepness)[:, None] * columns
        if not (np.isfinite(hessian).all() and np.isfinite(roots).all()):
            return np.full_like(self.place, np.nan)
        safe = _whitening(roots)
        values, vectors = np.linalg.eigh(safe.T @ hessian @ safe)
        values = np.maximum(np.abs(values), LEAST)
        step[free] = -safe @ (vectors @ ((vectors.T @ (safe.T @ self.gradient[free])) / values))
        return step

    def slope_left(self, free: Flags) -> float:
        """Length of the gradient over the free coordinates, each in units of its own column."""
        lengths = np.linalg.norm(self.jacobian[:, free], axis=0)
        return float(np.linalg.norm(self.gradient[free] / np.where(lengths > 0, lengths, 1.0)))


def _whitening(roots: Array) -> Array:
    """A matrix T (p, p) with T' (roots' roots) T = 1, but for directions that hardly count."""
    lengths = np.sqrt(np.einsum("np,np->p", roots, roots))
    lengths = np.where(lengths > 0, lengths, 1.0)
    values, vectors = np.linalg.eigh(roots.T @ roots / np.outer(lengths, lengths))
    whitening: Array = vectors / np.sqrt(np.maximum(values, FLATTEST * values[-1])) / lengths[:, None]
    return whitening


def local_objective(points: LawPoints, place: Array, loss: PointLoss) -> LocalObjective:
    """The objective at a place (p,)."""
    log_law, jacobian = points.evaluate(place)
    residuals = points.log_y - log_law
    values, derivatives = loss.value(residuals, points.weights), loss.derivatives(residuals, points.weights)
    return LocalObjective(
        points=points,
        loss=loss,
        place=place,
        jacobian=jacobian,
        derivatives=derivatives,
        value=float(points.weights @ values),
        rounding=1e-15 * float(points.weights @ np.abs(values)),
        gradient=-jacobian.T @ (points.weights * derivatives.slope),
    )
