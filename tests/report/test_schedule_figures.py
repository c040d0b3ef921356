"""Figures of losses under changing learning rates: every curve, its law, its rates."""

import numpy as np
import pandas as pd
import pytest

from spectra.report.schedule_figures import COLORS, SCHEDULE_FIGURES
from spectra.report.style import save


def points(count):
    steps = np.arange(10, 100, 10)
    parts = [
        pd.DataFrame(
            {"curve": f"${place}$ & <b>", "step": steps, "rate": 1 - steps / 200, "summed_rate": steps * 0.7,
             "measured": 3 / np.sqrt(steps) + place, "law": 3.01 / np.sqrt(steps) + place, "residual": -0.003}
        )
        for place in range(1, count + 1)
    ]  # fmt: skip
    return pd.concat(parts)


@pytest.mark.parametrize("name", SCHEDULE_FIGURES)
def test_every_figure_is_drawn_and_its_bytes_repeat(name, tmp_path):
    first = [path.read_bytes() for path in save(SCHEDULE_FIGURES[name](points(2), "loss"), tmp_path / name)]
    again = [path.read_bytes() for path in save(SCHEDULE_FIGURES[name](points(2), "loss"), tmp_path / name)]
    assert first == again
    assert b"<svg" in first[0]


def test_curves_show_points_law_and_rates_and_are_told_apart():
    count = len(COLORS) + 1
    upper, lower = SCHEDULE_FIGURES["losses"](points(count), "loss").axes
    assert len(upper.lines) == 2 * count
    assert len(lower.lines) == count
    looks = {(line.get_color(), line.get_marker()) for line in upper.lines[::2]}
    assert len(looks) == count
    np.testing.assert_allclose(upper.lines[1].get_ydata(), points(1)["law"])
