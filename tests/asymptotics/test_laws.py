from math import gamma

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.laws import EigenvalueLaw, LossLaw, SourceLaw, loss_law


def test_the_loss_law_by_eigenvalue_is_the_one_by_index():
    eigenvalues, source = EigenvalueLaw(exponent=1.5, scale=0.7), SourceLaw(exponent=0.4, scale=1.3)
    kappa, K = source.kappa(eigenvalues), source.tail(eigenvalues)
    xi = kappa / 1.5
    law = loss_law(source)
    assert_allclose(law.exponent, xi)
    assert_allclose(law.constant, K / 2 * gamma(xi + 1) * (2 * 0.7) ** -xi, rtol=1e-15)


def test_a_sum_over_power_law_modes_approaches_the_law():
    modes = np.arange(1, 2_000_001.0)
    source = SourceLaw(exponent=0.75, scale=1 / 1.5)  # nu = 2, c_k^2 = k^-2.5, so kappa = 1.5 and K = 1/1.5
    for t in (1e3, 1e4):
        assert_allclose(np.sum(modes**-2.5 * np.exp(-2 * t * modes**-2)) / 2, loss_law(source)(t), rtol=1e-6)


def test_the_loss_of_mean_squares_is_twice_the_half_loss_at_twice_the_time():
    law = LossLaw(exponent=0.6, constant=0.2, floor=0.01, start=3.0, end=1e5, second=(0.5, 0.3))
    times = np.geomspace(1, 1e4, 7)
    twice = law.mean_square()
    assert_allclose(twice(times), 2 * law(2 * times), rtol=1e-14)
    assert (twice.floor, twice.start, twice.end) == (0.02, 1.5, 5e4)


def test_laws_keep_the_digits_of_their_numbers():
    with mpmath.workdps(40):
        law = loss_law(SourceLaw(exponent=mpmath.mpf(1) / 3, scale=mpmath.mpf(2)))
        assert abs(law.constant / (mpmath.gamma(mpmath.mpf(4) / 3) * mpmath.mpf(2) ** (-mpmath.mpf(1) / 3)) - 1) < 1e-38
        assert abs(law.mean_square()(5) / (2 * law(10)) - 1) < 1e-38


def test_values_keep_the_shape_of_their_places():
    law = LossLaw(exponent=0.5, constant=1.0)
    assert law(np.ones((2, 3))).shape == (2, 3)
    assert EigenvalueLaw(exponent=2.0, scale=1.0)([1, 2]).tolist() == [1.0, 0.25]
    assert SourceLaw(exponent=2.0, scale=3.0)(2) == 12.0
    assert law(4) == 0.5


def test_the_window_lies_between_the_inverse_eigenvalues():
    law = loss_law(SourceLaw(exponent=0.5, scale=1.0), largest=4.0, smallest=0.01, floor=0.2)
    assert (law.start, law.end, law.floor) == (0.25, 100.0, 0.2)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_laws_refuse_exponents_that_are_not_positive(wrong):
    for law, height in ((EigenvalueLaw, "scale"), (SourceLaw, "scale"), (LossLaw, "constant")):
        with pytest.raises(ValueError, match="must be positive and finite"):
            law(**{"exponent": wrong, height: 1.0})
    with pytest.raises(ValueError, match="largest"):
        loss_law(SourceLaw(exponent=1.0, scale=1.0), largest=wrong)


def test_a_window_and_a_floor_must_be_possible():
    with pytest.raises(ValueError, match="exceeds the largest"):
        loss_law(SourceLaw(exponent=1.0, scale=1.0), largest=1.0, smallest=2.0)
    with pytest.raises(ValueError, match="floor"):
        LossLaw(exponent=1.0, constant=1.0, floor=-0.1)
