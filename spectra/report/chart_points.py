"""The points of a chart, ready to stand in a page: those of its table, rounded, and nothing else."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from pandas import DataFrame, Series

from spectra.report.chart import Chart
from spectra.report.dark import in_the_dark
from spectra.report.style import MUTED, size_colors
from spectra.report.words import clean, number, quantity_title

DIGITS = 6
"""Significant digits of a point; the table beside the page has seven."""
MOST = 50_000
"""Points of a chart. More would make a page that loads slowly, and lines that nobody tells apart."""
ALONE = "#33508f"
"""Colour of the line of a chart with one."""
BESIDE = (MUTED, "#b04a00")
"""Colours of the columns beside the lines: in figures of laws those of the law and of the exact expectation."""


def chart_points(chart: Chart, table: DataFrame) -> dict[str, Any] | None:
    """What a script draws: axes, lines with their colours on paper and in the dark, and per panel x and values.

    Every curve of a panel has a value, or null, for every x of the panel.

    Args:
        chart: Which column is what.
        table: Its table.

    Returns:
        None if no row has a finite x and y, or there are more than `MOST`.
    """
    if table.empty:
        return None
    rows = table[np.isfinite(_numbers(table[chart.x])) & np.isfinite(_numbers(table[chart.y]))]
    if rows.empty or len(rows) > MOST:
        return None
    rows = rows.assign(**{"(panel)": _keys(rows, chart.panel), "(line)": _keys(rows, chart.line)})
    lines = _ordered(rows["(line)"].unique().tolist())
    panels = [_panel(chart, here, lines, title) for title, here in rows.groupby("(panel)", sort=False)]
    return {
        "x": _axis(chart.x, chart.x_title, log="x" in chart.log),
        "y": _axis(chart.y, chart.y_title, log="y" in chart.log),
        "line": _named(" and ".join(chart.line)),
        "lines": [
            *(_line(_title(key), color) for key, color in _colors(rows, lines, chart).items()),
            *(_line(_named(name), BESIDE[place % 2]) for place, name in enumerate(chart.beside)),
        ],
        "panels": panels,
    }


def as_json(points: dict[str, Any] | None) -> Markup:
    """Points as JSON that can stand in a script element whatever texts are in it; empty without points."""
    return Markup("") if points is None else htmlsafe_json_dumps(points, separators=(",", ":"), sort_keys=False)


def _panel(chart: Chart, rows: DataFrame, lines: Sequence[Hashable], title: Hashable) -> dict[str, Any]:
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
    colors = [ALONE] if len(lines) == 1 else list(size_colors(range(len(lines))).values())
    return dict(zip(lines, colors, strict=True))


def _ordered(keys: list[Hashable]) -> list[Hashable]:
    """Numbers from the smallest up, others as they come."""
    return sorted(keys) if all(isinstance(key, (int, float)) for key in keys) else keys  # type: ignore[type-var]


def _keys(rows: DataFrame, columns: Sequence[str]) -> list[Hashable]:
    """What tells rows apart: the entry of one column, or the entries of several as one text."""
    if len(columns) == 1:
        return _named_entries(rows, columns[0])
    if not columns:
        return [""] * len(rows)
    return [", ".join(map(_title, row)) for row in zip(*(_named_entries(rows, name) for name in columns), strict=True)]


def _named_entries(rows: DataFrame, column: str) -> list[Hashable]:
    """Entries of a column; quantities by their titles."""
    entries = rows[column].tolist()
    return [quantity_title(str(name)) for name in entries] if column in ("quantity", "curve") else entries


def _title(key: object) -> str:
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        return number(float(key), 6)
    return clean(key)


def _named(column: str) -> str:
    return clean(column).replace("_", " ")


def _axis(column: str, title: str, *, log: bool) -> dict[str, object]:
    return {"title": clean(title or _named(column)), "log": log}


def _numbers(values: "Series[Any]") -> np.ndarray:
    return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)


def _rounded(value: float) -> float | None:
    if not np.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
