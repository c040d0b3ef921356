"""Statistics of learning rates on networks whose course is exact, and whose limit of infinite width is known."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.linear_network_start import linear_limit
from spectra.verdicts import rate_transfer
from tests.verdicts.exact_testbed import DIMENSION, RATES, WIDTHS, drawn, exact_table, mean_log_loss

SEEDS = 6
FINE = tuple(2.0 ** np.arange(-1, 3.6, 0.1))
SPACING = 0.5  # octaves between rates of the sweep
VERDICTS = {"mup": "transfers", "ntk_matched": "drifts"}


@cache
def tuned(regime, study=0, criterion="mean_log_loss"):
    """The verdict on one study, with seeds that no other study has."""
    table = exact_table(regime, seeds=range(SEEDS * study, SEEDS * (study + 1)), rates=RATES)
    return rate_transfer(table, criterion=criterion)


@cache
def tuning_curve(regime, width, seeds=8):
    """Criterion at the fine rates, the mean over other seeds."""
    return mean_log_loss(drawn(regime, (width,), range(10**6, 10**6 + seeds)), FINE)[:, 0].mean(1)


def limit_curve(rates):
    """Criterion of muP at infinite width."""
    return mean_log_loss(linear_limit(DIMENSION, coupling=1.0), rates)


def best(curve):
    return FINE[int(np.argmin(curve))]


@pytest.mark.parametrize("regime", VERDICTS)
def test_every_regime_has_its_verdict_by_both_criteria(regime):
    assert tuned(regime).verdict == VERDICTS[regime]
    assert tuned(regime).other.verdict == VERDICTS[regime]


@pytest.mark.slow
@pytest.mark.parametrize("regime", VERDICTS)
def test_verdicts_on_rates_are_no_luck_of_the_seeds(regime):
    found = [tuned(regime, study) for study in range(100)]
    assert [one.verdict for one in found].count(VERDICTS[regime]) == 100


def test_the_optimum_under_mup_is_that_of_the_limit():
    # The curve falls slowly up to rate 1.3 and then jumps, because training leaves the edge of stability: a parabola
    # through rates half an octave apart finds its minimum no better than that.
    optima = tuned("mup").optima
    assert (abs(np.log2(optima["optimum"] / best(limit_curve(FINE)))) < SPACING).all()
    assert abs(tuned("mup").drift) < 0.02


@pytest.mark.parametrize("place", range(len(WIDTHS)))
def test_optima_under_ntk_are_those_of_many_networks(place):
    wanted = best(tuning_curve("ntk_matched", WIDTHS[place]))
    assert abs(np.log2(tuned("ntk_matched").optima["optimum"][place] / wanted)) < SPACING


def test_the_drift_under_ntk_is_that_of_many_networks():
    optima = [best(tuning_curve("ntk_matched", width)) for width in WIDTHS]
    exact = np.polyfit(np.log2(WIDTHS), np.log2(optima), 1)[0]
    found = tuned("ntk_matched")
    assert found.drift_interval.low < exact < found.drift_interval.high
    assert_allclose(found.drift, exact, atol=SPACING / 6)


def test_regret_is_what_other_networks_lose_at_the_rate():
    """Of the smallest width's rate at the largest, in nats: nothing under muP, and a tenth under NTK."""
    for regime, wanted in (("mup", 0.0), ("ntk_matched", 0.1)):
        found = tuned(regime)
        curve = tuning_curve(regime, WIDTHS[-1])
        at = np.interp(np.log2(found.optima["optimum"].iloc[0]), np.log2(FINE), curve)
        row = found.regret.iloc[0]
        assert_allclose(row["regret"], at - curve.min(), atol=0.01)
        assert_allclose(row["regret"], wanted, atol=0.03)
        assert row["low"] <= row["regret"] <= row["high"]


def test_regret_falls_as_widths_come_closer_under_ntk():
    assert tuned("ntk_matched").regret["regret"].is_monotonic_decreasing


def test_the_edge_of_stability_stays_under_mup_and_moves_under_ntk():
    """The limit of infinite width diverges first between the same two rates of the grid."""
    lost = np.array(RATES)[np.isinf(limit_curve(RATES))]
    edges = tuned("mup").limit.by_size
    assert (edges["diverging"] == min(lost)).all()
    assert tuned("mup").limit.drift == 0
    matched = tuned("ntk_matched").limit
    assert matched.interval.low > 0.1
    assert matched.by_size["stable"].is_monotonic_increasing


def test_wider_is_no_better_under_ntk_at_the_rate_of_the_smallest_width():
    """At small rates wide NTK networks lag behind for lack of features; at large ones only they are stable."""
    assert tuned("ntk_matched").wider.word == "depends on the rate"
    assert tuned("mup").wider.word != "wider is worse"


def test_a_grid_that_ends_below_the_optimum_is_censored():
    table = exact_table("mup", seeds=range(SEEDS), rates=RATES[:4])
    assert rate_transfer(table).verdict == "censored"


def test_networks_that_diverge_are_never_the_best():
    """Half of the rates diverge under muP at every width, and no number of theirs is finite in the end."""
    found = tuned("mup")
    lost = found.losses[found.losses["diverged"] == 1]
    assert len(lost) >= len(WIDTHS) * 4
    assert np.isinf(lost["criterion"]).all()
    assert (found.optima["optimum"] <= found.optima["stable_edge"]).all()
