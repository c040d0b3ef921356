"""Asymmetric objectives fit a quantile that is parallel to the curve, with intervals that hold it."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from spectra.fitting.fit_law import fit_law

X = np.geomspace(1, 1e3, 40)
Y = (2 + 5 * X**-0.5) * np.exp(0.03 * np.random.default_rng(0).standard_t(3, 40))


def lower_envelopes(curves):
    """Fits of the quantile 1/11 to power laws of exponent 0.5 whose errors shrink along the curve."""
    generator, x, weights = np.random.default_rng(5), np.geomspace(1, 1e3, 60), np.geomspace(1, 100, 60)
    for _ in range(curves):
        y = 5 * x**-0.5 * np.exp(0.02 / np.sqrt(weights / weights.mean()) * generator.standard_normal(60))
        yield fit_law(x, y, law="power", objective="asymmetric", weights=weights)


def test_a_lower_envelope_of_uneven_points_is_parallel_to_the_curve():
    # Quantiles that are not made parallel have exponents of 0.515 here, and 1 interval in 4 holds the truth.
    fits = list(lower_envelopes(16))
    exponents = np.array([fit.estimates["exponent"] for fit in fits])
    assert abs(exponents.mean() - 0.5) < 4 * exponents.std(ddof=1) / 4
    held = sum(fit.intervals["exponent"].low <= 0.5 <= fit.intervals["exponent"].high for fit in fits)
    assert held >= binom.ppf(1e-4, 16, 0.95)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_of_lower_envelopes_of_uneven_points_cover():
    # The quantile of a point of mean weight lies 1.335 standard deviations of 0.02 below the curve.
    truth, held = {"amplitude": 5 * np.exp(0.02 * norm.ppf(1 / 11)), "exponent": 0.5}, {"amplitude": 0, "exponent": 0}
    for fit in lower_envelopes(400):
        for name, interval in fit.intervals.items():
            held[name] += interval.low <= truth[name] <= interval.high
    assert all(0.92 <= count / 400 <= 0.995 for count in held.values())


def test_only_ratios_of_weights_matter_to_a_lower_envelope():
    weights = np.geomspace(1, 30, X.size)
    fit, other = (fit_law(X, Y, law="power", objective="asymmetric", weights=scale * weights) for scale in (1.0, 7.0))
    assert dict(other.estimates) == pytest.approx(dict(fit.estimates), rel=1e-6)


def test_a_quantile_with_hardly_a_point_beyond_it_bounds_nothing():
    fit = fit_law(X[::2], Y[::2], law="power", objective="asymmetric")
    assert fit.intervals["exponent"].high == np.inf
    assert any("beyond so low a quantile" in sentence for sentence in fit.warnings)
    assert np.isfinite(fit_law(X, Y, law="power", objective="asymmetric").intervals["exponent"].high)
