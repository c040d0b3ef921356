"""What an interactive session shows of results is one short line, however long the curves are."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from spectra.fitting import (
    FitPlan,
    audit,
    fit_law,
    fit_schedule_law,
    read_columns,
    read_curves,
    read_published_fit,
    study_curve,
)
from spectra.fitting.saved_rates import read_rates
from spectra.fitting.scheduled_curve import scheduled_curve
from tests.fitting.test_schedule_law import run

STEPS = np.unique(np.geomspace(1, 1e4, 300).round())


@pytest.fixture
def path(tmp_path):
    rows = "".join(f"{step:g},{0.5 + 2 * step**-0.7:.6f},{1e-3 / step**0.5:g}\n" for step in STEPS)
    (tmp_path / "log.csv").write_text("step,loss,lr\n" + rows)
    return tmp_path / "log.csv"


def test_saved_curves_are_shown_by_name_and_extent(path):
    saved = read_curves(path)
    assert repr(saved) == "SavedCurves(1 curves: 'log'; 0 problems, 0 notes)"
    assert repr(saved.curves[0]) == f"Curve('log': loss over step = 1 to 10000, {STEPS.size} points)"
    assert repr(read_columns(path, ["step", "loss"])) == f"SavedColumns('log.csv': step, loss; {STEPS.size} rows)"


def test_results_are_shown_by_their_numbers(path, tmp_path):
    curve = read_curves(path).curves[0]
    study = study_curve(curve.x, curve.y, plan=FitPlan("floor"))
    assert repr(study).startswith(f"CurveStudy(floor over x = 1 to 10000, {STEPS.size} points: ")
    assert "exponent = 0.7" in repr(study)
    (tmp_path / "fit.json").write_text(
        '{"law": "floor", "objective": "relative", "x": "step", "y": "loss", '
        '"parameters": {"amplitude": 2.0, "exponent": 0.7, "floor": 0.5}}'
    )
    found = audit(read_published_fit(tmp_path / "fit.json"), pd.DataFrame(read_columns(path, ["step", "loss"]).columns))
    assert repr(found).startswith("Audit(floor: objective ")


def test_schedules_are_shown_by_their_extent(path):
    made = scheduled_curve(read_curves(path).curves[0], read_rates(path).rates[0])
    assert repr(made.run) == f"ScheduledRun({STEPS.size} losses from step 1 to 10000, 10001 rates up to 0.001)"
    fit = fit_schedule_law([run("drop")])
    for shown in (made, fit, read_rates(path)):
        assert len(fields(shown))
        assert len(repr(shown)) < 400
        assert "\n" not in repr(shown)


def test_a_fit_is_shown_in_a_line():
    y = (2 + 5 * STEPS**-0.5) * (1 + 0.02 * np.random.default_rng(8).standard_normal(STEPS.size))
    shown = repr(fit_law(STEPS, y))
    assert shown.startswith("LawFit(floor: amplitude ")
    assert f"{STEPS.size} points, certified" in shown
    assert len(shown) < 200
    assert "[" not in repr(fit_law(STEPS, y, level=None))
    assert repr(fit_law(STEPS, y).law) == "Law(floor: floor + amplitude * x^-exponent)"
