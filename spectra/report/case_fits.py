"""What is fitted to one case: the size trend of every judged quantity, where it settles, and its best learning rate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
from pandas import DataFrame

from spectra.report.judged_cases import JudgedCase
from spectra.report.question import Question, limited
from spectra.report.titles import entry_title
from spectra.verdicts.collapse import Collapse, collapse
from spectra.verdicts.rate_transfer import RateTransfer, rate_transfer
from spectra.verdicts.stability_edge import StabilityEdge, stability_edge
from spectra.verdicts.stability_limit import stability_limit
from spectra.verdicts.super_consistency import SuperConsistency, super_consistency

Fit = TypeVar("Fit")


@dataclass(frozen=True)
class CaseFits:
    """What was fitted to one case.

    Attributes:
        title: What tells the case from the others.
        rate: Base learning rate at which its consistency is judged; nan if no run has one of the judged rates.
        limit: Effective sharpness up to which its optimizer is stable on a quadratic; None where that is not known.
        consistency: Size trend by quantity and index.
        edges: Whether a curvature settles at that limit, by the name of the quantity.
        transfer: How the best learning rate moves; None where it was not asked, or could not be judged.
        collapse: Whether its loss curves fall onto one; asked where the loss is what is judged first.
    """

    title: str
    rate: float
    limit: float | None = None
    consistency: Mapping[tuple[str, int], SuperConsistency] = field(default_factory=dict)
    edges: Mapping[str, StabilityEdge] = field(default_factory=dict)
    transfer: RateTransfer | None = None
    collapse: Collapse | None = None


def case_fits(rows: DataFrame, question: Question, case: JudgedCase) -> tuple[CaseFits, list[str]]:
    """Fit what the runs of a case allow.

    Args:
        rows: Long table of the case, not empty.
        question: What is judged.
        case: The case.

    Returns:
        The fits, and sentences about those that were not possible.
    """
    notes: list[str] = []
    judged = rows[np.isclose(rows["rate"].astype(float), case.rate)]
    limit = None if judged.empty or "optimizer" not in judged else _fit(partial(stability_limit, judged))
    scale, level = question.scale, question.level
    consistency: dict[tuple[str, int], SuperConsistency] = {}
    for quantity, index in () if judged.empty else question.quantities:
        if not (judged["quantity"] == quantity).any():  # a recipe may measure it in some of its cases alone
            notes.append(f"{case.title}: the {entry_title(quantity, index)} was not measured.")
            continue
        judge = partial(
            super_consistency, judged, quantity, index=index, scale=scale, margin=question.margin,
            total_margin=question.total_margin, level=level,
        )  # fmt: skip
        found = _fit(judge, notes, subject=f"{case.title}, {entry_title(quantity, index)}")
        consistency |= {} if found is None else {(quantity, index): found}
    edges: dict[str, StabilityEdge] = {}
    for quantity, index in consistency:
        if limit is not None and limited(quantity, index, limit):
            settle = partial(stability_edge, judged, quantity, limit=limit, scale=scale, level=level)
            edge = _fit(settle, notes, subject=f"{case.title}, stability limit")
            edges |= {} if edge is None else {quantity: edge}
    transfer = None
    if not case.alone and rows["rate"].nunique() > 1:
        locate = partial(rate_transfer, rows, scale=scale, criterion=question.criterion, level=level)
        transfer = _fit(locate, notes, subject=f"{case.title}, best learning rate")
    collapsed = None
    if not judged.empty and question.headline == ("loss", 0):
        fall = partial(collapse, judged, scale=scale, level=level)
        collapsed = _fit(fall, notes, subject=f"{case.title}, collapse of the loss curves")
    return CaseFits(case.title, case.rate, limit, consistency, edges, transfer, collapsed), notes


def _fit(fit: Callable[[], Fit], notes: list[str] | None = None, *, subject: str = "") -> Fit | None:
    # A fit refuses tables that cannot answer its question, with a sentence that says why: that sentence is the result.
    try:
        return fit()
    except ValueError as error:
        if notes is not None:
            notes.append(f"{subject}: {error}")
        return None
