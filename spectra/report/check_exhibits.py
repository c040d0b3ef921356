"""The figures of the page of a coordinate check, two for every case."""

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

from spectra.plain_text import clean
from spectra.report.chart import Chart
from spectra.report.check_study import CheckedCase, CheckStudy, exponent_table, value_table
from spectra.report.coordinate_figure import TITLES, WORDS, coordinate_exponents
from spectra.report.exhibit import Exhibit
from spectra.report.layer_figure import layer_values
from spectra.report.sheet import Sheet
from spectra.report.titles import column_title
from spectra.report.words import counted, number, signed, span
from spectra.verdicts.size_exponents import AT_LEAST, AT_MOST


def check_exhibits(study: CheckStudy) -> list[Exhibit]:
    """Exponents and values of every case."""
    shown = []
    for place, case in enumerate(study.cases, 1):
        end, of = ("", "") if len(study.cases) == 1 else (f"-{place}", f", {clean(case.title)}")
        shown += [_exponents(study, case, f"coordinate_check{end}", of), _values(study, case, f"layers{end}", of)]
    return shown


def _exponents(study: CheckStudy, case: CheckedCase, name: str, of: str) -> Exhibit:
    table, scale = exponent_table(study, case), column_title(study.scale)
    return Exhibit(
        name=name,
        heading=f"Which power of the {scale} every layer follows{of}",
        draw=partial(coordinate_exponents, table, scale=study.scale),
        sentences=[
            f"Exponent e of value ∝ {scale}ᵉ for every layer, in the order of the forward pass: of the root mean",
            f"square of its output at the start, and of the change of its output after {study.steps} updates. Mark",
            f"and bar: mean over {_seeds(case)} with its {number(100 * study.level)} % interval. Upright line:",
            "the exponent that the parameterization predicts; grey: what is allowed,",
            f"± {number(study.tolerance)} around it, or all to one side where a bound is predicted. A layer passes",
            "where its whole bar lies in the grey.",
        ],
        told=[f"{row[0]}, {row[2]}: {row[3]} ({row[4]}), predicted {row[5]}: {row[6]}." for row in _rows(case)],
        sheets=[_sheet(study, case)],
        tables={name: table},
    )


def _values(study: CheckStudy, case: CheckedCase, name: str, of: str) -> Exhibit:
    table, scale = value_table(study, case), column_title(study.scale)
    return Exhibit(
        name=name,
        heading=f"What the powers rest on{of}",
        draw=partial(layer_values, table, scale=study.scale),
        sentences=[
            f"Root mean square of the output of every layer at the start, and of its change after {study.steps}",
            f"updates, against {scale}: geometric mean over {_seeds(case)}, with one standard deviation of the",
            f"logarithm. Dashed: the value at the smallest {scale}, carried on with the predicted power.",
        ],
        told=[],
        sheets=[],
        tables={name: table},
        charts=[Chart(
            name, study.scale, "value", ["layer"], ["quantity"], log="xy", y_title="root mean square of the output"
        )],
    )  # fmt: skip


def _seeds(case: CheckedCase) -> str:
    return counted(case.values["seed"].nunique(), "seed")


def _sheet(study: CheckStudy, case: CheckedCase) -> Sheet:
    scale, level = column_title(study.scale), number(100 * study.level)
    return Sheet(
        f"Exponents of {clean(case.title)} in {scale}, with {level} % intervals.",
        ("layer", "role", "of", "exponent", "interval", "predicted", "verdict"),
        tuple(_rows(case)),
    )


def _rows(case: CheckedCase) -> list[tuple[str, ...]]:
    return [
        (clean(row["layer"]), clean(row["place"]), TITLES[row["quantity"]], signed(row["exponent"]),
         span(row["low"], row["high"]), _predicted(row), WORDS.get(row["verdict"], WORDS[""]))
        for row in case.exponents.to_dict("records")
    ]  # fmt: skip


def _predicted(row: Mapping[Hashable, Any]) -> str:
    if row["predicted"] != row["predicted"]:
        return "–"
    side = {AT_LEAST: " or more", AT_MOST: " or less"}.get(row["relation"], "")
    return f"{signed(row['predicted'])}{side}"
