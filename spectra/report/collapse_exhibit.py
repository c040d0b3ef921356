"""Whether the loss curves of all sizes fall onto one: the figure and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.cells import extent
from spectra.report.chart import Chart, Level
from spectra.report.collapse_figure import collapses
from spectra.report.collapse_tables import collapse_curves, collapse_rows
from spectra.report.exhibit import Exhibit
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title
from spectra.report.words import number


def collapse_exhibit(study: Study) -> Exhibit:
    """Loss curves divided by their last value, and the spread over sizes in units of that over seeds."""
    scale, level, rows = column_title(study.scale), number(100 * study.question.level), collapse_rows(study)
    curves = collapse_curves(study)
    return Exhibit(
        name="collapse",
        heading=f"Loss curves of every {scale}, divided by their own ends",
        draw=partial(collapses, curves, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"Mean over seeds of each loss divided by that at the last step, with its {level} % interval. Below: the",
            "standard deviation of these curves over all sizes and seeds, divided by that of the loss over the seeds",
            "of one size, at the times that are judged. Below the dashed line the curves of all sizes are closer to",
            "each other than two seeds of one size are. At the end they meet by construction.",
        ],
        told=[
            f"{case}: spread over noise {number(here['ratio'].min())} to {number(here['ratio'].max())}."
            for (case,), here in groups(rows[rows["judged"]], "case")
        ],
        sheets=[_sheet(rows)],
        tables={"collapse": curves},
        charts=_charts(study, level),
    )


def _charts(study: Study, level: str) -> list[Chart]:
    return [
        Chart(
            "collapse", "time", "value", [study.scale], log="y", sizes=study.sizes, x_title="share of the training",
            y_title="loss over its last value", note=f"Means over seeds; bands are {level} % intervals.",
        ),
        Chart(
            "collapse", "time", "ratio", band=("ratio_low", "ratio_high"), log="y",
            levels=[Level(1.0, "as much as seeds")], x_title="share of the training", y_title="spread over noise",
            note="Also at the times that are not judged.",
        ),
    ]  # fmt: skip


def _sheet(rows: DataFrame) -> Sheet:
    told = [
        (row["case"], number(row["time"]), number(row["deviation"]), number(row["noise"]), number(row["ratio"]),
         extent(row["low"], row["high"]))
        for row in rows[rows["judged"]].to_dict("records")
    ]  # fmt: skip
    heads = ("case", "share of training", "spread", "noise", "ratio", "interval")
    return Sheet("Relative spread of the normalised curves, and of seeds of one size.", heads, tuple(told))
