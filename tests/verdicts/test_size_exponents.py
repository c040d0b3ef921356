from math import inf, isnan, nan

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from spectra.verdicts.size_exponents import seed_exponents, size_exponents

SIZES = (32, 64, 128, 256)


def table(values, *, sizes=SIZES, layer="a", quantity="change"):
    """A long table of values (seeds, sizes)."""
    return pd.DataFrame(
        [
            {"size": size, "seed": seed, "layer": layer, "quantity": quantity, "step": 3, "value": value}
            for seed, row in enumerate(values)
            for size, value in zip(sizes, row, strict=True)
        ]
    )


def powers(exponent, *, seeds=5, scatter=0.0, sizes=SIZES):
    noise = scatter * np.random.default_rng(0).standard_normal((seeds, len(sizes)))
    return 3.0 * np.array(sizes) ** exponent * np.exp(noise)


def asked(predicted, relation="equal"):
    return pd.DataFrame([("a", "change", predicted, relation)], columns=["layer", "quantity", "predicted", "relation"])


def judged(values, predicted, relation="equal", **options):
    return size_exponents(table(values), asked(predicted, relation), **{"tolerance": 0.15, **options}).iloc[0]


def test_a_power_law_has_its_exponent():
    assert seed_exponents(powers(-0.37), SIZES) == pytest.approx(np.full(5, -0.37), abs=1e-12)


def test_a_factor_of_each_seed_cancels():
    factors = np.exp(np.random.default_rng(1).standard_normal((5, 1)))
    row = judged(factors * powers(0.5), 0.5)
    assert (row["low"], row["high"]) == pytest.approx((0.5, 0.5), abs=1e-12)


@pytest.mark.parametrize(
    ("exponent", "predicted", "relation", "verdict"),
    [
        (0.1, 0.0, "equal", "pass"),
        (-0.5, 0.0, "equal", "fail"),
        (0.5, 0.0, "equal", "fail"),
        (2.0, 0.5, "at least", "pass"),
        (0.2, 0.5, "at least", "fail"),
        (-3.0, 0.0, "at most", "pass"),
        (0.3, 0.0, "at most", "fail"),
    ],
)
def test_exponents_are_held_against_predictions(exponent, predicted, relation, verdict):
    assert judged(powers(exponent, scatter=0.01), predicted, relation)["verdict"] == verdict


def test_few_noisy_seeds_are_not_enough_and_their_number_is_said():
    def seeds_of(exponents):
        return np.array(SIZES) ** np.array(exponents)[:, None]

    row = judged(seeds_of([-0.3, -0.15, 0.0, 0.15, 0.3]), 0.0)
    assert row["verdict"] == "not enough seeds"
    needed, scatter = int(row["seeds_needed"]), np.std([-0.3, -0.15, 0.0, 0.15, 0.3], ddof=1)
    draws = scatter * np.random.default_rng(0).standard_normal((200, needed))
    passes = [judged(seeds_of(exponents), 0.0)["verdict"] == "pass" for exponents in draws]
    assert 0.5 < np.mean(passes) < 0.9


def test_at_the_edge_no_number_of_seeds_helps():
    row = judged(np.array(SIZES) ** np.array([0.06, 0.16, 0.26])[:, None], 0.0)
    assert row["verdict"] == "not enough seeds"
    assert isnan(row["seeds_needed"])


@pytest.mark.parametrize("lost", [inf, nan])
def test_what_diverged_has_grown(lost):
    values = powers(0.0)
    values[2, 3] = lost
    row = judged(values, 0.0)
    assert (row["exponent"], row["verdict"], row["note"]) == (inf, "fail", "diverged at size 256 in 1 of 5 seeds")
    assert judged(values, 0.0, "at least")["verdict"] == "pass"


def test_zeros_have_no_exponent():
    nothing = judged(np.zeros((5, 4)), 0.0)
    assert (nothing["verdict"], nothing["note"]) == ("not judged", "zero at every size")
    values = powers(0.0)
    values[0, 1] = 0.0
    row = judged(values, 0.0)
    assert row["verdict"] == "not enough seeds"
    assert "zero at size 64" in row["note"]


def test_what_has_no_prediction_is_measured_and_not_judged():
    row = size_exponents(table(powers(1.0), layer="b"), asked(0.0), tolerance=0.15).iloc[0]
    assert (row["exponent"], row["verdict"]) == (pytest.approx(1.0), "not judged")


@pytest.mark.parametrize("seeds", [3, 5, 8])
def test_an_exponent_at_the_tolerance_passes_in_one_of_forty_cases(seeds):
    repetitions, generator = 2000, np.random.default_rng(seeds)
    logs = 0.15 * np.log(SIZES) + 0.1 * generator.standard_normal((seeds * repetitions, 4))
    slopes = seed_exponents(np.exp(logs), SIZES).reshape(repetitions, seeds)
    from scipy.stats import t

    upper = slopes.mean(1) + t.isf(0.025, seeds - 1) * slopes.std(1, ddof=1) / np.sqrt(seeds)
    share = float((upper < 0.15).mean())
    assert share <= binom.ppf(0.9999, repetitions, 0.025) / repetitions
    one = judged(np.exp(logs[:seeds]), 0.0)
    assert one["high"] == pytest.approx(upper[0])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda: table(powers(0.0)).drop(columns="seed"), "has no column 'seed'"),
        (lambda: table(powers(0.0)[:, :1], sizes=(32,)), "at 1 size"),
        (lambda: table(powers(0.0)).iloc[1:], "each seed needs one at each size"),
        (lambda: pd.concat([table(powers(0.0)), table(powers(0.0))]), "each seed needs one at each size"),
        (lambda: table(powers(0.0), sizes=(0, 1, 2, 3)), "not positive, finite numbers"),
    ],
)
def test_unusable_tables_are_refused(broken, message):
    with pytest.raises(ValueError, match=message):
        size_exponents(broken(), asked(0.0), tolerance=0.15)


def test_a_tolerance_must_be_positive():
    with pytest.raises(ValueError, match="tolerance of 0"):
        judged(powers(0.0), 0.0, tolerance=0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda values: values.assign(value=-values["value"]), "change of a is -.* only positive values"),
        (lambda values: values.iloc[:0], "no rows"),
        (lambda values: values.assign(value="high"), "value takes the values 'high'"),
        (lambda values: values[values["size"] == 32], "measured at 1 size"),
    ],
)
def test_tables_that_have_no_exponent_are_refused(change, told):
    with pytest.raises(ValueError, match=told):
        size_exponents(change(table(powers(0.5))), asked(0.5), tolerance=0.15)


def test_numbers_may_be_text_and_a_step_may_be_missing():
    values = table(powers(0.5)).assign(step=nan)
    found = size_exponents(values.astype({"size": str, "value": str}), asked(0.5), tolerance=0.15)
    assert found["exponent"].tolist() == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("predictions", "told"),
    [
        (asked(0.5, "larger"), "relation 'larger' was given; use one of 'equal'"),
        (pd.concat([asked(0.5), asked(1.0)]), "change of a has two predictions"),
        (asked(0.5).drop(columns="relation"), "no column 'relation'"),
    ],
)
def test_predictions_that_say_two_things_are_refused(predictions, told):
    with pytest.raises(ValueError, match=told):
        size_exponents(table(powers(0.5)), predictions, tolerance=0.15)


@pytest.mark.parametrize("options", [{"tolerance": 0}, {"tolerance": "0.1"}, {"level": 2}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=r"was given"):
        judged(powers(0.5), 0.5, **options)
