"""The size trend: slopes, intervals and the margin."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.report.question import EDGE
from spectra.report.verdict_rows import verdict_rows
from tests.report.drawn import draw, exhibit_of, upper


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
    exhibit = exhibit_of(studied, "trend")
    zone = next(patch for patch in exhibit.draw().axes[0].patches if str(patch.get_label()).startswith("margin"))
    assert zone.get_label() == "margin ±0.037 (3.8 %)"
    assert_allclose([zone.get_y(), zone.get_height()], [-0.0372, 2 * 0.0372])
    assert "margin of ±0.037 " in exhibit.caption
    assert set(exhibit.tables["trend"]["margin"]) == set(verdict_rows(studied)["margin"].dropna().iloc[:1]) == {0.0372}


def test_margins_that_differ_between_panels_are_not_named_as_one(known):
    first, second = known.cases
    strict = replace(second, consistency={EDGE: replace(second.consistency[EDGE], bound=0.03)})
    exhibit = exhibit_of(replace(known, cases=(first, strict)), "trend")
    left, right = ([p for p in axes.patches if p.get_label() == "margin"] for axes in upper(exhibit.draw()))
    assert [zone.get_height() for zone in (*left, *right)] == pytest.approx([2 * np.log(1.05), 0.06])
    assert "±0.03 or ±0.049" in exhibit.caption
