"""Figures of what `cohort_scaling.py` wrote; the same table gives the same bytes."""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from spectra.report.style import MARKERS, MUTED, size_colors, size_markers, style

NAMES = {"updates": "updates", "products": "Hessian products"}
PROGRAMS = {"plain": "by hand", "cohort": "cohorts"}


def draw(source: Path, folder: Path) -> list[Path]:
    """Write one SVG file for each figure that the table has data for."""
    table = pd.read_csv(source)
    folder.mkdir(exist_ok=True)
    drawn = {"members": _members(table), "workers": _workers(table), "memory": _memory(table)}
    suffix = "" if (table["device"] == "cpu").all() else f"_{table['device'].iloc[0]}"
    return [_save(figure, folder / f"cohort_{name}{suffix}.svg") for name, figure in drawn.items() if figure]


def _save(figure: Figure, path: Path) -> Path:
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with style(), matplotlib.rc_context({"svg.hashsalt": path.stem}):
        figure.savefig(path, format="svg", metadata=nothing)
    # One line break at the end of lines, and none before it, whatever matplotlib writes.
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")
    return path


def _members(table: pd.DataFrame) -> Figure:
    """Gain over the loop by hand against the number of members, a line for each width."""
    models = list(dict.fromkeys(table["model"]))
    most = table[table["quantity"] == "most members"].set_index(["model", "width"])["value"]
    with style():
        figure = Figure(figsize=(2.1 * len(models) + 0.6, 4.6), layout="constrained")
        panels = figure.subplots(2, len(models), sharex=True, sharey="row", squeeze=False)
        for row, (quantity, name) in zip(panels, NAMES.items(), strict=True):
            for axes, model in zip(row, models, strict=True):
                part = table[(table["model"] == model) & (table["quantity"] == quantity)]
                _gains(axes, part, most[model])
            row[0].set_ylabel(f"{name}: times by hand")
        for axes, model in zip(panels[0], models, strict=True):
            axes.set_title(model.replace("_", " "))
            axes.legend(title="width", fontsize=6, title_fontsize=6.5)
        for axes in panels[-1]:
            axes.set_xlabel("members")
        for row in panels:
            row[0].set_ylim(0, 1.05 * max(max(line.get_ydata()) for axes in row for line in axes.lines))
    return figure


def _gains(axes: Axes, part: pd.DataFrame, most: pd.Series) -> None:
    widths = sorted(part["width"].unique())
    colors, markers = size_colors(widths), size_markers(widths)
    for width in widths:
        cell = part[part["width"] == width]
        plain = cell.loc[cell["program"] == "plain", "value"].iloc[0]
        gains = cell[cell["program"] == "cohort"].set_index("members")["value"].sort_index() / plain
        look = {"color": colors[width], "marker": markers[width]}
        axes.plot(gains.index, gains, linewidth=0.7, markerfacecolor="none", **look)
        together = gains[gains.index <= most[width]]
        axes.plot(together.index, together, label=str(width), **look)
    axes.axhline(1, color=MUTED, linewidth=0.8, linestyle="--")
    _doubling(axes)


def _workers(table: pd.DataFrame) -> Figure | None:
    """Throughput of the whole machine against the width, a line for each way of using it."""
    part = table[table["quantity"].str.startswith("machine")]
    if part.empty:
        return None
    with style():
        figure = Figure(figsize=(7.2, 3.0), layout="constrained")
        for axes, (quantity, name) in zip(figure.subplots(1, 2), NAMES.items(), strict=True):
            _throughputs(axes, part[part["quantity"] == f"machine {quantity}"])
            axes.set_title(f"{part['model'].iloc[0].replace('_', ' ')}: {name} per second")
        axes.legend(fontsize=7)
    return figure


def _throughputs(axes: Axes, part: pd.DataFrame) -> None:
    ways = list(part.groupby(["program", "workers", "threads"], sort=False))
    colors = size_colors(range(len(ways)))
    for number, ((program, workers, threads), way) in enumerate(ways):
        label = f"{PROGRAMS[program]}, {workers} x {threads} threads"
        dashes = "-" if program == "cohort" else "--"
        way = way.sort_values("width")
        axes.plot(way["width"], way["value"], dashes, color=colors[number], marker=MARKERS[number], label=label)
    _doubling(axes, "width")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _memory(table: pd.DataFrame) -> Figure | None:
    """Peak memory against the number of members, as measured and as foreseen, a panel for each model."""
    part = table[table["quantity"] == "memory"]
    if part.empty:
        return None
    models = list(dict.fromkeys(part["model"]))
    with style():
        figure = Figure(figsize=(2.1 * len(models) + 0.6, 2.6), layout="constrained")
        for axes, model in zip(figure.subplots(1, len(models), sharex=True, sharey=True), models, strict=True):
            _peaks(axes, part[part["model"] == model])
            axes.set_title(model.replace("_", " "))
            axes.legend(title="width", fontsize=6, title_fontsize=6.5, loc="lower right")
        figure.axes[0].set_ylabel("peak memory, megabytes\n(dotted: foreseen)")
    return figure


def _peaks(axes: Axes, part: pd.DataFrame) -> None:
    widths = sorted(part["width"].unique())
    colors, markers = size_colors(widths), size_markers(widths)
    for width in widths:
        cell = part[part["width"] == width].sort_values("members")
        look = {"color": colors[width], "marker": markers[width]}
        for program, dashes in (("cohort", "-"), ("foreseen", ":")):
            line = cell[cell["program"] == program]
            label = str(width) if program == "cohort" else None
            axes.plot(line["members"], line["value"] / 1e6, dashes, label=label, **look)
    _doubling(axes, "members")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _doubling(axes: Axes, name: str = "") -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="the CSV file")
    parser.add_argument("folder", type=Path, help="where the figures go")
    asked = parser.parse_args()
    for drawn in draw(asked.source, asked.folder):
        print(drawn)
