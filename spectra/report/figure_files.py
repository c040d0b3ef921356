"""The figures of a report without its page, or once more for a paper or for slides."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from spectra.report.exhibit import Exhibit
from spectra.report.look import Look, drawn_for
from spectra.report.style import save
from spectra.spreadsheets import write_csv


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


def write_exhibits(shown: Sequence[Exhibit], folder: Path) -> list[str]:
    """Write figures as SVG and PDF with the tables behind them as CSV; those that have nothing to show are left out.

    Args:
        shown: Figures with their tables.
        folder: Where to; it exists.

    Returns:
        Names of the files.
    """
    names = list[str]()
    for exhibit in shown:
        tables = {f"{name}.csv": table for name, table in exhibit.tables.items() if not table.empty}
        for name, table in tables.items():
            write_csv(table, folder / name)
        drawn = save(exhibit.draw(), folder / exhibit.name) if tables else []
        names += [*(path.name for path in drawn), *tables]
    return names
