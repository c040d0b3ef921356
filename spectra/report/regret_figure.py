"""What it costs to train one size at the learning rate that is best for another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report.panels import label_outer, message, panels
from spectra.report.style import INK, style
from spectra.report.titles import column_title
from spectra.report.words import number

COLORS = "YlOrBr"
SMALL = 1e-3  # log units: no loss is known so exactly
HOPELESS = 1.0  # log units: a loss e times too high is dark enough


def regrets(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Heat map: the size a rate was tuned at by the size that is trained, colour and text by the loss it costs.

    Args:
        table: case, tuned_at, run_at (sizes), regret (log units; infinite where a seed diverged).
        scale: Column that grows.
        sizes: Not used: sizes are rows and columns.
    """
    del sizes
    rows = table if table.empty else table[table["regret"].notna()]
    if rows.empty:
        return message("What a transferred learning rate costs could not be told in any case.")
    known = sorted({*rows["tuned_at"], *rows["run_at"]})
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=0.9 + 0.36 * len(known))
        for case, (panel, *_) in axes.items():
            _draw(panel, rows[rows["case"] == case], known)
        label_outer(
            figure,
            axes,
            x=f"{column_title(scale)} that is trained",
            y=f"{column_title(scale)} that the rate\nis best for",
        )
    return figure


def cost_title(cost: float) -> str:
    """A cost in log units as a share of the loss; nothing where it is unknown."""
    if not np.isfinite(cost):
        return "∞" if cost > 0 else ""
    if cost <= 0:
        return "0"
    share = 100 * np.expm1(cost)
    return "<0.1 %" if cost < SMALL else f"{number(share, 1 if share < 1 else 2)} %"


def _draw(panel: Axes, rows: DataFrame, sizes: list[float]) -> None:
    costs = rows.pivot(index="tuned_at", columns="run_at", values="regret").reindex(index=sizes, columns=sizes)
    values = costs.to_numpy(dtype=np.float64)
    panel.pcolormesh(
        range(len(sizes) + 1), range(len(sizes) + 1), values.clip(0, HOPELESS), cmap=COLORS, vmin=0, vmax=1.4 * HOPELESS
    )
    places = np.arange(len(sizes)) + 0.5
    panel.set_xticks(places, [number(size, 6) for size in sizes])
    panel.set_yticks(places, [number(size, 6) for size in sizes])
    panel.set_ylim(len(sizes), 0)
    panel.grid(visible=False)
    for row, tuned in enumerate(sizes):
        for column, run in enumerate(sizes):
            cost = float(values[row, column])
            told = "0" if tuned == run else cost_title(cost)
            dark = np.isfinite(cost) and cost > 0.9 * HOPELESS
            panel.text(
                column + 0.5, row + 0.5, told, ha="center", va="center", fontsize=7, color="white" if dark else INK
            )
