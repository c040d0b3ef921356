"""Ticks that a person reads: round numbers on logarithmic axes, true learning rates and sizes on theirs."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from spectra.report.words import number

LETTER, SPACE = 0.07, 0.06  # inches of a letter of a label, and between two labels
TOUCH = 0.12  # share of the height of a low panel below which two labels touch
WIDENED = 1.25  # what the layout makes of a panel's width at the least, when it gives away the margins
# From coarse to fine: how a decade is divided.
_LADDERS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))


def round_ticks(low: float, high: float, most: int = 9) -> list[float]:
    """Round numbers between two positive ends for a logarithmic axis: three to `most` of them where that can be."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for stride, ladder in _divisions(-(-len(decades) // min(8, most))):
        ticks = [step * 10.0**decade for decade in decades[::stride] for step in ladder]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) > most and len(found) >= 2:
            return found
        if len(ticks) >= 3:
            return ticks[:: -(-len(ticks) // most)]
        found = ticks
    evenly = MaxNLocator(min(5, most)).tick_values(low, high)
    return [float(tick) for tick in evenly if low <= tick <= high and tick > 0]


def _divisions(stride: int) -> list[tuple[int, tuple[float, ...]]]:
    """Ways to divide an axis, from coarse to fine: only where every decade has a tick are decades divided evenly."""
    return [*((every, _LADDERS[0]) for every in range(stride, 1, -1)), *((1, ladder) for ladder in _LADDERS)]


def logarithmic(axes: Axes, low: float, high: float, most: int = 9) -> None:
    """A logarithmic vertical axis between two positive ends with readable ticks, fewer on a low panel."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    _fix(axes.yaxis, round_ticks(low, high, most))


def with_tick(axes: Axes, value: float) -> None:
    """Mark a value on a logarithmic vertical axis; marks whose labels would touch it give way."""
    low, high = axes.get_ylim()
    apart = (high / low) ** TOUCH
    kept = [tick for tick in axes.get_yticks() if tick == value or not value / apart < tick < value * apart]
    _fix(axes.yaxis, sorted({*map(float, kept), value}))


def logarithmic_x(axes: Axes, low: float, high: float, most: int = 9) -> None:
    """A logarithmic horizontal axis between two positive ends with readable ticks, fewer on a narrow panel."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    _fix(axes.xaxis, round_ticks(low, high, most))


def logarithmic_steps(axes: Axes, values: Sequence[int]) -> None:
    """A logarithmic horizontal axis of positive steps with readable ticks: the steps themselves if they are few."""
    values = sorted(set(values))
    logarithmic_x(axes, values[0] / 1.15, values[-1] * 1.15)
    if len(values) <= 3:
        _fix(axes.xaxis, values)


def octaves(axes: Axes, values: Sequence[float], limit: int = 7) -> None:
    """A base-two horizontal axis; ticks are some of the values, thinned until their labels stand apart."""
    values = sorted(set(values))
    axes.set_xscale("log", base=2)
    axes.set_xlim(values[0] / 2**0.45, values[-1] * 2**0.45)
    inches = _inches(axes) / (math.log2(values[-1] / values[0]) + 0.9)
    for stride in range(-(-len(values) // limit), len(values) + 1):
        chosen = min((values[first::stride] for first in range(stride)), key=_letters)
        gaps = [inches * math.log2(right / left) for left, right in pairwise(chosen)]
        if all(gap > LETTER * _letters(pair) / 2 + SPACE for gap, pair in zip(gaps, pairwise(chosen), strict=True)):
            break
    _fix(axes.xaxis, chosen)


def _letters(values: Sequence[float]) -> int:
    return sum(len(number(value)) for value in values)


def _inches(axes: Axes) -> float:
    figure = axes.figure
    return float(axes.bbox.width / figure.dpi) if figure is not None else 0.0


def steps(axes: Axes, values: Sequence[int]) -> None:
    """The horizontal axis of updates: linear, or logarithmic from the first one on where checkpoints are so spaced."""
    values = sorted(set(values))
    if len(values) == 1:
        axes.set_xlim(values[0] - 1, values[0] + 1)
        _fix(axes.xaxis, values)
        return
    if not by_factors(values):
        room = WIDENED * _inches(axes) / (LETTER * len(number(values[-1], 6)) + 2 * SPACE)
        axes.xaxis.set_major_locator(MaxNLocator(max(2, min(7, int(room))), steps=[1, 2, 4, 5, 10], integer=True))
        return
    positive = [value for value in values if value > 0]
    axes.set_xscale("symlog", linthresh=positive[0], linscale=0.4)
    _fix(axes.xaxis, [0.0] * (values[0] == 0) + round_ticks(positive[0], positive[-1]))


def by_factors(steps: Iterable[int]) -> bool:
    """Whether checkpoints are so spaced, each a factor after the last, that a logarithmic axis shows them best."""
    values = sorted(set(steps))
    return sum(value > 0 for value in values) >= 4 and values[len(values) // 2] <= 0.2 * values[-1]


def _fix(axis: Axis, ticks: Sequence[float]) -> None:
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter([number(tick) for tick in ticks]))
    axis.set_minor_locator(NullLocator())
