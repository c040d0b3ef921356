"""How fast the loss falls: the figure of its exponents and its words."""

from functools import partial

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
        sentences=_caption(study),
        told=_told(study),
        sheets=[_sheet(study)],
        tables={"exponents": rows},
        charts=[
            Chart(
                "exponents", study.scale, "estimate", ["curve", "model"], log="x", y_title="exponent in steps",
                note="Bands are profile-likelihood intervals. Model power: without a floor; floor: with one.",
            )
        ],
    )  # fmt: skip


def _caption(study: Study) -> list[str]:
    rows = exponent_rows(study)
    level, laws = number(100 * float(rows["level"].iloc[0])), set(rows["model"])
    floors = [told for model, told in _FLOORS.items() if model in laws]
    return [
        "Exponent a of L = floor + A·step⁻ᵃ fitted to the mean loss over seeds at the judged learning rate,",
        f"with the floor {' or '.join(floors)}, against",
        f"{column_title(study.scale)}; positive when the loss falls. Bars: {level} % profile-likelihood intervals of",
        "the one mean curve, allowing for correlated residuals; they do not hold the scatter of seeds. An arrow marks",
        "an interval that runs out of the panel.",
        f"Left out, because none of its exponents has a bounded interval: {_open(study)}." if _open(study) else "",
    ]


def _open(study: Study) -> str:
    kinds = [(quantity_title(curve), LAWS.get(model, clean(model))) for curve, model in open_laws(study)]
    return listing([f"{curve} {kind}" for curve, kind in kinds])


def _told(study: Study) -> list[str]:
    sentences = []
    for (case, curve, model), rows in groups(exponent_rows(study), "case", "curve", "model"):
        low, high = number(float(rows["estimate"].min())), number(float(rows["estimate"].max()))
        kind = f"{quantity_title(curve)} {LAWS.get(model, clean(model))}"
        sentences.append(f"{case}, {kind}: {low} to {high} over all sizes.")
    return sentences


def _sheet(study: Study) -> Sheet:
    told = [
        (row["case"], number(row[study.scale], 6), quantity_title(row["curve"]),
         "fitted" if row["model"] == "floor" else "held at zero", number(row["estimate"]),
         extent(row["low"], row["high"]))
        for row in exponent_rows(study).to_dict("records")
    ]  # fmt: skip
    return Sheet(
        "Exponents of the losses in steps. Amplitudes and floors are in fits.csv.",
        ("case", column_title(study.scale), "curve", "floor", "exponent", "interval"), tuple(told),
    )  # fmt: skip
