"""All that is made of one curve, against curves whose law is known."""

import numpy as np
import pytest

from spectra.fitting import FitPlan, fit_law, study_curve

STEPS = np.unique(np.geomspace(1, 1e4, 80).round())
CURVE = 0.5 + 2 * STEPS**-0.7


def noisy(values, scatter=0.005, seed=0):
    return values * (1 + scatter * np.random.default_rng(seed).standard_normal(values.size))


def test_an_exact_curve_is_found_forecast_and_predicted():
    study = study_curve(STEPS, CURVE, plan=FitPlan(predict=(1e6,)))
    assert study.fit.law.name == "floor"
    assert study.fit.estimates == pytest.approx({"amplitude": 2, "exponent": 0.7, "floor": 0.5}, rel=1e-8)
    assert study.predictions["predicted"].iloc[0] == pytest.approx(0.5 + 2 * 1e6**-0.7, rel=1e-8)
    assert study.forecasts["log_error"].abs().max() < 1e-8
    assert study.band["x"].iloc[-1] == pytest.approx(1e6)


@pytest.mark.slow
def test_intervals_of_predictions_hold_the_curve():
    truth = 0.5 + 2 * 1e5**-0.7
    held = 0
    for seed in range(10):
        study = study_curve(STEPS, noisy(CURVE, seed=seed), plan=FitPlan(law="floor", predict=(1e5,)))
        row = study.predictions.iloc[0]
        held += row["low"] <= truth <= row["high"]
    assert held >= 8  # 95 percent intervals: fewer than 8 of 10 happen once in 90 times


def test_the_profile_rises_on_both_sides_to_the_limit_of_the_interval():
    y = noisy(CURVE)
    study = study_curve(STEPS, y, plan=FitPlan(law="floor"))
    profile, interval = study.profile, study.fit.intervals["exponent"]
    best = study.fit.estimates["exponent"]
    below, above = profile[profile["exponent"] < best], profile[profile["exponent"] > best]
    assert (np.diff(below["rise"]) < 0).all()
    assert (np.diff(above["rise"]) > 0).all()
    at = np.interp([interval.low, interval.high], profile["exponent"], profile["rise"])
    assert at[0] == pytest.approx(at[1], rel=0.1)


def test_a_held_exponent_is_as_good_as_any_search_finds():
    y = noisy(CURVE)
    study = study_curve(STEPS, y, plan=FitPlan(law="floor", objective="gaussian"))
    exponent, rise = study.profile.iloc[3]
    columns = np.stack([STEPS**-exponent, np.ones_like(STEPS)], axis=1)
    heights = np.linalg.lstsq(columns / y[:, None], np.ones_like(y), rcond=None)[0]
    for _ in range(50):  # Gauss and Newton on log residuals
        fitted = columns @ heights
        heights = heights + np.linalg.lstsq(columns / fitted[:, None], np.log(y / fitted), rcond=None)[0]
    least = np.square(np.log(y / (columns @ heights))).sum()
    best = np.square(fit_law(STEPS, y, law="floor", objective="gaussian").residuals).sum()
    value = study.fit.objective + rise
    assert value / study.fit.objective == pytest.approx(least / best, rel=1e-6)


def test_a_window_that_is_given_or_chosen_is_what_is_fitted():
    given = study_curve(STEPS, CURVE, plan=FitPlan(law="floor", window=(10.0, 1000.0)))
    assert (given.x[0], given.x[-1]) == (10, pytest.approx(1000, rel=0.1))
    bent = noisy(2 * (STEPS + 20) ** -0.7, 1e-3)
    chosen = study_curve(STEPS, bent, plan=FitPlan(law="power", window="auto"))
    assert chosen.x[0] == chosen.windows.start > 20
    assert chosen.exponent.high - chosen.exponent.low > 0
    assert any("contradicted" in note for note in chosen.notes)


def test_a_short_curve_is_fitted_and_what_it_cannot_tell_is_said():
    study = study_curve([1.0, 2.0, 4.0], [2.0, 1.0, 0.5])
    assert study.fit.law.name == "power"
    assert study.windows is None
    assert study.forecasts.empty
    assert any("no second window" in note for note in study.notes)


@pytest.mark.parametrize(
    ("plan", "match"),
    [
        (FitPlan(law="joint"), "there is no law 'joint' of one variable"),
        (FitPlan(window="late"), "use 'all', 'auto', or two ascending numbers"),
        (FitPlan(window=(9.0, 3.0)), "two ascending numbers"),
        (FitPlan(window=(1e6, 1e7)), "no point lies in the window"),
        (FitPlan(window="auto", law="broken"), "a window is chosen for the laws power and floor"),
        (FitPlan(predict=(0.0,)), "x must be positive"),
    ],
)
def test_impossible_plans_are_refused(plan, match):
    with pytest.raises(ValueError, match=match):
        study_curve(STEPS, CURVE, plan=plan)
