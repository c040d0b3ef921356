"""The points of a chart, ready to stand in a page: those of its table, rounded, and nothing else."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from pandas import DataFrame, Series

from spectra.plain_text import clean
from spectra.report.chart import Chart
from spectra.report.dark import in_the_dark
from spectra.report.style import ALONE, BESIDE, MUTED, size_colors
from spectra.report.titles import column_title, quantity_title, setting_title
from spectra.report.words import number

DIGITS = 6
"""Significant digits of a point; the table beside the page has seven."""
MOST = 50_000
"""Points of a chart. More would make a page that loads slowly, and lines that nobody tells apart."""
COLUMNS = (MUTED, BESIDE)
"""Colours of the columns beside the lines: in figures of laws those of the law and of the exact expectation."""


def chart_points(chart: Chart, table: DataFrame, seeds: DataFrame | None = None) -> dict[str, Any] | None:
    """What a script draws: axes, lines with their colours on paper and in the dark, and per panel x and values.

    Every curve of a panel has a value, or null, for every x of the panel.

    Args:
        chart: Which column is what.
        table: Its table.
        seeds: The table of the single runs; None for none. They are left out where all points were more than `MOST`.

    Returns:
        None if no row has a finite x and y, or there are more than `MOST`.
    """
    rows = _drawable(chart, table)
    if rows.empty or len(rows) > MOST:
        return None
    lines = _lines(chart, rows)
    runs = DataFrame() if seeds is None else _drawable(chart, seeds)
    runs = runs if len(rows) + len(runs) <= MOST else DataFrame()
    found = rows.groupby("(panel)", sort=False)
    panels = [_panel(chart, here, _of(runs, title), lines, title) for title, here in found]
    return {
        "x": _axis(chart, "x", rows),
        "y": _axis(chart, "y", rows),
        "line": column_title(" and ".join(chart.line)),
        "lines": [
            *(_line(chart.names.get(key, _title(key)), color) for key, color in _colors(rows, lines, chart).items()),
            *(_line(column_title(name), COLUMNS[place % 2]) for place, name in enumerate(chart.beside)),
        ],
        "panels": panels,
    }


def as_json(points: dict[str, Any] | None) -> Markup:
    """Points as JSON that can stand in a script element whatever texts are in it; empty without points."""
    return Markup("") if points is None else htmlsafe_json_dumps(points, separators=(",", ":"), sort_keys=False)


def _drawable(chart: Chart, table: DataFrame) -> DataFrame:
    """Rows that have a place in the chart, with the panel and the line of each."""
    if table.empty:
        return table
    rows = DataFrame(table[np.isfinite(_numbers(table[chart.x])) & np.isfinite(_numbers(table[chart.y]))])
    keys = {"(panel)": chart.panel, "(line)": chart.line}
    return rows.assign(**{name: Series(_keys(rows, own), rows.index, object) for name, own in keys.items()})


def _lines(chart: Chart, rows: DataFrame) -> list[Hashable]:
    found = rows["(line)"].unique().tolist()
    return [key for key in chart.names if key in found] if chart.names else _ordered(found)


def _of(runs: DataFrame, panel: Hashable) -> DataFrame:
    return runs if runs.empty else runs[runs["(panel)"] == panel]


def _panel(
    chart: Chart, rows: DataFrame, runs: DataFrame, lines: Sequence[Hashable], title: Hashable
) -> dict[str, Any]:
    places = np.unique(_numbers(rows[chart.x]))
    single = rows[chart.single].fillna("").astype(str) if chart.single else Series("", index=rows.index)
    curves = []
    for key in lines:
        mine = rows["(line)"] == key
        for run, here in rows[mine].groupby(single[mine], sort=False):
            found: dict[str, Any] = {"line": lines.index(key), "y": _aligned(here, chart.x, chart.y, places)}
            if run != "":
                found["single"] = True
            elif chart.band is not None and set(chart.band) <= set(here.columns):
                low, high = (_aligned(here, chart.x, end, places) for end in chart.band)
                found |= {"low": low, "high": high} if any(end is not None for end in low) else {}
            curves.append(found)
    for (key, _), here in [] if runs.empty else runs[runs["(line)"].isin(lines)].groupby(["(line)", "run"], sort=False):
        here = here[np.isin(_numbers(here[chart.x]), places)]
        curves.append({"line": lines.index(key), "y": _aligned(here, chart.x, chart.y, places), "seed": True})
    last = rows[(rows["(line)"] == max(rows["(line)"], key=lines.index)) & (single == "")]
    for place, name in enumerate(chart.beside, len(lines)):
        curves.append({"line": place, "dashed": True, "y": _aligned(last, chart.x, name, places)})
    levels = [level for level in chart.levels if level.panel in (None, title)]
    return {
        "title": _title(title),
        "x": [_rounded(place) for place in places],
        "curves": curves,
        "levels": [{"name": clean(level.name), "height": _rounded(level.height)} for level in levels],
    }


def _aligned(rows: DataFrame, x: str, y: str, places: np.ndarray) -> list[float | None]:
    """Values at all places, None where there is none; of several at one place the last."""
    values: list[float | None] = [None] * len(places)
    for place, value in zip(np.searchsorted(places, _numbers(rows[x])), _numbers(rows[y]), strict=True):
        values[place] = _rounded(value)
    return values


def _line(name: str, color: str) -> dict[str, str]:
    return {"name": name, "color": color, "dark": in_the_dark(color)}


def _colors(rows: DataFrame, lines: Sequence[Hashable], chart: Chart) -> dict[Hashable, str]:
    if chart.sizes:
        known = size_colors(sorted({*map(float, chart.sizes), *_numbers(rows[chart.line[0]])}))
        sizes = dict(zip(rows["(line)"], _numbers(rows[chart.line[0]]), strict=True))
        return {key: known[sizes[key]] for key in lines}
    keys = list(chart.names) or list(lines)
    colors = [ALONE] if len(keys) == 1 else list(size_colors(range(len(keys))).values())
    return {key: color for key, color in zip(keys, colors, strict=True) if key in lines}


def _ordered(keys: list[Hashable]) -> list[Hashable]:
    """Numbers from the smallest up, others as they come."""
    return sorted(keys) if all(isinstance(key, (int, float)) for key in keys) else keys  # type: ignore[type-var]


def _keys(rows: DataFrame, columns: Sequence[str]) -> list[Hashable]:
    """What tells rows apart: the entry of one column, or the entries of several as one text."""
    if len(columns) == 1:
        return _named_entries(rows, columns[0])
    if not columns:
        return [""] * len(rows)
    entries = [[_entry(name, entry) for entry in _named_entries(rows, name)] for name in columns]
    return [", ".join(row) for row in zip(*entries, strict=True)]


def _entry(column: str, entry: Hashable) -> str:
    """A number with the name of its column, which several numbers behind one another need."""
    return setting_title(column, entry) if isinstance(entry, (int, float)) else _title(entry)


def _named_entries(rows: DataFrame, column: str) -> list[Hashable]:
    """Entries of a column; quantities by their titles."""
    entries = rows[column].tolist()
    return [quantity_title(str(name)) for name in entries] if column in ("quantity", "curve") else entries


def _title(key: object) -> str:
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        return number(float(key), 6)
    return clean(key)


def _axis(chart: Chart, name: str, rows: DataFrame) -> dict[str, object]:
    column, title = (chart.x, chart.x_title) if name == "x" else (chart.y, chart.y_title)
    axis: dict[str, object] = {"title": clean(title or column_title(column)), "log": name in chart.log}
    numbers = _numbers(rows[column])
    if name in chart.linear:
        return axis | {"linear": _rounded(chart.linear[name])}
    if name == "x" and numbers.min() <= 0 < numbers.max():
        return axis | {"linear": _rounded(numbers[numbers > 0].min())}
    return axis


def _numbers(values: "Series[Any]") -> np.ndarray:
    return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)


def _rounded(value: float) -> float | None:
    if not np.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
