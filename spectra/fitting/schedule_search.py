"""The search for the optimum of the multi-power law: a coarse grid of shapes, then a polish of the best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import exp, log

import numpy as np
from scipy.optimize import OptimizeResult, least_squares, nnls

from spectra.fitting.law import Array
from spectra.fitting.schedule_law import PARAMETERS, ScheduledRun, ScheduleTerms, decay_columns, schedule_terms

# The grid: exponents of the main law; decay exponents; rate exponents; and how many times over the whole run a fall of
# the highest rate has its effect. It is tried on at most COARSE points per run. The best STARTS of it are polished on
# those, the best FINALISTS of that on all points.
EXPONENTS, DECAY_EXPONENTS, RATE_EXPONENTS = (0.2, 0.35, 0.5, 0.7, 1.0), (0.2, 0.5, 1.0, 2.0), (0.0, 0.5, 1.0)
REACHES, COARSE, STARTS, FINALISTS = (1.0, 10.0, 1e2, 1e3, 1e4), 24, 8, 3
# Amplitudes that are zero start from this share of the mean loss: in logarithms there is no way back from zero.
SMALLEST_SHARE = 1e-4
# Bounds of the logarithms and of the rate exponent, which runs that do not determine them would move without end.
LOGARITHMS, MOST_RATE_EXPONENT = 200.0, 20.0


@dataclass(frozen=True)
class ScheduleProblem:
    """Log losses of some runs and the terms of their schedules.

    Coordinates are (log floor, log amplitude, log exponent, log decay amplitude, log decay scale at the highest rate,
    log decay exponent, rate exponent): all of order one, whatever the units.
    """

    terms: tuple[ScheduleTerms, ...]
    logs: tuple[Array, ...]  # one array (n_run,) per run
    delta: float
    highest_rate: float

    @property
    def log_losses(self) -> Array:
        """Log losses of all runs, one after the other, shape (n,)."""
        return np.concatenate(self.logs)

    @property
    def total(self) -> Array:
        """Summed rates at all points, shape (n,)."""
        return np.concatenate([each.total for each in self.terms])

    def values(self, coordinates: Array) -> dict[str, float]:
        """Parameters by name."""
        floor, amplitude, exponent, decay, scale, decay_exponent = np.exp(coordinates[:6]).tolist()
        rate_exponent = float(coordinates[6])
        scale *= self.highest_rate**rate_exponent
        numbers = (floor, amplitude, exponent, decay, scale, decay_exponent, rate_exponent)
        return dict(zip(PARAMETERS, numbers, strict=True))

    def decay(self, coordinates: Array) -> Array:
        """The sum over changes and its derivatives by the last three coordinates, shape (4, n)."""
        value = self.values(coordinates)
        shape = (value["decay_scale"], value["decay_exponent"], value["rate_exponent"])
        # Far from any fit powers leave the range of doubles, and their terms are zero or infinite.
        with np.errstate(over="ignore", invalid="ignore"):
            columns = np.concatenate([decay_columns(each, shape) for each in self.terms], axis=1)
        # The rate exponent moves at a held scale at the highest rate, not at a held decay_scale.
        columns[3] += log(self.highest_rate) * columns[1]
        return columns

    def residuals(self, coordinates: Array) -> Array:
        """Log of the law over the loss, shape (n,)."""
        with np.errstate(invalid="ignore"):
            residuals: Array = np.log(self._parts(coordinates)[0].sum(axis=0)) - self.log_losses
        return residuals

    def slopes(self, coordinates: Array) -> Array:
        """Derivatives of the residuals, shape (n, 7)."""
        parts, decay = self._parts(coordinates)
        floor, power, change = parts
        exponent, decay_amplitude = exp(coordinates[2]), exp(coordinates[3])
        rows = [floor, power, -exponent * np.log(self.total) * power, change, *(decay_amplitude * decay[1:])]
        slopes: Array = (np.stack(rows) / parts.sum(axis=0)).T
        return slopes

    def _parts(self, coordinates: Array) -> tuple[Array, Array]:
        """Floor, power and decay parts of the law (3, n), and the columns of `decay`."""
        decay = self.decay(coordinates)
        floor, amplitude, exponent, decay_amplitude = np.exp(coordinates[:4])
        power = amplitude * self.total**-exponent
        return np.stack([np.full_like(power, floor), power, decay_amplitude * decay[0]]), decay

    def polished(self, start: Array) -> OptimizeResult:
        """The nearest optimum of the sum of Huber's function of the residuals; its `cost` is that sum."""
        bounds = np.array([LOGARITHMS] * 6 + [MOST_RATE_EXPONENT])
        return least_squares(
            self.residuals,
            start,
            bounds=(-bounds, bounds),
            jac=self.slopes,
            loss="linear" if np.isinf(self.delta) else "huber",
            f_scale=1.0 if np.isinf(self.delta) else self.delta,
            x_scale="jac",
            ftol=1e-12,
            xtol=1e-12,
            gtol=1e-12,
            max_nfev=400,
        )

    def starts(self) -> list[Array]:
        """Coordinates of the best points of the grid, best first."""
        found = []
        for reach, decay_exponent, rate_exponent in product(REACHES, DECAY_EXPONENTS, RATE_EXPONENTS):
            scale = reach / float(self.total.max())
            shape = np.array([0, 0, 0, 0, log(scale), log(decay_exponent), rate_exponent])
            decay = self.decay(shape)[0]
            for exponent in EXPONENTS:
                cost, linear = self._linear(exponent, decay)
                shape[:4] = np.log(linear[0]), np.log(linear[1]), log(exponent), np.log(linear[2])
                found.append((cost, shape.copy()))
        found.sort(key=lambda pair: pair[0])
        return [start for _, start in found[:STARTS]]

    def _linear(self, exponent: float, decay: Array) -> tuple[float, Array]:
        """Length of the relative residuals of the best floor and amplitudes at held shapes, and these, positive."""
        losses = np.exp(self.log_losses)
        columns = np.stack([np.ones_like(losses), self.total**-exponent, decay]) / losses
        sizes = np.maximum(np.abs(columns).max(axis=1), 1e-300)
        scaled, cost = nnls((columns / sizes[:, None]).T, np.ones_like(losses))
        return float(cost), np.maximum(scaled, SMALLEST_SHARE) / sizes


def schedule_problem(runs: Sequence[ScheduledRun], *, delta: float, first_change: int) -> ScheduleProblem:
    """The problem of some runs.

    Raises:
        ValueError: If there are no more points than parameters, or no change of rate counts.
    """
    terms = tuple(schedule_terms(run.rates, run.steps, first_change=first_change) for run in runs)
    points = sum(run.steps.size for run in runs)
    if points <= len(PARAMETERS):
        raise ValueError(
            f"{points} points cannot determine the {len(PARAMETERS)} parameters of this law; give runs with more losses"
        )
    if not any(each.changes.any() for each in terms):
        raise ValueError(
            f"no rate changes between step {first_change} and the last evaluation, so that the law is a power law in "
            "the summed rate: fit the law 'floor' to that"
        )
    highest = max(float(run.rates.max()) for run in runs)
    return ScheduleProblem(terms, tuple(np.log(run.losses) for run in runs), delta, highest)


def schedule_optima(problem: ScheduleProblem) -> list[OptimizeResult]:
    """Optima that the search reached, on all points, best first."""
    coarse = _thinned(problem)
    near = sorted((coarse.polished(start) for start in coarse.starts()), key=lambda result: float(result.cost))
    found = [problem.polished(result.x) for result in near[:FINALISTS]]
    return sorted(found, key=lambda result: float(result.cost))


def _thinned(problem: ScheduleProblem) -> ScheduleProblem:
    """At most `COARSE` points of every run, spread over it."""
    chosen = [
        np.unique(np.linspace(0, logs.size - 1, min(COARSE, logs.size)).round().astype(int)) for logs in problem.logs
    ]
    terms = tuple(
        replace(each, total=each.total[places], changes=each.changes[places])
        for each, places in zip(problem.terms, chosen, strict=True)
    )
    return replace(problem, terms=terms, logs=tuple(logs[at] for logs, at in zip(problem.logs, chosen, strict=True)))
