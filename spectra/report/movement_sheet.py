"""How far kernel and weights moved, once for every case and size."""

from collections.abc import Hashable, Mapping

from spectra.report.cell import Cell
from spectra.report.cells import extent
from spectra.report.figure_tables import movement_rows
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title, quantity_title
from spectra.report.words import number


def movement_sheet(study: Study) -> Sheet:
    """One row per case and size, one column per kind of movement; no rows where none was measured."""
    moved, scale, level = movement_rows(study), column_title(study.scale), number(100 * study.question.level)
    kinds = [] if moved.empty else list(dict.fromkeys(moved["quantity"]))
    order = [case.title for case in study.cases]
    told = []
    for (case, size), here in groups(moved, "case", study.scale):
        by_kind = {row["quantity"]: row for row in here.to_dict("records")}
        cells = [_cell(by_kind[kind]) if kind in by_kind else "–" for kind in kinds]
        told.append((order.index(case), (case, number(size, 6), *cells)))
    rows = [row for _, row in sorted(told, key=lambda pair: pair[0])]
    return Sheet(
        "Movement at the last step: of the tangent kernel, 1 − CKA with that of the start; of the weights, their "
        f"distance from the start over their length there. In brackets {level} % intervals over seeds.",
        ("case", scale, *map(quantity_title, kinds)),
        tuple(rows),
    )


def _cell(row: Mapping[Hashable, float]) -> str:
    middle, low, high = row["movement"], row["low"], row["high"]
    return Cell(f"{number(middle)} [{extent(low, high)}]", {"value": middle, "low": low, "high": high})
