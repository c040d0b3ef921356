"""The law of infinitely many wide networks, against tables and against drawn ones."""

from math import inf

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.dynamics import gradient_flow
from spectra.kernels.ensembles import descent_ensemble, flow_ensemble, posterior
from spectra.kernels.least_squares import least_squares
from tests.kernels.infinite_width import numbers, relative
from tests.kernels.trained_table import CROSS, KERNEL, NNGP, TABLE, TARGETS


def from_zero(**more):
    return least_squares(KERNEL, TARGETS, cross=CROSS, **more)


@pytest.mark.parametrize("row", TABLE["times"], ids=lambda row: row["t"])
def test_the_ensemble_of_flows_equals_the_table(row):
    found = flow_ensemble(from_zero(), NNGP, float(row["t"]))
    assert relative(found.mean, numbers(row["ensemble_ntk_mean_test"])) < 1e-12
    assert relative(found.covariance, numbers(row["ensemble_ntk_cov_test"])) < 1e-12


def test_the_posterior_equals_the_table():
    found = posterior(NNGP, TARGETS)
    assert relative(found.mean, numbers(TABLE["nngp_posterior"]["mean_test"])) < 1e-12
    assert relative(found.covariance, numbers(TABLE["nngp_posterior"]["cov_test"])) < 1e-12


def test_a_thousand_wide_linear_readouts_have_the_law_of_the_ensemble():
    """Networks whose readout alone is trained: the tangent kernel is K itself, and f_0 ~ GP(0, K)."""
    features = torch.randn(7, 40) / 40**0.5
    nngp = features @ features.T
    linear = least_squares(nngp[:5, :5], torch.randn(5), cross=nngp[5:, :5])
    law = flow_ensemble(linear, nngp, 20.0)
    drawn = features @ torch.randn(40, 4000)
    smoother = torch.stack(
        [gradient_flow(least_squares(nngp[:5, :5], one, cross=nngp[5:, :5]), 20.0).test for one in torch.eye(5)], 1
    )
    ends = drawn[5:] - smoother @ drawn[:5] + law.mean[:, None]
    assert ((ends.mean(1) - law.mean).abs() < 4 * (law.covariance.diagonal() / 4000).sqrt()).all()
    spread = (law.covariance.diagonal()[:, None] * law.covariance.diagonal() + law.covariance**2).sqrt()
    assert ((torch.cov(ends) - law.covariance).abs() < 4 * spread / 4000**0.5).all()


def test_descent_to_the_end_has_the_ensemble_of_infinite_time():
    ended, flowed = descent_ensemble(from_zero(), NNGP, 5000, 1.0), flow_ensemble(from_zero(), NNGP, inf)
    assert_close(ended.mean, flowed.mean)
    assert_close(ended.covariance, flowed.covariance)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: flow_ensemble(from_zero(start=torch.ones(5, 2)), NNGP, 1.0), "without a start"),
        (lambda: flow_ensemble(from_zero(), NNGP[:5, :5], 1.0), r"5 \+ 2"),
        (lambda: flow_ensemble(least_squares(KERNEL, TARGETS), NNGP, 1.0), "no test inputs"),
        (lambda: posterior(torch.ones(3, 3), torch.ones(2)), "singular"),
        (lambda: posterior(torch.eye(3).roll(1, 0), torch.ones(2)), "transpose"),
        (lambda: flow_ensemble(from_zero(), NNGP.to("meta"), 1.0), "meta"),
        (lambda: flow_ensemble(from_zero(), -NNGP, 1.0), "the kernel has the eigenvalue -"),
        (lambda: flow_ensemble(from_zero(), NNGP.triu(), 1.0), "transpose"),
        (lambda: posterior(torch.block_diag(torch.eye(2), 2 * torch.eye(2) - 3), torch.ones(2)), "eigenvalue -4"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(call, words):
    with pytest.raises(ValueError, match=words):
        call()
