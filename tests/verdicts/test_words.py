"""Laws of what verdicts print."""

from math import inf, log, nan

import numpy as np
import pandas as pd
import pytest

from spectra.fitting.intervals import Interval
from spectra.verdicts import collapse, rate_transfer, stability_edge, super_consistency, wider_is_better
from spectra.verdicts.consistency_verdict import ENOUGH
from spectra.verdicts.entry_names import entry_name
from spectra.verdicts.fast_words import fast_words
from spectra.verdicts.verdict import capital, percent, percents, range_words
from tests.verdicts.simulated import consistency_table, sharpness_logs, tuning_table


def sharpness(seeds=6, seed=0, **truth):
    return consistency_table(sharpness_logs(np.random.default_rng(seed), seeds=seeds, scatter=0.01, **truth))


@pytest.mark.parametrize(
    ("change", "told"),
    [(1.05, "+5.0 %"), (0.13, "-87 %"), (2.0, "+100 %"), (22.75, "a factor of 22.8"), (inf, "a factor of infinity")],
)
def test_changes_beyond_a_doubling_are_factors(change, told):
    assert percent(np.log(change)) == told
    assert percents(log(0.5), log(3)) == "×0.5 to ×3"


@pytest.mark.parametrize(
    ("ends", "told"),
    [((-1, 2), "-1.00 to 2.00"), ((-inf, -0.44), "at most -0.44"), ((0.1, inf), "at least 0.10")],
)
def test_an_open_end_is_not_written(ends, told):
    assert range_words(Interval(*ends, 0.9)) == f"90 % interval {told}"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (("effective_sharpness", 0), "effective sharpness"),
        (("effective_sharpness", 3), "4th largest effective sharpness"),
        (("kernel_eigenvalues", 20), "21st largest tangent-kernel eigenvalue"),
        (("sharpness", 11), "12th largest sharpness"),
        (("density_quantile", 1), "density quantile 2"),
        (("test_jacobian_rank", 2), "test jacobian rank of layer 2"),
        (("test_neighbours_feature_dimension", 2), "test feature dimension by nearest neighbours of layer 2"),
        (("mode_decay", 0), "decay of mode 1 over its prediction"),
        (("mode_decay", 1), "decay of mode 2 over its prediction"),
        (("layer_share", 0), "share of the kernel's trace of layer 0"),
        (("layer_share", None), "share of the kernel's trace"),
        (("mode_decay", None), "mode decay"),
    ],
)
def test_entries_of_a_spectrum_have_their_rank_and_others_their_number(entry, told):
    assert entry_name(*entry) == told


@pytest.mark.parametrize(
    "result",
    [
        lambda: super_consistency(sharpness()),
        lambda: collapse(sharpness().replace("effective_sharpness", "loss")),
        lambda: stability_edge(sharpness(), limit=2.0),
        lambda: rate_transfer(tuning_table([1.0] * 4, noise=0.02)),
        lambda: wider_is_better(tuning_table([1.0] * 4, noise=0.02)),
        lambda: rate_transfer(tuning_table([1.0] * 4, noise=0.02)).fast,
    ],
)
def test_a_result_prints_its_sentence_and_nothing_else(result):
    found = result()
    assert str(found) == f"{type(found).__name__}({found.sentence})"


@pytest.mark.parametrize(
    "judge",
    [
        super_consistency,
        lambda table: stability_edge(table, limit=2.0),
        lambda table: collapse(table, "effective_sharpness"),
    ],
)
def test_a_table_without_an_index_has_the_index_zero(judge):
    table = sharpness()
    assert judge(table.drop(columns="index")).sentence == judge(table).sentence


def test_rates_are_judged_without_an_index_too():
    table = tuning_table([1.0] * 4, noise=0.02)
    assert rate_transfer(table.drop(columns="index")).sentence == rate_transfer(table).sentence
    assert wider_is_better(table.drop(columns="index")).sentence == wider_is_better(table).sentence


def test_the_edge_of_stability_says_what_a_table_lacks():
    table = sharpness()
    with pytest.raises(ValueError, match=r"assign\(optimizer='sgd'\).*momentum.*beta1.*limit="):
        stability_edge(table)
    adamw = table.drop(columns="rate").assign(optimizer="adamw", beta1=0.9, decay=0.1)
    with pytest.raises(ValueError, match="has no rate"):
        stability_edge(adamw)


def test_where_the_number_of_checkpoints_decides_the_advice_says_so():
    steps = 20 * ENOUGH
    logs = sharpness_logs(np.random.default_rng(1), seeds=5, scatter=0.06, steps=steps)
    many, fewer = (super_consistency(consistency_table(logs[:, :, ::every])) for every in (1, 20))
    assert (many.verdict, fewer.verdict) == ("inconclusive", "super consistent")
    assert f"all {steps} must pass" in many.sentence
    assert "One in 20" in many.sentence


def test_few_checkpoints_are_no_reason():
    assert "number of checkpoints" not in super_consistency(sharpness(seeds=5, slope=0.04)).sentence


def test_a_coarse_grid_is_named_with_a_spacing_that_would_do():
    rates = 2.0 ** np.arange(-2, 5, 1.0)
    told = rate_transfer(tuning_table([1.0] * 4, seeds=6, noise=0.02, rates=rates)).sentence
    assert "around the best rate 2 at width 32 rates were tried in factors of 2" in told.lower()
    assert "try factors of 1.41" in told


def test_the_cost_of_a_transferred_rate_stands_next_to_the_gap_between_the_sizes():
    table = tuning_table([0.9, 1.3, 1.7, 2.1], seeds=6, noise=0.02)
    better = table["value"] * np.where(table["quantity"] == "loss", table["width"].astype(float) ** -0.25, 1.0)
    found = rate_transfer(table.assign(value=better))
    first = found.fast.by_size.iloc[0]
    assert f"width 256 loses {first['regret']:.2g} in log loss" in found.fast.sentence
    assert f"the two differ by {first['loss_gap']:.2g}" in found.fast.sentence
    assert first["loss_gap"] == pytest.approx(0.25 * log(8), abs=0.05)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("sharpness grows", "Sharpness grows"),
        ("tangent-kernel eigenvalue", "Tangent-kernel eigenvalue"),
        ("λ_max grows", "λ_max grows"),
        ("my_norm grows", "my_norm grows"),
        ("", ""),
    ],
)
def test_names_that_are_no_words_get_no_capital(sentence, told):
    assert capital(sentence) == told


def test_equal_ratios_are_told_once():
    table = sharpness()
    table = table.assign(value=table["value"].where(table["quantity"] == "diverged", 2.0))
    assert "effective_sharpness is 1 times the stability limit 2" in stability_edge(table, limit=2.0).sentence


def test_a_share_far_below_one_keeps_its_digits():
    rows = pd.DataFrame(
        {"ratio_low": [0.0012], "ratio_high": [inf], "regret": [0.1], "loss_gap": [1.0], "ratio": [0.1]}
    )
    told = fast_words("open", rows.assign(size=32.0), nan, Interval(-inf, inf, 0.9), scale="width", largest=64)
    assert "(95 % interval at least 0.0012; fast means" in told
