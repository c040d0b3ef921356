"""Curves that show no fall, or no shift: what a fit then says of the parameters that are not there."""

import numpy as np
import pytest

from spectra.fitting.curve_study import FitPlan, study_curve
from spectra.fitting.fit_law import fit_law
from spectra.fitting.prediction_errors import prediction_errors

STEPS = np.arange(1.0, 61.0)


@pytest.mark.parametrize("law", ["floor", "shifted", "cut_off"])
def test_a_constant_has_no_exponent(law):
    fit = fit_law(STEPS, np.full(STEPS.size, 3.0), law=law)
    assert fit.estimates["amplitude"] == 0
    assert np.isnan(fit.estimates["exponent"])
    np.testing.assert_allclose(fit.predict([1e-3, 1e9]), 3.0, rtol=1e-12)
    assert any("does not fall" in sentence for sentence in fit.warnings)
    assert fit.constant
    errors = prediction_errors(fit, STEPS, np.full(STEPS.size, 3.0), [1e9])
    assert errors.curve[0] < 1e-12


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9])
def test_an_exact_power_law_has_shift_zero(unit):
    fit = fit_law(unit * STEPS, 5 * STEPS**-0.5, law="shifted")
    assert fit.estimates["shift"] == pytest.approx(0, abs=1e-12 * unit)
    assert fit.intervals["shift"].low == 0 <= fit.intervals["shift"].high < 1e-9 * unit
    assert fit.certificate.certified


def test_noisy_power_laws_have_shift_zero_about_every_other_time_and_in_their_intervals():
    generator = np.random.default_rng(1)
    fits = [
        fit_law(STEPS, 5 * STEPS**-0.5 * (1 + 0.02 * generator.standard_normal(STEPS.size)), law="shifted")
        for _ in range(20)
    ]
    zero = [fit for fit in fits if fit.estimates["shift"] == 0]
    assert 3 <= len(zero) <= 17
    assert all("best shift is zero" in " ".join(fit.warnings) for fit in zero)
    assert sum(fit.intervals["shift"].low == 0 for fit in fits) >= 16


def test_a_term_without_amplitude_has_no_exponent_either():
    fit = fit_law(STEPS, np.full(STEPS.size, 3.0), law="two_term")
    assert fit.estimates["amplitude"] == fit.estimates["slow_exponent"] == 0
    assert np.isnan(fit.estimates["exponent"])
    np.testing.assert_allclose(fit.predict([1e-3, 1e3]), 3, rtol=1e-12)


@pytest.mark.parametrize("law", ["auto", "floor"])
def test_a_study_of_a_constant_says_that_it_does_not_fall(law):
    study = study_curve(STEPS, np.full(STEPS.size, 3.0), plan=FitPlan(law=law, predict=(1e4,)))
    assert any("does not fall" in note for note in study.notes)
    assert study.predictions["predicted"].to_list() == pytest.approx([3.0])
