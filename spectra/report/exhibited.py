"""An exhibit as a page shows it: its files beside the page, and what stands in the page itself."""

from pathlib import Path
from typing import Any

from markupsafe import Markup

from spectra.report.chart import Chart
from spectra.report.chart_points import as_json, chart_points
from spectra.report.exhibit import Exhibit
from spectra.report.inline_svg import inline_svg
from spectra.report.style import save
from spectra.spreadsheets import write_csv


def exhibited(exhibit: Exhibit, place: int, folder: Path) -> dict[str, Any]:
    """Write the files of an exhibit, and what a page shows of it.

    Args:
        exhibit: What to show.
        place: Of the figure on the page: its identifiers bear it.
        folder: Of figures.
    """
    name = exhibit.name
    for file, table in exhibit.tables.items():
        write_csv(table, folder / f"{file}.csv")
    vector = save(exhibit.draw(), folder / name)[0]
    # The markup is our own: matplotlib wrote it, and every text in it went through an XML writer.
    text = vector.read_text(encoding="utf-8")
    drawing = Markup(inline_svg(text, name=f"f{place}", alternative=exhibit.alternative))
    return {
        "name": name,
        "heading": exhibit.heading,
        "drawing": drawing,
        "charts": [(points, chart.caption) for chart in exhibit.charts if (points := _points(exhibit, chart))],
        "caption": exhibit.caption,
        "sheets": [sheet for sheet in exhibit.sheets if sheet.rows],
        "files": [f"{name}.svg", f"{name}.pdf", *(f"{table}.csv" for table in exhibit.tables)],
    }


def _points(exhibit: Exhibit, chart: Chart) -> Markup:
    """The points of one of its charts for a script; empty where it has none, or too many."""
    seeds = exhibit.tables[chart.seeds] if chart.seeds else None
    return as_json(chart_points(chart, exhibit.tables[chart.table], seeds))
