from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.report.coordinate_figure import coordinate_exponents, shortened
from spectra.report.exhibits import exhibits
from spectra.report.look import drawn_for, look
from spectra.report.phase_exhibit import _good, phase_exhibit
from spectra.report.phase_figure import cell_edges, phases
from spectra.report.question import EDGE
from spectra.report.size_gap_exhibit import size_gap_exhibit
from spectra.report.size_gap_figure import END, size_gaps
from spectra.report.size_legend import size_legend
from spectra.report.size_tables import phase_rows, size_gap_rows
from tests.report.drawn import panel
from tests.report.synthetic_study import RATES, WIDTHS, best_rate, fitted, long_table

NTK = "NTK, matched at the base width"


def lines(axes, label):
    return [drawn for drawn in axes.lines if drawn.get_label() == label]


def cells(axes, row):
    """Cells of a row, by learning rate."""
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_y() == row - 0.5]
    return sorted(found, key=lambda patch: patch.get_x())


def test_every_size_and_rate_is_a_cell_and_diverged_ones_are_hatched(known):
    figure = phase_exhibit(known).draw()
    for title, regime in (("muP", "mup"), (NTK, "ntk_matched")):
        for row, width in enumerate(WIDTHS):
            hatched = [bool(cell.get_hatch()) for cell in cells(panel(figure, title), row)]
            assert hatched == [np.log2(rate / best_rate(regime, width)) > 1.6 for rate in RATES]


def test_a_cell_is_darker_the_more_its_rate_costs(known):
    rows = phase_rows(known).query("case == 'muP' and width == 64").sort_values("rate")
    drawn = cells(panel(phases(phase_rows(known))), 1)
    finite = [(cost, sum(cell.get_facecolor()[:3])) for cost, cell in zip(rows["excess"], drawn, strict=True)
              if np.isfinite(cost)]  # fmt: skip
    lightness = [light for _, light in sorted(finite)]
    assert lightness == sorted(lightness, reverse=True)
    assert min(cost for cost, _ in finite) == 0


def test_the_best_rate_of_every_size_is_on_its_row(known):
    (best,) = lines(panel(phases(phase_rows(known)), NTK), "best")
    assert_allclose(best.get_xdata(), [best_rate("ntk_matched", width) for width in WIDTHS])
    assert best.get_ydata().tolist() == [0, 1, 2, 3]


def test_cells_end_half_way_between_rates():
    assert_allclose(cell_edges([1.0, 4.0, 16.0]), [0.5, 2.0, 8.0, 32.0])
    assert len(cell_edges([3.0])) == 2


def test_the_table_says_from_which_rate_on_a_size_diverges(known):
    (sheet,) = phase_exhibit(known).sheets
    row = next(row for row in sheet.rows if row[:2] == ("muP", "32"))
    assert float(row[5]) == min(rate for rate in RATES if np.log2(rate / 2.8) > 1.6)


def test_good_rates_are_those_around_the_best_one_and_a_gap_ends_them():
    """A sentence once called all from 1 to 8 good, and said that training diverged "from 4 on"."""
    rows = DataFrame({"rate": [8.0, 1.0, 2.0, 4.0], "excess": [0.1, 0.1, 0.0, np.inf]})
    assert _good(rows) == [1.0, 2.0]
    assert not _good(rows.assign(excess=np.nan))


def test_where_all_diverged_every_cell_is_hatched_and_no_rate_is_best(known):
    case = known.cases[0]
    losses = case.transfer.losses.assign(criterion=np.inf, diverged=1.0)
    optima = case.transfer.optima.assign(optimum=np.nan, low=np.nan, high=np.nan)
    lost = replace(known, cases=(replace(case, transfer=replace(case.transfer, losses=losses, optima=optima)),))
    axes = panel(phase_exhibit(lost).draw())
    assert all(patch.get_hatch() for patch in axes.patches)
    assert not len(lines(axes, "best")[0].get_xdata())


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


def exponents(**changes) -> DataFrame:
    rows = [
        ("input", "size", 0.0, -0.05, 0.05, 0.0, "equal", "pass"),
        ("input", "change", 0.4, 0.3, 0.5, 0.0, "equal", "fail"),
        ("readout", "size", -0.6, -0.7, -0.5, -0.5, "at most", "pass"),
        ("readout", "change", 0.1, -0.3, 0.5, 0.0, "equal", "not enough seeds"),
    ]
    names = ["layer", "quantity", "exponent", "low", "high", "predicted", "relation", "verdict"]
    return DataFrame(rows, columns=names).assign(**changes)


def test_layers_are_rows_and_quantities_panels_of_a_coordinate_check():
    figure = coordinate_exponents(exponents())
    left, right = figure.axes
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["size at the start", "change after the updates"]
    assert [text.get_text() for text in left.get_yticklabels()] == ["input", "readout"]
    (failed,) = lines(right, "fail")
    assert (failed.get_xdata()[0], failed.get_ydata()[0], failed.get_marker()) == (0.4, 0, "X")


def test_zones_are_what_is_allowed_and_a_bound_has_one_side():
    left = coordinate_exponents(exponents(), tolerance=0.1).axes[0]
    equal, bound = sorted(left.patches, key=lambda patch: patch.get_y())
    assert_allclose([equal.get_x(), equal.get_width()], [-0.1, 0.2])
    assert_allclose([bound.get_x(), bound.get_x() + bound.get_width()], [left.get_xlim()[0], -0.4])


def test_exponents_that_are_infinite_lie_at_the_end_of_the_axis():
    figure = coordinate_exponents(exponents(exponent=np.inf, low=np.inf, high=np.inf))
    _, high = figure.axes[0].get_xlim()
    assert {line.get_xdata()[0] for line in lines(figure.axes[0], "pass")} == {high}


def test_layers_with_long_names_keep_both_ends():
    name = shortened("transformer.blocks.11.attention.query_projection.weight")
    assert len(name) <= 30
    assert name.startswith("transform")
    assert name.endswith("projection.weight")


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


def test_titles_end_before_the_bar_of_colours(known):
    (exhibit,) = [each for each in exhibits(known) if each.name == "phases"]
    for wanted in (look("paper", columns=1), look("talk")):
        with drawn_for(wanted):
            figure = exhibit.draw()
        figure.draw_without_rendering()
        bar = next(axes for axes in figure.axes if axes.get_label() == "<colorbar>")
        titles = [axes._left_title for axes in figure.axes if axes is not bar]
        assert max(title.get_window_extent().x1 for title in titles) < bar.get_tightbbox().x0
