"""Whether every size learns: the figure of growth and movement, and its words."""

import math
from functools import partial

from pandas import DataFrame

from spectra.report.cell import Cell
from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import file_name, growth_rows
from spectra.report.groups import groups
from spectra.report.growth_figure import direction, growth
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title, entry_title, is_loss
from spectra.report.words import factor, number

ENDS = ("low", "high")


def growth_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """Growth of a quantity along training against size, with movement of kernel and weights where it was measured."""
    name, rows = file_name(study, "growth", quantity, index), growth_rows(study, (quantity, index))
    grown = rows[rows["movement"].isna()] if len(rows) else rows
    named, level = entry_title(quantity, index), number(100 * study.question.level)
    kind, moved = direction(quantity, grown["factor"] if len(grown) else ()), len(grown) < len(rows)
    return Exhibit(
        name=name,
        heading=f"Whether every {column_title(study.scale)} changes as much in training",
        draw=partial(growth, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"{_course(kind, named)} the plateau, the geometric mean over the last half",
            f"of the checkpoints, with its {level} % interval over seeds. At one, dashed, nothing happens in training.",
            "Below: how far the tangent kernel has turned (1 − CKA with that of the start) or the weights have moved "
            "(distance over their length at the start) at the last step." if moved else "",
        ],
        told=[f"{case}: {_ends(here, study.scale, quantity)}." for (case,), here in groups(grown, "case")],
        sheets=[_sheet(grown, study.scale, kind, quantity, index)],
        tables={name: rows},
        charts=_charts(study, name, moved=moved),
    )  # fmt: skip


def _course(kind: str, named: str) -> str:
    if kind == "fall":
        return f"Share of its start to which the {named} falls by"
    return f"Factor by which the {named} {'grows' if kind == 'growth' else 'changes'} from the first checkpoint to"


def _charts(study: Study, name: str, *, moved: bool) -> list[Chart]:
    note = f"Bands are {number(100 * study.question.level)} % intervals over seeds."
    grown = Chart(
        name, study.scale, "factor", log="xy", levels=[Level(1.0, "no change")], y_title="plateau over start", note=note
    )
    turned = Chart(
        name, study.scale, "movement", ["quantity"], log="xy", y_title="movement at the last step", note=note
    )
    return [grown, turned] if moved else [grown]


def change(ratio: float, quantity: str) -> str:
    """How much a quantity changes from its start: a loss to what share of that, others by what factor."""
    bare = is_loss(quantity) or not 0 < ratio < math.inf
    return number(ratio) if bare else factor(math.log(ratio))


def _ends(rows: DataFrame, scale: str, quantity: str) -> str:
    told = zip(rows["factor"], rows[scale], strict=True)
    return ", ".join(f"{change(ratio, quantity)} at {number(size, 6)}" for ratio, size in told)


def _sheet(rows: DataFrame, scale: str, kind: str, quantity: str, index: int) -> Sheet:
    told = [
        (
            row["case"],
            number(row[scale], 6),
            middle,
            Cell("–" if low == high == "–" else f"{low} to {high}", {end: row[end] for end in ENDS}),
        )
        for row in rows.to_dict("records")
        for middle, low, high in [[change(row[name], quantity) for name in ("factor", *ENDS)]]
    ]
    caption = f"{kind.capitalize()} of the {entry_title(quantity, index)} from the first checkpoint to the plateau"
    caption += ", as a share of its start." if is_loss(quantity) else "."
    return Sheet(caption, ("case", column_title(scale), kind, "interval"), tuple(told))
