"""Gaps to infinite size along training: sizes, signs and noise."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from spectra.fitting import Interval
from spectra.report.figure_tables import gap_rows
from spectra.report.gap_figure import drawable_gaps
from spectra.report.question import EDGE
from tests.report.drawn import draw, exhibit_of, upper


def test_gaps_are_drawn_with_their_size_and_open_where_the_sign_is_unknown(real):
    axes = upper(draw(real, "gap"))[1]
    rows = drawable_gaps(gap_rows(real, EDGE)).query("case == 'NTK, matched at the base width' and width == 64")
    (filled,) = [drawn for drawn in axes.lines if drawn.get_label() == "width 64"]
    shown = rows[rows["shown"]]
    assert len(shown) > 3
    assert_allclose(filled.get_xydata(), shown[["step", "size_of_gap"]])
    assert_allclose(shown["size_of_gap"], shown["gap"].abs())
    assert any(text.get_text().startswith(("open", "acc", "does", "below")) for text in axes.texts)


def test_gaps_of_negative_sign_have_a_bar_and_are_counted(known):
    def change(found):
        gaps = pd.DataFrame({"size": 32.0, "step": [10, 20, 30], "gap": [0.08, -0.05, -0.06]})
        return {"by_step": gaps.assign(low=gaps["gap"] - 0.01, high=gaps["gap"] + 0.01, squared=0.0)}

    studied = with_gaps(known, change)
    exhibit = exhibit_of(studied, "gap")
    (bars,) = [drawn for drawn in exhibit.draw().axes[0].lines if drawn.get_label() == "negative"]
    assert_allclose(bars.get_xydata(), [(20, 0.05), (30, 0.06)])
    assert "Bars within marks: 2 gaps of negative sign" in exhibit.caption
    assert "the figure has the size alone" in exhibit.charts[0].caption


def with_gaps(study, change):
    """The study with the gaps of its first case changed, and that case alone."""
    case = study.cases[0]
    fit = case.consistency[EDGE]
    found = replace(fit.accumulation, **change(fit.accumulation))
    return replace(study, cases=(replace(case, consistency={EDGE: replace(fit, accumulation=found)}),))


def test_gaps_below_the_noise_lie_at_the_lower_end_and_no_line_runs_through_them(known):
    sizes = {0: 0.0, 10: 0.08, 20: 1e-5, 30: 0.04, 40: 0.05}  # noise reaches 0.03

    def change(found):
        gaps = pd.DataFrame({"size": 32.0, "step": list(sizes), "gap": list(sizes.values())})
        return {"by_step": gaps.assign(low=gaps["gap"] - 0.03, high=gaps["gap"] + 0.03, squared=0.0)}

    studied = with_gaps(known, change)
    exhibit = exhibit_of(studied, "gap")
    axes = exhibit.draw().axes[0]
    (filled,) = [drawn for drawn in axes.lines if drawn.get_label() == "width 32"]
    assert_allclose(filled.get_xydata(), [(10, 0.08), (30, 0.04), (40, 0.05)])
    course = next(drawn for drawn in axes.lines if drawn.get_marker() == "None" and len(drawn.get_xdata()) == 4)
    assert_allclose(course.get_ydata(), [0.08, np.nan, 0.04, 0.05])
    (opened,) = [drawn for drawn in axes.lines if drawn.get_markerfacecolor() == "white"]
    assert_allclose(opened.get_xydata(), [(20, axes.get_ylim()[0])])
    assert axes.get_ylim()[0] == pytest.approx(0.02)  # half of the smallest gap that is seen
    assert "At the lower end of the axis: 1 gap below 0.02." in exhibit.caption


def test_a_power_of_the_gap_without_an_end_is_not_told(known):
    def change(found):
        curve = pd.DataFrame({"step": [10, 20], "curve": [0.01, 0.01]})
        return {"exponent": 0.5, "interval": Interval(-np.inf, np.inf, 0.9), "fitted": curve, "word": "open"}

    axes = draw(with_gaps(known, change), "gap").axes[0]
    assert [text.get_text() for text in axes.texts] == ["open"]
    assert not [drawn for drawn in axes.lines if drawn.get_label() == "power"]
