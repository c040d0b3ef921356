"""Is a published fit the optimum of its own objective on its own data, and if not, how far from it is it?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.law import Array
from spectra.fitting.law_catalog import LAWS
from spectra.fitting.objectives import objective_at
from spectra.fitting.published_data import published_points
from spectra.fitting.published_fit import PublishedFit
from spectra.notebook import as_html

# Gaps of an objective below this share of it are rounding errors of the computation.
EQUAL = 1e-9
# Published intervals are called too narrow or too wide beyond this factor.
WIDTH = 2.0


@dataclass(frozen=True)
class Audit:
    """A published fit beside the optimum of its objective on its data."""

    published: PublishedFit
    optimum: LawFit
    objective: float  # of the parameters as they were published
    rounded: float  # lowest that was found among all parameters that round to the published ones
    difference: float  # largest |log of published over optimal prediction| on the data
    table: pd.DataFrame  # parameter, published, rounding, optimum, low, high, inside, published_low, published_high
    sentences: tuple[str, ...]  # the verdict

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """Both objectives and how far the predictions are apart."""
        return (
            f"Audit({self.published.law}: objective {self.objective:.7g}, optimum {self.optimum.objective:.7g}; "
            f"predictions differ by up to {np.expm1(self.difference):.3%})"
        )


def audit(published: PublishedFit, data: pd.DataFrame) -> Audit:
    """Refit published data with the published objective and compare.

    The objective is a sum over points in both cases. Three numbers tell: of the published digits, the best that
    rounds to these digits, and the optimum. A gap that rounding does not close is a fit that did not converge, or was
    made to other data or by another objective than stated.

    Args:
        published: The fit, from `read_published_fit`.
        data: The table it was made to, with the columns that it names.

    Raises:
        ValueError: As `published_points` and `fit_law`; or if the published parameters give no finite objective.
    """
    x, y = published_points(published, data)
    law = LAWS[published.law]
    inputs = x if len(law.variables) > 1 else x[law.variables[0]]
    optimum = fit_law(inputs, y, law=published.law, objective=published.objective, level=published.level)
    logs, log_y = law.logarithms(inputs), np.log(y)

    def value(parameters: Mapping[str, float]) -> float:
        return objective_at(law, parameters, logs, log_y=log_y, objective=published.objective)

    objective = value(published.parameters)
    if not np.isfinite(objective):
        raise ValueError(
            f"the published parameters give no curve on these data: {dict(published.parameters)}; check them, and the "
            "units of x and y, against the publication"
        )
    difference = law.log_predict(published.parameters, logs) - law.log_predict(optimum.estimates, logs)
    found = Audit(
        published=published,
        optimum=optimum,
        objective=objective,
        rounded=min(objective, _rounded(published, optimum, value)),
        difference=float(np.abs(difference).max()),
        table=_table(published, optimum),
        sentences=(),
    )
    return replace(found, sentences=_sentences(found))


def _rounded(published: PublishedFit, optimum: LawFit, value: Callable[[Mapping[str, float]], float]) -> float:
    """Lowest objective that a search finds in the box of parameters that round to the published ones."""
    names = list(published.parameters)
    centre = np.array([published.parameters[name] for name in names])
    half = np.array([published.rounding[name] for name in names])
    nearest = np.clip((np.array([optimum.estimates[name] for name in names]) - centre) / half, -1, 1)

    def within(place: Array) -> float:
        found = value(dict(zip(names, (centre + half * place).tolist(), strict=True)))
        return found if np.isfinite(found) else np.inf

    starts = (np.zeros(centre.size), nearest)
    found = [
        minimize(
            within,
            start,
            method="Nelder-Mead",
            bounds=[(-1.0, 1.0)] * centre.size,
            options={"maxfev": 400 * centre.size, "xatol": 1e-6, "fatol": 0.0, "adaptive": True},
        )
        for start in starts
    ]
    return min(float(result.fun) for result in found)


def _table(published: PublishedFit, optimum: LawFit) -> pd.DataFrame:
    rows = []
    for name, value in published.parameters.items():
        interval = optimum.intervals[name]
        low, high = published.intervals.get(name, (np.nan, np.nan))
        rows.append(
            {
                "parameter": name,
                "published": value,
                "rounding": published.rounding[name],
                "optimum": optimum.estimates[name],
                "low": interval.low,
                "high": interval.high,
                "inside": interval.low <= value <= interval.high,
                "published_low": low,
                "published_high": high,
            }
        )
    return pd.DataFrame(rows)


def _sentences(found: Audit) -> tuple[str, ...]:
    best, table = found.optimum.objective, found.table
    gap = found.objective - best
    share = f" ({gap / best:.3%} above the optimum)" if best > 0 else ""
    said = [
        f"The published parameters reach an objective of {found.objective:.7g}{share} on {found.optimum.points} "
        f"points, and the optimum {best:.7g}. Their predictions differ by up to {np.expm1(found.difference):.3%}."
    ]
    if gap <= EQUAL * abs(best):
        said.append("The published fit is the optimum.")
    elif found.rounded - best <= EQUAL * abs(best):
        said.append("The published fit is the optimum, rounded.")
    else:
        closed = (found.objective - found.rounded) / gap
        said.append(
            f"The published fit is not the optimum of its objective: among all parameters that round to the published "
            f"digits the best found reaches {found.rounded:.7g}, so that rounding explains {closed:.0%} of the gap."
        )
    outside = table.loc[~table["inside"], "parameter"].to_list()
    said.append(
        f"Outside the intervals of the optimum: {', '.join(outside)}."
        if outside
        else "All published parameters lie inside the intervals of the optimum: these data do not tell the two apart."
    )
    return (*said, *_width_sentences(table))


def _width_sentences(table: pd.DataFrame) -> list[str]:
    ratios = (table["published_high"] - table["published_low"]) / (table["high"] - table["low"])
    return [
        f"The published interval of {name} is {max(ratio, 1 / ratio):.3g} times {'wider' if ratio > 1 else 'narrower'} "
        "than the one found here."
        for name, ratio in zip(table["parameter"], ratios, strict=True)
        if ratio > WIDTH or 0 < ratio < 1 / WIDTH
    ]
