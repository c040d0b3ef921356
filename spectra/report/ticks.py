"""Ticks that a person reads: round numbers on logarithmic axes, true learning rates and sizes on theirs."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from spectra.report.words import number

# From coarse to fine: how a decade is divided.
_LADDERS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))


def round_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two positive ends for a logarithmic axis: three to nine of them where that can be."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for ladder in _LADDERS:
        stride = -(-len(decades) // 8)
        ticks = [step * 10.0**decade for decade in decades[::stride] for step in ladder]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            return ticks
    return [float(tick) for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high and tick > 0]


def logarithmic(axes: Axes, low: float, high: float) -> None:
    """A logarithmic vertical axis between two positive ends with readable ticks."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    _fix(axes.yaxis, round_ticks(low, high))


def logarithmic_x(axes: Axes, low: float, high: float) -> None:
    """A logarithmic horizontal axis between two positive ends with readable ticks."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    _fix(axes.xaxis, round_ticks(low, high))


def octaves(axes: Axes, values: Sequence[float], limit: int = 7) -> None:
    """A base-two horizontal axis; ticks are some of the values, evenly thinned to those shortest to read."""
    values = sorted(set(values))
    axes.set_xscale("log", base=2)
    axes.set_xlim(values[0] / 2**0.45, values[-1] * 2**0.45)
    stride = -(-len(values) // limit)
    offsets = sorted(range(stride), key=lambda first: sum(len(number(value)) for value in values[first::stride]))
    _fix(axes.xaxis, values[offsets[0] :: stride])


def steps(axes: Axes, values: Sequence[int]) -> None:
    """The horizontal axis of updates: linear, or logarithmic from the first one on where checkpoints are so spaced."""
    values = sorted(set(values))
    positive = [value for value in values if value > 0]
    if len(positive) < 4 or values[len(values) // 2] > 0.2 * values[-1]:
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 4, 5, 10], integer=True))
        return
    axes.set_xscale("symlog", linthresh=positive[0], linscale=0.4)
    _fix(axes.xaxis, [0.0] * (values[0] == 0) + round_ticks(positive[0], positive[-1]))


def _fix(axis: Axis, ticks: Sequence[float]) -> None:
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter([number(tick) for tick in ticks]))
    axis.set_minor_locator(NullLocator())
