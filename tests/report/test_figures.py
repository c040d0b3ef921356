"""What holds for every figure of a page."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest

from spectra.report.exhibits import exhibits
from spectra.report.panels import leftmost
from spectra.report.question import EDGE
from spectra.report.style import save
from tests.report.drawn import NAMES, draw, line, upper
from tests.report.synthetic_study import fitted, long_table

RED = r'<script>alert("1")</script> $\frac{$ 千' + "y" * 300


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


def test_noise_ratios_below_the_axis_are_drawn_at_its_end(real):
    fit = real.cases[0].consistency[EDGE]
    still = replace(fit, noise=fit.noise.assign(ratio=0.0, low=0.0))
    cases = (replace(real.cases[0], consistency={EDGE: still}), real.cases[1])
    axes = upper(draw(replace(real, cases=cases), "noise"))[0]
    assert set(line(axes, "ratio").get_ydata()) == {axes.get_ylim()[0]}


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
