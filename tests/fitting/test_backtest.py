from functools import partial

import numpy as np
import pytest

from spectra.fitting.backtest import COLUMNS, backtest
from spectra.fitting.fit_law import fit_law
from spectra.fitting.prediction_errors import prediction_errors

STEPS = np.geomspace(1, 1e4, 120)
POWER = partial(fit_law, law="power")


def test_a_law_that_holds_forecasts_exactly():
    table = backtest(STEPS, 2 + 5 * STEPS**-0.5)
    assert list(table.columns) == COLUMNS
    np.testing.assert_allclose(table["log_error"], 0, atol=1e-8)
    assert set(table["horizon"]) == {2.0, 4.0, 10.0}


def test_a_missing_floor_forecasts_too_low_and_ever_lower():
    table = backtest(STEPS, 2 + 5 * STEPS**-0.5, fit=POWER)
    by_horizon = table.groupby("horizon")["log_error"].mean()
    assert (by_horizon < 0).all()
    assert by_horizon.is_monotonic_decreasing


def test_the_future_is_not_seen():
    y = 5 * STEPS**-0.5
    later = STEPS[-1] / 2 < STEPS
    table, other = backtest(STEPS, y, fit=POWER), backtest(STEPS, np.where(later, 3 * y, y), fit=POWER)
    first, second = (each[each["horizon"] == 4].iloc[-1] for each in (table, other))
    assert first["origin"] == second["origin"] < STEPS[-1] / 8
    assert first["log_error"] == pytest.approx(second["log_error"], abs=1e-12)


def test_every_forecast_point_is_beyond_the_origin_and_within_the_horizon():
    table = backtest(STEPS, 5 * STEPS**-0.5, fit=POWER)
    for row in table.to_dict("records"):
        inside = (row["origin"] * row["beyond"] < STEPS) & (row["origin"] * row["horizon"] >= STEPS)
        assert row["points"] == inside.sum()
        assert row["points_fitted"] == (row["origin"] >= STEPS).sum()


def test_a_short_curve_has_no_rows():
    assert backtest(STEPS[:8], 5 * STEPS[:8] ** -0.5, fit=POWER).empty


def test_several_variables_need_an_order():
    size, data = np.meshgrid([1.0, 10, 100], [1.0, 10, 100])
    x = {"size": size.ravel(), "data": data.ravel()}
    with pytest.raises(ValueError, match="along"):
        backtest(x, 1 + x["size"] ** -0.5 + x["data"] ** -0.5, fit=partial(fit_law, law="joint"))


def test_forecasts_of_a_true_law_are_covered_as_often_as_they_say():
    generator, covered = np.random.default_rng(0), []
    for _ in range(12):
        y = (2 + 5 * STEPS**-0.5) * np.exp(0.01 * generator.standard_normal(STEPS.size))
        covered.append(backtest(STEPS, y)["covered"].mean())
    error = np.std(covered) / np.sqrt(12)
    assert np.mean(covered) == pytest.approx(0.95, abs=4 * error)


def test_prediction_errors_are_those_of_linear_theory():
    y = 5 * STEPS**-0.5 * np.exp(0.01 * np.random.default_rng(1).standard_normal(STEPS.size))
    fit, later = POWER(STEPS, y), np.array([1e5, 1e6])
    errors = prediction_errors(fit, STEPS, y, later)
    rows = np.stack([np.ones_like(STEPS), np.log(STEPS)], axis=1)
    ahead = np.stack([np.ones_like(later), np.log(later)], axis=1)
    shape = ahead @ np.linalg.inv(rows.T @ rows) @ ahead.T
    expected = errors.point * np.sqrt(np.diag(shape) * STEPS.size / fit.effective_points)
    np.testing.assert_allclose(errors.curve, expected, rtol=1e-6)
    assert errors.point == pytest.approx(0.01, rel=0.3)


@pytest.mark.parametrize(("largest", "x"), [(5e307, 1e-300), (1.79769e308, 1e3)])
def test_errors_of_predictions_beyond_the_largest_number_mean_nothing(largest, x):
    y = largest * STEPS**-0.5
    errors = prediction_errors(POWER(STEPS, y), STEPS, y, np.array([x]))
    assert errors.degrees == 0
    assert np.isinf(errors.mean)
