"""Whether sizes differ by more than seeds do: the figure and its words."""

from functools import partial

from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import chosen_steps, file_name, noise_rows
from spectra.report.groups import groups
from spectra.report.noise_figure import noise
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.words import clean, entry_title, number


def noise_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """The scatter of sizes in units of that of seeds, against step."""
    name, rows = file_name(study, "noise", quantity, index), noise_rows(study, (quantity, index))
    named, scale, level = entry_title(quantity, index), clean(study.scale), number(100 * study.question.level)
    return Exhibit(
        name=name,
        heading=f"Whether networks of another {scale} differ by more than those of another seed",
        draw=partial(noise, study, quantity, index),
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
        sheets=[_sheet(study, quantity, index)],
        tables={name: rows},
        chart=Chart(name, "step", "ratio", log="y", levels=[Level(1.0)], y_title="sizes over seeds"),
    )


def _sheet(study: Study, quantity: str, index: int) -> Sheet:
    rows = noise_rows(study, (quantity, index))
    told = [
        (row["case"], str(int(row["step"])), number(row["size_deviation"]), number(row["seed_deviation"]),
         number(row["ratio"]), f"{number(row['low'])} to {number(row['high'])}")
        for row in rows.to_dict("records")
        if row["step"] in chosen_steps(rows)
    ]  # fmt: skip
    heads = ("case", "step", "over sizes", "over seeds", "ratio", "interval")
    return Sheet("Deviations of the logarithm over sizes and over seeds.", heads, tuple(told))
