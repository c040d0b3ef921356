"""The spectrum of the tangent kernel: the figure and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.chart import Chart
from spectra.report.course_exhibit import MEANS
from spectra.report.exhibit import Exhibit
from spectra.report.groups import groups
from spectra.report.kernel_figure import kernel_spectrum
from spectra.report.sheet import Sheet
from spectra.report.size_legend import end_sizes
from spectra.report.study import Study
from spectra.report.titles import column_title
from spectra.report.words import number

SHOWN = (1, 2, 3, 5, 10, 30, 100, 300, 1000)
"""Numbers of eigenvalues in the table."""


def kernel_exhibit(study: Study, rows: DataFrame) -> Exhibit:
    """Eigenvalues of the tangent kernel against their number, from `kernel_rows`."""
    scale = column_title(study.scale)
    shown, sheet = " and ".join(number(size, 6) for size in end_sizes(rows, study.scale)), _sheet(study, rows)
    return Exhibit(
        name="kernel_spectrum",
        heading="Eigenvalues of the tangent kernel by their number",
        draw=partial(kernel_spectrum, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            "Eigenvalues of J D J' over the number of examples times outputs, with the Jacobian J and the learning",
            f"rates D, from the largest on, at {scale} {shown}; geometric mean over seeds, with one standard deviation",
            "of the logarithm. Solid: at the start; dashed: at the last step with a kernel.",
            "Dotted: those of an infinitely wide network on the whole sphere, from theory, at the start."
            if rows["theory"].notna().any()
            else "",
        ],
        told=[
            f"{case}, {scale} {size}, step {step}: the largest is {first}."
            for case, size, step, first, *_ in sheet.rows
        ],
        sheets=[sheet],
        tables={"kernel_spectrum": rows},
        charts=[Chart(
            "kernel_spectrum", "number", "value", [study.scale, "step"], log="xy", sizes=study.sizes,
            x_title="number n", y_title="eigenvalue of the tangent kernel", note=MEANS,
        )],
    )  # fmt: skip


def _sheet(study: Study, rows: DataFrame) -> Sheet:
    told = []
    chosen = [each for each in SHOWN if each <= rows["number"].max()]
    for case in study.cases:
        for (size, step), one in groups(rows[rows["case"] == case.title], study.scale, "step"):
            values = one.set_index("number")["value"]
            cells = (number(values.get(each, float("nan"))) for each in chosen)
            told.append((case.title, number(size, 6), str(int(step)), *cells))
    heads = ("case", column_title(study.scale), "step", *(f"number {each}" for each in chosen))
    return Sheet("Eigenvalues of the tangent kernel.", heads, tuple(told))
