"""How much sizes differ, in units of how much seeds do, along training."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import DASHED
from spectra.report.style import ALONE, BESIDE, MUTED, style

RATIO, SIZE, SEED = ALONE, BESIDE, MUTED
FLOOR = 0.03  # a ratio below this is drawn there: the axis is logarithmic, and a ratio may be zero


def scatter(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Ratio of the deviation over sizes to that over seeds, with its interval; below it the two deviations.

    Args:
        table: case, step, ratio, low, high, size_deviation, seed_deviation (log units).
        scale: Not used: the deviation is over all sizes.
        sizes: Not used.
    """
    del scale, sizes
    rows = table if table.empty else table[np.isfinite(table["ratio"])]
    if rows.empty:
        return message("The scatter could not be taken apart in any case.")
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=1.9, strip=0.6)
        upper, lower = next(iter(axes.values()))
        ends = rows[["ratio", "low", "high"]].to_numpy(dtype=np.float64)
        ticks.logarithmic(upper, FLOOR, max(3.0, float(ends[np.isfinite(ends)].max()) * 1.4))
        ticks.steps(upper, rows["step"].tolist())
        lower.set_ylim(0, 1.1 * float(rows[["size_deviation", "seed_deviation"]].to_numpy().max()))
        for case, (ratio, parts) in axes.items():
            _draw(ratio, parts, rows[rows["case"] == case])
        label_outer(figure, axes, x="step (updates made)", y="sizes over seeds", below="deviation\n(log units)")
        handles, labels = lower.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, columnspacing=1.4)
    return figure


def _draw(ratio: Axes, parts: Axes, rows: DataFrame) -> None:
    ratio.axhline(1, color=MUTED, linestyle=DASHED, linewidth=1.0)
    top = ratio.get_ylim()[1]
    low, high = (rows[end].astype(float).clip(FLOOR, top) for end in ("low", "high"))
    ratio.fill_between(rows["step"], low, high, color=RATIO, alpha=0.18, linewidth=0)
    ratio.plot(rows["step"], rows["ratio"].clip(FLOOR), color=RATIO, marker="o", markeredgecolor="white", label="ratio")
    for name, color, marker in (("size_deviation", SIZE, "s"), ("seed_deviation", SEED, "^")):
        parts.plot(
            rows["step"], rows[name], color=color, marker=marker, markeredgecolor="white",
            label=f"over {name.partition('_')[0]}s",
        )  # fmt: skip
