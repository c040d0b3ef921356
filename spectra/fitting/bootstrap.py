"""Intervals from refits to resampled data: whole runs, or blocks of neighbouring residuals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm
from scipy.stats import t as t_distribution

from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.given import check_level, given_curve, given_numbers
from spectra.fitting.intervals import Interval
from spectra.fitting.law import Array, Variables
from spectra.fitting.picked import picked, picked_weights

# Fewer runs than this do not show how runs scatter: resamples of 5 runs are 126 different ones.
FEW_RUNS = 10


@dataclass(frozen=True)
class Bootstrap:
    """Refits to resampled data."""

    estimates: dict[str, float]  # of the data themselves
    draws: pd.DataFrame = field(repr=False)  # one row per refit, one column per parameter
    degrees: float  # of freedom: independent units that were resampled, less what the fit took
    spread: float  # true over resampled standard deviation of a mean of the units
    block: int  # points per block; 0 where whole runs were drawn
    warnings: tuple[str, ...]

    def intervals(self, level: float = 0.95) -> dict[str, Interval]:
        """Expanded percentile intervals by parameter.

        The plain percentiles of few units are too narrow. Their tail probability is widened from that of a normal to
        Phi(-spread * t), t the quantile of Student's distribution with `degrees`, which is exact for a mean.

        Raises:
            ValueError: If the level is not between 0 and 1.

        Source: Hesterberg 2015, What teachers should know about the bootstrap, section 5.3.
        """
        check_level(level)
        tail = float(norm.cdf(-self.spread * t_distribution.ppf((1 + level) / 2, self.degrees)))
        low, high = self.draws.quantile(tail), self.draws.quantile(1 - tail)
        return {name: Interval(float(low[name]), float(high[name]), level) for name in self.estimates}


def run_bootstrap(
    x: Variables,
    y: ArrayLike,
    runs: ArrayLike,
    *,
    generators: Sequence[np.random.Generator],
    weights: ArrayLike | None = None,
    fit: Callable[..., LawFit] = fit_law,
) -> Bootstrap:
    """Refit to as many runs as there are, drawn with replacement; a run comes with all its points.

    Right whatever the dependence within a run is, and whatever the noise: only the runs must be independent. One point
    per run, as in a table of final losses, is the ordinary bootstrap of pairs.

    Args:
        x: As in `fit_law`: (n,), or (n,) by variable.
        y: Positive numbers, shape (n,).
        runs: Name or number of the run of each point, shape (n,).
        generators: One for each refit, for example `np.random.default_rng(0).spawn(1000)`.
        weights: As in `fit_law`, shape (n,).
        fit: `fit_law`, or a `functools.partial` of it with the law and the objective.

    Raises:
        ValueError: As `fit_law`; or for fewer than three runs.

    Source: Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8.
    """
    ys, labels = given_numbers("y", y), np.asarray(runs)
    if labels.shape != ys.shape:
        raise ValueError(f"y has shape {ys.shape} and runs has shape {labels.shape}; name the run of every point")
    _, number = np.unique(labels, return_inverse=True)
    count = int(number.max()) + 1
    if count < 3:
        raise ValueError(f"{count} runs were given; the scatter between runs needs 3 or more: use block_bootstrap")
    whole = fit(x, ys, weights=weights, level=None)
    columns = whole.law.columns(x)
    members = [np.flatnonzero(number == run) for run in range(count)]

    def refit(generator: np.random.Generator) -> LawFit:
        rows = np.concatenate([members[run] for run in generator.integers(count, size=count)])
        return fit(picked(columns, rows), ys[rows], weights=picked_weights(weights, rows), level=None)

    draws, warnings = _draws(refit, generators)
    if count < FEW_RUNS:
        warnings.append(f"{count} runs are few: intervals from so few hold the truth less often than they say.")
    return Bootstrap(dict(whole.estimates), draws, count - 1.0, (count / (count - 1)) ** 0.5, 0, tuple(warnings))


def block_bootstrap(
    x: ArrayLike,
    y: ArrayLike,
    *,
    generators: Sequence[np.random.Generator],
    weights: ArrayLike | None = None,
    fit: Callable[..., LawFit] = fit_law,
    block: int | None = None,
) -> Bootstrap:
    """Refit to the fitted curve times blocks of its own ratios y / fitted, drawn around a circle.

    Blocks keep the dependence of neighbours. What they cut is put back in size: the ratios, in logarithms, are
    stretched until the variance of a long mean of the resampled ones is that of the errors, autocorrelation time *
    variance, both corrected for the fitted parameters. Ratios and not differences, because the noise of a loss grows
    with the loss; they are not centred, because the fit has centred them as its objective does.

    Args:
        x: Positive numbers, all different, shape (n,): one curve.
        y: Positive numbers, shape (n,).
        generators: One for each refit, for example `np.random.default_rng(0).spawn(1000)`.
        weights: As in `fit_law`, shape (n,).
        fit: `fit_law`, or a `functools.partial` of it with the law and the objective.
        block: Points per block; by default that of `block_length`.

    Raises:
        ValueError: As `fit_law`; if x, y and weights differ in length, or an x repeats; for a block that is not between
            1 and n; or if the residuals are worth no more independent points than there are parameters.

    Source: circular blocks after Politis and Romano 1992; the stretch is ours.
    """
    xs, ys, own = given_curve(x, y, weights)
    order = np.argsort(xs, kind="stable")
    xs, ys, columns = xs[order], ys[order], None if weights is None else own[order]
    if (np.diff(xs) == 0).any():
        raise ValueError("x repeats; blocks are for one curve: use run_bootstrap, or average the points that share x")
    whole = fit(xs, ys, weights=columns, level=None)
    degrees = whole.effective_points - len(whole.estimates)
    if degrees <= 0:
        raise ValueError(
            f"{xs.size} points, worth {whole.effective_points:.1f} independent ones, cannot show the scatter of "
            f"{len(whole.estimates)} parameters; fit a law with fewer"
        )
    length = block_length(xs.size, time=xs.size / whole.effective_points) if block is None else block
    if not 1 <= length <= xs.size:
        raise ValueError(f"blocks of {length} points were asked of {xs.size} points; use 1 to {xs.size}")
    fitted = np.asarray(whole.predict(xs), dtype=np.float64)
    logs = _stretched(np.log(ys / fitted), length, effective=whole.effective_points, parameters=len(whole.estimates))

    def refit(generator: np.random.Generator) -> LawFit:
        starts = generator.integers(xs.size, size=ceil(xs.size / length))
        places = (starts[:, None] + np.arange(length)).ravel()[: xs.size] % xs.size
        return fit(xs, fitted * np.exp(logs[places]), weights=columns, level=None)

    draws, warnings = _draws(refit, generators)
    return Bootstrap(dict(whole.estimates), draws, degrees, 1.0, length, tuple(warnings))


def block_length(points: int, *, time: float) -> int:
    """Points per block for residuals of a given autocorrelation time, by the rule of Politis and White.

    Their optimum (2 G^2 n / D)^(1/3), with D = 4/3 g(0)^2 for circular blocks, for residuals that forget
    geometrically: G / g(0) = (time - 1 / time) / 2. At least the time itself, at most a third of the points.

    Source: Politis and White 2004, equation 9; correction by Patton, Politis and White 2009.
    """
    best: float = (3 / 8 * (time - 1 / time) ** 2 * points) ** (1 / 3)
    return max(1, min(ceil(max(best, time)), points // 3))


def _stretched(logs: Array, length: int, *, effective: float, parameters: int) -> Array:
    """Log ratios whose block means scatter as much as means of the errors do."""
    n = logs.size
    sums = np.cumsum(np.concatenate([[0.0], logs, logs[: length - 1]]))
    resampled = float(np.var(sums[length:] - sums[:-length])) / length  # long-run variance of the resampled ratios
    # Of the errors: time * variance, where the variance misses what the parameters took (see autocorrelation_time).
    errors = float(np.mean(np.square(logs))) * (n / effective) / (1 - parameters / effective)
    return logs * np.sqrt(errors / resampled) if resampled > 0 else logs


def _draws(
    refit: Callable[[np.random.Generator], LawFit], generators: Sequence[np.random.Generator]
) -> tuple[pd.DataFrame, list[str]]:
    """Estimates of all refits, and what to say about those that failed."""
    if not generators:
        raise ValueError("no generators were given, so nothing is drawn; pass one for each refit, say 1000")
    rows: list[dict[str, float]] = []
    failures: list[str] = []
    for generator in generators:
        try:
            rows.append(dict(refit(generator).estimates))
        except ValueError as error:
            failures.append(str(error))
    if not rows:
        raise ValueError(f"none of {len(generators)} resamples could be fitted: {failures[0]}")
    said = f"{len(failures)} of {len(generators)} resamples could not be fitted and are left out"
    return pd.DataFrame(rows), [f"{said}: {error}" for error in failures[:1]]
