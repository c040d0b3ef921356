"""What a fit of losses under changing learning rates shows: curves, rates and residuals of all runs."""

from collections.abc import Callable, Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.fit_panel import legend_above
from spectra.report.look import current
from spectra.report.style import INK, MARKERS, escape, style

# Six hues that stay apart for every kind of colour blindness (Okabe and Ito 2008); more curves take them again, with
# other marks.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
NAMED = 12  # curves that a legend names


def scheduled_losses(points: DataFrame, loss: str) -> Figure:
    """Losses with the law, and below them the learning rates, against steps.

    Args:
        points: curve, step, rate, measured, law: a row for every point.
        loss: Name of the loss.
    """
    with style():
        figure, (upper, lower) = _stacked(heights=(3, 1.2))
        for color, marker, name, here in _curves(points):
            upper.plot(
                here["step"], here["measured"], marker, color=color, markersize=2.5, markeredgewidth=0, alpha=0.6
            )
            upper.plot(here["step"], here["law"], color=color, linewidth=1.1, label=escape(f"{name}, points and law"))
            lower.plot(here["step"], here["rate"], color=color, linewidth=1.1)
        values = points[["measured", "law"]].to_numpy()
        ticks.logarithmic(upper, values.min() / 1.02, values.max() * 1.02)
        upper.set_ylabel(escape(loss))
        lower.set_ylabel("learning rate")
        lower.set_ylim(bottom=0)
        legend_above(figure, upper, most=NAMED)
    return figure


def scheduled_residuals(points: DataFrame, loss: str) -> Figure:
    """Log of measurement over law against steps, and against the summed learning rate.

    Args:
        points: curve, step, summed_rate, residual: a row for every point.
        loss: Name of the loss.
    """
    with style():
        figure = Figure(figsize=(current().width, 2.8), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for color, marker, name, here in _curves(points):
            for axes, x in ((left, "step"), (right, "summed_rate")):
                axes.plot(
                    here[x], 100 * here["residual"], marker, color=color, markersize=2.5, markeredgewidth=0,
                    label=escape(name),
                )  # fmt: skip
        for axes, x in ((left, "step"), (right, "summed learning rate")):
            axes.axhline(0, color=INK, linewidth=0.8)
            axes.set_xlabel(x)
            axes.locator_params(axis="x", nbins=4)
        left.set_ylabel(escape(f"{loss} over law, percent"))
        legend_above(figure, left, most=NAMED)
    return figure


SCHEDULE_FIGURES: dict[str, Callable[[DataFrame, str], Figure]] = {
    "losses": scheduled_losses,
    "residuals": scheduled_residuals,
}


def _curves(points: DataFrame) -> Iterator[tuple[str, str, str, DataFrame]]:
    """Colour, mark, name and points of every curve."""
    for place, (name, here) in enumerate(points.groupby("curve", sort=False)):
        marker = MARKERS[place // len(COLORS) % len(MARKERS)]
        yield COLORS[place % len(COLORS)], marker, str(name), here


def _stacked(*, heights: tuple[float, float]) -> tuple[Figure, tuple[Axes, Axes]]:
    figure = Figure(figsize=(current().width, 4.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    lower.set_xlabel("step")
    return figure, (upper, lower)
