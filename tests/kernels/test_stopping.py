"""The time at which training on noisy targets should stop."""

from math import inf, log

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.dynamics import gradient_flow
from spectra.kernels.least_squares import least_squares
from spectra.kernels.stopping import (
    optimal_stopping_time,
    ridge_filter,
    ridge_like_stopping,
    stopping_filter,
    stopping_risk,
)
from tests.references import symmetric_matrix

VALUES, ENERGIES = torch.tensor([8.0, 2.0, 0.5, 0.0]), torch.tensor([3.0, 1.0, 0.2, 0.1])


def test_a_single_mode_stops_where_its_filter_is_that_of_the_best_linear_estimate():
    found = optimal_stopping_time(torch.tensor([2.0]), torch.tensor([3.0]), 0.5, entries=10)
    assert found.time == pytest.approx(10 * log(1 + 3 / 0.5) / 2)
    assert found.risk == pytest.approx(3 * 0.5 / 3.5)


def test_no_other_time_has_a_smaller_risk():
    found = optimal_stopping_time(VALUES, ENERGIES, 0.3, entries=4)
    assert found.risk == pytest.approx(stopping_risk(VALUES, ENERGIES, 0.3, time=found.time, entries=4))
    for factor in (0.5, 0.99, 1.01, 2.0):
        assert stopping_risk(VALUES, ENERGIES, 0.3, time=factor * found.time, entries=4) > found.risk
    assert found.untrained == pytest.approx(float(ENERGIES.sum()))
    assert found.trained == pytest.approx(0.1 + 3 * 0.3)


@pytest.mark.parametrize(("slow", "early"), [(5.0, False), (0.8, True)])
def test_of_two_minima_the_deeper_one_is_found(slow, early):
    values, energies = torch.tensor([1000.0, 1.0]), torch.tensor([0.05, slow])
    found = optimal_stopping_time(values, energies, 1.0, entries=1)
    grid = torch.logspace(-7, 2, 3000).tolist()
    least = min(stopping_risk(values, energies, 1.0, time=time, entries=1) for time in grid)
    assert found.risk <= least
    assert (found.time < 0.01) == early


def test_without_noise_training_never_stops_and_without_signal_it_never_starts():
    assert optimal_stopping_time(VALUES, ENERGIES, 0.0, entries=4).time == inf
    nothing = optimal_stopping_time(VALUES, torch.zeros(4), 0.3, entries=4)
    assert (nothing.time, nothing.risk) == (0.0, 0.0)


def test_the_risk_is_that_of_training_on_noisy_targets():
    values = torch.linspace(0.2, 4.0, 6)
    kernel, clean, noise = symmetric_matrix(values), torch.randn(6), 0.4
    eigenvalues, vectors = torch.linalg.eigh(kernel)
    expected = stopping_risk(eigenvalues, (vectors.T @ clean).square(), noise, time=5.0, entries=6 * 3000)
    noisy = clean[:, None] + noise**0.5 * torch.randn(6, 3000)
    errors = (gradient_flow(least_squares(kernel, noisy), 5.0 * 1).train - clean[:, None]).square().sum(0)
    assert abs(errors.mean() - expected) < 4 * errors.std() / 3000**0.5


def test_stopping_is_like_a_ridge():
    """Filters of s and of the ridge 1 / s agree to first order for small and large eigenvalues."""
    ridge = ridge_like_stopping(7.0, entries=14)
    assert ridge == 2.0
    small = torch.tensor([0.0, 1e-6])
    assert_close(stopping_filter(small, 7.0, entries=14), ridge_filter(small, ridge), rtol=1e-5, atol=0)
    assert_close(ridge_filter(torch.tensor([0.0, 3.0]), 0.0), torch.tensor([0.0, 1.0]))
    assert_close(stopping_filter(torch.tensor([0.0, 3.0]), inf, entries=14), torch.tensor([0.0, 1.0]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"values": -VALUES}, "eigenvalue"),
        ({"energies": ENERGIES[:2]}, "4 eigenvalues and 2"),
        ({"noise": -0.1}, "-0.1"),
        *(({"entries": odd}, f"entries is {odd}") for odd in (0, -1, 2.5, True)),
    ],
)
def test_bad_input_is_refused_with_its_numbers(change, words):
    with pytest.raises(ValueError, match=words):
        optimal_stopping_time(**{"values": VALUES, "energies": ENERGIES, "noise": 0.3, "entries": 4, **change})
    with pytest.raises(ValueError, match="inf"):
        ridge_like_stopping(inf, entries=4)
    with pytest.raises(ValueError, match="entries is 0"):
        ridge_like_stopping(1.0, entries=0)
    with pytest.raises(ValueError, match=r"entries is 2\.5"):
        stopping_risk(VALUES, ENERGIES, 0.3, time=1.0, entries=2.5)
    with pytest.raises(ValueError, match="time of -1"):
        stopping_risk(VALUES, ENERGIES, 0.3, time=-1, entries=4)
    with pytest.raises(ValueError, match="time of -1"):
        stopping_filter(VALUES, -1, entries=4)
    with pytest.raises(ValueError, match="entries is 0"):
        stopping_filter(VALUES, 1.0, entries=0)
    with pytest.raises(ValueError, match="ridge of -1"):
        ridge_filter(VALUES, -1.0)
