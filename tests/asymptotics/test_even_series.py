import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.even_series import EvenSeries, gamma_ratio, gamma_ratio_series
from spectra.asymptotics.zeta_sums import progression_sum, relative_zeta


@pytest.mark.parametrize("half_gap", [0.25, 0.5, 1.0, 1.75, 4.5, 20.0])
def test_ratios_of_gamma_functions_have_all_digits(half_gap):
    z = np.array([0.3, 2.0, 15.9, 16.1, 47.25, 900.5]) + max(0, half_gap - 0.5)
    found, exact = gamma_ratio(z, half_gap, None), gamma_ratio(np.array([mpmath.mpf(v) for v in z]), half_gap, 40)
    with mpmath.workdps(60):
        wanted = [mpmath.gamma(v + 0.5 - half_gap) / mpmath.gamma(v + 0.5 + half_gap) for v in map(mpmath.mpf, z)]
    assert_allclose(found, np.array(wanted, dtype=float), rtol=1e-14)
    with mpmath.workdps(55):
        exact = gamma_ratio(np.array([mpmath.mpf(v) for v in z]), half_gap, 40)
        assert all(abs(a / b - 1) < mpmath.mpf(10) ** -41 for a, b in zip(exact, wanted, strict=True))


def test_the_series_of_a_ratio_is_the_ratio_far_out():
    series = gamma_ratio_series(1.25, None, step=2)
    assert_allclose(series(80.0), gamma_ratio(np.array([40.0]), 1.25, None)[0], rtol=1e-14)


def test_series_multiply_as_functions():
    one, two = EvenSeries(1, np.array([1.0, 2.0, 3.0])), EvenSeries(2, np.array([4.0, 5.0]))
    product = one * two
    assert product.exponent == 3
    assert product.coefficients.tolist() == [4.0, 13.0]
    assert_allclose(one.relative_to(7.0)(3.0), one(21.0))


@pytest.mark.parametrize("exponent", [1.5, 2, 17, 40, 118])
@pytest.mark.parametrize("start", [16.0, 33.5, 151.0, 1e4, 3e7])
def test_relative_zeta_functions_have_all_digits(exponent, start):
    # mpmath.zeta is right to an absolute error, so it needs as many more digits as the value has zeros.
    with mpmath.workdps(45 + int(exponent * mpmath.log10(start))):
        wanted = mpmath.zeta(exponent, mpmath.mpf(start)) * mpmath.mpf(start) ** exponent
    assert_allclose(relative_zeta(exponent, start), float(wanted), rtol=1e-14)
    with mpmath.workdps(40):
        assert abs(relative_zeta(exponent, mpmath.mpf(start)) / wanted - 1) < mpmath.mpf(10) ** -38


def test_the_zeta_function_of_mpmath_stops_at_an_absolute_error():
    with mpmath.workdps(40):
        found = mpmath.zeta(40, 151) * mpmath.mpf(151) ** 40
        assert 1e-11 < abs(found / relative_zeta(40, mpmath.mpf(151)) - 1) < 1e-10


def test_progressions_are_summed():
    series = EvenSeries(6, np.array([1.0, 0.5]))
    places = 1 + np.arange(200_000) * 2 / 20.0
    assert_allclose(progression_sum(series, 20.0, 2)[0], series(places).sum(), rtol=1e-13)
