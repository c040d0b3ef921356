"""The largest eigenvalues along training: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.chart import Chart
from spectra.report.course_exhibit import MEANS, limit_levels
from spectra.report.definitions import definition
from spectra.report.eigenvalue_figure import eigenvalues
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import chosen_steps
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.size_legend import end_sizes
from spectra.report.spectrum_tables import eigenvalue_rows
from spectra.report.study import Study
from spectra.report.ticks import by_factors
from spectra.report.titles import column_title, quantity_title
from spectra.report.words import number
from spectra.verdicts.verdict import capital

MATRICES = {
    "effective_sharpness": "effective curvature",
    "sharpness": "Hessian",
    "gauss_newton": "Gauss-Newton part of the curvature",
    "residual_part": "residual part of the curvature",
    "kernel_eigenvalues": "tangent kernel",
}
TOLD = 3
"""First eigenvalues in the table on the page, and the last; the CSV file has all."""


def eigenvalue_exhibit(study: Study, quantity: str) -> Exhibit:
    """Several eigenvalues against step at the judged rates."""
    rows, name = eigenvalue_rows(study, quantity), f"eigenvalues-{quantity}"
    count, scale = rows["index"].nunique(), column_title(study.scale)
    sheet, ends = _sheet(study, rows, quantity), [number(size, 6) for size in end_sizes(rows, study.scale)]
    return Exhibit(
        name=name,
        heading=f"The {count} largest eigenvalues of the {MATRICES[quantity]} along training",
        draw=partial(eigenvalues, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"Each line is one eigenvalue, geometric mean over seeds, at {scale} {' and '.join(ends)}; thinner lines",
            "are further down in the spectrum, and numbers at their ends count from the largest on.",
            "Band, of the largest: one standard deviation of its logarithm." if rows["low"].notna().any() else "",
            definition(quantity, study.table),
            "Other sizes are in the table of the figure." if rows[study.scale].nunique() > 2 else "",
        ],
        told=[
            f"{row[0]}, {scale} {row[1]}, number {row[2]}: from {row[3]} to {row[-1]}."
            for row in sheet.rows
            if row[1] in ends
        ],
        sheets=[sheet],
        tables={name: rows},
        charts=[Chart(
            name, "step", "value", [study.scale, "number"], log=f"{'x' * by_factors(rows['step'])}y",
            sizes=study.sizes, levels=limit_levels(rows), y_title=quantity_title(quantity), note=MEANS,
        )],
    )  # fmt: skip


def _sheet(study: Study, rows: DataFrame, quantity: str) -> Sheet:
    rows = rows[(rows["number"] <= TOLD) | (rows["number"] == rows["number"].max())]
    chosen = chosen_steps(rows)
    told = []
    for case in study.cases:
        for (size, place), one in groups(rows[rows["case"] == case.title], study.scale, "number"):
            values = one.set_index("step")["value"]
            cells = (number(values.get(step, np.nan)) for step in chosen)
            told.append((case.title, number(size, 6), str(place), *cells))
    heads = ("case", column_title(study.scale), "number", *(f"step {step}" for step in chosen))
    return Sheet(f"{capital(quantity_title(quantity))} by its number, geometric mean over seeds.", heads, tuple(told))
