"""The curvature and its two parts along training: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.chart import Chart
from spectra.report.course_exhibit import MEANS, limit_levels
from spectra.report.exhibit import Exhibit
from spectra.report.groups import groups
from spectra.report.part_figure import LINES, curvature_parts
from spectra.report.sheet import Sheet
from spectra.report.size_legend import end_sizes
from spectra.report.study import Study
from spectra.report.ticks import by_factors
from spectra.report.titles import column_title
from spectra.report.words import number


def part_exhibit(study: Study, rows: DataFrame) -> Exhibit:
    """The largest eigenvalues of curvature, Gauss-Newton part and residual part against step, from `part_rows`."""
    scale = column_title(study.scale)
    shown = " and ".join(number(size, 6) for size in end_sizes(rows, study.scale))
    sheet = _sheet(study, rows)
    return Exhibit(
        name="curvature_parts",
        heading="What the curvature is made of along training",
        draw=partial(curvature_parts, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"Largest eigenvalues against the number of updates at {scale} {shown}: of the Hessian of the training",
            "loss, of its Gauss-Newton part J'BJ, with the Jacobian J of the outputs and the curvature B of the loss",
            "in them, and, without its sign, of the residual part, which is all the rest. All are preconditioned with",
            "the learning rate of every parameter.",
            "Line: geometric mean over seeds; band: one standard deviation of the logarithm."
            if rows["low"].notna().any()
            else "One seed, hence no band.",
        ],
        told=[
            f"{case}, {scale} {size}, {part}: {start} at the start, {end} at the end."
            for case, size, part, start, _, end in sheet.rows
        ],
        sheets=[sheet],
        tables={"curvature_parts": rows},
        charts=[Chart(
            "curvature_parts", "step", "value", [study.scale, "quantity"], log=f"{'x' * by_factors(rows['step'])}y",
            sizes=study.sizes, levels=limit_levels(rows), y_title="|eigenvalue|", note=MEANS,
        )],
    )  # fmt: skip


def _sheet(study: Study, rows: DataFrame) -> Sheet:
    told = []
    for case in study.cases:
        for (size, quantity), one in groups(rows[rows["case"] == case.title], study.scale, "quantity"):
            values = one.sort_values("step")["value"].to_numpy(dtype=np.float64)
            cells = (number(values[0]), number(values.max()), number(values[-1]))
            told.append((case.title, number(size, 6), LINES[quantity][0], *cells))
    heads = ("case", column_title(study.scale), "part", "first", "largest", "last")
    return Sheet("Largest eigenvalue of each part along training, geometric mean over seeds.", heads, tuple(told))
