"""Which law a curve follows: by what it forecasts, with an information criterion beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spectra.fitting.backtest import backtest
from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.law import Array, Variables
from spectra.fitting.objectives import Objective
from spectra.notebook import as_html

# Forecast errors within this factor are alike: without it, curves with a floor were given a law of one more parameter
# in 3 of about 8 trials, for errors of 0.64 against 0.65 percent.
ALIKE = 1.1
# Forecasts that miss by this much, as a root mean square of log y, are none: a choice of ours, by no experiment.
MISSES = 0.1
# Forecast errors of log y below this are rounding errors of curves without noise, and alike.
EXACT = 1e-9
SHORT = "The curve is too short to be cut and forecast, so that AICc decided: a longer one would test the choice."
FLAT = "The curve does not fall beyond its noise: a constant fits as well as every law, so that none is chosen."


@dataclass(frozen=True)
class LawChoice:
    """Several laws on the same data, and the one to use."""

    name: str | None  # of the chosen law; None where the curve does not fall, so that a constant fits as well as any
    fits: Mapping[str, LawFit] = field(repr=False)  # by law
    # One row per law: law, parameters, aicc, backtest_error, backtest_bias, coverage, chosen.
    table: pd.DataFrame = field(repr=False)
    forecasts: pd.DataFrame = field(repr=False)  # law, and the columns of `backtest`
    warnings: tuple[str, ...]

    _repr_html_ = as_html

    @property
    def fit(self) -> LawFit:
        """The fit of the chosen law.

        Raises:
            ValueError: If none was chosen.
        """
        if self.name is None:
            raise ValueError(f"no law was chosen; look at `fits`. {self.warnings[0]}")
        return self.fits[self.name]


def choose_law(
    x: Variables,
    y: ArrayLike,
    laws: Sequence[str],
    *,
    objective: str | Objective = "relative",
    weights: ArrayLike | None = None,
    along: ArrayLike | None = None,
) -> LawChoice:
    """Fit several laws; the best forecaster wins, or a smaller law that forecasts as well.

    Every law is fitted to the beginnings of the data and scored on what follows (`backtest`): the score is the root
    mean square of the log errors over all origins and horizons. Among the laws whose mean squared error exceeds the
    best one by no more than one standard error of the paired difference, or whose error is less than a tenth larger,
    the one with the fewest parameters is chosen, then the best. The standard error counts origins and not horizons: one
    fit makes all forecasts of an origin.
    Where a constant fits as well as every law, none is chosen. AICc stands beside the score and never decides where
    there is one: it rewards laws that bend with the noise.

    Args:
        x: As in `fit_law`: (n,), or (n,) by variable, of all the laws.
        y: Positive numbers, shape (n,).
        laws: Names of two or more laws.
        objective: As in `fit_law`.
        weights: As in `fit_law`, shape (n,).
        along: As in `backtest`.

    Raises:
        ValueError: As `fit_law`; or for fewer than two different laws.

    Source: one standard error after Breiman, Friedman, Olshen and Stone 1984, section 3.4.3; AICc after Hurvich and
    Tsai 1989.
    """
    if len(set(laws)) < 2:
        raise ValueError(f"the laws {list(laws)} leave nothing to choose; name two or more")
    names = list(dict.fromkeys(laws))
    fitters = {name: partial(fit_law, law=name, objective=objective) for name in names}
    fits = {name: fitters[name](x, y, weights=weights) for name in names}
    tests = {name: backtest(x, y, weights=weights, fit=fitters[name], along=along) for name in names}
    forecasts = pd.concat([tests[name].assign(law=name) for name in names], ignore_index=True)
    common = _common(tests)
    criterion = aicc(fits, y, weights=weights)
    table = pd.DataFrame([_row(name, fits[name], common.get(name)) for name in names])
    table.insert(2, "aicc", [criterion[name] for name in names])
    if all(_flat(fit) for fit in fits.values()):
        return LawChoice(None, fits, table.assign(chosen=False), forecasts, (FLAT,))
    chosen = _chosen(table, common) if common else min(names, key=lambda name: criterion[name])
    table["chosen"] = table["law"] == chosen
    return LawChoice(chosen, fits, table, forecasts, _warnings(chosen, criterion, common))


def _flat(fit: LawFit) -> bool:
    """Whether the data bound the exponents of a fit to nothing but zero, or a constant fits as well."""
    if fit.law.floor is not None:
        return fit.constant
    exponents = [fit.intervals[shape.name] for shape in fit.law.shapes if "EXPONENT" in shape.axis.name]
    return all(found.low <= 0 <= found.high and found.low > -np.inf for found in exponents)


def aicc(fits: Mapping[str, LawFit], y: ArrayLike, *, weights: ArrayLike | None = None) -> dict[str, float]:
    """Akaike's criterion for small samples, with as many points as the residuals are worth.

    n ln(sum w r^2 / points) + 2 k + 2 k (k + 1) / (n - k - 1), r the log residuals, k the parameters and the noise
    level, n the effective points of the law that leaves the least: a law that misses the curve leaves correlated
    residuals, which say nothing about the noise. Infinite where n <= k + 1.

    Args:
        fits: By law, all to the same data.
        y: The data, shape (n,).
        weights: As in the fits, shape (n,).
    """
    logs = {name: np.log(np.asarray(y, dtype=np.float64) / fit.fitted) for name, fit in fits.items()}
    weight = np.ones_like(next(iter(logs.values()))) if weights is None else np.asarray(weights, dtype=np.float64)
    squares = {name: max(float(weight @ np.square(values) / weight.sum()), 1e-300) for name, values in logs.items()}
    n = float(fits[min(squares, key=lambda name: squares[name])].effective_points)
    criterion = {}
    for name, fit in fits.items():
        k = len(fit.estimates) + 1
        penalty = 2 * k * n / (n - k - 1) if n > k + 1 else np.inf
        criterion[name] = float(n * np.log(squares[name]) + penalty)
    return criterion


def _common(tests: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The forecasts that every law made, or nothing if there is none: laws are compared on the same ones."""
    keys = [set(zip(test["origin"], test["horizon"], strict=True)) for test in tests.values()]
    shared = set.intersection(*keys)
    if not shared:
        return {}
    return {
        name: test[[key in shared for key in zip(test["origin"], test["horizon"], strict=True)]]
        for name, test in tests.items()
    }


def _row(name: str, fit: LawFit, test: pd.DataFrame | None) -> dict[str, float | str]:
    errors = np.array([np.nan]) if test is None else test["log_error"].to_numpy()
    return {
        "law": name,
        "parameters": len(fit.estimates),
        "backtest_error": float(np.sqrt(np.square(errors).mean())),
        "backtest_bias": float(errors.mean()),
        "coverage": np.nan if test is None else float(test["covered"].mean()),
    }


def _chosen(table: pd.DataFrame, common: Mapping[str, pd.DataFrame]) -> str:
    by_origin = {name: _squares(test) for name, test in common.items()}
    best = min(by_origin, key=lambda name: float(by_origin[name].mean()))

    def close(name: str) -> bool:
        difference = by_origin[name] - by_origin[best]
        error = float(difference.std(ddof=1) / np.sqrt(difference.size)) if difference.size > 1 else 0.0
        ratio = float(by_origin[name].mean()) / max(float(by_origin[best].mean()), EXACT**2)
        return float(difference.mean()) <= error or ratio < ALIKE**2

    near = table[[close(name) for name in table["law"]]]
    return str(near.sort_values(["parameters", "backtest_error"])["law"].iloc[0])


def _squares(test: pd.DataFrame) -> Array:
    """Mean squared log error of each origin."""
    squares: Array = np.square(test["log_error"]).groupby(test["origin"]).mean().to_numpy()
    return squares


def _warnings(chosen: str, criterion: Mapping[str, float], common: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    found, preferred = [], min(criterion, key=lambda name: criterion[name])
    if not common:
        return (SHORT,)
    origins = common[chosen]["origin"].nunique()
    error = float(np.sqrt(_squares(common[chosen]).mean()))
    if error > MISSES:
        found.append(
            f"None of these laws forecasts the curve: even {chosen} misses by {error:.0%}. Another law, such as "
            "two_term, cut_off or broken, or a window may fit."
        )
    if origins < 3:
        found.append(f"The forecasts start from {origins} origins only: the choice rests on little.")
    if preferred != chosen:
        found.append(
            f"AICc prefers {preferred} ({criterion[chosen] - criterion[preferred]:.1f} lower), the forecasts {chosen}: "
            "the forecasts decide."
        )
    return tuple(found)
