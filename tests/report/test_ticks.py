from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from spectra.report import ticks
from spectra.report.style import style


@pytest.mark.parametrize("ends", [(0.3, 2.2), (1.1, 1.3), (1e-9, 1e3), (0.011, 0.09), (3, 400), (0.97, 1.04)])
def test_logarithmic_axes_get_a_handful_of_round_ticks_within_their_ends(ends):
    found = ticks.round_ticks(*ends)
    assert 2 <= len(found) <= 9
    assert all(ends[0] <= tick <= ends[1] for tick in found)


def test_learning_rates_are_labelled_by_themselves():
    axes = Figure().subplots()
    ticks.octaves(axes, [0.5 * 2 ** (k / 2) for k in range(11)])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.5", "1", "2", "4", "8", "16"]


@pytest.mark.parametrize("values", [[0.0442 * 2 ** (k / 2) for k in range(20)], [2**k for k in range(6, 13)]])
def test_labels_of_octaves_stand_apart_on_a_narrow_panel(values):
    figure = Figure(figsize=(2.2, 2))
    axes = figure.subplots()
    ticks.octaves(axes, values)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("ends", [(0.04, 2.2), (0.5, 3.0), (0.011, 0.09), (1e-6, 40.0)])
def test_a_low_panel_has_few_ticks(ends):
    assert 2 <= len(ticks.round_ticks(*ends, most=4)) <= 4


def test_few_steps_are_labelled_by_themselves():
    axes = Figure().subplots()
    ticks.logarithmic_steps(axes, [120])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["120"]


def test_checkpoints_that_double_stand_on_a_logarithmic_axis_and_even_ones_on_a_linear():
    doubling, even = Figure().subplots(), Figure().subplots()
    ticks.steps(doubling, [0, *(2**k for k in range(11))])
    ticks.steps(even, list(range(0, 121, 10)))
    assert (doubling.get_xscale(), even.get_xscale()) == ("symlog", "linear")


@pytest.mark.parametrize("last", [120, 8000, 2_000_000])
@pytest.mark.parametrize("width", [1.8, 3.25, 5.2])
def test_labels_of_steps_stand_apart(last, width):
    with style():
        figure = Figure(figsize=(width, 2), layout="constrained")
        axes = figure.subplots()
        axes.set_xlim(0, last)
        ticks.steps(axes, list(range(0, last + 1, last // 20)))
        figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
    assert len(boxes) >= 2
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("most", [4, 9])
@pytest.mark.parametrize("decades", [2, 3, 5, 8, 14])
def test_ticks_of_a_logarithmic_axis_over_decades_are_evenly_spaced(decades, most):
    found = np.log10(ticks.round_ticks(0.9e-6, 1.1e-6 * 10**decades, most=most))
    gaps = np.diff(found)
    assert 3 <= len(found) <= most
    # Powers of ten, or each decade divided alike.
    assert np.ptp(gaps) < 1e-9 or gaps.max() < 1
