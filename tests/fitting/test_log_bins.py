import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spectra.fitting.curves import Curve
from spectra.fitting.log_bins import log_bins


def curve(x, y):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return Curve(Path("log.csv"), "step", "loss", x, y, (), "log", np.ones(len(x)), "")


STEPS = np.arange(1, 100001)


def test_a_power_law_keeps_its_exponent_and_moves_by_the_known_factor():
    exponent = 1.0
    binned = log_bins(curve(STEPS, STEPS**-exponent))
    ratio = (binned.y * binned.x**exponent)[binned.x > 1e3][:-1]  # the last bin is not full
    np.testing.assert_allclose(ratio, 1 + (exponent * np.log(10) / 50) ** 2 / 24, rtol=1e-5)


def test_every_point_counts_once():
    binned = log_bins(curve(STEPS, np.ones(len(STEPS))))
    assert binned.weights.sum() == len(STEPS)
    assert 200 < len(binned.x) < 5 * 50
    np.testing.assert_array_equal(binned.y, 1)
    assert (np.diff(binned.x) > 0).all()
    assert "100000 points were averaged" in binned.notes[-1]


def test_bins_do_not_depend_on_the_unit_of_x():
    y = np.random.default_rng(0).random(len(STEPS)) + 1
    binned, scaled = log_bins(curve(STEPS, y)), log_bins(curve(STEPS * 4096.0, y))
    np.testing.assert_array_equal(binned.y, scaled.y)
    np.testing.assert_allclose(binned.x * 4096, scaled.x, rtol=1e-12)


def test_bins_of_bins_are_the_bins_of_the_points():
    y = np.random.default_rng(0).random(len(STEPS)) + 1
    once = log_bins(curve(STEPS, y), per_decade=10)
    twice = log_bins(log_bins(curve(STEPS, y), per_decade=50), per_decade=10)
    np.testing.assert_allclose(twice.weights.sum(), once.weights.sum())
    np.testing.assert_allclose(np.average(twice.y, weights=twice.weights), y.mean(), rtol=1e-12)


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_bins_are_the_same_when_few_points_are_looked_at_together(block, monkeypatch):
    y = np.random.default_rng(0).random(3000) + 1
    x = np.sort(np.random.default_rng(1).integers(1, 10**6, 3000))  # some twice, some bins empty
    whole = log_bins(curve(x, y))
    monkeypatch.setattr(sys.modules["spectra.fitting.log_bins"], "BLOCK", block)
    parts = log_bins(curve(x, y))
    np.testing.assert_array_equal(parts.x, whole.x)
    np.testing.assert_array_equal(parts.y, whole.y)


def test_weights_by_variance_follow_the_noise():
    noise = np.random.default_rng(0).standard_normal(len(STEPS)) * np.where(STEPS > 5000, 0.01, 0.04)
    noisy = curve(STEPS, STEPS**-0.3 * np.exp(noise))
    flat, binned = log_bins(noisy), log_bins(noisy, weights="variance")
    share = binned.weights / flat.weights
    early, late = (flat.x > 300) & (flat.x < 1000), flat.x > 20000
    assert np.median(share[late]) / np.median(share[early]) == pytest.approx(16, rel=0.2)
    assert binned.weights.sum() == pytest.approx(len(STEPS))


def test_what_cannot_be_binned_is_refused():
    some = curve([1, 2, 3], [3, 2, 1])
    with pytest.raises(TypeError, match=r"a ndarray was given; pass a curve, as of read_curve\(path\)"):
        log_bins(some.x)
    with pytest.raises(ValueError, match="one bin or more"):
        log_bins(some, per_decade=0)
    with pytest.raises(ValueError, match="known are 'count' and 'variance'"):
        log_bins(some, weights="ema")
    with pytest.raises(ValueError, match="no noise"):
        log_bins(replace(some, y=np.ones(3)), weights="variance")
