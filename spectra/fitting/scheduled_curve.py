"""A saved curve and its saved learning rates as a run of which every step has a rate."""

from dataclasses import dataclass, replace

import numpy as np

from spectra.fitting.curves import Curve
from spectra.fitting.law import Array
from spectra.fitting.saved_rates import SavedRates
from spectra.fitting.schedule_law import ScheduledRun

MOST_STEPS = 20_000_000
"""Steps of a run at most: there is a number for each. What has more counts tokens."""

MOST_CHANGES = 1000
"""Changes of the rate that are told apart. With so many instead of one in every step, the law of the nine runs of 100M
parameters by Luo et al. 2025, at their parameters, moved by a relative 3.4e-5 at most, and a fit took 3 s, not 33."""

FALL = 0.7
"""A rate that ends below this share of its peak is called falling."""


@dataclass(frozen=True)
class ScheduledCurve:
    """A curve whose learning rate is known at every step."""

    curve: Curve  # the points that are fitted
    run: ScheduledRun
    highest_rate: float
    notes: tuple[str, ...]  # what was left out or assumed, in whole sentences


def fall_of_rate(curve: Curve, saved: SavedRates) -> tuple[float, float] | None:
    """Highest and last learning rate of a curve where it falls; None where it does not."""
    reached = saved.rates[saved.steps <= curve.x[-1]]
    if not reached.size or not reached[-1] < FALL * reached.max():
        return None
    return float(reached.max()), float(reached[-1])


def scheduled_curve(
    curve: Curve, saved: SavedRates, *, warm_up: int = 0, window: tuple[float, float] | None = None
) -> ScheduledCurve:
    """A run for `fit_schedule_law`.

    Between saved rates the rate is a straight line, but for a jump between two constant rates. Before the first one it
    rises from zero over `warm_up` steps and is the first one from there on; after the last one it stays. Losses before
    the end of the warm-up, the first step at the height from which the rate first falls, are left out: the law is
    about what follows, and counts the rates of the warm-up.

    Args:
        curve: Losses against steps.
        saved: Learning rates against steps.
        warm_up: Steps of a linear warm-up that ended before rates were saved.
        window: First and last step whose losses are fitted; all rates count whatever it is.

    Raises:
        ValueError: If x does not count steps, the warm-up ends after the first saved rate, or no loss is left.
    """
    _check_steps(curve)
    first = float(saved.steps[0])
    if not 0 <= warm_up <= max(first, 0):
        raise ValueError(
            f"a warm-up of {warm_up} steps was given for {curve.path}, whose learning rates are saved from step "
            f"{first:g} on; give no more steps than that, or none: the saved rates show the rest"
        )
    rates = _every_rate(saved, int(curve.x[-1]) + 1, warm_up)
    start = _end_of_rise(rates)
    low, high = window or (0.0, np.inf)
    kept = (curve.x >= max(low, start)) & (curve.x <= high)
    if not kept.any():
        raise ValueError(
            f"{curve.path} has no losses between the end of the warm-up at step {start} and the end of the window; its "
            f"steps go from {curve.x[0]:g} to {curve.x[-1]:g}"
        )
    notes = list(_notes(saved, rates.size, warm_up))
    if early := int((curve.x < start).sum()):
        notes.append(f"{early} losses before the end of the warm-up at step {start} were left out; their rates count.")
    fitted = replace(curve, x=curve.x[kept], y=curve.y[kept], weights=curve.weights[kept])
    run = ScheduledRun(_in_blocks(rates), fitted.x.astype(np.int_), fitted.y)
    return ScheduledCurve(fitted, run, float(rates.max()), tuple(notes))


def _check_steps(curve: Curve) -> None:
    whole = bool((curve.x == np.round(curve.x)).all())
    if not whole or curve.x[-1] > MOST_STEPS:
        why = "are no whole numbers" if not whole else f"go to {curve.x[-1]:g}, as tokens do"
        raise ValueError(
            f"{curve.path}: the law sums the learning rate over steps, and the numbers of {curve.x_name!r} {why}; name "
            "the column of steps with x=... (--x)"
        )


def _every_rate(saved: SavedRates, count: int, warm_up: int) -> Array:
    """Rates of steps 0 to count - 1."""
    steps = np.arange(count, dtype=np.float64)
    changes = np.flatnonzero(np.diff(saved.rates))
    inner = changes[(changes > 0) & (changes < saved.rates.size - 2)]
    alone = inner[(saved.rates[inner - 1] == saved.rates[inner]) & (saved.rates[inner + 1] == saved.rates[inner + 2])]
    # A jump between two constant rates happens where the new one is seen, and is no slope before that.
    places = np.insert(saved.steps, alone + 1, saved.steps[alone + 1] - 1)
    rates = np.interp(steps, places, np.insert(saved.rates, alone + 1, saved.rates[alone]))
    rising = (steps < saved.steps[0]) & (steps < warm_up)
    rates[rising] *= steps[rising] / max(warm_up, 1)
    return rates


def _end_of_rise(rates: Array) -> int:
    """First step at the height from which the rate falls for the first time."""
    falls = np.flatnonzero(np.diff(rates) < 0)
    before = rates[: int(falls[0]) + 1] if falls.size else rates
    return int(np.argmax(before >= before.max() * (1 - 1e-9)))


def _in_blocks(rates: Array) -> Array:
    """The rates, many changes as the means of blocks over which they vary alike; step 0, the origin, stays alone."""
    varied = np.append(0.0, np.cumsum(np.abs(np.diff(rates))))
    if np.count_nonzero(np.diff(varied)) <= MOST_CHANGES:
        return rates
    begins = np.diff(np.floor(varied * (MOST_CHANGES / varied[-1]))) > 0
    begins[0] = True
    starts = np.append(0, np.flatnonzero(begins) + 1)
    sizes = np.diff(np.append(starts, rates.size))
    return np.repeat(np.add.reduceat(rates, starts) / sizes, sizes)


def _notes(saved: SavedRates, count: int, warm_up: int) -> list[str]:
    first, last = float(saved.steps[0]), float(saved.steps[-1])
    notes = list(saved.notes)
    # A run that saves its rate in every step begins with step 0 or 1.
    if first > 1 and not warm_up:
        notes.append(
            f"No learning rate is saved before step {first:g}: the first one, {saved.rates[0]:g}, was taken from step "
            "0 on. If there was a warm-up, give its length (warm_up=..., --warm-up): the exponent depends on it."
        )
    longest = float(np.diff(saved.steps).max(initial=0.0))
    if count - 1 - last > max(longest, 1):
        notes.append(f"No learning rate is saved after step {last:g}: {saved.rates[-1]:g} was taken to the end.")
    return notes
