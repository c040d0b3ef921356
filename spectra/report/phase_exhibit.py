"""Where training works, by size and learning rate: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.groups import groups
from spectra.report.phase_figure import phases
from spectra.report.sheet import Sheet
from spectra.report.size_tables import phase_rows
from spectra.report.study import Study
from spectra.report.titles import column_title, criterion_title
from spectra.report.words import number


def phase_exhibit(study: Study) -> Exhibit:
    """The deciding criterion on the plane of learning rate and size."""
    rows, scale = phase_rows(study), column_title(study.scale)
    fit = next(iter(study.transfers().values()))
    level, gone = number(100 * fit.drift_interval.level), bool(np.isinf(rows["value"]).any())
    sheet = _sheet(study, rows)
    return Exhibit(
        name="phases",
        heading=f"Where training works, by {scale} and learning rate",
        draw=partial(phases, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"{criterion_title(fit.criterion).capitalize()}, mean over seeds, as the percentage by which the loss is",
            f"above that of the best rate of the same {scale}.",
            "Hatched: at least one seed diverged." if gone else "",
            f"Line: the best rate of every {scale} with its {level} % interval; where it is upright, one rate is best",
            "for all.",
            "Open: the best rate is an end of the grid." if rows["edge"].astype(bool).any() else "",
        ],
        told=[
            f"{case}, {scale} {size}: best rate {best}; from {low} to {high} the loss is at most 20 % above its best"
            + (f"; {diverged} is the smallest rate at which a seed diverged." if diverged != "–" else ".")
            for case, size, best, low, high, diverged in sheet.rows
        ],
        sheets=[sheet],
        tables={"phases": rows},
        charts=[Chart(
            "phases", "rate", "excess", [study.scale], band=None, log="x", sizes=study.sizes,
            levels=[Level(float(np.log(1.2)), "20 % above")], x_title="learning rate (base rate)",
            y_title="log-loss above the best of the size", note="A rate at which a seed diverged has no point.",
        )],
    )  # fmt: skip


def _sheet(study: Study, rows: DataFrame) -> Sheet:
    told = []
    for case in study.cases:
        for (size,), one in groups(rows[rows["case"] == case.title], study.scale):
            good, gone = _good(one), one.loc[np.isinf(one["value"]), "rate"]
            ends = (min(good, default=np.nan), max(good, default=np.nan), gone.min())
            told.append(
                (case.title, number(size, 6), *(number(float(each)) for each in (one["optimum"].iloc[0], *ends)))
            )
    heads = ("case", column_title(study.scale), "best rate", "loss within 20 % from", "to", "smallest that diverged")
    return Sheet("Learning rates that train well, of those that were tried.", heads, tuple(told))


def _good(rows: DataFrame) -> list[float]:
    """Rates of one size around the best one, without a gap, at which the loss is at most 20 % above its best."""
    rows = rows.sort_values("rate", ignore_index=True)
    good = rows["excess"] <= np.log(1.2)
    if not good.any():
        return []
    stretch = (~good).cumsum()
    return list(rows.loc[good & (stretch == stretch[rows["excess"].idxmin()]), "rate"])
