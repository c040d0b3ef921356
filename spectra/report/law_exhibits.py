"""The figures of a page with laws, in the order of the argument."""

from functools import partial

from pandas import DataFrame

from spectra.report.chart import Chart
from spectra.report.exhibit import Exhibit
from spectra.report.law_comparison import spectra as kernel_spectra
from spectra.report.law_comparison import tails
from spectra.report.law_figures import AXES, LAW_FIGURES
from spectra.report.law_rows import drawn_rows
from spectra.report.law_study import LawStudy
from spectra.report.law_words import caption, heading, told


def law_exhibits(study: LawStudy) -> list[Exhibit]:
    """Losses, exponents, and the spectra that they come from, as far as they were measured."""
    lists = {
        "losses": ("xi", lambda case: list(case.samples(case.quantity, "step"))),
        "spectrum": ("nu", kernel_spectra),
        "target": ("kappa", tails),
    }
    tables = {"exponents": study.exponents, **{name: drawn_rows(study, *asked) for name, asked in lists.items()}}
    has = {name: len(rows) > 0 for name, rows in tables.items()}
    has["exponents"] = bool((study.exponents["quantity"] == "xi").any())
    return [_exhibit(name, study, tables[name]) for name in LAW_FIGURES if has[name]]


def _exhibit(name: str, study: LawStudy, rows: DataFrame) -> Exhibit:
    return Exhibit(
        name=name,
        heading=heading(name, study),
        draw=partial(LAW_FIGURES[name], rows, sizes=study.widths),
        sentences=[caption(name, study)],
        told=told(name, study),
        sheets=[],
        tables={name: rows},
        charts=[_chart(name, study)] if name in AXES else [],
    )


def _chart(name: str, study: LawStudy) -> Chart:
    x, y = AXES[name]
    line = ["width"] if study.widths else []
    known = study.has_theory
    return Chart(
        name, "x", "measured", line, log="xy", sizes=study.widths, x_title=x,
        beside=["law", "expected"] if known else (),
        y_title=study.loss if name == "losses" else y,
        note="Dashed: the law, and what theory expects exactly." if known else "",
    )  # fmt: skip
