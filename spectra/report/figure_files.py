"""The figures of a report once more, for a paper or for slides."""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from spectra.report.look import Look, drawn_for
from spectra.report.style import save


def write_figures(figures: Mapping[str, Callable[[], Figure]], folder: Path, look: Look) -> list[Path]:
    """Draw figures in a look and write each as SVG, PDF and, where the look has dots, PNG.

    Args:
        figures: What draws them, by the names of their files. A size has the colour that it has on the page.
        folder: Where to; made if absent.
        look: What they are for.

    Returns:
        Paths of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with drawn_for(look):
        return [path for name, draw in figures.items() for path in save(draw(), folder / name, look)]
