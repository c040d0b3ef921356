"""Where a law holds: the exponent against the window, and a window that no shorter one contradicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.given import given_numbers
from spectra.fitting.intervals import Interval
from spectra.fitting.law import Array
from spectra.fitting.picked import picked_weights

# Ends of windows are evenly spaced in log x. The shortest window keeps this many points for each parameter and spans
# this factor of x: below that, a floor and an exponent are not told apart at any noise (table of information bounds).
WINDOWS, POINTS_PER_PARAMETER, SHORTEST_FACTOR = 16, 4, 4.0
# The chosen window begins this factor inside the longest one that is admitted. In simulated power laws of (x + x0), 150
# points over five decades with noise of 0.2 to 3 percent, its interval holds the exponent in 97.7 of 100 curves or more
# at every x0 from 0 to 40; in 86 with a factor of 2, and in 9 without it: what is not seen yet is not yet gone.
STEP_BACK = 4.0


@dataclass(frozen=True)
class Windows:
    """The exponent against the window, and the window that was chosen."""

    table: pd.DataFrame = field(
        repr=False
    )  # start, end, points, effective_points, exponent, low, high, admitted; longest window first
    start: float  # the chosen window, both ends included
    end: float
    fit: LawFit  # in the chosen window, at the level that was asked
    interval: Interval  # of the exponent there; it allows for the choice among all windows
    warnings: tuple[str, ...]


def exponent_windows(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    fit: Callable[..., LawFit] = fit_law,
    moving: Literal["start", "end"] = "start",
    level: float = 0.95,
) -> Windows:
    """Fit a law in nested windows and choose one where the law holds: inside the longest that nothing contradicts.

    A window is admitted when its exponent lies inside the interval of every window within it (Lepski's rule: go from
    short to long while the bias is hidden by the noise). The bias that is hidden in the longest admitted window may
    still be larger than that window's own error, so the chosen one begins a factor `STEP_BACK` further in, where a
    deviation that fades like 1/x is that much smaller.

    All intervals of the table hold together with probability `level` or more where the law holds (Bonferroni over the
    windows), so that the one of the chosen window holds although it was chosen by looking. Nothing can be promised for
    a deviation that fades slowly, such as a plateau under a power law without a floor: fit the floor.

    Args:
        x: Positive numbers, for example steps, shape (n,).
        y: Positive numbers, shape (n,).
        weights: As in `fit_law`, shape (n,).
        fit: `fit_law`, or a `functools.partial` of it with the law and the objective. The law has an `exponent`.
        moving: Which end of the window moves; the other one stays at the end of the data. "start" leaves out what comes
            before the law, "end" what comes after it, such as the last modes of a finite system.
        level: Confidence of all intervals of the table together.

    Raises:
        ValueError: As `fit_law`; or if the data are too few or too narrow for a second window.

    Source: Lepski 1991 (choice of the window); Hausman 1978 (difference of nested estimates).
    """
    xs, ys = given_numbers("x", x), given_numbers("y", y)
    if moving not in ("start", "end"):
        raise ValueError(f"moving is {moving!r}; choose 'start' or 'end'")
    whole = fit(xs, ys, weights=weights, level=level)
    masks = _nested(xs, parameters=len(whole.estimates), moving=moving)
    corrected = 1 - (1 - level) / len(masks)

    def fitted(inside: NDArray[np.bool_], confidence: float) -> LawFit:
        return fit(xs[inside], ys[inside], weights=picked_weights(weights, inside), level=confidence)

    table = pd.DataFrame([_row(xs[inside], fitted(inside, corrected)) for inside in masks])
    table["admitted"] = _admitted(table)
    longest = int(table["admitted"].to_numpy().argmax())
    chosen = _stepped_back(table, longest, moving)
    row = table.iloc[chosen]
    return Windows(
        table=table,
        start=float(row["start"]),
        end=float(row["end"]),
        fit=fitted(masks[chosen], level),
        interval=Interval(float(row["low"]), float(row["high"]), level),
        warnings=_warnings(table, longest),
    )


def _nested(x: Array, *, parameters: int, moving: str) -> list[NDArray[np.bool_]]:
    """Masks of the different windows, longest first."""
    place = x if moving == "start" else 1 / x  # grows towards the end that stays
    values = np.unique(place)
    fewest = POINTS_PER_PARAMETER * parameters
    if values.size <= fewest or values[-1] < SHORTEST_FACTOR * values[0]:
        raise ValueError(
            f"{values.size} different x from {x.min():g} to {x.max():g} hold no second window; windows need more than "
            f"{fewest} over a factor of {SHORTEST_FACTOR:g}: fit the whole curve"
        )
    last = min(float(values[-fewest]), float(values[-1]) / SHORTEST_FACTOR)
    firsts = np.searchsorted(values, np.geomspace(values[0], last, WINDOWS) * (1 - 1e-12))
    return [place >= values[first] for first in dict.fromkeys(firsts.tolist())]


def _row(x: Array, fit: LawFit) -> dict[str, float]:
    interval = fit.intervals["exponent"]
    return {
        "start": float(x.min()),
        "end": float(x.max()),
        "points": x.size,
        "effective_points": fit.effective_points,
        "exponent": fit.estimates["exponent"],
        "low": interval.low,
        "high": interval.high,
    }


def _admitted(table: pd.DataFrame) -> list[bool]:
    """Whether each window's exponent lies inside the interval of every shorter one (rows are longest first)."""
    exponents, low, high = (table[name].to_numpy() for name in ("exponent", "low", "high"))
    return [
        bool(((low[row + 1 :] <= exponents[row]) & (exponents[row] <= high[row + 1 :])).all())
        for row in range(len(table))
    ]


def _stepped_back(table: pd.DataFrame, longest: int, moving: str) -> int:
    """The longest window that begins `STEP_BACK` inside another one, or the shortest."""
    ends = table["start"].to_numpy() if moving == "start" else 1 / table["end"].to_numpy()
    inside = np.flatnonzero(ends >= STEP_BACK * ends[longest] * (1 - 1e-9))
    return int(inside[0]) if inside.size else len(table) - 1


def _warnings(table: pd.DataFrame, longest: int) -> tuple[str, ...]:
    found = []
    row = table.iloc[longest]
    if longest == len(table) - 1:
        found.append(
            "Only the shortest window is left: the exponent drifts along the whole curve, and no window shows one law."
        )
    elif not np.isfinite(table["high"].iloc[longest + 1 :]).any():
        found.append(
            "No shorter window bounds the exponent: the choice of the window could not be checked with these data."
        )
    elif longest:
        found.append(
            f"{longest} longer windows are contradicted by shorter ones: there is evidence against one law beyond "
            f"{row['start']:g} to {row['end']:g}."
        )
    return tuple(found)
