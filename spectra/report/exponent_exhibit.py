"""How fast the loss falls: the figure of its exponents and its words."""

from functools import partial

from pandas import DataFrame

from spectra.plain_text import clean
from spectra.report.cells import extent
from spectra.report.chart import Chart
from spectra.report.curve_exponents import LAWS
from spectra.report.exhibit import Exhibit
from spectra.report.exponent_figure import loss_exponents
from spectra.report.figure_tables import exponent_rows, open_laws
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title, quantity_title
from spectra.report.words import listing, number

_FLOORS = {"floor": "fitted (open squares)", "power": "held at zero (filled circles)"}


def exponent_exhibit(study: Study) -> Exhibit:
    """Fitted exponents of the losses against size."""
    rows = exponent_rows(study)
    return Exhibit(
        name="exponents",
        heading="How fast the loss falls",
        draw=partial(loss_exponents, rows, scale=study.scale, sizes=study.sizes),
        sentences=_caption(study, rows),
        told=_told(rows),
        sheets=[_sheet(rows, study.scale)],
        tables={"exponents": rows},
        charts=[
            Chart(
                "exponents", study.scale, "estimate", ["curve", "model"], log="x", y_title="exponent in steps",
                note="Bands are profile-likelihood intervals. Model power: without a floor; floor: with one.",
            )
        ],
    )  # fmt: skip


def _caption(study: Study, rows: DataFrame) -> list[str]:
    level, laws = number(100 * float(rows["level"].iloc[0])), set(rows["model"])
    floors = [told for model, told in _FLOORS.items() if model in laws]
    hidden = listing([_named(curve, model) for curve, model in open_laws(study)])
    return [
        "Exponent a of L = floor + A·step⁻ᵃ fitted to the mean loss over seeds at the judged learning rate,",
        f"with the floor {' or '.join(floors)}, against",
        f"{column_title(study.scale)}; positive when the loss falls. Bars: {level} % profile-likelihood intervals of",
        "the one mean curve, allowing for correlated residuals; they do not hold the scatter of seeds. An arrow marks",
        "an interval that runs out of the panel.",
        f"Left out, because none of its exponents has a bounded interval: {hidden}." if hidden else "",
    ]


def _named(curve: str, model: str) -> str:
    return f"{quantity_title(curve)} {LAWS.get(model, clean(model))}"


def _told(rows: DataFrame) -> list[str]:
    sentences = []
    for (case, curve, model), here in groups(rows, "case", "curve", "model"):
        low, high = number(float(here["estimate"].min())), number(float(here["estimate"].max()))
        sentences.append(f"{case}, {_named(curve, model)}: {low} to {high} over all sizes.")
    return sentences


def _sheet(rows: DataFrame, scale: str) -> Sheet:
    told = [
        (row["case"], number(row[scale], 6), quantity_title(row["curve"]),
         "fitted" if row["model"] == "floor" else "held at zero", number(row["estimate"]),
         extent(row["low"], row["high"]))
        for row in rows.to_dict("records")
    ]  # fmt: skip
    return Sheet(
        "Exponents of the losses in steps. Amplitudes and floors are in fits.csv.",
        ("case", column_title(scale), "curve", "floor", "exponent", "interval"), tuple(told),
    )  # fmt: skip
