"""What a transferred learning rate costs: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.cells import extent
from spectra.report.exhibit import Exhibit
from spectra.report.groups import groups
from spectra.report.rate_tables import regret_rows
from spectra.report.regret_figure import cost_title, regrets
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title, criterion_title
from spectra.report.words import number


def regret_exhibit(study: Study) -> Exhibit:
    """Cost of every transfer of a learning rate between two sizes; no chart, because its table has every cell."""
    rows, scale = regret_rows(study), column_title(study.scale)
    return Exhibit(
        name="regret",
        heading=f"What a learning rate from another {scale} costs",
        draw=partial(regrets, rows, scale=study.scale),
        sentences=[
            f"By how many percent the loss of one {scale} (columns) is higher at the learning rate that is best for",
            f"another (rows) than at its own best, by the {criterion_title(study.question.criterion)}. Tuning small",
            "and training large reads above the diagonal. The strongest colour: a loss e times too high or more.",
            "∞: beside that rate some seed diverges." if len(rows) and np.isinf(rows["regret"]).any() else "",
        ],
        told=[f"{case}: at most {cost_title(here['regret'].max())}." for (case,), here in groups(rows, "case")],
        sheets=[_sheet(rows)],
        tables={"regret": rows},
    )  # fmt: skip


def _sheet(rows: DataFrame) -> Sheet:
    told = [
        (row["case"], number(row["tuned_at"], 6), number(row["run_at"], 6), number(row["regret"], 2),
         extent(row["low"], row["high"], 2), number(row["noise"], 2))
        for row in rows.to_dict("records")
        if row["tuned_at"] != row["run_at"]
    ]  # fmt: skip
    return Sheet(
        "Costs of transferred learning rates, in units of the criterion and of its standard deviation over seeds.",
        ("case", "tuned at", "trained", "cost", "interval", "in standard deviations"), tuple(told),
    )  # fmt: skip
