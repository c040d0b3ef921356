from math import log

import numpy as np
import pytest
import torch
from scipy.stats import binom

from spectra.operators import stability_threshold
from spectra.verdicts.stability_edge import stability_edge
from spectra.verdicts.stability_limit import stability_limit
from tests.verdicts.simulated import SIZES, consistency_table

STEPS = 21


def table(ratios, *, seeds=5, scatter=0.02, rise=0.0, seed=0, limit=2.0, **options):
    """Sharpness that climbs to a multiple of the limit for each size, with scatter that lasts in time."""
    generator = np.random.default_rng(seed)
    course = np.minimum(0, np.linspace(-2, 2, STEPS)) + rise * np.maximum(0, np.linspace(-1, 1, STEPS))
    logs = np.log(limit * np.array(ratios))[None, :, None] + course
    shared = generator.standard_normal((seeds, len(ratios), 1))
    own = generator.standard_normal((seeds, len(ratios), STEPS))
    logs = logs + scatter * (np.sqrt(0.7) * shared + np.sqrt(0.3) * own)
    return consistency_table(logs, sizes=SIZES[: len(ratios)], **options).assign(optimizer="sgd")


@pytest.mark.parametrize(
    ("ratios", "word"),
    [
        ([1.0, 1.02, 0.99, 1.0], "at the edge"),
        ([0.7, 0.6, 0.5, 0.4], "below the edge"),
        ([1.3] * 4, "above the edge"),
        ([1.0, 0.8, 0.6, 0.5], "differs by size"),
        ([1.05] * 4, "inconclusive"),
    ],
)
def test_the_word_follows_the_plateau(ratios, word):
    found = stability_edge(table(ratios))
    assert found.verdict == word
    np.testing.assert_allclose(found.by_size["ratio"], ratios, rtol=0.05)
    assert found.by_size.shape == (4, 10)
    assert found.limit == 2


def test_copies_of_a_run_are_one_seed():
    found = stability_edge(table([1.0] * 4, scatter=0.0))
    assert found.verdict == "inconclusive"
    assert set(found.by_size["seeds"]) == {1}
    assert "open, too few seeds" in found.sentence


def test_where_every_run_diverged_no_ratio_is_told():
    lost = [(seed, size) for seed in range(5) for size in SIZES]
    told = stability_edge(table([1.0] * 4, diverged=lost)).sentence
    assert "no run has a plateau of effective_sharpness to hold against the stability limit 2" in told
    assert "nan" not in told
    one = stability_edge(table([1.0] * 4, seeds=1)).sentence
    assert "intervals" not in one


def test_a_sharpness_that_passes_the_limit_does_not_hover():
    found = stability_edge(table([0.85] * 4, rise=0.4))
    assert found.verdict == "inconclusive"
    assert any("Still rising" in note for note in found.notes)


def test_sizes_with_diverged_runs_are_not_judged():
    found = stability_edge(table([1.0] * 4, diverged={(1, 64)}))
    assert list(found.by_size["word"]) == ["at the edge", "inconclusive", "at the edge", "at the edge"]
    assert found.by_size["lost"].tolist() == [0, 1, 0, 0]
    assert any("1 at width 64" in note for note in found.notes)


def test_two_seeds_are_too_few():
    assert stability_edge(table([1.0] * 2, seeds=2)).verdict == "inconclusive"


def test_a_table_without_ends_is_judged_and_says_so():
    rows = table([1.0] * 4)
    found = stability_edge(rows[rows["quantity"] != "diverged"])
    assert found.verdict == "at the edge"
    assert any("does not say how runs ended" in note for note in found.notes)


def test_mini_batches_are_noted():
    assert any("mini-batches" in note for note in stability_edge(table([0.7] * 2).assign(batch_size=32)).notes)
    whole = table([0.7] * 2).assign(batch_size=32, train_examples=32)
    assert not any("mini-batches" in note for note in stability_edge(whole).notes)


@pytest.mark.parametrize(
    ("settings", "build"),
    [
        ({"optimizer": "sgd"}, lambda w: torch.optim.SGD(w, lr=0.5)),
        ({"optimizer": "sgd", "momentum": 0.9}, lambda w: torch.optim.SGD(w, lr=0.5, momentum=0.9)),
        ({"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
         lambda w: torch.optim.SGD(w, lr=0.5, momentum=0.9, nesterov=True)),
        ({"optimizer": "SGD", "momentum": 0.5, "dampening": 0.3},
         lambda w: torch.optim.SGD(w, lr=0.5, momentum=0.5, dampening=0.3)),
        ({"optimizer": "adam", "beta1": 0.9}, lambda w: torch.optim.Adam(w, lr=0.5)),
        ({"optimizer": "adamw", "beta1": 0.8, "decay": 0.1},
         lambda w: torch.optim.AdamW(w, lr=0.5, betas=(0.8, 0.99), weight_decay=0.1)),
    ],
)  # fmt: skip
def test_the_limit_is_that_of_the_live_optimizer(settings, build):
    rows = table([1.0], seeds=3).assign(**settings)
    assert stability_limit(rows) == pytest.approx(stability_threshold(build([torch.zeros(2, requires_grad=True)])))


def test_other_optimizers_need_a_limit():
    rows = table([1.0] * 4).assign(optimizer="shampoo")
    with pytest.raises(ValueError, match="pass limit"):
        stability_edge(rows)
    assert stability_edge(rows, limit=2.0).verdict == "at the edge"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("margin", 0.0),
        ("margin", "a"),
        ("level", 1.0),
        ("level", "0.9"),
        ("plateau", 0.0),
        ("limit", -1.0),
        ("limit", np.inf),
    ],
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(ValueError, match=option):
        stability_edge(table([1.0]), **{option: value})


def claims(ratio, *, seeds, repetitions):
    words = [
        stability_edge(table([ratio], seeds=seeds, scatter=0.05, seed=seed), margin=log(1.1)).verdict
        for seed in range(repetitions)
    ]
    return {word: words.count(word) for word in set(words)}


@pytest.mark.parametrize("ratio", [1.1, 1 / 1.1])
def test_a_plateau_on_the_margin_is_seldom_called_either_way(ratio):
    found = claims(ratio, seeds=4, repetitions=60)
    for word in ("at the edge", "above the edge", "below the edge"):
        assert found.get(word, 0) <= binom.ppf(0.999, 60, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 8, 16])
def test_errors_at_the_margin_stay_below_five_percent(seeds):
    found = claims(1.1, seeds=seeds, repetitions=600)
    for word in ("at the edge", "above the edge"):
        assert found.get(word, 0) <= binom.ppf(0.999, 600, 0.05)


def test_a_value_that_is_no_number_loses_its_run_and_not_its_step():
    rows = table([1.3] * 4)
    rows.loc[(rows["run"] == "64-1") & (rows["step"] == 200) & (rows["quantity"] != "diverged"), "value"] = np.nan
    found = stability_edge(rows)
    assert found.by_size["lost"].tolist() == [0, 1, 0, 0]
    assert found.by_size["word"].tolist() == ["above the edge", "inconclusive", "above the edge", "above the edge"]
    assert not any("left out" in note for note in found.notes)


def test_a_run_that_stops_early_counts_as_lost_where_nothing_says_how_it_ended():
    rows = table([1.3] * 4)
    rows = rows[(rows["quantity"] != "diverged") & ((rows["run"] != "64-1") | (rows["step"] < 150))]
    found = stability_edge(rows)
    assert found.by_size["lost"].tolist() == [0, 1, 0, 0]
    assert any("stopped before the others" in note for note in found.notes)


def test_a_run_without_the_quantity_is_named():
    rows = table([1.3] * 4)
    found = stability_edge(rows[(rows["run"] != "64-1") | (rows["quantity"] == "diverged")])
    assert found.by_size["seeds"].tolist() == [5, 4, 5, 5]
    assert any("was not measured, and which do not enter: 1" in note for note in found.notes)


def test_no_number_is_told_that_is_not_there():
    lost = stability_edge(table([1.0] * 2, seeds=3, diverged={(seed, size) for seed in range(3) for size in SIZES[:2]}))
    assert "no run has a plateau of effective_sharpness to hold against the stability limit 2" in lost.sentence
    assert "nan" not in lost.sentence + stability_edge(table([1.0] * 2, seeds=1)).sentence


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"optimizer": "adam", "beta1": 1.0}, "has beta1 = 1.0; that of Adam lies from 0"),
        ({"momentum": 0.9, "dampening": 1.0}, "momentum = 0.9 and dampening = 1"),
        ({"momentum": 1.0}, "momentum = 1 and dampening = 0"),
    ],
)
def test_settings_that_no_optimizer_has_are_refused(settings, told):
    with pytest.raises(ValueError, match=told):
        stability_edge(table([1.0]).assign(**settings))
