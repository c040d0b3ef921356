from functools import partial

import numpy as np
import pytest
from scipy.stats import binom

from spectra.fitting.fit_law import fit_law
from spectra.fitting.windows import exponent_windows

STEPS = np.geomspace(1, 1e5, 150)
POWER = partial(fit_law, law="power")


def noisy(generator, curve, scatter=0.01):
    return curve * (1 + scatter * generator.standard_normal(curve.size))


def test_all_windows_are_admitted_where_the_law_holds():
    windows = exponent_windows(STEPS, noisy(np.random.default_rng(0), 2 + 5 * STEPS**-0.5))
    assert windows.table["admitted"].all()
    assert (windows.table["start"].iloc[0], windows.table["end"].iloc[0]) == (STEPS[0], STEPS[-1])
    assert 4 <= windows.start < 10
    assert windows.end == STEPS[-1]
    assert windows.interval.low <= 0.5 <= windows.interval.high
    assert windows.warnings == ()
    assert list(windows.table.columns) == [
        "start", "end", "points", "effective_points", "exponent", "low", "high", "admitted",
    ]  # fmt: skip


def test_early_points_off_the_law_are_left_out():
    curve = 2 + 5 * (STEPS + 40) ** -0.5
    windows = exponent_windows(STEPS, noisy(np.random.default_rng(1), curve, 0.002))
    assert windows.start > 40
    assert windows.interval.low <= 0.5 <= windows.interval.high
    assert not windows.table["admitted"].iloc[0]
    assert abs(windows.table["exponent"].iloc[0] - 0.5) > 0.1
    assert any("contradicted" in sentence for sentence in windows.warnings)


def test_the_cut_off_of_a_finite_system_is_left_out():
    curve = 5 * STEPS**-0.5 * np.exp(-STEPS / 1e4)
    windows = exponent_windows(STEPS, noisy(np.random.default_rng(2), curve), fit=POWER, moving="end")
    assert windows.start == STEPS[0]
    assert windows.end < 3e3
    assert windows.interval.low <= 0.5 <= windows.interval.high


def test_units_do_not_move_the_window():
    y = noisy(np.random.default_rng(3), 5 * STEPS**-0.5 * np.exp(-STEPS / 1e4))
    windows = exponent_windows(STEPS, y, fit=POWER, moving="end")
    other = exponent_windows(1e6 * STEPS[::-1], 9 * y[::-1], fit=POWER, moving="end")
    assert other.end == pytest.approx(1e6 * windows.end)
    np.testing.assert_allclose(other.table["exponent"], windows.table["exponent"], rtol=1e-6)


def covered(repetitions):
    """How often the interval in the chosen window holds the late exponent of curves whose beginning is off the law."""
    generator, curve, count = np.random.default_rng(4), 5 * (STEPS + 10) ** -0.5, 0
    for _ in range(repetitions):
        interval = exponent_windows(STEPS, noisy(generator, curve), fit=POWER).interval
        count += interval.low <= 0.5 <= interval.high
    return count


def test_the_interval_allows_for_the_choice():
    assert covered(10) >= 9


@pytest.mark.slow
def test_the_interval_allows_for_the_choice_in_many_curves():
    assert covered(150) >= binom.ppf(1e-3, 150, 0.95)


def test_points_that_share_an_x_stay_together():
    x = np.repeat(np.geomspace(1, 1e4, 20), 3)
    table = exponent_windows(x, noisy(np.random.default_rng(5), 5 * x**-0.5), fit=POWER).table
    assert (table["points"] % 3 == 0).all()
    assert table["points"].is_monotonic_decreasing


@pytest.mark.parametrize("x", [np.arange(1.0, 9.0), np.linspace(100, 130, 100)])
def test_too_little_for_a_second_window_is_said(x):
    with pytest.raises(ValueError, match="no second window"):
        exponent_windows(x, 5 * x**-0.5)
