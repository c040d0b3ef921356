import pytest

from spectra.asymptotics.corner_sgd import corner_exponent, largest_corner_angle


@pytest.mark.parametrize(
    ("nu", "zeta", "angle"),
    [(4.0, 0.25, 2.0), (3.0, 0.2, 2.0), (1.5, 0.5, 1.5), (3.0, 1.0, 1.5), (1.5, 1.0, 1.2)],
)
def test_the_largest_angle_is_the_smallest_of_its_three_bounds(nu, zeta, angle):
    assert largest_corner_angle(nu=nu, zeta=zeta) == pytest.approx(angle)


def test_an_angle_of_one_is_plain_descent():
    assert corner_exponent(1.0, nu=1.5, zeta=0.5) == 0.5


def test_signal_and_noise_fall_alike_at_the_best_angle_between_the_bounds():
    nu, zeta = 3.0, 1.0
    best = largest_corner_angle(nu=nu, zeta=zeta)
    exponent = corner_exponent(best, nu=nu, zeta=zeta)
    assert exponent == pytest.approx(2 * zeta / (zeta + 1 / nu))
    assert exponent > max(corner_exponent(angle, nu=nu, zeta=zeta) for angle in (best - 0.05, best + 0.05))


def test_the_indicator_in_one_dimension_reaches_nine_twentieths_at_angle_nine_fifths():
    assert corner_exponent(1.8, nu=4.0, zeta=0.25) == pytest.approx(0.45)


@pytest.mark.parametrize(("nu", "zeta"), [(0.9, 0.1), (1.5, 1.4), (2.0, 1.5)])
def test_outside_the_signal_phase_there_is_no_angle(nu, zeta):
    with pytest.raises(ValueError, match="signal phase"):
        largest_corner_angle(nu=nu, zeta=zeta)


@pytest.mark.parametrize("angle", [0.9, 2.0, 1.5])
def test_angles_out_of_range_are_refused(angle):
    with pytest.raises(ValueError, match=r"below 1\.5"):
        corner_exponent(angle, nu=1.5, zeta=0.5)
