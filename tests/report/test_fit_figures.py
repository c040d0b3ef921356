"""Figures of a fit: they show the numbers of the study, and what is missing in words."""

from dataclasses import replace

import numpy as np
import pytest

from spectra.fitting import FitPlan, study_curve
from spectra.report.fit_figures import FIT_FIGURES, Drawn
from spectra.report.style import save

STEPS = np.unique(np.geomspace(1, 1e4, 60).round())
LOSSES = (0.5 + 2 * STEPS**-0.7) * (1 + 0.005 * np.random.default_rng(0).standard_normal(STEPS.size))


@pytest.fixture(scope="module")
def drawn():
    study = study_curve(STEPS, LOSSES, plan=FitPlan(law="floor", predict=(1e5,)))
    return Drawn(study, "a $run$ & <more>", "step", "loss", 0.7)


@pytest.mark.parametrize("name", FIT_FIGURES)
def test_every_figure_is_drawn_and_its_bytes_repeat(name, drawn, tmp_path):
    first = [path.read_bytes() for path in save(FIT_FIGURES[name](drawn), tmp_path / name)]
    again = [path.read_bytes() for path in save(FIT_FIGURES[name](drawn), tmp_path / name)]
    assert first == again
    assert b"<svg" in first[0]


def test_the_curve_shows_every_point_and_the_law(drawn):
    (axes,) = FIT_FIGURES["curve"](drawn).axes
    points, law, beyond, *_ = axes.lines
    assert np.array_equal(points.get_ydata(), drawn.study.y)
    assert np.asarray(beyond.get_xdata())[-1] == pytest.approx(1e5)
    assert np.asarray(law.get_ydata())[0] == pytest.approx(drawn.study.band["predicted"].iloc[0])


def test_the_windows_stand_at_their_starts(drawn):
    (axes,) = FIT_FIGURES["windows"](drawn).axes
    points = [line for line in axes.lines if line.get_marker() == "o"]
    shown = sorted(float(x) for line in points for x in line.get_xdata())
    assert shown == sorted(drawn.study.windows.table["start"])


def test_what_is_not_there_is_said(drawn):
    study = replace(
        drawn.study, windows=None, forecasts=drawn.study.forecasts.iloc[:0], profile=drawn.study.profile.iloc[:0]
    )
    for name in ("windows", "profile", "forecasts"):
        figure = FIT_FIGURES[name](replace(drawn, study=study))
        assert figure.texts
        assert not figure.axes


@pytest.mark.parametrize("name", FIT_FIGURES)
def test_no_legend_lies_over_data_and_no_title_leaves_the_figure(name, drawn):
    long = replace(drawn, name="a_name_of_a_run_with_width_1024_and_learning_rate_0.0003_and_more_and_more_and_more")
    figure = FIT_FIGURES[name](long)
    figure.canvas.draw()
    edge = figure.get_window_extent().x1
    for axes in figure.axes:
        assert axes.get_legend() is None
        assert axes.title.get_window_extent().x1 <= edge
        assert not any(box.get_window_extent().overlaps(axes.get_window_extent()) for box in figure.legends)
