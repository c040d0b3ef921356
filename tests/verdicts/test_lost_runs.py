"""Runs that cannot enter are told by what happened in them, with what to do."""

import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import collapse, rate_transfer, super_consistency
from tests.verdicts.simulated import RATES, SIZES, consistency_table, sharpness_logs, tuning_table


def sharpness(seeds=6, **settings):
    return consistency_table(sharpness_logs(np.random.default_rng(0), seeds=seeds, scatter=0.01), **settings)


def spoilt(value):
    table = sharpness()
    return table.assign(value=table["value"].mask((table["run"] == "64-1") & (table["step"] == 40), value))


EVERYWHERE = [(seed, size) for seed in range(6) for size in SIZES]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (spoilt(np.nan), "1 run had values that are no numbers, without diverging, and .* Measure these again"),
        (spoilt(-1.0), "1 run had values that are not positive, and .* Judge a quantity that stays positive"),
        (sharpness(diverged=[(1, 64)]), "1 run diverged, and .* Judge at a rate at which no run is lost"),
        (sharpness(diverged=EVERYWHERE), "Every run diverged: judge at a smaller rate"),
        (sharpness(diverged=EVERYWHERE[::4]), "At width 32 every run diverged, .* at a rate at which none diverges"),
        (sharpness(seeds=2), "2 of 2 seeds are complete at every width, and 3 .* judged. Run more seeds"),
    ],
)
def test_the_sentence_says_what_happened_and_what_to_do(table, told):
    result = super_consistency(table)
    assert result.verdict == "inconclusive"
    assert pd.Series(result.sentence).str.contains(told).all(), result.sentence


def test_a_run_that_stops_early_is_told_by_both_steps_and_is_alone_to_blame():
    table = sharpness().query("quantity != 'diverged' and (run != '64-1' or step <= 40)")
    result = super_consistency(table)
    assert result.excluded["reason"].iloc[0] == "stops at step 40, others reach 80"
    assert "1 run stopped before the others" in result.sentence
    assert "For the rest: effective_sharpness" in result.sentence.replace("effective sharpness", "effective_sharpness")


def test_seeds_that_are_never_repeated_are_refused_with_the_remedy():
    for judge, table in (
        (super_consistency, sharpness()),
        (rate_transfer, tuning_table([1.0] * 4)),
        (lambda rows: collapse(rows, "effective_sharpness"), sharpness()),
    ):
        with pytest.raises(ValueError, match=r"no seed occurs at two values of width.*0, 1, 2, \.\.\. alike"):
            judge(table.assign(seed=table["seed"] + 100 * table["width"]))


def test_a_rate_at_which_every_run_stops_early_is_left_out_where_nothing_says_that_they_diverged():
    whole = tuning_table([1.0] * 4, noise=0.02)
    cut = whole[(whole["quantity"] == "loss") & ((whole["rate"] <= 4) | (whole["step"] < 20))]
    result = rate_transfer(cut)
    assert result.sentence == rate_transfer(whole[whole["rate"] <= 4]).sentence
    assert len(result.excluded) == 5 * 4 * (RATES > 4).sum()
    assert result.excluded["reason"].str.startswith("stops at step 10, others reach 20, like all runs").all()


def test_a_single_run_that_stops_early_takes_its_seed_out():
    whole = tuning_table([1.0] * 4, noise=0.02).query("quantity == 'loss'")
    result = rate_transfer(whole[(whole["run"] != "64-2-1.0") | (whole["step"] < 20)])
    assert result.seeds == (0, 1, 3, 4)
    assert result.excluded["reason"].iloc[0] == "stops at step 10, others reach 20"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (sharpness(seeds=2), "2 of 2 seeds are complete at every width, and 3 are the fewest that can be judged."),
        (sharpness(diverged=EVERYWHERE), "0 of 6 seeds are complete at every width, and .* 24 runs diverged."),
        (sharpness().query("width == 32"), "there is one width only"),
    ],
)
def test_collapse_says_what_there_is_too_little_of(table, told):
    sentence = collapse(table, "effective_sharpness").sentence
    assert pd.Series(sentence).str.contains(told).all(), sentence


def test_an_end_that_is_no_number_is_none():
    table = consistency_table(sharpness_logs(np.random.default_rng(3), seeds=4))
    unknown = (table["quantity"] == "diverged") & (table["run"] == "32-0")
    found = super_consistency(table.assign(value=table["value"].mask(unknown)))
    assert found.excluded["reason"].iloc[0] == "not finished: the run has no `diverged` row"
