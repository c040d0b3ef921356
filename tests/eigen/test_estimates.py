"""What holds for every quantity that is estimated from random probes."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from spectra.eigen import DiagonalEstimate, Estimate, diagonal, frobenius_norm, trace
from tests.eigen.spectra import DECAYS
from tests.references import operator_of, symmetric_matrix

EXACT = {trace: torch.trace, frobenius_norm: torch.linalg.matrix_norm, diagonal: torch.diag}
EACH = pytest.mark.parametrize("estimator", EXACT, ids=lambda estimator: estimator.__name__)
NUMBERS = pytest.mark.parametrize("estimator", [trace, frobenius_norm], ids=lambda estimator: estimator.__name__)


def value_and_error(estimate: Estimate | DiagonalEstimate) -> tuple[Tensor, Tensor]:
    if isinstance(estimate, Estimate):
        return torch.tensor(estimate.value), torch.tensor(estimate.standard_error)
    return estimate.values, estimate.standard_errors


def covered(estimator, matrix, seeds, **settings):
    """Share of seeds whose estimate is within two standard errors, or rounding, of the truth."""
    inside = 0
    for seed in range(seeds):
        estimate = estimator(operator_of(matrix), generator=torch.Generator().manual_seed(seed), **settings)
        error = abs(estimate.value - float(EXACT[estimator](matrix)))
        inside += error <= 2 * estimate.standard_error + 1e-12 * float(matrix.norm())
    return inside / seeds


@NUMBERS
@pytest.mark.parametrize("name", DECAYS)
def test_two_standard_errors_cover_the_truth(name, estimator):
    share = covered(estimator, symmetric_matrix(DECAYS[name]), 30, tolerance=1e-9, max_matvecs=12)
    assert share >= 0.76  # 0.93 expected, or more where the jackknife errs; more than three standard deviations


@pytest.mark.slow
@NUMBERS
@pytest.mark.parametrize("name", DECAYS)
@pytest.mark.parametrize("settings", [{"max_matvecs": 24}, {"max_matvecs": 60}, {"tolerance": 0.05}])
def test_two_standard_errors_cover_the_truth_over_many_seeds(name, settings, estimator):
    settings = {"tolerance": 1e-9, "max_matvecs": 110} | settings
    # 0.91 to 0.95 expected, by the number of probes; the least of 28 when measured were 0.89 and 0.85, as squares are
    # skewed.
    least = 0.84 if estimator is trace else 0.8
    assert covered(estimator, symmetric_matrix(DECAYS[name]), 100, **settings) >= least


@EACH
def test_of_the_zero_matrix_it_is_zero(estimator):
    estimate = estimator(operator_of(torch.zeros(50, 50)))
    assert estimate.converged
    assert not any(numbers.any() for numbers in value_and_error(estimate))


@EACH
@pytest.mark.parametrize("dimension", [1, 8, 12, 40, 100])
def test_a_tolerance_that_chance_cannot_reach_ends_exactly(dimension, estimator):
    matrix = symmetric_matrix(torch.randn(dimension))
    estimate = estimator(operator_of(matrix), tolerance=1e-9)
    value, error = value_and_error(estimate)
    assert estimate.converged
    assert_close(value, EXACT[estimator](matrix), rtol=0, atol=1e-7)
    assert estimate.matvecs <= 2.3 * dimension
    if dimension <= 8:  # the unit vectors, at once
        assert estimate.matvecs == dimension
        assert not error.any()


@EACH
def test_running_out_of_products_is_a_result(estimator):
    estimate = estimator(operator_of(symmetric_matrix(torch.linspace(-1, 1, 90))), tolerance=1e-3, max_matvecs=20)
    assert (estimate.matvecs, estimate.converged) == (20, False)


@EACH
def test_without_a_generator_torchs_own_stays_where_it_was(estimator):
    operator = operator_of(symmetric_matrix(torch.linspace(0, 1, 30)))
    before = torch.random.get_rng_state()
    assert_close(*(value_and_error(estimator(operator)) for _ in range(2)), rtol=0, atol=0)
    assert torch.equal(torch.random.get_rng_state(), before)


@EACH
def test_single_precision_agrees_with_double(estimator):
    matrix = symmetric_matrix(DECAYS["outliers"])
    single, double = (
        value_and_error(estimator(operator_of(part), tolerance=0.1))[0] for part in (matrix.float(), matrix)
    )
    assert single.dtype == torch.float64
    assert_close(single, double, rtol=1e-4, atol=1e-3)


@EACH
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_matvecs": 3}, "8 or more"),
        ({"tolerance": -1.0}, "tolerance of -1.0 was given; it must be positive"),
        ({"tolerance": float("nan")}, "positive"),
        ({"max_basis": 0}, "one or more"),
    ],
)
def test_bad_requests_are_refused(arguments, message, estimator):
    with pytest.raises(ValueError, match=message):
        estimator(operator_of(torch.eye(4)), **arguments)


@EACH
@pytest.mark.parametrize("dimension", [3, 30])
def test_products_that_are_not_finite_stop_at_once(dimension, estimator):
    with pytest.raises(FloatingPointError, match="product 1"):
        estimator(operator_of(torch.full((dimension, dimension), float("nan"))))
