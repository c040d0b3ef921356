import sys
from pathlib import Path

import numpy as np
import pytest

from spectra.fitting.curves import Curve
from spectra.fitting.saved_rates import SavedRates
from spectra.fitting.schedule_bins import schedule_bins
from spectra.fitting.schedule_forecasts import errors_left_out
from spectra.fitting.schedule_law import ScheduledRun, schedule_losses
from spectra.fitting.scheduled_curve import fall_of_rate, scheduled_curve
from tests.fitting.test_schedule_law import PEAK, TOTAL, TRUTH, WARM_UP, run, schedule


def saved(steps, rates):
    return SavedRates(Path("log.csv"), "log", "lr", np.array(steps, float), np.array(rates, float), ())


def curve(steps, losses=None):
    steps = np.array(steps, float)
    y = 4 / np.sqrt(steps + 1) if losses is None else np.array(losses, float)
    return Curve(Path("log.csv"), "step", "loss", steps, y, (), "log", np.ones_like(y), "0" * 64)


def test_rates_of_every_step_are_the_saved_ones_with_straight_lines_between():
    made = scheduled_curve(curve([6, 10, 12]), saved([0, 4, 8, 10], [0.0, 1.0, 1.0, 0.5]))
    np.testing.assert_allclose(made.run.rates, [0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 0.75, 0.5, 0.5, 0.5])
    assert made.run.steps.tolist() == [6, 10, 12]
    assert not made.notes


def test_a_jump_between_constant_rates_happens_where_it_is_seen():
    made = scheduled_curve(curve([1, 12]), saved([0, 4, 8, 12], [1.0, 1.0, 0.1, 0.1]))
    np.testing.assert_allclose(made.run.rates, [1.0] * 8 + [0.1] * 5)


@pytest.mark.parametrize(
    ("warm_up", "first"), [(0, [1, 1, 1, 1, 1]), (2, [0, 0.5, 1, 1, 1]), (4, [0, 0.25, 0.5, 0.75, 1])]
)
def test_what_comes_before_the_first_saved_rate_is_the_warm_up_that_was_given(warm_up, first):
    made = scheduled_curve(curve([4, 6]), saved([4, 6], [1.0, 1.0]), warm_up=warm_up)
    np.testing.assert_allclose(made.run.rates, [*first, 1, 1])
    assert any("No learning rate is saved before step 4" in note for note in made.notes) == (warm_up == 0)


def test_losses_before_the_end_of_the_warm_up_are_left_out():
    made = scheduled_curve(curve(range(1, 10)), saved(range(10), [0, 1, 2, 3, 3, 3, 2, 1, 1, 4]))
    assert made.curve.x.tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert made.notes == ("2 losses before the end of the warm-up at step 3 were left out; their rates count.",)
    windowed = scheduled_curve(curve(range(1, 10)), saved(range(10), [0, 1, 2, 3, 3, 3, 2, 1, 1, 4]), window=(5, 7))
    assert windowed.run.steps.tolist() == [5, 6, 7]
    np.testing.assert_array_equal(windowed.run.rates, made.run.rates)


@pytest.mark.parametrize("kind", ["cosine", "decay", "drop", "constant"])
def test_blocks_of_rates_give_the_law_of_all_steps(kind, monkeypatch):
    monkeypatch.setattr(sys.modules["spectra.fitting.scheduled_curve"], "MOST_CHANGES", 50)
    steps, rates = np.arange(WARM_UP, TOTAL, 5), schedule(kind)
    made = scheduled_curve(curve(steps), saved(np.arange(TOTAL), rates))
    blocks = made.run.rates
    assert np.count_nonzero(np.diff(blocks)) <= 51
    assert blocks.sum() == pytest.approx(rates[: blocks.size].sum(), rel=1e-12)
    exact = schedule_losses(TRUTH, rates, made.run.steps)
    np.testing.assert_allclose(schedule_losses(TRUTH, blocks, made.run.steps), exact, rtol=2e-3)


@pytest.mark.parametrize(
    ("steps", "rates", "options", "told"),
    [
        ([1, 2.5], ([0, 1], [1, 1]), {}, "are no whole numbers; name the column of steps"),
        ([1e10, 2e10], ([0, 1], [1, 1]), {}, "as tokens do"),
        ([4, 6], ([4, 6], [1, 1]), {"warm_up": 5}, "saved from step 4 on"),
        ([1, 2], ([0, 9], [0, 1]), {"window": (8, 9)}, "no losses between the end of the warm-up"),
    ],
)
def test_what_is_no_schedule_is_refused(steps, rates, options, told):
    with pytest.raises(ValueError, match=told):
        scheduled_curve(curve(steps), saved(*rates), **options)


def test_a_rate_falls_if_it_ends_well_below_its_peak():
    assert fall_of_rate(curve([1, 5, 9]), saved([0, 5, 9], [0, 1, 0.1])) == (1.0, 0.1)
    assert fall_of_rate(curve([1, 5]), saved([0, 5, 9], [0, 1, 0.1])) is None  # as far as the curve goes


def test_bins_are_even_in_the_logarithm_first_and_short_to_the_end():
    steps = np.arange(1, 100_001)
    made = schedule_bins(curve(steps, 2 + 3 / np.sqrt(steps)), per_decade=50)
    assert made.weights.sum() == steps.size
    assert np.diff(made.x).max() <= 0.002 * steps[-1] + 1
    assert made.x.size < 700
    assert (made.x == np.round(made.x)).all()
    rounding = 3 / np.sqrt(made.x - 0.5) - 3 / np.sqrt(made.x)
    assert (np.abs(made.y - 2 - 3 / np.sqrt(made.x)) <= rounding + 1e-4).all()


def test_each_run_is_forecast_from_the_others():
    errors = errors_left_out([run("constant"), run("cosine"), run("drop")])
    assert max(errors) < 1e-2
    flat = ScheduledRun(np.full(100, PEAK), np.arange(1, 100, 5), 2 + 1.0 / np.arange(1, 100, 5))
    assert np.isnan(errors_left_out([run("cosine"), flat])[0])
