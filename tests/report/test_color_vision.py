"""Sizes are told apart by those who see few colours, in grey print, and on a dark ground."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from spectra.report.dark import PAPER, in_the_dark
from spectra.report.fit_figures import DATA, LAW, THEORY
from spectra.report.growth_figure import MOVED
from spectra.report.noise_figure import RATIO, SEED, SIZE
from spectra.report.style import ALONE, size_colors
from tests.report.vision import BLINDNESS, contrast, difference, lab

# Smallest difference (CIEDE2000) that neighbouring sizes may have for any reader; 2.3 can just be noticed.
LEAST = {2: 40.0, 3: 14.0, 4: 11.0, 5: 7.0, 6: 5.0, 7: 4.0, 8: 3.5}


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_published_table(first, second, known):
    assert difference(first, second) == pytest.approx(known, abs=5e-5)
    assert difference(second, first) == pytest.approx(known, abs=5e-5)


def test_grey_looks_the_same_to_everyone():
    for seen in BLINDNESS.values():
        np.testing.assert_allclose(seen.sum(axis=1), 1, atol=2e-6)


@pytest.mark.parametrize("count", LEAST)
@pytest.mark.parametrize("ground", ["white", PAPER])
def test_neighbouring_sizes_are_told_apart_by_every_kind_of_reader(ground, count):
    colors = list(size_colors(range(count)).values())
    colors = colors if ground == "white" else [in_the_dark(color) for color in colors]
    for kind in BLINDNESS:
        seen = [lab(color, kind) for color in colors]
        assert min(difference(*pair) for pair in pairwise(seen)) > LEAST[count], kind
    assert all(contrast(color, ground) >= 3 for color in colors)


@pytest.mark.parametrize("count", LEAST)
def test_the_order_of_sizes_is_that_of_their_grey(count):
    colors = list(size_colors(range(count)).values())
    on_paper = [lab(color)[0] for color in colors]
    in_dark = [lab(in_the_dark(color))[0] for color in colors]
    apart = 35 / (count - 1)
    assert all(left - right > apart for left, right in pairwise(on_paper))
    assert all(right - left > apart for left, right in pairwise(in_dark))


@pytest.mark.parametrize("ground", ["white", PAPER])
@pytest.mark.parametrize(
    "series", [(DATA, LAW, THEORY), (ALONE, *(color for color, _ in MOVED.values())), (RATIO, SIZE, SEED)]
)
def test_series_of_one_figure_are_told_apart_by_every_kind_of_reader(series, ground):
    colors = series if ground == "white" else [in_the_dark(color) for color in series]
    for kind in BLINDNESS:
        assert min(difference(lab(a, kind), lab(b, kind)) for a, b in combinations(colors, 2)) > 10, kind
    assert all(contrast(color, ground) >= 3 for color in colors)
