"""Whether sizes differ by more than seeds do: the figure and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.cells import extent
from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import chosen_steps, file_name, noise_rows
from spectra.report.groups import groups
from spectra.report.noise_figure import FLOOR, scatter
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.ticks import by_factors
from spectra.report.titles import column_title, entry_title
from spectra.report.words import number


def noise_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """The scatter of sizes in units of that of seeds, against step."""
    name, rows = file_name(study, "noise", quantity, index), noise_rows(study, (quantity, index))
    named, scale, level = entry_title(quantity, index), column_title(study.scale), number(100 * study.question.level)
    return Exhibit(
        name=name,
        heading=f"Whether networks of another {scale} differ by more than those of another seed",
        draw=partial(scatter, rows),
        sentences=[
            f"Standard deviation of the logarithm of the {named} over sizes, noise taken off, divided by that over",
            f"seeds, with its {level} % interval. Below the dashed line sizes differ less than seeds do; the ratio may",
            "be zero, and then lies at the lower end of the axis. Below: the two deviations. The ratio is easily small",
            "where seeds scatter much, and is therefore no verdict.",
        ],
        told=[
            f"{case}: ratio {number(here['ratio'].min())} to {number(here['ratio'].max())}."
            for (case,), here in groups(rows, "case")
        ],
        sheets=[_sheet(rows)],
        tables={name: rows},
        charts=_charts(rows, name, level),
    )


def _charts(rows: DataFrame, name: str, level: str) -> list[Chart]:
    x = "x" * (len(rows) > 0 and by_factors(rows["step"]))
    return [
        Chart(
            name, "step", "ratio", log=f"{x}y", linear={"y": FLOOR}, levels=[Level(1.0, "as much as seeds")],
            y_title="sizes over seeds",
            note=f"The band is the {level} % interval. The axis of the ratio is linear below {number(FLOOR)}.",
        ),
        Chart(
            name, "step", "size_deviation", band=None, log=x, beside=["seed_deviation"],
            y_title="deviation over sizes (log units)", note="Dashed: the deviation over seeds.",
        ),
    ]  # fmt: skip


def _sheet(rows: DataFrame) -> Sheet:
    told = [
        (row["case"], str(int(row["step"])), number(row["size_deviation"]), number(row["seed_deviation"]),
         number(row["ratio"]), extent(row["low"], row["high"]))
        for row in rows.to_dict("records")
        if row["step"] in chosen_steps(rows)
    ]  # fmt: skip
    heads = ("case", "step", "over sizes", "over seeds", "ratio", "interval")
    return Sheet("Deviations of the logarithm over sizes and over seeds.", heads, tuple(told))
