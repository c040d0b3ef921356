"""Whether every size learns: the figure of growth and movement, and its words."""

import math
from functools import partial

from pandas import DataFrame

from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import file_name, growth_rows, movement_rows
from spectra.report.groups import groups
from spectra.report.growth_figure import growth
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.words import clean, entry_title, factor, is_loss, number


def growth_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """Growth of a quantity along training against size, with movement of kernel and weights where it was measured."""
    name, rows = file_name(study, "growth", quantity, index), growth_rows(study, (quantity, index))
    moved = movement_rows(study)
    named, level, falls = entry_title(quantity, index), number(100 * study.question.level), is_loss(quantity)
    return Exhibit(
        name=name,
        heading=f"Whether every {clean(study.scale)} changes as much in training",
        draw=partial(growth, study, quantity, index),
        sentences=[
            f"Share of its start to which the {named} falls by the plateau, the mean over the last half" if falls else
            f"Factor by which the {named} grows from the first checkpoint to the plateau, the mean over the last half",
            f"of the checkpoints, with its {level} % interval over seeds. At one, dotted, nothing happens in training.",
            "Below: how far the tangent kernel has turned (1 − CKA with that of the start) or the weights have moved "
            "(distance over their length at the start) at the last step." if len(moved) else "",
        ],
        told=[f"{case}: {_ends(here, study.scale, quantity)}." for (case,), here in groups(rows, "case")],
        sheets=[_growth_sheet(study, quantity, index)],
        tables={name: rows, **({"movement": moved} if len(moved) else {})},
        chart=Chart(name, study.scale, "factor", log="xy", levels=[Level(1.0, "no change")], y_title="growth factor"),
    )  # fmt: skip


def change(ratio: float, quantity: str) -> str:
    """How much a quantity changes from its start: a loss to what share of that, others by what factor."""
    bare = is_loss(quantity) or not 0 < ratio < math.inf
    return number(ratio) if bare else factor(math.log(ratio))


def _ends(rows: DataFrame, scale: str, quantity: str) -> str:
    told = zip(rows["factor"], rows[scale], strict=True)
    return ", ".join(f"{change(ratio, quantity)} at {number(size, 6)}" for ratio, size in told)


def _growth_sheet(study: Study, quantity: str, index: int) -> Sheet:
    kind = "fall" if is_loss(quantity) else "growth"
    told = [
        (row["case"], number(row[study.scale], 6), middle, f"{low} to {high}")
        for row in growth_rows(study, (quantity, index)).to_dict("records")
        for middle, low, high in [[change(row[name], quantity) for name in ("factor", "low", "high")]]
    ]
    caption = f"{kind.capitalize()} of the {entry_title(quantity, index)} from the first checkpoint to the plateau"
    caption += ", as a share of its start." if is_loss(quantity) else "."
    return Sheet(caption, ("case", clean(study.scale), kind, "interval"), tuple(told))
