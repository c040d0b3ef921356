"""Any fit as one of least squares: the data that would give the same curve, with residuals of the right size.

With slopes s_i = loss'(r_i) and their mean curvature c, the pseudo residual s_i / c has the variance E s^2 / c^2 that
decides how far an M-estimate scatters, and the least-squares fit of the pseudo data m (1 + s / c) with weights 1 / m is
the fit itself. Its profile likelihood gives intervals for every objective alike. For relative residuals s / c is
(y - m) / m and the pseudo data are the data. Points of different weights have slopes s / sqrt(weight) of one variance.

Source: pseudo values after Bickel 1976, Scandinavian Journal of Statistics 3, 145, and Huber 1981, Robust Statistics,
section 7.10; effective number of points after Sokal 1997.
"""

from dataclasses import dataclass, replace

import numpy as np

from spectra.fitting.amplitude_search import nonnegative_squares
from spectra.fitting.best_fit import BestFit
from spectra.fitting.law import Array
from spectra.fitting.objectives import Asymmetric, Objective
from spectra.fitting.shape_grid import pieces

# Residuals below this are rounding error: they carry no autocorrelation worth correcting for, and no interval is
# narrower than they would make it.
ROUNDING = 1e-12
# A curve that misses half of the points by more than this in log y, a factor of e, follows no such law.
FAR = 1.0


@dataclass(frozen=True)
class PseudoData:
    """A least-squares problem whose best fit is that of an objective."""

    fit: BestFit
    target: Array  # (n,), in the unit of the points
    divisor: Array  # (n,): each residual is divided by it
    residuals: Array  # (n,): of the fit
    settled: bool  # False: the fit is far from the data, or another curve fits its pseudo data better
    scarce: bool  # True: a quantile with hardly more points beyond it than parameters, which show no density

    @property
    def objective(self) -> float:
        """Sum of squares of the fit."""
        return float(np.square(self.residuals).sum())

    @property
    def rounding(self) -> float:
        """Sum of squares that rounding errors alone could leave."""
        return ROUNDING**2 * float(np.square(self.target / self.divisor).sum())

    def at(self, shapes: Array, heights: Array) -> tuple[Array, Array]:
        """Best heights (k, G) and sums of squares (G,) at shapes (s, G); inf where there are none.

        One step from the heights that are given, (k, G) or (k, 1), which is exact for a law without an outer power.
        """
        with np.errstate(all="ignore"):
            columns, target = self.tangent(shapes, heights)
            heights = nonnegative_squares(columns, target, np.ones(1))
            squares = np.square(target - _total(heights, columns)).sum(axis=1)
            if self.fit.points.law.power is not None:
                columns, target = self.tangent(shapes, heights)
                squares = np.square(target - _total(heights, columns)).sum(axis=1)
        return heights, np.where(np.isfinite(squares), squares, np.inf)

    def tangent(self, shapes: Array, heights: Array) -> tuple[list[Array], Array]:
        """Columns (G, n) and target (G, n) or (1, n) of the linear problem that touches at heights (k, G) or (k, 1)."""
        powers = self.fit.points.power(shapes)[:, None]
        columns = [np.exp(column) for column in self.fit.points.centred_columns(tuple(shapes[..., None]))]
        if self.fit.points.law.power is None:
            return [column / self.divisor for column in columns], (self.target / self.divisor)[None]
        total = _total(heights, columns)
        curve = total**powers
        tangent = [powers * curve / total * column / self.divisor for column in columns]
        return tangent, (self.target + (powers - 1) * curve) / self.divisor

    def evaluate(self, place: Array) -> tuple[Array, Array]:
        """Residuals (n,) at a place and their derivatives (n, p)."""
        with np.errstate(all="ignore"):
            log_law, jacobian = self.fit.points.evaluate(place)
            curve = np.exp(log_law)
            return (self.target - curve) / self.divisor, -(curve / self.divisor)[:, None] * jacobian


def pseudo_data(fit: BestFit, objective: Objective) -> tuple[PseudoData, Array, Array]:
    """The least-squares problem of a fit, with its best heights (k, G) and sums of squares (G,) at the nodes."""
    points, loss = fit.points, objective.point_loss()
    curvature = loss.mean_curvature(fit.residuals, points.weights)
    ratio = loss.derivatives(fit.residuals, points.weights).slope / curvature
    curve = np.exp(points.log_y - fit.residuals)
    # Only ratios of weights matter to least squares, and a curvature that is the same for all points drops out.
    weights = points.weights * curvature / curvature.max()
    data = PseudoData(
        fit,
        curve * (1 + ratio),
        curve / np.sqrt(weights),
        np.sqrt(weights) * ratio,
        settled=True,
        scarce=_scarce(fit, objective),
    )
    found = [data.at(fit.grid.nodes[:, nodes], fit.heights[:, nodes]) for nodes in pieces(fit.grid, points.count)]
    heights, squares = (np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))
    slack = 1e-9 * data.objective + data.rounding
    settled = squares.min() >= data.objective - slack and np.median(np.abs(fit.residuals)) < FAR
    return replace(data, settled=bool(settled)), heights, squares


def _scarce(fit: BestFit, objective: Objective) -> bool:
    """Of 400 straight lines through 20 points, intervals of the quantile 1/11 held the truth 78 times in 100."""
    if not isinstance(objective, Asymmetric):
        return False
    rare = min(1.0, objective.penalty) / (1 + objective.penalty)
    return fit.points.count * rare < fit.points.parameters + 1


def _total(heights: Array, columns: list[Array]) -> Array:
    total: Array = sum(
        (height[:, None] * column for height, column in zip(heights[1:], columns[1:], strict=True)),
        heights[0][:, None] * columns[0],
    )
    return total
