"""Where all eigenvalues lie along training: the figure and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.chart import Chart
from spectra.report.density_figure import density
from spectra.report.exhibit import Exhibit
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.size_legend import end_sizes
from spectra.report.study import Study
from spectra.report.titles import column_title
from spectra.report.words import between, number

EDGES = (0.1, 1.0)
"""Eigenvalues that a table counts the larger ones of."""


def density_exhibit(study: Study, rows: DataFrame) -> Exhibit:
    """The spectral density at some steps, from `density_rows`."""
    scale = column_title(study.scale)
    sizes = " and ".join(number(size, 6) for size in end_sizes(rows, study.scale))
    linear, single = number(float(rows["linear"].iloc[0])), rows["low"] == rows["high"]
    seeds, each = (between(rows.loc[kind, "seeds"].astype(int), "seed") for kind in (~single, single))
    sheet, ends = _sheet(study, rows), {str(int(rows["step"].min())), str(int(rows["step"].max()))}
    return Exhibit(
        name="spectral_density",
        heading="Where all eigenvalues of the curvature lie along training",
        draw=partial(density, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"Number of eigenvalues in bins, one row for each step, mean over {seeds}, at {scale} {sizes}.",
            f"Heights are logarithmic, on the scale in the first row; the axis is linear up to ±{linear} and",
            "logarithmic beyond, where ten bins make a factor of ten.",
            "Counts are those of stochastic Lanczos quadrature: an eigenvalue that stands alone counts once on average",
            "over its random probes.",
            f"Strokes below a row: the largest eigenvalues, each measured by itself, geometric mean over {each}."
            if single.any() else "",
            "The matrix is the one whose largest eigenvalue is the effective sharpness.",
        ],
        told=[
            f"{case}, {scale} {size}, step {step}: {over} above {number(EDGES[0])}."
            for case, size, step, over, *_ in sheet.rows
            if step in ends
        ],
        sheets=[sheet],
        tables={"spectral_density": rows},
        charts=[Chart(
            "spectral_density", "middle", "count", ["step"], ["case", study.scale], band=None, log="xy",
            linear={"x": float(rows["linear"].iloc[0]), "y": 1.0}, x_title="eigenvalue", y_title="eigenvalues in a bin",
            note="Mean over seeds. Both axes are linear near zero; single eigenvalues are not drawn.",
        )],
    )  # fmt: skip


def _sheet(study: Study, rows: DataFrame) -> Sheet:
    """Counts of eigenvalues above two thresholds and below zero; bins that a threshold cuts count by their share."""
    told = []
    bins = rows[rows["low"] < rows["high"]]
    for case in study.cases:
        for (size, step), one in groups(bins[bins["case"] == case.title], study.scale, "step"):
            above = [_above(one, edge) for edge in EDGES]
            told.append((case.title, number(size, 6), str(int(step)), *map(number, above), number(_below(one))))
    heads = ("case", column_title(study.scale), "step", *(f"above {number(edge)}" for edge in EDGES), "below zero")
    return Sheet("Numbers of eigenvalues, mean over seeds.", heads, tuple(told))


def _above(bins: DataFrame, edge: float) -> float:
    share = ((bins["high"] - edge) / (bins["high"] - bins["low"])).clip(0, 1)
    return float((share * bins["count"]).sum())


def _below(bins: DataFrame) -> float:
    return float(bins["count"].sum()) - _above(bins, 0.0)
