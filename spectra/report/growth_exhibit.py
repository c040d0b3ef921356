"""Whether every size learns: the figure of growth and movement, and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import file_name, growth_rows, movement_rows
from spectra.report.groups import groups
from spectra.report.growth_figure import growth
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.words import clean, entry_title, number


def growth_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """Growth of a quantity along training against size, with movement of kernel and weights where it was measured."""
    name, rows = file_name(study, "growth", quantity, index), growth_rows(study, (quantity, index))
    moved = movement_rows(study)
    named, level = entry_title(quantity, index), number(100 * study.question.level)
    return Exhibit(
        name=name,
        heading=f"Whether every {clean(study.scale)} changes as much in training",
        draw=partial(growth, study, quantity, index),
        sentences=[
            f"Factor by which the {named} grows from the first checkpoint to the plateau, the mean over the last half",
            f"of the checkpoints, with its {level} % interval over seeds. A factor of one is a network that is",
            "consistent because nothing happens in it.",
            "Below: how far the tangent kernel has turned (1 − CKA with that of the start) or the weights have moved "
            "(distance over their length at the start) at the last step." if len(moved) else "",
        ],
        told=[f"{case}: {_ends(here, study.scale)}." for (case,), here in groups(rows, "case")],
        sheets=[_growth_sheet(study, quantity, index)],
        tables={name: rows, **({"movement": moved} if len(moved) else {})},
    )  # fmt: skip


def _ends(rows: DataFrame, scale: str) -> str:
    told = zip(rows["factor"], rows[scale], strict=True)
    return ", ".join(f"×{number(factor)} at {number(size, 6)}" for factor, size in told)


def _growth_sheet(study: Study, quantity: str, index: int) -> Sheet:
    told = [
        (
            row["case"],
            number(row[study.scale], 6),
            f"×{number(row['factor'])}",
            f"×{number(row['low'])} to ×{number(row['high'])}",
        )
        for row in growth_rows(study, (quantity, index)).to_dict("records")
    ]
    caption = f"Growth of the {entry_title(quantity, index)} from the first checkpoint to the plateau."
    return Sheet(caption, ("case", clean(study.scale), "growth", "interval"), tuple(told))
