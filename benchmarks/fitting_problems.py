"""Problems for fits: the data, the law in the form that other tools take, and the objective that all are judged by."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.law_catalog import LAWS
from spectra.fitting.objectives import Gaussian, Huber, Objective, objective_at

Array = NDArray[np.float64]
# Of Hoffmann et al. 2022, arXiv 2203.15556, appendix D.
DELTA = 1e-3


@dataclass(frozen=True)
class Problem:
    """Data and a law log y = log sum_j exp(height_j - log-variable_j * exponent_j), the last term without exponent."""

    law: str  # its name in our catalog
    logs: Array  # (v, n): logarithms of the variables, one for each term but the last
    log_y: Array  # (n,)
    delta: float  # of the Huber loss of log residuals; infinite: least squares
    starts: Array  # (s, 2 v + 1): exponents, heights, height of the last term

    def residuals(self, place: Array) -> Array:
        """Log y less the log of the law, shape (n,)."""
        return self.log_y - self._terms(place)[0]

    def jacobian(self, place: Array) -> Array:
        """Slopes (n, 2 v + 1) of the residuals."""
        shares = self._terms(place)[1]
        count = self.logs.shape[0]
        return np.column_stack([*(shares[j] * self.logs[j] for j in range(count)), *(-share for share in shares)])

    def losses(self, residuals: Array) -> Array:
        """r^2 / 2 near zero and delta (|r| - delta / 2) beyond delta."""
        size = np.abs(residuals)
        return np.where(size <= self.delta, size**2 / 2, self.delta * (size - self.delta / 2))

    def value(self, place: Array) -> tuple[float, Array]:
        """Objective, a sum over the points, and its slope."""
        residuals = self.residuals(place)
        slope = np.clip(residuals, -self.delta, self.delta) @ self.jacobian(place)
        return float(self.losses(residuals).sum()), slope

    def objective(self) -> Objective:
        """Ours of the same name."""
        return Huber(self.delta) if np.isfinite(self.delta) else Gaussian()

    def of_ours(self, estimates: Mapping[str, float]) -> float:
        """The objective of our parameters, by the same sum; least squares have a one-half here and none there."""
        objective = self.objective()
        value = objective_at(LAWS[self.law], estimates, self.logs, log_y=self.log_y, objective=objective)
        return value / (1 if np.isfinite(self.delta) else 2)

    def _terms(self, place: Array) -> tuple[Array, list[Array]]:
        count = self.logs.shape[0]
        terms = [place[count + j] - place[j] * self.logs[j] for j in range(count)]
        terms.append(np.full_like(self.log_y, place[-1]))
        total = np.logaddexp.reduce(terms)
        return total, [np.exp(term - total) for term in terms]


def joint_problem(table: Path | None) -> Problem:
    """Loss by size and data, 240 points: the table of Besiroglu et al. 2024 if there is one, else a twin of it."""
    logs, log_y = _chinchilla(table) if table else _twin()
    # The grid of starts of Hoffmann et al.: 5 x 5 exponents, 6 x 6 heights, 5 floors.
    exponents, heights, floors = np.linspace(0, 2, 5), np.linspace(0, 25, 6), np.linspace(-1, 1, 5)
    grid = np.meshgrid(exponents, exponents, heights, heights, floors, indexing="ij")
    return Problem("joint", logs, log_y, DELTA, np.stack([axis.ravel() for axis in grid], axis=1))


def floor_problem(points: int, seed: int) -> Problem:
    """A loss curve with a floor and one percent of noise, least squares of logarithms."""
    generator = np.random.default_rng(seed)
    x = np.geomspace(100, 1e5, points)
    exponent, share = generator.uniform(0.2, 0.8), generator.uniform(0.3, 0.9)
    y = 2.5 * (share + (1 - share) * (x / 100) ** -exponent) * np.exp(0.01 * generator.standard_normal(points))
    logs, low = np.log(x), float(np.log(y.min()))
    starts = [
        (exponent, float(np.log(y[0] - np.exp(low) * share) + exponent * logs[0]), low + float(np.log(share)))
        for exponent in (0.1, 0.3, 1.0)
        for share in (0.1, 0.5, 0.9)
    ]
    return Problem("floor", logs[None], np.log(y), np.inf, np.array(starts))


def _chinchilla(table: Path) -> tuple[Array, Array]:
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    size, work, loss = (
        np.array([float(row[name]) for row in rows]) for name in ("Model Size", "Training FLOP", "loss")
    )
    kept = np.argsort(loss)[:-5]  # the five largest losses are outliers, as Besiroglu et al. say
    return np.log(np.stack([size, work / (6 * size)]))[:, kept], np.log(loss[kept])


def _twin() -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    size = np.exp(generator.uniform(np.log(5e7), np.log(1.6e10), 240))
    work = np.exp(generator.uniform(np.log(1e19), np.log(3e21), 240))
    data = work / (6 * size)
    loss = 1.82 + 480 * size**-0.35 + 2100 * data**-0.37
    return np.log(np.stack([size, data])), np.log(loss) + generator.laplace(0, 5e-3, 240)
