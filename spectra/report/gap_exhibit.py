"""Whether gaps build up in training: the figure and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.cell import Cell
from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import file_name, gap_rows
from spectra.report.gap_figure import determined, drawable_gaps, gaps, noise_floor
from spectra.report.sheet import Sheet
from spectra.report.sign_marks import sign_words
from spectra.report.study import Study
from spectra.report.titles import column_title, entry_title
from spectra.report.words import bound, counted, number, signed, span, whole


def gap_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """The gap of a quantity to infinite size against step."""
    name, rows = file_name(study, "gap", quantity, index), gap_rows(study, (quantity, index))
    return Exhibit(
        name=name,
        heading=f"Whether gaps in the {entry_title(quantity, index)} build up",
        draw=partial(gaps, rows, scale=study.scale, sizes=study.sizes),
        sentences=_caption(study, rows, quantity, index),
        told=[f"{case}: {'; '.join(row[1:])}." for case, *row in _told(study, quantity, index)],
        sheets=[_sheet(study, quantity, index)],
        tables={name: rows},
        charts=[Chart(
            name, "step", "gap", [study.scale], log="xy", linear=_linear(rows), sizes=study.sizes, levels=[Level(0.0)],
            y_title="gap (log units)",
            note="With its sign, where the figure has the size alone, and with its interval as a band. The axis of "
            "gaps is linear near zero.",
        )],
    )  # fmt: skip


def _linear(rows: DataFrame) -> dict[str, float]:
    """Gaps below which the drawing tells none apart."""
    drawn = drawable_gaps(rows)
    return {"y": noise_floor(drawn)} if len(drawn) else {}


def _caption(study: Study, rows: DataFrame, quantity: str, index: int) -> list[str]:
    drawn = drawable_gaps(rows)
    hidden, noise, beyond = len(rows) - len(drawn), 0, 0
    if len(drawn):
        noise, beyond = int((~drawn["shown"]).sum()), int((drawn["size_of_gap"] < noise_floor(drawn)).sum())
    found = [fit.accumulation for fit in study.trends((quantity, index)).values()]
    powers = any(determined(each) and each.fitted["step"].gt(0).any() for each in found)
    return [
        f"Distance of the logarithm of the {entry_title(quantity, index)} from its limit at infinite",
        f"{column_title(study.scale)}, extrapolated from the measured sizes, against step; both axes are logarithmic.",
        sign_words(drawn, study.scale),
        "The word in a panel is about the gap alone: the verdict weighs it with what else was tested.",
        "Filled marks: the interval of the mean over seeds excludes zero.",
        f"Open marks, {whole(noise)} of {counted(len(drawn), 'gap')}: the sign is not known and the size mostly noise."
        if noise else "",
        f"At the lower end of the axis: {counted(beyond, 'gap')} below {number(noise_floor(drawn), 2)}."
        if beyond else "",
        "Dashed: the power β of the step that is fitted to the gap of the smallest size, where β has a bounded side."
        if powers
        else "",
        f"Not drawn: {counted(hidden, 'gap')} at step 0 or of zero." if hidden else "",
    ]  # fmt: skip


def _told(study: Study, quantity: str, index: int) -> list[tuple[str, ...]]:
    told: list[tuple[str, ...]] = []
    for case, fit in study.trends((quantity, index)).items():
        found = fit.accumulation
        low, high = found.interval.low, found.interval.high
        text = f"{signed(found.exponent)} ({span(low, high)})" if determined(found) else "–"
        beta = Cell(text, {"value": found.exponent, "low": low, "high": high})
        told.append((case, found.word, beta, number(found.size_exponent), bound(found.largest)))
    return told


def _sheet(study: Study, quantity: str, index: int) -> Sheet:
    scale = column_title(study.scale)
    return Sheet(
        f"Growth of the gap: |gap| goes as step to the power β and as {scale} to the power −p.",
        ("case", "verdict on growth", "β", "p", "largest possible gap"), tuple(_told(study, quantity, index)),
    )  # fmt: skip
