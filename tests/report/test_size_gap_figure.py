"""Gaps to infinite size over the scatter of seeds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from spectra.report.coordinate_figure import coordinate_exponents
from spectra.report.phase_figure import phases
from spectra.report.question import EDGE
from spectra.report.size_gap_exhibit import size_gap_exhibit
from spectra.report.size_gap_figure import END, size_gaps
from spectra.report.size_legend import size_legend
from spectra.report.size_tables import phase_rows, size_gap_rows
from tests.report.drawn import NTK, lines, panel
from tests.report.synthetic_study import fitted, long_table


def test_gaps_over_noise_are_the_quotient_of_what_other_figures_show(real):
    rows = size_gap_rows(real, EDGE)
    assert_allclose(rows["ratio"], rows["gap"].abs() / rows["deviation"])
    assert rows.groupby(["case", "width"])["step"].nunique().eq(2).all()
    assert (rows["ratio_low"] <= rows["ratio"]).all()
    assert (rows["ratio"] <= rows["ratio_high"]).all()


def test_an_interval_that_holds_no_gap_reaches_down_to_zero(real):
    rows = size_gap_rows(real, EDGE)
    assert ((rows["ratio_low"] == 0) == (rows["low"] * rows["high"] <= 0)).all()


def test_the_power_of_the_size_is_a_straight_line_of_its_slope(real):
    rows = size_gap_rows(real, EDGE)
    for (_, _), one in rows.groupby(["case", "step"]):
        slopes = np.diff(np.log(one["model"])) / np.diff(np.log(one["width"]))
        assert_allclose(slopes, -one["power"].iloc[0])


def test_the_last_checkpoint_is_drawn_at_its_ratios(real):
    rows = size_gap_rows(real, EDGE).query("case == @NTK")
    last = rows[rows["step"] == rows["step"].max()]
    axes = panel(size_gap_exhibit(real, *EDGE).draw(), NTK)
    (drawn,) = [held for held in axes.containers if held.lines[0].get_color() == END]
    assert_allclose(drawn.lines[0].get_ydata().astype(float), last["ratio"])
    assert_allclose(drawn.lines[0].get_xdata().astype(float), last["width"], rtol=0.05)


def test_negative_gaps_over_noise_have_a_bar(real):
    rows = size_gap_rows(real, EDGE)
    turned = size_gaps(rows.assign(gap=-rows["gap"].abs()), scale="width").axes[0]
    (first, last) = lines(turned, "negative")
    assert len(first.get_xdata()) == len(last.get_xdata()) == rows["width"].nunique()
    assert not lines(size_gaps(rows.assign(gap=rows["gap"].abs()), scale="width").axes[0], "negative")


def test_a_case_without_a_limit_is_named_in_the_caption(real):
    first, second = real.cases
    fit = second.consistency[EDGE]
    none = replace(fit, accumulation=replace(fit.accumulation, by_step=fit.accumulation.by_step.iloc[:0]))
    lost = replace(real, cases=(first, replace(second, consistency={EDGE: none})))
    assert f"not drawn: {NTK}." in size_gap_exhibit(lost, *EDGE).caption


def test_the_law_of_the_gap_is_told_in_words_that_need_no_mathematics(real):
    figure = size_gaps(size_gap_rows(real, EDGE).rename(columns={"width": "$w"}).assign(power=0.5), scale="$w")
    assert {text.get_text() for axes in figure.axes for text in axes.texts} == {"gap ∝ 1/√\\$w"}


@pytest.mark.parametrize("draw", [phases, size_gaps, coordinate_exponents])
def test_an_empty_table_is_a_message(draw):
    figure = draw(pd.DataFrame())
    assert not figure.axes
    assert figure.texts


def test_one_width_one_seed_or_all_diverged_have_no_gaps_and_no_phases():
    for changes in ({"widths": (32,)}, {"seeds": (0,)}, {"all_diverged": True}):
        found = fitted(long_table(regimes=("mup",), rates=(1.5,), **changes))
        assert size_gap_rows(found, EDGE).empty
        assert phase_rows(found).empty


def test_a_legend_is_read_line_by_line():
    figure = Figure(figsize=(3.3, 2))
    size_legend(figure, "width", [64, 128, 256, 512, 1024], [64, 128, 256, 512, 1024])
    figure.draw_without_rendering()
    (legend,) = figure.legends
    placed = [
        (round(-text.get_window_extent().y0), text.get_window_extent().x0, text.get_text()) for text in legend.texts
    ]
    assert [text for *_, text in sorted(placed)] == ["width 64", "128", "256", "512", "1024"]
