import numpy as np
import pytest
from scipy.stats import binom

from spectra.verdicts.fade_exponent import fade_exponent
from spectra.verdicts.growth import growth_by_size, seed_growth
from tests.verdicts.simulated_studies import blocks_of

SIZES = (32.0, 64.0, 128.0, 256.0)


def growth(generator, *, exponent, amplitude=1.2, scatter=0.03, seeds=5):
    mean = amplitude * (np.array(SIZES) / SIZES[0]) ** -exponent
    return mean + scatter * generator.standard_normal((seeds, len(SIZES)))


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("amplitude", [1.2, -1.2])
def test_exact_growth_gives_its_exponent(exponent, amplitude):
    fade = fade_exponent(
        growth(np.random.default_rng(0), exponent=exponent, amplitude=amplitude, scatter=0), SIZES, level=0.9
    )
    assert fade.exponent == pytest.approx(exponent, abs=1e-9)
    assert fade.interval.low == pytest.approx(exponent, abs=1e-6)
    assert fade.interval.high == pytest.approx(exponent, abs=1e-6)


@pytest.mark.parametrize("seeds", [3, 8])
@pytest.mark.parametrize(("exponent", "scatter"), [(0.3, 0.03), (0.3, 0.5), (1.0, 0.3)])
def test_the_interval_of_the_exponent_covers_also_where_growth_is_negative_in_some_seeds(seeds, exponent, scatter):
    generator, inside = np.random.default_rng(seeds), 0
    for _ in range(120):
        found = fade_exponent(growth(generator, exponent=exponent, scatter=scatter, seeds=seeds), SIZES, level=0.9)
        inside += found.interval.low <= exponent <= found.interval.high
    assert inside >= binom.ppf(1e-4, 120, 0.9)


def test_growth_that_is_noise_has_no_exponent():
    found = fade_exponent(growth(np.random.default_rng(3), exponent=0, amplitude=0.0, seeds=3), SIZES, level=0.9)
    assert np.isinf([found.interval.low, found.interval.high]).any()


def test_the_unit_of_size_does_not_matter():
    values = growth(np.random.default_rng(4), exponent=0.4)
    first, second = (fade_exponent(values, tuple(unit * size for size in SIZES), level=0.9) for unit in (1, 1e6))
    assert first.exponent == pytest.approx(second.exponent, abs=1e-9)
    assert first.interval.high == pytest.approx(second.interval.high, abs=1e-6)


def test_growth_runs_from_the_first_checkpoint_to_the_mean_of_the_plateau():
    values = np.broadcast_to(np.array([1.0, 5.0, 2.0, 4.0]), (3, 4, 4))
    np.testing.assert_allclose(seed_growth(blocks_of(values), plateau=0.5), 2.0)
    np.testing.assert_allclose(seed_growth(blocks_of(values), plateau=1.0), 11 / 3 - 1)
    assert (
        growth_by_size(seed_growth(blocks_of(values), plateau=0.5), blocks_of(values).points, level=0.9)[
            "high"
        ].to_list()
        == [2.0] * 4
    )
