"""The exhibits of a study by their names, as figures, with their panels and lines."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spectra.report.exhibit import Exhibit
from spectra.report.exhibits import exhibits
from spectra.report.study import Study

NAMES = [
    "effective_sharpness", "trend", "gap", "size-gap", "noise", "growth", "rates", "phases", "regret", "loss",
    "exponents",
]  # fmt: skip
"""Of the exhibits of the studies `real` and `known`."""
NTK = "NTK, matched at the base width"


def exhibit_of(study: Study, name: str) -> Exhibit:
    (found,) = [exhibit for exhibit in exhibits(study) if exhibit.name == name]
    return found


def draw(study: Study, name: str) -> Figure:
    return exhibit_of(study, name).draw()


def panel(figure: Figure, title: str = "muP") -> Axes:
    (found,) = [axes for axes in figure.axes if axes.get_title(loc="left") == title]
    return found


def upper(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def lines(axes: Axes, label: str) -> list[Line2D]:
    return [drawn for drawn in axes.lines if drawn.get_label() == label]


def line(axes: Axes, label: str) -> Line2D:
    (found,) = lines(axes, label)
    return found
