import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import rate_transfer
from tests.verdicts.simulated import RATES, SIZES, tuning_table


def diverging(limits, *, seeds=4):
    """Runs of a seed and size diverge above its limit; log2 limits have shape (seeds, sizes)."""
    table = tuning_table([0.1] * 4, seeds=seeds)
    known = {(size, seed): limits[seed][place] for place, size in enumerate(SIZES) for seed in range(seeds)}
    above = np.array(
        [
            np.log2(rate) > known[size, seed]
            for size, seed, rate in zip(table["width"], table["seed"], table["rate"], strict=True)
        ]
    )
    return table.assign(value=table["value"].mask((table["quantity"] == "diverged") & above, 1.0))


def test_the_limit_lies_between_the_last_stable_rate_and_the_next():
    found = rate_transfer(diverging([[2.2] * 4] * 4)).limit
    np.testing.assert_allclose(found.by_size["stable"], 4.0)
    np.testing.assert_allclose(found.by_size["diverging"], 2**2.5)
    np.testing.assert_allclose(found.by_size["limit"], 2**2.25)
    np.testing.assert_allclose(found.by_size["low"], 4.0)
    np.testing.assert_allclose(found.by_size["share"], 2 ** (0.1 - 2.25), rtol=1e-6)


def test_a_limit_that_moves_with_size_drifts_and_the_grid_widens_the_interval():
    found = rate_transfer(diverging([[0.7, 1.2, 1.7, 2.2]] * 4)).limit
    assert found.drift == pytest.approx(0.5)
    assert found.resolution == pytest.approx(0.25 * 4 / 5)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.3, 0.7))


def test_seeds_scatter_and_the_worst_sets_the_stable_rate():
    found = rate_transfer(diverging([[1.7] * 4, [2.2] * 4, [2.2] * 4, [2.7] * 4])).limit
    np.testing.assert_allclose(found.by_size["stable"], 2**1.5)
    np.testing.assert_allclose(found.by_size["limit"], 2**2.25)
    assert (found.by_size["low"] < 4.0).all()


def test_a_grid_without_divergence_leaves_the_limit_unknown():
    result = rate_transfer(tuning_table([1.1] * 4))
    found = result.limit
    assert (found.above, found.below) == (SIZES, ())
    assert "No run diverged at the rates that are compared, so the largest stable rate is not known." in result.notes
    assert np.isnan(found.drift)
    assert found.by_size["limit"].isna().all()
    np.testing.assert_allclose(found.by_size["stable"], RATES[-1])


def test_the_sharpness_at_the_stable_rate_is_its_plateau():
    table = diverging([[2.2] * 4] * 4)
    rows = table[(table["quantity"] == "loss") & (table["step"] > 0)]
    rows = rows.assign(quantity="effective_sharpness", value=rows["rate"] * 0.4)
    found = rate_transfer(pd.concat([table, rows])).limit.by_size
    np.testing.assert_allclose(found["sharpness"], 1.6)
    assert rate_transfer(table).limit.by_size["sharpness"].isna().all()


def test_the_sentence_tells_the_rates():
    result = rate_transfer(diverging([[0.7, 1.2, 1.7, 2.2]] * 4))
    told = " ".join(result.notes)
    assert "diverge at a rate of about 1.68 at width 32 and 4.76 at 256" in told
    assert "+0.500 octaves per doubling" in told


def test_limits_above_and_below_the_rates_tried_are_told_apart():
    result = rate_transfer(diverging([[-3.0, 2.2, 2.2, 9.0]] * 4))
    assert (result.limit.above, result.limit.below) == ((256,), (32,))
    told = " ".join(result.notes)
    assert "At width 256 some seed diverged at none of the rates tried" in told
    assert "At width 32 some seed diverged at the smallest rate tried already" in told
