"""Whether gaps build up in training: the figure and its words."""

from functools import partial

from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import file_name, gap_rows
from spectra.report.gap_figure import drawable_gaps, gap
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.words import bound, clean, counted, entry_title, number, signed, span


def gap_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """The gap of a quantity to infinite size against step."""
    name, rows = file_name(study, "gap", quantity, index), gap_rows(study, (quantity, index))
    return Exhibit(
        name=name,
        heading=f"Whether gaps in the {entry_title(quantity, index)} build up",
        draw=partial(gap, study, quantity, index),
        sentences=_caption(study, quantity, index),
        told=[f"{case}: {'; '.join(row[1:])}." for case, *row in _told(study, quantity, index)],
        sheets=[_sheet(study, quantity, index)],
        tables={name: rows},
    )


def _caption(study: Study, quantity: str, index: int) -> list[str]:
    rows = gap_rows(study, (quantity, index))
    drawn = drawable_gaps(rows)
    hidden = len(rows) - len(drawn)
    powers = any(fit.accumulation.fitted["step"].gt(0).any() for fit in study.trends((quantity, index)).values())
    return [
        f"Distance of the logarithm of the {entry_title(quantity, index)} from its limit at infinite",
        f"{clean(study.scale)}, extrapolated from the measured sizes, against step; both axes are logarithmic.",
        "Filled marks: the interval of the mean over seeds excludes zero.",
        "Open marks: the sign of the gap is not known, and its size is mostly noise."
        if len(drawn) and not drawn["shown"].all()
        else "",
        "Dashed: the power β of the step that is fitted to the gap of the smallest size." if powers else "",
        f"Not drawn: {counted(hidden, 'gap')} at step 0 or near zero." if hidden else "",
    ]


def _told(study: Study, quantity: str, index: int) -> list[tuple[str, ...]]:
    told: list[tuple[str, ...]] = []
    for case, fit in study.trends((quantity, index)).items():
        found = fit.accumulation
        beta = f"{signed(found.exponent)} ({span(found.interval.low, found.interval.high)})"
        told.append((case, found.word, beta, number(found.size_exponent), bound(found.largest)))
    return told


def _sheet(study: Study, quantity: str, index: int) -> Sheet:
    scale = clean(study.scale)
    return Sheet(
        f"Growth of the gap: |gap| goes as step to the power β and as {scale} to the power −p.",
        ("case", "verdict on growth", "β", "p", "largest possible gap"), tuple(_told(study, quantity, index)),
    )  # fmt: skip
