"""All that one curve says: which law, in which window, with which intervals, and what that forecasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t as t_distribution

from spectra.fitting.backtest import backtest
from spectra.fitting.exponent_profile import exponent_profile
from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.given import given_curve
from spectra.fitting.intervals import Interval
from spectra.fitting.law import Array
from spectra.fitting.law_catalog import LAWS
from spectra.fitting.model_choice import LawChoice, choose_law
from spectra.fitting.objectives import Objective
from spectra.fitting.prediction_errors import prediction_errors
from spectra.fitting.windows import STEP_BACK, Windows, exponent_windows
from spectra.notebook import as_html

CANDIDATES = ("power", "floor", "shifted")
"""Laws among which "auto" chooses; the others have so many shapes that they bend with the noise of one curve."""

SCANNED = ("power", "floor")
"""Laws whose exponent is looked at against the window: the others have shapes of their own for bends at the ends."""

SHOWN = "power"
"""The law of a curve that is too short for a choice, or flat: the one with the fewest parameters."""

POINTS = 2
"""Different x for every parameter that a candidate needs to have a say."""

BAND_POINTS = 120


@dataclass(frozen=True)
class FitPlan:
    """What shall be made of a curve."""

    law: str = "auto"  # name of a law of one variable, or "auto": the best forecaster of `CANDIDATES`
    objective: str | Objective = "relative"
    window: str | tuple[float, float] = "all"  # "all", "auto", or the first and the last x
    level: float = 0.95
    predict: tuple[float, ...] = ()  # x at which a value is wanted


@dataclass(frozen=True)
class CurveStudy:
    """A fitted curve."""

    x: Array = field(repr=False)  # (n,), within the window
    y: Array = field(repr=False)  # (n,)
    weights: Array = field(repr=False)  # (n,)
    fit: LawFit
    exponent: Interval | None  # of the exponent; where the window was chosen by looking, it allows for that
    choice: LawChoice | None  # None where the law was given
    windows: Windows | None  # None where the curve holds no second window, or the law has no exponent
    profile: pd.DataFrame = field(repr=False)  # exponent, rise: columns of `exponent_profile`
    forecasts: pd.DataFrame = field(repr=False)  # columns of `backtest`
    predictions: pd.DataFrame = field(repr=False)  # x, predicted, low, high: at the x that were asked for
    band: pd.DataFrame = field(repr=False)  # the same along the curve, and on to the largest x that was asked for
    notes: tuple[str, ...]  # whole sentences: warnings of all of these

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """Law, window and estimates."""
        told = ", ".join(f"{name} = {value:.6g}" for name, value in self.fit.estimates.items())
        span = f"x = {self.x.min():g} to {self.x.max():g}, {len(self.x)} points"
        return f"CurveStudy({self.fit.law.name} over {span}: {told})"


def study_curve(
    x: ArrayLike, y: ArrayLike, *, weights: ArrayLike | None = None, plan: FitPlan = FitPlan()
) -> CurveStudy:
    """Choose a law and a window as planned, fit, backtest and predict.

    Args:
        x: Positive numbers, for example steps, shape (n,).
        y: Positive numbers, for example losses, shape (n,).
        weights: Such as the points averaged into each point, shape (n,).
        plan: What to make of it.

    Returns:
        The study. Intervals of predictions are those of the curve, not of a noisy observation around it, and hold if
        the law holds as far as that: the forecasts say how often it did.

    Raises:
        ValueError: As `fit_law`; or for an unknown law or window, or an x to predict that is not positive.
    """
    xs, ys, own = _inside(x, y, weights, plan)
    choice = _choice(xs, ys, own, plan)
    name = plan.law if plan.law != "auto" else (choice and choice.name) or SHOWN
    fit = partial(fit_law, law=name, objective=plan.objective)
    windows, why = _windows(xs, ys, own, fit, plan)
    if plan.window == "auto" and windows is not None:
        kept = (xs >= windows.start) & (xs <= windows.end)
        xs, ys, own = xs[kept], ys[kept], own[kept]
    found = fit(xs, ys, weights=own, level=plan.level)
    exponent = windows.interval if plan.window == "auto" and windows else found.intervals.get("exponent")
    if plan.window == "auto" and windows is not None:
        why = (
            f"The fit begins at {windows.start:g}, up to a factor {STEP_BACK:g} further in than the longest window "
            "that no shorter one contradicts: a bend that is no longer seen there is not yet gone."
        )
    notes = (*found.warnings, *(windows.warnings if windows else ()), why, *(choice.warnings if choice else ()))
    asked = np.array(plan.predict, dtype=np.float64)
    along = np.geomspace(xs.min(), max([xs.max(), *asked]), BAND_POINTS)
    predicted = partial(_predicted, found, (xs, ys, own), level=plan.level)
    return CurveStudy(
        x=xs,
        y=ys,
        weights=own,
        fit=found,
        exponent=exponent,
        choice=choice,
        windows=windows,
        profile=exponent_profile(xs, ys, found, objective=plan.objective, weights=own),
        forecasts=backtest(xs, ys, weights=own, fit=fit, level=plan.level),
        predictions=predicted(asked),
        band=predicted(along),
        notes=tuple(dict.fromkeys(note for note in notes if note)),
    )


def _inside(x: ArrayLike, y: ArrayLike, weights: ArrayLike | None, plan: FitPlan) -> tuple[Array, Array, Array]:
    """The points of the window that is given; all of them where none is."""
    xs, ys, own = given_curve(x, y, weights)
    bad = [value for value in plan.predict if not 0 < value < np.inf]
    if bad:
        raise ValueError(f"a prediction at {bad[0]:g} was asked for; x must be positive and finite")
    if plan.law != "auto" and (plan.law not in LAWS or len(LAWS[plan.law].variables) > 1):
        known = ", ".join(name for name, law in LAWS.items() if len(law.variables) == 1)
        raise ValueError(f"there is no law {plan.law!r} of one variable; known are auto, {known}")
    if plan.window in ("all", "auto"):
        return xs, ys, own
    if isinstance(plan.window, str) or len(plan.window) != 2 or not plan.window[0] < plan.window[1]:
        raise ValueError(f"the window {plan.window!r} is none; use 'all', 'auto', or two ascending numbers")
    start, end = plan.window
    kept = (xs >= start) & (xs <= end)
    if not kept.any():
        extent = f"goes from {xs.min():g} to {xs.max():g}" if xs.size else "has no points"
        raise ValueError(f"no point lies in the window {start:g} to {end:g}; the curve {extent}: give a window in it")
    return xs[kept], ys[kept], own[kept]


def _choice(x: Array, y: Array, weights: Array, plan: FitPlan) -> LawChoice | None:
    """The choice of a law; None where the law is given, or the curve is too short for two candidates."""
    if plan.law != "auto":
        return None
    candidates = SCANNED if plan.window == "auto" else CANDIDATES  # a chosen window takes the early bend away
    possible = [name for name in candidates if np.unique(x).size >= POINTS * len(LAWS[name].parameters)]
    return choose_law(x, y, possible, objective=plan.objective, weights=weights) if len(possible) > 1 else None


def _windows(x: Array, y: Array, weights: Array, fit: partial[LawFit], plan: FitPlan) -> tuple[Windows | None, str]:
    """The exponent against the window, or why there is none."""
    if fit.keywords["law"] not in SCANNED:
        if plan.window == "auto":
            raise ValueError(
                f"a window is chosen for the laws {' and '.join(SCANNED)}, and the law is {fit.keywords['law']}; name "
                "one of these, or give a window"
            )
        return None, ""
    try:
        return exponent_windows(x, y, weights=weights, fit=fit, level=plan.level), ""
    except ValueError as error:
        return (
            None,
            f"The exponent was not looked at against the window: {str(error).removesuffix(': fit the whole curve')}.",
        )


def _predicted(fit: LawFit, data: tuple[Array, Array, Array], x: Array, *, level: float) -> pd.DataFrame:
    xs, ys, weights = data
    values = np.asarray(fit.predict(x), dtype=np.float64)
    if not x.size:
        return pd.DataFrame({"x": x, "predicted": values, "low": values, "high": values})
    errors = prediction_errors(fit, xs, ys, x, weights=weights)
    if errors.degrees <= 0:
        return pd.DataFrame({"x": x, "predicted": values, "low": 0.0, "high": np.inf})
    reach = np.exp(float(t_distribution.ppf((1 + level) / 2, errors.degrees)) * errors.curve)
    return pd.DataFrame({"x": x, "predicted": values, "low": values / reach, "high": values * reach})
