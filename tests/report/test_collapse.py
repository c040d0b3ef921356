"""The collapse of loss curves on a page."""

import numpy as np
from pandas import DataFrame

from spectra.report import exhibits
from spectra.report.question import Question
from spectra.report.study import study
from spectra.report.verdict_rows import verdict_rows
from spectra.report.verdicts import verdicts
from tests.verdicts.test_collapse import losses


def made(**options: float):
    table = losses(**options).assign(rate=0.5)
    return study(
        table, Question(scale="width", rates=(0.5,), quantities=(("loss", 0),)), name="c", title="c", description="d",
        recipe="", provenance=DataFrame(), failures=DataFrame(columns=["run", "error"]),
    )  # fmt: skip


def test_it_is_asked_where_the_loss_is_judged_first():
    together, apart = made(), made(shape=0.3)
    assert [verdicts(each)[0].answers[0].verdict for each in (together, apart)] == ["supercollapse", "no supercollapse"]
    row = verdict_rows(apart).set_index("question").loc["collapse"]
    fit = apart.collapses()[apart.cases[0].title]
    judged = fit.by_time[fit.by_time["judged"]]
    assert row["estimate"] == judged["ratio"].max() > 1
    assert exhibits(apart)[0].name == "collapse"


def test_the_figure_draws_the_curves_of_its_table():
    exhibit = exhibits(made(shape=0.3))[0]
    rows = exhibit.tables["collapse"]
    upper, lower = exhibit.draw().axes
    for line, (_, curve) in zip(upper.lines, rows.groupby("width"), strict=True):
        np.testing.assert_allclose(line.get_ydata(), curve["value"])
    judged = rows[rows["judged"]].drop_duplicates("time")
    np.testing.assert_allclose(lower.lines[-1].get_ydata(), judged["ratio"])
