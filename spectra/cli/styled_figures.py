"""The figures of a report once more, for a paper or for slides: `spectra report --style`."""

from __future__ import annotations

from pathlib import Path

from spectra.cli.exits import door
from spectra.report import LawStudy, Study, exhibits
from spectra.report.comparison_exhibit import comparison_exhibits
from spectra.report.figure_files import write_figures
from spectra.report.law_exhibits import law_exhibits
from spectra.report.look import Look, look


def asked_look(style: str | None, columns: int | None) -> Look | None:
    """The look that is asked for; None where neither a style nor columns are named, and a paper for columns alone."""
    if style is None and columns is None:
        return None
    with door():
        return look(style or "paper", columns=columns)


def write_styled(found: Study | LawStudy, page: Path, wanted: Look) -> Path:
    """Write every figure of a page in a look, as SVG, PDF and PNG.

    Args:
        found: What the page shows.
        page: Folder of the page.
        wanted: What the figures are for.

    Returns:
        Folder of the figures, beside that of the page's own.
    """
    shown = (
        exhibits(found) if isinstance(found, Study) else [*comparison_exhibits(found.comparisons), *law_exhibits(found)]
    )
    folder = page / f"figures-{wanted.name}"
    write_figures({exhibit.name: exhibit.draw for exhibit in shown}, folder, wanted)
    return folder
