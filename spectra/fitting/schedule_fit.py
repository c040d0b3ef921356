"""Fit the multi-power law to runs under several schedules, and say which of its parameters the runs determine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as t_distribution

from spectra.fitting.autocorrelation import autocorrelation_time
from spectra.fitting.given import check_level
from spectra.fitting.intervals import Interval, interval_rows
from spectra.fitting.law import Array
from spectra.fitting.schedule_law import PARAMETERS, ScheduledRun, schedule_losses
from spectra.fitting.schedule_search import ScheduleProblem, schedule_optima, schedule_problem
from spectra.notebook import as_html

# A parameter is called undetermined when its interval spans this factor, or two optima differ in it by this factor and
# in the objective by less than the second number, relatively.
FACTOR, ALIKE = 3.0, 0.05


@dataclass(frozen=True)
class ScheduleFit:
    """The multi-power law of some runs, and what the runs say about it."""

    estimates: Mapping[str, float]
    intervals: Mapping[str, Interval]  # linearised in the logarithms: a hint only for what `warnings` call undetermined
    objective: float  # sum of Huber's function of the log residuals
    points: int
    effective_points: float  # sum over runs of points / autocorrelation time of their residuals
    residuals: NDArray[np.float64]  # (n,), log of loss over fit, runs one after the other
    condition: float  # of the derivatives by logarithms of the parameters
    optima: pd.DataFrame  # that the search reached: a column per parameter, and objective; best first
    warnings: tuple[str, ...]  # whole sentences
    first_change: int

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """Its estimates."""
        told = ", ".join(f"{name} = {value:.6g}" for name, value in self.estimates.items())
        return f"ScheduleFit({self.points} points: {told})"

    def predict(self, rates: ArrayLike, steps: ArrayLike) -> NDArray[np.float64]:
        """Losses at `steps` (n,) of a run with these `rates` (T,), warm-up included."""
        return schedule_losses(self.estimates, rates, steps, first_change=self.first_change)

    def rows(self, curve: str) -> pd.DataFrame:
        """One row per parameter; columns as those of `LawFit.rows`, the model being "schedule"."""
        return interval_rows(curve, "schedule", self.estimates, self.intervals)


def fit_schedule_law(
    runs: Sequence[ScheduledRun], *, delta: float = 1e-3, first_change: int = 1, level: float = 0.95
) -> ScheduleFit:
    """Fit `schedule_losses` to runs, all points alike.

    Floor, amplitude and decay amplitude enter linearly and are not negative: a coarse search over the four others
    solves for them, and the best starts are polished in all seven parameters with analytic derivatives. The optima
    that were reached are all returned, because this law often has several that fit alike.

    Intervals are linearised, with the variance of an M-estimator and the autocorrelation of each run.

    Args:
        runs: One or more runs whose rates change.
        delta: Log residuals above it count by their size and not their square (Huber); infinite for least squares.
        first_change: As in `schedule_terms`.
        level: Confidence of the intervals.

    Raises:
        ValueError: If there are no more points than parameters, no change of rate counts, or delta or the level is out
            of its range.

    Source: Luo et al. 2025 (the law and its objective); Golub and Pereyra 1973 (the search); Huber 1981, section 7.6
    (the variance).
    """
    check_level(level)
    if not delta > 0:
        raise ValueError(f"a delta of {delta} was given; use a positive log residual, or infinity for least squares")
    problem = schedule_problem(runs, delta=delta, first_change=first_change)
    found = schedule_optima(problem)
    best = found[0].x
    estimates, residuals, slopes = problem.values(best), -problem.residuals(best), problem.slopes(best)
    effective = _effective_points(problem, residuals)
    reach = _reach(problem, residuals, slopes, effective=effective, level=level)
    optima = pd.DataFrame([{**problem.values(each.x), "objective": float(each.cost)} for each in found])
    return ScheduleFit(
        estimates=estimates,
        intervals={
            name: Interval(*_ends(name, estimates[name], half), level)
            for name, half in zip(PARAMETERS, reach.tolist(), strict=True)
        },
        objective=float(found[0].cost),
        points=residuals.size,
        effective_points=effective,
        residuals=residuals,
        condition=float(np.linalg.cond(slopes)),
        optima=optima,
        warnings=_warnings(problem, estimates, reach, optima),
        first_change=first_change,
    )


def _influence(problem: ScheduleProblem, residuals: Array) -> Array:
    """Derivative of Huber's function at each residual."""
    return np.clip(residuals, -problem.delta, problem.delta)


def _effective_points(problem: ScheduleProblem, residuals: Array) -> float:
    """Sum over runs of points over autocorrelation time; each run takes its share of the parameters."""
    sizes = [logs.size for logs in problem.logs]
    pieces = np.split(_influence(problem, residuals), np.cumsum(sizes)[:-1])
    taken = -(-len(PARAMETERS) // len(sizes))
    return sum(piece.size / autocorrelation_time(piece, parameters=taken) for piece in pieces)


def _reach(problem: ScheduleProblem, residuals: Array, slopes: Array, *, effective: float, level: float) -> Array:
    """Half the intervals (7,), in the logarithm of all parameters but the rate exponent; infinite without freedom."""
    degrees = effective - len(PARAMETERS)
    if degrees <= 0:
        return np.full(len(PARAMETERS), np.inf)
    pull = _influence(problem, residuals)
    inside = max(float((np.abs(residuals) < problem.delta).mean()), 1 / residuals.size)
    variance = float(np.square(pull).mean()) / inside**2 * residuals.size / degrees
    _, singular, turned = np.linalg.svd(slopes, full_matrices=False)
    # The decay scale in its own unit moves with the rate exponent too.
    turned[:, 4] += log(problem.highest_rate) * turned[:, 6]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.square(turned / singular[:, None]).sum(axis=0) * variance)
    reach: Array = np.nan_to_num(t_distribution.ppf((1 + level) / 2, degrees) * spread, nan=np.inf, posinf=np.inf)
    return reach


def _ends(name: str, estimate: float, half: float) -> tuple[float, float]:
    if name == "rate_exponent":
        return estimate - half, estimate + half
    with np.errstate(over="ignore"):
        return float(estimate * np.exp(-half)), float(estimate * np.exp(half))


def _warnings(
    problem: ScheduleProblem, estimates: Mapping[str, float], reach: Array, optima: pd.DataFrame
) -> tuple[str, ...]:
    found = []
    alike = optima[optima["objective"] <= optima["objective"].iloc[0] * (1 + ALIKE)]
    # A rate exponent enters as a power of the rates: over one decade of rates, 1 is a factor of 10.
    spans = {name: np.ptp(alike[name] if name == "rate_exponent" else np.log10(alike[name])) for name in PARAMETERS}
    wide = {
        name: 2 * half * (1.0 if name == "rate_exponent" else 1 / np.log(10))
        for name, half in zip(PARAMETERS, reach.tolist(), strict=True)
    }
    loose = [name for name in PARAMETERS if max(spans[name], wide[name]) > np.log10(FACTOR)]
    if loose:
        found.append(
            f"Not determined by these runs: {', '.join(loose)}. Other values, over a factor of {FACTOR:g} or more, fit "
            "as well; read predictions, not these parameters, and add runs whose rates fall in other ways. Intervals "
            "of the others hold only if these are where the fit has them, and are too narrow."
        )
    rise = estimates["decay_amplitude"] * problem.highest_rate
    if "decay_amplitude" not in loose and any(each.gaps[0] > 0 for each in problem.terms if each.gaps.size):
        found.append(
            f"The rise of the warm-up counts: it adds decay_amplitude * highest rate = {rise:.4g} to the loss, so that "
            f"the floor to compare with that of other laws is {estimates['floor'] + rise:.4g}."
        )
    return tuple(found)
