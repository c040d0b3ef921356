"""The plane of size and learning rate."""

from dataclasses import replace

import numpy as np
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.report.look import drawn_for, look
from spectra.report.phase_exhibit import _good, phase_exhibit
from spectra.report.phase_figure import cell_edges, phases
from spectra.report.size_tables import phase_rows
from tests.report.drawn import NTK, exhibit_of, lines, panel
from tests.report.synthetic_study import RATES, WIDTHS, best_rate


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


def test_titles_end_before_the_bar_of_colours(known):
    exhibit = exhibit_of(known, "phases")
    for wanted in (look("paper", columns=1), look("talk")):
        with drawn_for(wanted):
            figure = exhibit.draw()
        figure.draw_without_rendering()
        bar = next(axes for axes in figure.axes if axes.get_label() == "<colorbar>")
        titles = [axes._left_title for axes in figure.axes if axes is not bar]
        assert max(title.get_window_extent().x1 for title in titles) < bar.get_tightbbox().x0
