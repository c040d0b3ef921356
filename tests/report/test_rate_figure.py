"""Learning rates: curves, best rates, and what a transferred one costs."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.report.rate_figure import ceiling
from tests.report.drawn import draw, line, upper
from tests.report.synthetic_study import RATES, WIDTHS, best_rate


def with_fits(study, change):
    """The study with every transfer changed."""
    return replace(study, cases=tuple(replace(case, transfer=change(case.transfer)) for case in study.cases))


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


def test_rates_far_apart_have_axes_of_their_own(known):
    first, second = known.cases
    fit = second.transfer
    low = replace(fit, losses=fit.losses.assign(rate=fit.losses["rate"] / 64), optima=fit.optima.assign(optimum=0.01))
    figure = draw(replace(known, cases=(first, replace(second, transfer=low))), "rates")
    left, right = upper(figure)
    assert left.get_xlim()[0] > min(RATES) / 2
    assert right.get_xlim()[1] < 1


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
