import numpy as np
import pytest
from scipy.signal import lfilter

from spectra.fitting.comparison import compare_curves

STEPS = np.geomspace(10, 1e5, 80)


def curve(x, *, speed=1.0, floor=2.0, exponent=0.4, noise=0.0, generator=None):
    factor = np.exp(noise * generator.standard_normal(x.size)) if noise else 1.0
    return (floor + 5 * (speed * x) ** -exponent) * factor


def test_exact_curves_give_their_speed_up_at_every_loss():
    later = STEPS[:50]
    comparison = compare_curves((STEPS, curve(STEPS)), (later, curve(later, speed=1.7)))
    assert comparison.speed_up == pytest.approx(1.7, rel=1e-7)
    np.testing.assert_allclose(comparison.levels["speed_up"], 1.7, rtol=1e-6)
    assert comparison.lack_of_fit > 0.05


def test_the_speed_up_of_swapped_curves_is_the_inverse():
    generator = np.random.default_rng(0)
    first = STEPS, curve(STEPS, noise=0.003, generator=generator)
    second = STEPS, curve(STEPS, speed=1.7, noise=0.003, generator=generator)
    there, back = compare_curves(first, second), compare_curves(second, first)
    assert there.speed_up * back.speed_up == pytest.approx(1, rel=1e-6)
    assert there.interval.low * back.interval.high == pytest.approx(1, rel=1e-4)


def test_units_change_nothing():
    generator = np.random.default_rng(1)
    first, second = (curve(STEPS, speed=s, noise=0.003, generator=generator) for s in (1.0, 0.6))
    here = compare_curves((STEPS, first), (STEPS, second))
    there = compare_curves((1e6 * STEPS, 3 * first), (1e6 * STEPS, 3 * second))
    assert there.speed_up == pytest.approx(here.speed_up, rel=1e-6)
    assert there.lack_of_fit == pytest.approx(here.lack_of_fit, abs=1e-6)


def covered(repetitions, persistence=0.0):
    generator, count = np.random.default_rng(2), 0
    for _ in range(repetitions):
        white = generator.standard_normal((2, STEPS.size + 100)) * np.sqrt(1 - persistence**2)
        errors = lfilter([1.0], [1.0, -persistence], white)[:, 100:]
        first, second = (
            curve(STEPS, speed=s) * np.exp(0.003 * error) for s, error in zip((1.0, 1.3), errors, strict=True)
        )
        interval = compare_curves((STEPS, first), (STEPS, second)).interval
        count += interval.low <= 1.3 <= interval.high
    return count


def test_intervals_cover():
    assert covered(8) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("persistence", [0.0, 0.7])
def test_intervals_cover_in_many_pairs(persistence):
    assert 0.89 <= covered(200, persistence) / 200 <= 0.995


def test_curves_of_different_floors_have_no_single_speed_up():
    generator = np.random.default_rng(3)
    first = curve(STEPS, noise=0.003, generator=generator)
    second = curve(STEPS, floor=1.9, noise=0.003, generator=generator)
    comparison = compare_curves((STEPS, first), (STEPS, second))
    assert comparison.lack_of_fit < 1e-3
    assert any("no single speed-up" in sentence for sentence in comparison.warnings)
    assert comparison.levels["speed_up"].iloc[-1] > 1.5 * comparison.levels["speed_up"].iloc[0]


def test_a_point_of_weight_two_counts_as_two_points():
    generator = np.random.default_rng(4)
    first, second = (curve(STEPS, speed=s, noise=0.003, generator=generator) for s in (1.0, 1.3))
    heavy = np.where(np.arange(STEPS.size) % 3, 1.0, 2.0)
    twice = np.repeat(np.arange(STEPS.size), heavy.astype(int))
    weighted = compare_curves((STEPS, first, heavy), (STEPS, second, heavy))
    repeated = compare_curves((STEPS[twice], first[twice]), (STEPS[twice], second[twice]))
    assert weighted.speed_up == pytest.approx(repeated.speed_up, rel=1e-7)


def test_curves_without_a_common_loss_are_warned_about():
    early, late = np.geomspace(1, 10, 30), np.geomspace(100, 1000, 30)
    comparison = compare_curves((early, curve(early)), (late, curve(late)))
    assert comparison.levels.empty
    assert any("no loss in common" in sentence for sentence in comparison.warnings)


def test_a_curve_is_two_or_three_lists_of_one_length():
    with pytest.raises(ValueError, match="pass"):
        compare_curves((STEPS,), (STEPS, STEPS))
    with pytest.raises(ValueError, match="lists of one length"):
        compare_curves((STEPS, STEPS[:3]), (STEPS, STEPS))
