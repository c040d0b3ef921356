from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.fitting import Interval
from spectra.report import ticks
from spectra.report.exhibits import exhibits
from spectra.report.figure_tables import gap_rows
from spectra.report.gap_figure import drawable_gaps
from spectra.report.growth_exhibit import change
from spectra.report.headline import headline
from spectra.report.look import PAGE, STYLES, drawn_for, look
from spectra.report.panels import arrangement, label_outer, leftmost, panels, rightmost
from spectra.report.question import EDGE
from spectra.report.rate_figure import ceiling
from spectra.report.style import save, size_colors
from spectra.report.verdict_rows import verdict_rows
from tests.report.drawn import draw
from tests.report.synthetic_study import RATES, WIDTHS, best_rate, fitted, long_table

RED = r'<script>alert("1")</script> $\frac{$ 千' + "y" * 300
NAMES = [
    "effective_sharpness", "trend", "gap", "size-gap", "noise", "growth", "rates", "phases", "regret", "loss",
    "exponents",
]  # fmt: skip


def upper(figure):
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def line(axes, label):
    (found,) = [drawn for drawn in axes.lines if drawn.get_label() == label]
    return found


def with_fits(study, change):
    """The study with every transfer changed."""
    return replace(study, cases=tuple(replace(case, transfer=change(case.transfer)) for case in study.cases))


def test_figures_stand_in_the_order_of_the_argument(real):
    assert [exhibit.name for exhibit in exhibits(real)] == NAMES


def test_further_quantities_have_figures_of_their_own(real):
    both = replace(real.question, quantities=(EDGE, ("loss", 0)))
    cases = tuple(
        replace(case, consistency=dict.fromkeys(both.quantities, case.consistency[EDGE])) for case in real.cases
    )
    names = [exhibit.name for exhibit in exhibits(replace(real, question=both, cases=cases))]
    assert names == [*NAMES[:6], "loss", "trend-loss", "gap-loss", "rates", "phases", "regret", "exponents"]


def test_a_course_alone_is_shown_of_what_could_not_be_judged(real):
    bare = tuple(replace(case, consistency={}, transfer=None) for case in real.cases)
    names = [exhibit.name for exhibit in exhibits(replace(real, cases=bare))]
    assert names == ["effective_sharpness", "loss", "exponents"]


def test_a_figure_without_a_value_is_not_shown():
    two = fitted(long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1, 2), rates=(1.5,)))
    shown = {exhibit.name for exhibit in exhibits(two)}
    assert "trend" in shown
    assert not {"gap", "size-gap"} & shown
    (verdict,) = two.trends(EDGE).values()
    assert "Three or more values of width would tell" in verdict.sentence
    one = fitted(long_table(regimes=("mup",), widths=(32,), seeds=(0, 1, 2), rates=(1.5,)))
    assert "trend" not in {exhibit.name for exhibit in exhibits(one)}


@pytest.mark.parametrize("name", NAMES)
def test_panels_are_named_in_words_and_share_their_axes(name, real):
    left, right = upper(draw(real, name))
    assert [left.get_title(loc="left"), right.get_title(loc="left")] == ["muP", "NTK, matched at the base width"]
    assert left.get_ylim() == right.get_ylim()
    assert left.get_xlim() == right.get_xlim()


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
    (exhibit,) = [each for each in exhibits(studied) if each.name == "gap"]
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
    (exhibit,) = [each for each in exhibits(studied) if each.name == "gap"]
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


def test_noise_ratios_below_the_axis_are_drawn_at_its_end(real):
    fit = real.cases[0].consistency[EDGE]
    still = replace(fit, noise=fit.noise.assign(ratio=0.0, low=0.0))
    cases = (replace(real.cases[0], consistency={EDGE: still}), real.cases[1])
    axes = upper(draw(replace(real, cases=cases), "noise"))[0]
    assert set(line(axes, "ratio").get_ydata()) == {axes.get_ylim()[0]}


def test_growth_is_drawn_as_a_factor_and_movement_where_it_was_measured(known):
    figure = draw(known, "growth")
    assert len(figure.axes) == 2
    (bars,) = upper(figure)[1].containers
    assert_allclose(bars[0].get_ydata(orig=False), np.exp(known.cases[1].consistency[EDGE].growth["growth"]))
    moved = DataFrame({"quantity": "kernel_movement", "size": WIDTHS, "movement": 0.3, "low": 0.2, "high": 0.4})
    cases = tuple(
        replace(case, consistency={EDGE: replace(case.consistency[EDGE], movement=moved)}) for case in known.cases
    )
    assert len(draw(replace(known, cases=cases), "growth").axes) == 4


def test_the_cost_of_a_transfer_stands_in_its_cell(known):
    costs = DataFrame(
        [
            (tuned, run, np.inf if tuned > run else np.log(1.5) * (tuned < run))
            for tuned in (32, 64)
            for run in (32, 64)
        ],
        columns=["tuned_at", "run_at", "regret"],
    ).assign(low=0.0, high=1.0, percent=50.0, noise=1.0, interpolated=True)
    axes = upper(draw(with_fits(known, lambda fit: replace(fit, regret_map=costs)), "regret"))[0]
    told = {tuple(np.array(text.get_position()) - 0.5): text.get_text() for text in axes.texts}
    assert told == {(0, 0): "0", (1, 0): "50 %", (0, 1): "∞", (1, 1): "0"}


def test_sharpness_lines_are_geometric_means_over_seeds(known):
    rows = known.table.query("quantity == 'effective_sharpness' and regime == 'mup' and width == 64 and rate == 1.5")
    expected = np.exp(np.log(rows["value"]).groupby(rows["step"]).mean())
    drawn = line(upper(draw(known, "effective_sharpness"))[0], "width 64")
    assert_allclose(drawn.get_xydata(), np.column_stack([expected.index, expected]))
    assert drawn.get_color() == size_colors(WIDTHS)[64]


def test_a_page_of_diverged_runs_says_what_its_crosses_are():
    found = fitted(long_table(regimes=("mup",), widths=(32, 64), seeds=(0,), rates=(1.5,), all_diverged=True))
    exhibit = next(each for each in exhibits(found) if each.name == "effective_sharpness")
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
    captions = [
        next(each.caption for each in exhibits(replace(known, table=table)) if each.name == "effective_sharpness")
        for table in (known.table, wild)
    ]
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


def test_the_trend_shows_slopes_intervals_and_the_margin(known):
    figure = draw(known, "trend")
    for axes, case in zip(upper(figure), known.cases, strict=True):
        fit = case.consistency[EDGE]
        (bars,) = axes.containers
        assert_allclose(bars[0].get_ydata(orig=False), fit.trend["slope"])
        ends = np.array([segment[:, 1] for segment in bars[2][0].get_segments()])
        assert_allclose(ends, fit.trend[["low", "high"]])
        zone = next(patch for patch in axes.patches if str(patch.get_label()).startswith("margin"))
        assert_allclose([zone.get_y(), zone.get_height()], [-fit.bound, 2 * fit.bound])
        assert fit.verdict in [text.get_text() for text in axes.texts]


def test_the_margin_shown_is_the_one_that_was_used(known):
    case = known.cases[0]
    strict = replace(case.consistency[EDGE], bound=0.0372)
    studied = replace(known, cases=(replace(case, consistency={EDGE: strict}),))
    (exhibit,) = [each for each in exhibits(studied) if each.name == "trend"]
    zone = next(patch for patch in exhibit.draw().axes[0].patches if str(patch.get_label()).startswith("margin"))
    assert zone.get_label() == "margin ±0.037 (3.8 %)"
    assert_allclose([zone.get_y(), zone.get_height()], [-0.0372, 2 * 0.0372])
    assert "margin of ±0.037 " in exhibit.caption
    assert set(exhibit.tables["trend"]["margin"]) == set(verdict_rows(studied)["margin"].dropna().iloc[:1]) == {0.0372}


def test_margins_that_differ_between_panels_are_not_named_as_one(known):
    first, second = known.cases
    strict = replace(second, consistency={EDGE: replace(second.consistency[EDGE], bound=0.03)})
    (exhibit,) = [each for each in exhibits(replace(known, cases=(first, strict))) if each.name == "trend"]
    left, right = ([p for p in axes.patches if p.get_label() == "margin"] for axes in upper(exhibit.draw()))
    assert [zone.get_height() for zone in (*left, *right)] == pytest.approx([2 * np.log(1.05), 0.06])
    assert "±0.03 or ±0.049" in exhibit.caption


def test_diverged_rates_are_crosses_and_never_part_of_a_curve(known):
    axes = upper(draw(known, "rates"))[1]
    for width in WIDTHS:
        gone = [rate for rate in RATES if np.log2(rate / best_rate("ntk_matched", width)) > 1.6]
        assert_allclose(line(axes, f"width {width} diverged").get_xdata(), gone)
        assert_allclose(line(axes, f"width {width}").get_xdata(), [rate for rate in RATES if rate not in gone])


def test_best_rates_stand_below_with_their_intervals(known):
    names, strip = [axes for axes in draw(known, "rates").axes if not axes.get_title(loc="left")]
    for row, width in enumerate(WIDTHS):
        marker = line(strip, f"optimum {width}")
        assert_allclose(marker.get_xydata(), [[best_rate("ntk_matched", width), row]])
    assert [label.get_text() for label in names.get_yticklabels()] == ["32", "64", "128", "256"]


def test_a_best_rate_at_the_end_of_the_grid_is_an_open_marker(known):
    edge = [True, False, False, False]
    censored = with_fits(known, lambda fit: replace(fit, optima=fit.optima.assign(edge=edge)))
    strip = draw(censored, "rates").axes[1]
    faces = [line(strip, f"optimum {width}").get_markerfacecolor() for width in WIDTHS]
    assert [face == "white" for face in faces] == [True, False, False, False]


def test_hopeless_rates_do_not_squeeze_the_others(known):
    losses = known.cases[0].transfer.losses.copy()
    losses.loc[losses["rate"] == 6.0, "criterion"] = 1e4
    low, high = ceiling(losses.rename(columns={"criterion": "value"}))
    start = losses.loc[losses["rate"] == min(RATES), "criterion"].max()
    assert high == pytest.approx(low + 1.5 * (start - low))


def test_exponents_and_their_intervals_are_those_of_the_table(known):
    axes = upper(draw(known, "exponents"))[0]
    drawn = line(axes, "training loss, no floor")
    rows = known.exponents.query("case == 'muP' and curve == 'loss' and model == 'power' and parameter == 'exponent'")
    assert_allclose(drawn.get_ydata(), rows["estimate"].astype(float))
    assert_allclose(np.log2(drawn.get_xdata() / rows["width"]), np.log2(drawn.get_xdata()[0] / 32) * np.ones(4))
    assert_allclose([segment[:, 1] for segment in axes.collections[1].get_segments()], rows[["low", "high"]])


def test_an_endless_interval_ends_in_an_arrow_at_the_panel(known):
    rows = known.exponents.copy()
    rows.loc[(rows["parameter"] == "exponent") & (rows["width"] == 64), "high"] = np.inf
    axes = upper(draw(replace(known, exponents=rows), "exponents"))[0]
    arrows = [drawn for drawn in axes.lines if drawn.get_marker() == "^"]
    assert len(arrows) == 4  # two curves, two models
    assert all(drawn.get_ydata()[0] == axes.get_ylim()[1] for drawn in arrows)


def test_a_law_without_any_bounded_interval_is_left_out_and_named(known):
    rows = known.exponents.copy()
    rows.loc[(rows["parameter"] == "exponent") & (rows["model"] == "floor"), "high"] = np.inf
    (exhibit,) = [each for each in exhibits(replace(known, exponents=rows)) if each.name == "exponents"]
    labels = {str(drawn.get_label()) for drawn in upper(exhibit.draw())[0].lines}
    assert {label for label in labels if "loss" in label} == {"training loss, no floor", "test loss, no floor"}
    assert set(exhibit.tables["exponents"]["model"]) == {"power"}
    assert exhibit.caption.endswith("bounded interval: training loss with a floor, test loss with a floor.")
    rows.loc[rows["parameter"] == "exponent", "low"] = -np.inf
    assert "exponents" not in [each.name for each in exhibits(replace(known, exponents=rows))]


def test_a_loss_falls_to_a_share_of_its_start(known):
    first = known.cases[0]
    fallen = replace(first.consistency[EDGE], quantity="loss")
    fallen = replace(fallen, growth=fallen.growth.assign(growth=np.log(0.00089), low=np.log(8e-4), high=np.log(9e-4)))
    asked = replace(known.question, quantities=(("loss", 0),))
    studied = replace(known, question=asked, cases=(replace(first, consistency={("loss", 0): fallen}),))
    (exhibit,) = [each for each in exhibits(studied) if each.name == "growth"]
    assert exhibit.caption.startswith("Share of its start to which the training loss falls by the plateau")
    assert exhibit.sheets[0].rows[0] == ("muP", "32", "0.00089", "0.0008 to 0.0009")
    assert "plateau over start of the\ntraining loss" in [axes.get_ylabel() for axes in exhibit.draw().axes]
    rows = {row[0]: row[1] for row in headline(studied).rows}
    assert rows["its fall along training at width 32 and 256"] == "to 0.00089 and 0.00089 of its start"


@pytest.mark.parametrize(
    ("factors", "told", "axis"),
    [
        ((0.5, 0.03), "Share of its start to which the effective sharpness falls", "plateau over start of the"),
        ((2.0, 1.0), "Factor by which the effective sharpness grows", "growth of the"),
        ((2.0, 0.5), "Factor by which the effective sharpness changes", "plateau over start of the"),
    ],
)
def test_what_falls_is_not_said_to_grow(known, factors, told, axis):
    def turned(case, factor):
        fit = case.consistency[EDGE]
        return replace(
            case,
            consistency={
                EDGE: replace(fit, growth=fit.growth.assign(**dict.fromkeys(["growth", "low", "high"], np.log(factor))))
            },
        )

    cases = tuple(turned(case, factor) for case, factor in zip(known.cases, factors, strict=True))
    (exhibit,) = [each for each in exhibits(replace(known, cases=cases)) if each.name == "growth"]
    assert exhibit.caption.startswith(told)
    assert any(axes.get_ylabel().startswith(axis) for axes in exhibit.draw().axes)


def test_growth_without_an_end_is_told(known):
    assert [change(ratio, "sharpness") for ratio in (0.0, np.inf, np.nan, 1.04)] == ["0", "∞", "–", "+4 %"]


def test_captions_tell_the_range_of_seeds(known):
    fewer = known.table[(known.table["case"] == "muP") | (known.table["seed"] < 3)]
    (exhibit,) = [each for each in exhibits(replace(known, table=fewer)) if each.name == "effective_sharpness"]
    assert exhibit.caption.endswith("one standard deviation of its logarithm over 3–4 seeds.")


@pytest.mark.parametrize(
    ("count", "rows"), [(1, [1]), (2, [2]), (3, [3]), (4, [2, 2]), (5, [3, 2]), (7, [3, 2, 2]), (8, [3, 3, 2])]
)
def test_every_case_gets_one_panel_and_all_are_of_one_width(count, rows):
    figure, axes = panels([f"rule {n}" for n in range(count)], height=2)
    assert len(axes) == len(figure.axes) == count
    assert arrangement(count) == rows
    figure.draw_without_rendering()
    ends = Counter(round(axis.get_position().x1, 2) for axis in figure.axes)
    assert max(ends) > 0.95
    assert ends[max(ends)] == rows.count(max(rows))
    assert len({round(axis.get_position().width, 3) for axis in figure.axes}) == 1
    assert [rightmost(axis) for axis in figure.axes] == [place == here - 1 for here in rows for place in range(here)]


@pytest.mark.parametrize("name", NAMES)
def test_labels_of_shared_axes_stand_once_and_apart(name, known):
    three = replace(known, cases=(*known.cases, replace(known.cases[0], title="third")))
    three = replace(
        three, table=pd.concat([known.table, known.table[known.table["case"] == "muP"].assign(case="third")])
    )
    figure = draw(three, name)
    figure.draw_without_rendering()
    for axes in figure.axes:
        for axis, way in ((axes.xaxis, "x"), (axes.yaxis, "y")):
            boxes = [
                label.get_window_extent() for label in axis.get_ticklabels() if label.get_visible() and label.get_text()
            ]
            places = sorted((getattr(box, way + "0"), getattr(box, way + "1")) for box in boxes)
            assert all(end <= start for (_, end), (start, _) in pairwise(places)), (name, way)
        labelled = any(label.get_visible() for label in axes.yaxis.get_ticklabels(which="both"))
        assert labelled == (leftmost(axes) or axes.get_label() == "<colorbar>")


@pytest.mark.parametrize("name", ["page", *STYLES])
def test_long_names_beside_rows_of_panels_do_not_touch(name):
    with drawn_for(PAGE if name == "page" else look(name)):
        figure, axes = panels([f"rule {n}" for n in range(4)], height=2.5)
        label_outer(figure, axes, x="step", y="change of log Gauss-Newton sharpness\nper doubling of width")
        figure.legend(handles=[], loc="outside upper center")
        figure.draw_without_rendering()
    boxes = sorted(
        (box.y0, box.y1) for axis in figure.axes if axis.get_ylabel() for box in [axis.yaxis.label.get_window_extent()]
    )
    assert all(end < start for (_, end), (start, _) in pairwise(boxes))
    assert boxes[0][0] >= 0
    assert boxes[-1][1] <= figure.bbox.y1


def test_rates_far_apart_have_axes_of_their_own(known):
    first, second = known.cases
    fit = second.transfer
    low = replace(fit, losses=fit.losses.assign(rate=fit.losses["rate"] / 64), optima=fit.optima.assign(optimum=0.01))
    figure = draw(replace(known, cases=(first, replace(second, transfer=low))), "rates")
    left, right = upper(figure)
    assert left.get_xlim()[0] > min(RATES) / 2
    assert right.get_xlim()[1] < 1


def test_one_legend_names_the_sizes_in_order(known):
    (legend,) = draw(known, "effective_sharpness").legends
    assert [text.get_text() for text in legend.get_texts()] == ["width 32", "64", "128", "256"]


@pytest.fixture(scope="module")
def oddly_named():
    return fitted(
        long_table(regimes=("mup",), widths=(32, 64, 128), seeds=(0, 1, 2), rates=(0.75, 1.5)).assign(regime=RED)
    )


@pytest.mark.parametrize("name", ["effective_sharpness", "trend", "gap", "noise", "rates", "regret"])
def test_names_of_cases_are_drawn_as_text(name, oddly_named, plain_fonts, tmp_path):
    odd = replace(oddly_named, cases=tuple(replace(case, title=RED) for case in oddly_named.cases))
    odd = replace(odd, table=odd.table.assign(case=RED), exponents=odd.exponents.assign(case=RED))
    vector, _ = save(draw(odd, name), tmp_path / name)
    shown = vector.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in shown
    assert r"$\frac{$" in shown
    assert "<script" not in shown
