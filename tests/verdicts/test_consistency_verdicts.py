"""A constructed study for each verdict, and how often each is said of a truth that it does not fit."""

import numpy as np
import pytest
from scipy.stats import binom

from spectra.verdicts import super_consistency
from tests.verdicts.simulated import consistency_table, sharpness_logs
from tests.verdicts.simulated_studies import drifting, study, word

RIGHT = ("super consistent", "consistent but accumulating", "trivially consistent")


def judged(change, *, seeds=8, scatter=0.01, quantity="effective_sharpness", seed=0, **truth):
    """Verdict on equal curves plus `change` of (doublings, share of the training)."""
    logs = sharpness_logs(np.random.default_rng(seed), seeds=seeds, scatter=scatter, **truth)
    grid = np.arange(logs.shape[1])[:, None], np.linspace(0, 1, logs.shape[2])[None]
    return super_consistency(consistency_table(logs + change(*grid), quantity=quantity), quantity)


def test_super_consistent():
    assert judged(lambda x, t: 0 * x * t).verdict == "super consistent"


def test_super_consistent_with_a_gap_that_is_seen_but_constant():
    result = judged(lambda x, t: 0.08 * 2.0 ** (-0.5 * x) + 0 * t, seeds=16)
    assert result.verdict == "super consistent"
    assert "does not build up in training: it goes as step^" in result.sentence


def test_consistent_but_accumulating_at_every_checkpoint():
    result = judged(lambda x, t: 0.08 * 2.0 ** (-0.5 * x) * t)
    assert result.verdict == "consistent but accumulating"
    assert "builds up in training: it grows as step^" in result.sentence
    assert result.accumulation.interval.low < 1 < result.accumulation.interval.high


def test_consistent_but_accumulating_in_the_early_window_only():
    result = judged(lambda x, t: 0.05 * x * t**2, scatter=0.02)
    assert result.verdict == "consistent but accumulating"
    assert "at the start only" in result.sentence
    assert not (result.trend["high"] < result.margin).all()


def test_consistency_at_the_first_checkpoint_alone_is_said_as_such():
    result = judged(lambda x, t: 0.5 * x * (t > 0), scatter=0.02)
    assert "consistent at the first checkpoint, step 0, but not at the next." in result.sentence


def test_trivially_consistent():
    result = judged(lambda x, t: 0 * x * t, growth=0.0)
    assert result.verdict == "trivially consistent"


def test_inconsistent_names_the_step_up_to_which_it_was_consistent_and_how_the_gap_grows():
    result = judged(lambda x, t: 0.9 * 2.0 ** (-0.5 * x) * t**2)
    assert result.verdict == "inconsistent"
    assert "It is shown to be consistent up to step 30." in result.sentence
    assert "it grows as step^" in result.sentence


def test_a_power_of_the_size_has_no_limit_and_no_gap_to_it():
    result = judged(lambda x, t: -0.2 * x * t**2, seeds=16)
    assert result.verdict == "inconsistent"
    assert "It nears no limit of infinite width" in result.sentence
    assert result.accumulation.word == "no limit"
    assert result.accumulation.by_step.empty


def test_inconsistent_from_the_start_says_so():
    sentence = judged(lambda x, t: 0.3 * x + 0 * t).sentence
    assert "first at step 0." in sentence
    assert "shown to be consistent" not in sentence


def test_the_step_that_is_named_has_the_largest_slope_and_not_the_least_noise():
    generator = np.random.default_rng(0)
    logs = sharpness_logs(generator, seeds=8, scatter=0.001)
    doublings = np.arange(4)[None, :]
    logs[:, :, 2] += 0.3 * doublings
    logs[:, :, 6] += 0.4 * doublings + 0.1 * doublings * generator.standard_normal((8, 1))
    result = super_consistency(consistency_table(logs))
    excess = result.trend.set_index("step")["band_low"]
    assert excess[20] > excess[60] > result.margin
    assert "At step 60 " in result.sentence
    assert "first at step 20" in result.sentence


def test_inconclusive_between_the_margins():
    result = judged(lambda x, t: 0 * x * t, scatter=0.12, seeds=5, seed=1)
    assert result.verdict == "inconclusive"
    assert result.more_seeds > 0


def test_a_change_whose_interval_alone_lies_beyond_the_margin_is_told_with_the_band_that_decides():
    result = judged(lambda x, t: 0.06 * x * (t > 0.9), scatter=0.03)
    assert result.verdict == "inconclusive"
    assert "90 % interval +6.0 % to +7.8 %; the simultaneous 95 % band, by which a change is" in result.sentence
    assert "simultaneous" not in judged(lambda x, t: 0 * x * t, scatter=0.12, seeds=5, seed=1).sentence


def test_inconclusive_where_the_gap_to_infinite_size_may_be_large():
    generator = np.random.default_rng(3)
    gaps = [study(generator, seeds=3, gap=lambda t: 0.16 * (t > 0) + 0 * t, unequal=0.0) for _ in range(20)]
    assert "inconclusive" in [word(blocks) for blocks in gaps]


@pytest.mark.parametrize("seeds", [3, 8, 24])
def test_more_seeds_do_not_take_the_verdict_from_a_small_constant_gap(seeds):
    generator = np.random.default_rng(7)
    words = [word(study(generator, seeds=seeds, gap=lambda t: 0.08 + 0 * t)) for _ in range(20)]
    assert words.count("super consistent") >= 17


def test_a_quantity_that_falls_is_not_trivial_and_a_loss_tells_nothing_of_features():
    assert judged(lambda x, t: -1.0 * t + 0 * x, growth=0.0).verdict == "super consistent"
    loss = judged(lambda x, t: 0 * x * t, growth=0.0, quantity="loss")
    assert loss.verdict == "super consistent"
    assert "does not tell whether features are learned" in loss.sentence


def share(truth, words, *, repetitions, **options):
    generator = np.random.default_rng(1)
    return sum(word(truth(generator, **options)) in words for _ in range(repetitions))


@pytest.mark.parametrize("seeds", [3, 8])
def test_false_words_are_rare(seeds):
    options = {"repetitions": 20, "seeds": seeds}
    limit = binom.ppf(0.9999, 20, 0.05)
    margin = np.log(1.05)
    assert share(lambda g, **k: drifting(g, slope=margin, **k), RIGHT, **options) <= limit
    assert share(lambda g, **k: drifting(g, slope=0.0, **k), ["inconsistent", RIGHT[1]], **options) <= limit


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 8, 16])
@pytest.mark.parametrize("unequal", [0.0, 0.5])
@pytest.mark.parametrize(
    ("truth", "wrong"),
    [
        (lambda g, **k: drifting(g, slope=np.log(1.05), **k), RIGHT),
        (lambda g, **k: drifting(g, slope=np.log(1.05), **k), ["inconsistent"]),
        (lambda g, **k: study(g, gap=lambda t: 0.08 * (t > 0), **k), ["consistent but accumulating"]),
        (lambda g, **k: study(g, gap=lambda t: 0.08 * (1 - 2 * t), **k), ["consistent but accumulating"]),
        (lambda g, **k: study(g, gap=lambda t: 0 * t, **k), ["consistent but accumulating", "inconsistent"]),
    ],
)
def test_errors_of_the_verdicts_stay_below_one_in_twenty(truth, wrong, unequal, seeds):
    assert share(truth, wrong, repetitions=200, seeds=seeds, unequal=unequal) <= binom.ppf(0.9999, 200, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("truth", "right"),
    [
        (lambda g, **k: study(g, gap=lambda t: 0 * t, **k), "super consistent"),
        (lambda g, **k: study(g, gap=lambda t: 0.08 * t, **k), "consistent but accumulating"),
        (lambda g, **k: study(g, gap=lambda t: 0 * t, growth=0.0, **k), "trivially consistent"),
        (lambda g, **k: drifting(g, slope=0.1, **k), "inconsistent"),
    ],
)
def test_eight_seeds_find_the_truth_in_nine_of_ten_studies(truth, right):
    assert share(truth, [right], repetitions=100, seeds=8) >= 90
