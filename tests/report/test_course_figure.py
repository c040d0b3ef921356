"""Courses along training: means, bands, limits, diverged runs."""

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from spectra.report import ticks
from spectra.report.headline import headline
from spectra.report.question import EDGE
from spectra.report.style import size_colors
from tests.report.drawn import draw, exhibit_of, line, upper
from tests.report.synthetic_study import WIDTHS, fitted, long_table


def test_sharpness_lines_are_geometric_means_over_seeds(known):
    rows = known.table.query("quantity == 'effective_sharpness' and regime == 'mup' and width == 64 and rate == 1.5")
    expected = np.exp(np.log(rows["value"]).groupby(rows["step"]).mean())
    drawn = line(upper(draw(known, "effective_sharpness"))[0], "width 64")
    assert_allclose(drawn.get_xydata(), np.column_stack([expected.index, expected]))
    assert drawn.get_color() == size_colors(WIDTHS)[64]


def test_a_page_of_diverged_runs_says_what_its_crosses_are():
    found = fitted(long_table(regimes=("mup",), widths=(32, 64), seeds=(0,), rates=(1.5,), all_diverged=True))
    exhibit = exhibit_of(found, "effective_sharpness")
    assert "Crosses, with dotted lines to them where there are values before: 2 diverged runs" in exhibit.caption
    (fit,) = found.trends(EDGE).values()
    assert not any("The verdict is about the others" in note for note in fit.notes)
    assert not any("–" in str(cell) for row in headline(found).rows for cell in row if "to –" in str(cell))


def test_one_step_has_an_axis_of_its_own_width():
    axes = Figure().add_subplot()
    ticks.steps(axes, [0, 0])
    assert axes.get_xlim() == (-1, 1)
    assert axes.get_xticks().tolist() == [0]


def test_bands_that_are_cut_are_told(known):
    rows = known.table["quantity"].eq("effective_sharpness") & known.table["seed"].eq(0)
    wild = known.table.assign(value=known.table["value"].where(~rows, 300 * known.table["value"]))
    told = "farther than a factor of 2 from all lines are cut"
    captions = [exhibit_of(replace(known, table=table), "effective_sharpness").caption for table in (known.table, wild)]
    assert [told in caption for caption in captions] == [False, True]


def test_the_stability_limit_is_drawn_for_effective_sharpness_only(known):
    limits = [drawn.get_ydata()[0] for axes in upper(draw(known, "effective_sharpness")) for drawn in axes.lines[-1:]]
    assert limits == [2.0, 2.0]
    texts = [text.get_text() for axes in draw(known, "loss").axes for text in axes.texts]
    assert not any("limit" in text for text in texts)


def test_a_far_stability_limit_is_told_but_does_not_squeeze_the_data(known):
    table = known.table.copy()
    table.loc[table["quantity"] == "effective_sharpness", "value"] *= 1e-3
    axes = upper(draw(replace(known, table=table), "effective_sharpness"))[0]
    assert axes.get_ylim()[1] < 0.01
    assert [text.get_text() for text in axes.texts] == ["dashed: stability limit 2 (above this axis)"]


def test_diverged_runs_are_drawn_alone_and_end_in_a_cross(known):
    judged = known.table["rate"] == 12.0
    studied = replace(known, table=known.table.assign(judged=judged))
    axes = upper(draw(studied, "loss"))[0]
    crosses = [drawn for drawn in axes.lines if drawn.get_marker() == "x"]
    assert len(crosses) == 16  # four widths, four seeds
    assert not any(str(drawn.get_label()).startswith("width") for drawn in axes.lines)


def test_captions_tell_the_range_of_seeds(known):
    fewer = known.table[(known.table["case"] == "muP") | (known.table["seed"] < 3)]
    exhibit = exhibit_of(replace(known, table=fewer), "effective_sharpness")
    assert exhibit.caption.endswith("one standard deviation of its logarithm over 3–4 seeds.")


def test_one_legend_names_the_sizes_in_order(known):
    (legend,) = draw(known, "effective_sharpness").legends
    assert [text.get_text() for text in legend.get_texts()] == ["width 32", "64", "128", "256"]
