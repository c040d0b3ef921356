"""Which learning rate is best at every size: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.cell import Cell
from spectra.report.cells import extent
from spectra.report.chart import Chart
from spectra.report.exhibit import Exhibit
from spectra.report.rate_figure import ceiling, rates
from spectra.report.rate_tables import optimum_rows, rate_rows
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title, criterion_title
from spectra.report.verdicts import plain
from spectra.report.words import between, number
from spectra.verdicts import RateTransfer


def rate_exhibit(study: Study) -> Exhibit:
    """The deciding criterion against the learning rate, with the best rate of every size."""
    rows, optima = rate_rows(study), optimum_rows(study)
    return Exhibit(
        name="rates",
        heading=f"Which learning rate is best at every {column_title(study.scale)}",
        draw=partial(rates, rows, scale=study.scale, sizes=study.sizes),
        sentences=_caption(study),
        told=[f"{case}: {plain(fit.sentence, study)}" for case, fit in study.transfers().items()],
        sheets=[_sheet(optima, study.scale)],
        tables={"rates": rows, "optima": optima},
        charts=[Chart(
            "rates", "rate", "value", [study.scale], log="x", sizes=study.sizes, x_title="learning rate (base rate)",
            y_title=criterion_title(study.question.criterion),
            note="Means over seeds with their intervals. A rate at which a seed diverged has no point.",
        )],
    )  # fmt: skip


def _caption(study: Study) -> list[str]:
    fits, scale = list(study.transfers().values()), column_title(study.scale)
    level = number(100 * fits[0].drift_interval.level)
    failed = any(bool(np.isinf(fit.losses["criterion"]).any()) for fit in fits)
    edge = any(bool(fit.optima["edge"].astype(bool).any()) for fit in fits)
    seeds = between((len(fit.seeds) for fit in fits), "seed")
    return [
        f"Top: {criterion_title(fits[0].criterion)} (natural logarithm, lower is better) against the base learning",
        f"rate, mean over {seeds} with its {level} % interval.",
        "Crosses: at least one seed diverged, which counts as an infinite loss." if failed else "",
        f"Bottom: best rate of every {scale}, from a parabola through the best grid points, with",
        f"its {level} % interval from resampled seeds; dashed: the best rate of the smallest {scale}, which a larger",
        "network would inherit.",
        "Open marker: the best rate is an end of the grid, and the true one may lie beyond." if edge else "",
        "Values far above those at the smallest rate lie beyond the axis." if any(map(_cut, fits)) else "",
    ]


def _cut(fit: RateTransfer) -> bool:
    losses = fit.losses.rename(columns={"criterion": "value"})
    values = losses.loc[np.isfinite(losses["value"]), "value"]
    return bool((values > ceiling(losses)[1]).any())


def _optimum(rate: float, *, edge: bool) -> Cell:
    return Cell(number(rate) + (" (end of the grid)" if edge else ""), {"value": rate})


def _sheet(optima: DataFrame, scale: str) -> Sheet:
    told = [
        (row["case"], criterion_title(row["criterion"]), number(row[scale], 6),
         _optimum(row["optimum"], edge=row["edge"]),
         extent(row["low"], row["high"]), number(row["stable_edge"]), number(row["regret"], 2))
        for row in optima.to_dict("records")
    ]  # fmt: skip
    return Sheet(
        f"Best learning rates. The cost is what the rate that is best at this {column_title(scale)} loses at the "
        "largest one, in units of the criterion.",
        ("case", "criterion", column_title(scale), "best rate", "interval", "largest stable rate", "cost"),
        tuple(told),
    )  # fmt: skip
