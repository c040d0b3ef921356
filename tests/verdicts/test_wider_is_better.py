import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.wider_is_better import size_order, wider_is_better
from tests.verdicts.simulated import tuning_table

RATES = 2.0 ** np.arange(5)


def ordered(slopes, *, seeds=5, sizes=4, noise=0.01, generator=None):
    """Losses that change by one slope for each rate, nats per doubling."""
    generator = generator or np.random.default_rng(0)
    values = tuple(
        np.array(slopes) * size + noise * generator.standard_normal((seeds, len(slopes))) for size in range(sizes)
    )
    widths = tuple(32.0 * 2**size for size in range(sizes))
    rates = (RATES[: len(slopes)],) * sizes
    return RateBlocks(widths, tuple(range(seeds)), rates, values, pd.DataFrame(), seeds)


@pytest.mark.parametrize(
    ("slopes", "word"),
    [
        ([-0.1] * 5, "wider is better"),
        ([0.1] * 5, "wider is worse"),
        ([-0.1, -0.1, 0.0, 0.1, 0.1], "depends on the rate"),
        ([0.0] * 5, "open"),
        ([-0.1, -0.1, 0.0, 0.0, 0.0], "open"),
    ],
)
def test_the_word_follows_the_order_of_sizes(slopes, word):
    found = size_order(ordered(slopes), scale="width", level=0.9)
    assert found.word == word
    np.testing.assert_allclose(found.by_rate["slope"], slopes, atol=0.01)


def test_copies_of_one_seed_show_no_order():
    one, many = (size_order(ordered([-0.1] * 5, noise=noise), scale="width", level=0.9) for noise in (0.0, 1e-6))
    assert (one.word, many.word) == ("open", "wider is better")
    assert "only 1 of 5 seeds has numbers of its own" in one.sentence


def test_the_word_names_what_grows():
    assert size_order(ordered([-0.1] * 5), scale="depth", level=0.9).word == "deeper is better"


def test_a_diverged_run_is_the_worst_of_its_seed():
    blocks = ordered([-0.1] * 2)
    blocks.values[-1][:, 1] = np.inf
    row = size_order(blocks, scale="width", level=0.9).by_rate.iloc[1]
    assert row["better"] > 0.05
    assert np.isnan(row["slope"])
    assert row["diverged"] == pytest.approx(0.25)


def test_a_step_the_wrong_way_shows_beside_the_trend():
    blocks = ordered([-0.1], noise=0.0)
    blocks.values[1][:] += 0.15
    row = size_order(blocks, scale="width", level=0.9).by_rate.iloc[0]
    assert row["better"] < 0.05
    assert row["largest_rise"] == pytest.approx(0.05)


@pytest.mark.parametrize("seeds", [3, 8])
def test_equal_sizes_are_seldom_called_ordered(seeds):
    generator = np.random.default_rng(0)
    found = [size_order(ordered([0.0], seeds=seeds, generator=generator), scale="width", level=0.9) for _ in range(200)]
    for name in ("wider is better", "wider is worse"):
        assert sum(one.word == name for one in found) <= binom.ppf(0.999, 200, 0.05)


def test_rates_at_which_all_diverged_and_too_few_sizes_are_not_judged():
    table = tuning_table([1.1] * 4, largest=4.0)
    assert wider_is_better(table).by_rate["rate"].max() == 4.0
    assert "three widths" in wider_is_better(table[table["width"] > 64]).sentence


def test_a_level_out_of_range_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        wider_is_better(tuning_table([1.1] * 4), level=1.0)


def test_a_size_that_diverges_where_smaller_ones_do_not_is_no_improvement():
    blocks = ordered([-0.1] * 3, seeds=8)
    for values in blocks.values[2:3]:
        values[:] = np.inf
    found = size_order(blocks, scale="width", level=0.9)
    assert found.word == "open"
    assert (found.by_rate[["better", "worse"]] == 1).all(axis=None)


def test_grids_without_a_common_rate_are_said_to_be_so():
    grids = [[1, 2, 3], [1.5, 2.5, 3.5], [1.2, 2.2, 3.2]]
    parts = [tuning_table([0], sizes=(size,), rates=rates) for size, rates in zip((32, 64, 128), grids, strict=True)]
    found = wider_is_better(pd.concat(parts))
    assert found.sentence == "Open: no learning rate was tried at every width."
