from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.report.figures import FIGURES
from spectra.report.panels import panels
from spectra.report.rate_figure import ceiling
from spectra.report.style import save, size_colors
from tests.report.conftest import fitted
from tests.report.synthetic_study import RATES, REGIMES, WIDTHS, best_rate, long_table

RED = r'<script>alert("1")</script> $\frac{$ 千' + "y" * 300


def upper(figure):
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def line(axes, label):
    (found,) = [drawn for drawn in axes.lines if drawn.get_label() == label]
    return found


def test_all_five_stand_in_the_order_of_the_argument():
    assert list(FIGURES) == ["sharpness", "trend", "rates", "loss", "exponents"]


@pytest.mark.parametrize("name", FIGURES)
def test_panels_are_named_in_words_and_share_their_axes(name, real):
    left, right = upper(FIGURES[name](real))
    assert [left.get_title(loc="left"), right.get_title(loc="left")] == ["muP", "NTK, matched at the base width"]
    assert left.get_ylim() == right.get_ylim()
    assert left.get_xlim() == right.get_xlim()


def test_sharpness_lines_are_geometric_means_over_seeds(known):
    rows = known.table.query("quantity == 'effective_sharpness' and regime == 'mup' and width == 64 and rate == 1.5")
    expected = np.exp(np.log(rows["value"]).groupby(rows["step"]).mean())
    drawn = line(upper(FIGURES["sharpness"](known))[0], "width 64")
    assert_allclose(drawn.get_xydata(), np.column_stack([expected.index, expected]))
    assert drawn.get_color() == size_colors(WIDTHS)[64]


def test_the_stability_limit_is_drawn_for_effective_sharpness_only(known):
    limits = [drawn.get_ydata()[0] for axes in upper(FIGURES["sharpness"](known)) for drawn in axes.lines[-1:]]
    assert limits == [2.0, 2.0]
    texts = [text.get_text() for axes in FIGURES["loss"](known).axes for text in axes.texts]
    assert not any("limit" in text for text in texts)


def test_a_far_stability_limit_is_told_but_does_not_squeeze_the_data(known):
    table = known.table.copy()
    table.loc[table["quantity"] == "effective_sharpness", "value"] *= 1e-3
    axes = upper(FIGURES["sharpness"](replace(known, table=table)))[0]
    assert axes.get_ylim()[1] < 0.01
    assert [text.get_text() for text in axes.texts] == ["stability limit 2 (above this axis)"]


def test_diverged_runs_are_drawn_alone_and_end_in_a_cross(known):
    studied = replace(known, rate=12.0)
    axes = upper(FIGURES["loss"](studied))[0]
    crosses = [drawn for drawn in axes.lines if drawn.get_marker() == "x"]
    assert len(crosses) == 16  # four widths, four seeds
    assert not any(str(drawn.get_label()).startswith("width") for drawn in axes.lines)


def test_the_trend_shows_slopes_intervals_and_the_margin(known):
    figure = FIGURES["trend"](known)
    for axes, regime in zip(upper(figure), REGIMES, strict=True):
        fit = known.consistency[regime]
        (bars,) = axes.containers
        assert_allclose(bars[0].get_ydata(orig=False), fit.trend["slope"])
        ends = np.array([segment[:, 1] for segment in bars[2][0].get_segments()])
        assert_allclose(ends, fit.trend[["low", "high"]])
        zone = next(patch for patch in axes.patches if str(patch.get_label()).startswith("margin"))
        assert_allclose([zone.get_y(), zone.get_height()], [-fit.margin, 2 * fit.margin])
        assert fit.verdict in [text.get_text() for text in axes.texts]


def test_diverged_rates_are_crosses_and_never_part_of_a_curve(known):
    axes = upper(FIGURES["rates"](known))[1]
    for width in WIDTHS:
        gone = [rate for rate in RATES if np.log2(rate / best_rate("ntk_matched", width)) > 1.6]
        assert_allclose(line(axes, f"width {width} diverged").get_xdata(), gone)
        assert_allclose(line(axes, f"width {width}").get_xdata(), [rate for rate in RATES if rate not in gone])


def test_best_rates_stand_below_with_their_intervals(known):
    names, strip = [axes for axes in FIGURES["rates"](known).axes if not axes.get_title(loc="left")]
    for row, width in enumerate(WIDTHS):
        marker = line(strip, f"optimum {width}")
        assert_allclose(marker.get_xydata(), [[best_rate("ntk_matched", width), row]])
    assert [label.get_text() for label in names.get_yticklabels()] == ["32", "64", "128", "256"]


def test_a_best_rate_at_the_end_of_the_grid_is_an_open_marker(known):
    fit = known.transfer["mup"]["mean_log_loss"]
    censored = replace(fit, optima=fit.optima.assign(edge=[True, False, False, False]))
    strip = FIGURES["rates"](replace(known, transfer={"mup": {"mean_log_loss": censored}})).axes[1]
    faces = [line(strip, f"optimum {width}").get_markerfacecolor() for width in WIDTHS]
    assert [face == "white" for face in faces] == [True, False, False, False]


def test_hopeless_rates_do_not_squeeze_the_others(known):
    losses = known.transfer["mup"]["mean_log_loss"].losses.copy()
    losses.loc[losses["rate"] == 6.0, "criterion"] = 1e4
    low, high = ceiling(losses)
    start = losses.loc[losses["rate"] == min(RATES), "criterion"].max()
    assert high == pytest.approx(low + 1.5 * (start - low))


def test_exponents_and_their_intervals_are_those_of_the_table(known):
    axes = upper(FIGURES["exponents"](known))[0]
    drawn = line(axes, "training loss, no floor")
    rows = known.exponents.query("regime == 'mup' and curve == 'loss' and model == 'power' and parameter == 'exponent'")
    assert_allclose(drawn.get_ydata(), rows["estimate"].astype(float))
    assert_allclose(np.log2(drawn.get_xdata() / rows["width"]), np.log2(drawn.get_xdata()[0] / 32) * np.ones(4))
    assert_allclose([segment[:, 1] for segment in axes.collections[1].get_segments()], rows[["low", "high"]])


def test_an_endless_interval_ends_in_an_arrow_at_the_panel(known):
    rows = known.exponents.copy()
    rows.loc[(rows["parameter"] == "exponent") & (rows["width"] == 64), "high"] = np.inf
    axes = upper(FIGURES["exponents"](replace(known, exponents=rows)))[0]
    arrows = [drawn for drawn in axes.lines if drawn.get_marker() == "^"]
    assert len(arrows) == 4  # two curves, two models
    assert all(drawn.get_ydata()[0] == axes.get_ylim()[1] for drawn in arrows)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
def test_every_regime_gets_one_panel(count):
    figure, axes = panels([f"rule {n}" for n in range(count)], height=2)
    assert len(axes) == len(figure.axes) == count


def test_one_legend_names_the_sizes_in_order(known):
    (legend,) = FIGURES["sharpness"](known).legends
    assert [text.get_text() for text in legend.get_texts()] == ["width 32", "64", "128", "256"]


@pytest.fixture(scope="module")
def oddly_named():
    return fitted(long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1, 2)).assign(regime=RED))


@pytest.mark.parametrize("name", FIGURES)
def test_names_of_regimes_are_drawn_as_text(name, oddly_named, plain_fonts, tmp_path):
    vector, _ = save(FIGURES[name](oddly_named), tmp_path / name)
    shown = vector.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in shown
    assert r"$\frac{$" in shown
    assert "<script" not in shown
