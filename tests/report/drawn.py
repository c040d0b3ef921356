"""An exhibit of a study as a figure, and a panel of it."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectra.report.exhibits import exhibits
from spectra.report.study import Study


def draw(study: Study, name: str) -> Figure:
    (found,) = [exhibit for exhibit in exhibits(study) if exhibit.name == name]
    return found.draw()


def panel(figure: Figure, title: str = "muP") -> Axes:
    (found,) = [axes for axes in figure.axes if axes.get_title(loc="left") == title]
    return found
