"""Eigenvalues of the tangent kernel against their number, at the start and at the end of training."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.part_figure import Dashes
from spectra.report.size_legend import all_sizes, end_sizes, legend_of, size_handles
from spectra.report.style import MUTED, size_colors, style

THEORY = "#00795c"
AFTER, DOTTED = (0, (4, 1.5)), (0, (1, 1.8))


def kernel_spectrum(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Eigenvalues against their number, both logarithmic, of two sizes; and what theory says of the start.

    Args:
        table: case, the scale, step (one or two of each case), number (from 1 on), value, low and high (band; may be
            nan), theory (of the first step at infinite size; nan where there is none).
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    rows = table[table["value"] > 0] if len(table) else table
    if rows.empty:
        return message("No eigenvalue of the tangent kernel was measured at a judged learning rate.")
    known, shown = all_sizes(table, scale, sizes), end_sizes(rows, scale)
    rows = rows[rows[scale].isin(shown)]
    rows = rows.assign(after=rows["step"] > rows.groupby("case")["step"].transform("min"))
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=2.6)
        first = next(iter(axes.values()))[0]
        ticks.logarithmic(first, float(rows["value"].min()) / 1.3, float(rows["value"].max()) * 1.3)
        ticks.logarithmic_x(first, 0.9, float(rows["number"].max()) * 1.1)
        for case, (panel, *_) in axes.items():
            here = rows[rows["case"] == case]
            for (size, after), one in groups(here, scale, "after"):
                _draw(panel, one, color=size_colors(known)[size], after=after)
            theory = here[(here[scale] == here[scale].max()) & ~here["after"]].dropna(subset="theory")
            panel.plot(theory["number"], theory["theory"], color=THEORY, linestyle=DOTTED, label="theory")
        label_outer(figure, axes, x="number n of the eigenvalue", y="eigenvalue of the\ntangent kernel")
        legend_of(figure, [*_handles(rows), *size_handles(scale, shown, known)])
    return figure


def _draw(panel: Axes, rows: DataFrame, *, color: str, after: bool) -> None:
    panel.fill_between(rows["number"], rows["low"], rows["high"], color=color, alpha=0.12, linewidth=0)
    marker = "s" if after else "o"
    panel.plot(
        rows["number"], rows["value"], color=color, linestyle=AFTER if after else "-", linewidth=1.2, markersize=3,
        marker=marker if len(rows) <= 32 else "", markeredgecolor="white", label=f"step {rows['step'].iloc[0]}",
    )  # fmt: skip


def _handles(rows: DataFrame) -> list[Line2D]:
    named = []
    ends: tuple[tuple[bool, str, Dashes], ...] = ((False, "first", "-"), (True, "last", AFTER))
    for after, end, dashes in ends:
        steps = rows.loc[rows["after"] == after, "step"].unique()
        if len(steps):
            label = f"step {steps[0]}" if len(steps) == 1 else f"{end} step"
            named.append(Line2D([], [], color=MUTED, linestyle=dashes, label=label))
    if rows["theory"].notna().any():
        named.append(Line2D([], [], color=THEORY, linestyle=DOTTED, label="theory, infinite size"))
    return named
