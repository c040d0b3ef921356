"""Comparisons seed by seed: what they say of tables whose differences are known."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import ttest_1samp

from spectra.verdicts.paired_comparison import paired_comparison
from spectra.verdicts.pairing import Pairing
from tests.verdicts.paired_tables import paired_table

EXPANSION = Pairing("test_error", "expansion")


def normal(*shape, seed=3):
    return np.random.default_rng(seed).standard_normal(shape)


def words(table, pairing=EXPANSION):
    return paired_comparison(table, pairing).rows["word"].tolist()


def test_ratios_and_their_intervals_are_those_of_the_paired_t_test():
    changes = -0.3 + 0.1 * normal(2, 7)
    rows = paired_comparison(paired_table(changes), EXPANSION).rows
    expected = [ttest_1samp(each, 0).confidence_interval(0.95) for each in changes]
    assert_allclose(rows["change"], np.exp(changes.mean(axis=1)), rtol=1e-12)
    assert_allclose(np.log(rows[["low", "high"]]), expected, rtol=1e-10)
    assert_allclose(rows["mean"] / rows["reference_mean"], rows["change"], rtol=1e-12)
    assert rows["target"].tolist() == [1, 2]


def test_differences_are_means_of_differences():
    table = paired_table(0.2 * normal(1, 6))
    ends = table[(table["quantity"] == "test_error") & (table["step"] == 10)].pivot(
        index="seed", columns="expansion", values="value"
    )
    (row,) = paired_comparison(table, Pairing("test_error", "expansion", form="difference")).rows.to_dict("records")
    gaps = ends["taylor"] - ends["network"]
    assert_allclose(
        [row["change"], row["low"], row["high"]], [gaps.mean(), *ttest_1samp(gaps, 0).confidence_interval()]
    )


def test_without_a_difference_a_word_is_said_in_five_of_a_hundred_studies():
    found = words(paired_table(0.1 * normal(1000, 6)))
    wrong = 1000 - found.count("open")
    assert wrong / 1000 == pytest.approx(0.05, abs=2.6 * np.sqrt(0.05 * 0.95 / 1000))
    assert abs(found.count("lower") - found.count("higher")) < 3 * np.sqrt(wrong)


def test_a_difference_of_three_standard_deviations_is_found():
    found = words(paired_table(-0.3 + 0.1 * normal(200, 6)))
    assert found.count("lower") > 195
    assert words(paired_table(0.3 + 0.1 * normal(200, 6))).count("higher") > 195


def test_equality_is_claimed_at_the_margin_in_five_of_a_hundred_studies():
    margin = Pairing("test_error", "expansion", margin=0.1)
    at_margin = words(paired_table(np.log(1.1) + 0.02 * normal(1000, 6)), margin)
    assert at_margin.count("equal within the margin") / 1000 == pytest.approx(0.05, abs=0.018)
    assert set(words(paired_table(0.01 * normal(50, 6)), margin)) == {"equal within the margin"}
    assert "equal within the margin" not in words(paired_table(0.01 * normal(50, 6)))


def test_what_the_margin_calls_none_is_equal_even_where_it_is_lower():
    table = paired_table(-0.01 + 0.001 * normal(1, 6))
    assert words(table) == ["lower"]
    assert words(table, Pairing("test_error", "expansion", margin=0.05)) == ["equal within the margin"]


def test_the_first_value_is_the_reference():
    turned = paired_comparison(
        paired_table([[-1.0] * 4]), Pairing("test_error", "expansion", ("taylor", "network"))
    ).rows
    assert_allclose(turned["change"], np.e)
    assert turned["word"].tolist() == ["higher"]
    assert "the test error at network is 2.72 times that at taylor" in turned["sentence"][0]


def test_runs_without_scatter_and_without_difference_stay_open():
    assert words(paired_table(np.zeros((1, 4)))) == ["open"]
    assert words(paired_table(np.full((1, 4), 1e-15))) == ["open"]


def test_steps_of_one_run_are_compared():
    table = paired_table(-0.5 + 0.01 * normal(1, 5))
    found = paired_comparison(table, Pairing("test_error", "step"))
    rows = found.rows.set_index("expansion")
    assert found.values == (0, 10)
    assert rows.loc["taylor", "word"] == "lower"
    assert_allclose(rows.loc["network", "change"], 1)
    with pytest.raises(ValueError, match=r"no step 3; it has 0, 10"):
        paired_comparison(table, Pairing("test_error", "step", (0, 3)))


def test_entries_of_one_run_are_compared():
    table = paired_table(np.zeros((1, 5)))
    both = pd.concat(
        [table, table.query("quantity == 'test_error'").assign(index=1, value=lambda rows: 3 * rows["value"])]
    )
    rows = paired_comparison(both, Pairing("test_error", "index")).rows
    assert_allclose(rows["change"], 3)
    assert len(rows) == 2  # one for each expansion
    assert_allclose(paired_comparison(both, Pairing("test_error", "expansion", index=1)).rows["change"], 1)


def test_a_step_can_be_named():
    table = paired_table(-0.5 + 0.01 * normal(1, 5))
    found = paired_comparison(table, Pairing("test_error", "expansion", at=0))
    assert_allclose(found.rows["change"], 1)
    assert found.rows["sentence"][0].startswith("At step 0 the test error at taylor")
    nowhere = paired_comparison(table, Pairing("test_error", "expansion", at=7))
    assert nowhere.rows["word"].tolist() == ["open"]
    assert "error was not measured at step 7" in nowhere.notes[0]


def test_three_values_are_each_compared_with_the_first():
    table = pd.concat([paired_table([[0.5] * 4]), paired_table([[1.0] * 4], values=("network", "features"))])
    found = paired_comparison(table.drop_duplicates(), EXPANSION)
    assert found.values == ("network", "taylor", "features")
    assert_allclose(found.rows["change"], np.exp([0.5, 1.0]))


def test_numbers_are_ordered_and_text_stays_as_it_comes():
    table = paired_table(np.zeros((1, 4)), by="batch_size", values=(64, 8))
    assert paired_comparison(table, Pairing("test_error", "batch_size")).values == (8, 64)


def test_a_setting_that_some_have_not_is_a_value_and_goes_along():
    table = paired_table(np.zeros((1, 4)), by="batch_size", values=(64.0, None))
    table["beta1"] = np.where(table["batch_size"].isna(), 0.9, np.nan)
    found = paired_comparison(table, Pairing("test_error", "batch_size"))
    assert found.values == (64.0, None)
    assert found.notes[0] == "beta1 goes along with batch_size: what is said of the one is said of both."
    assert "at no batch_size is 1 times that at batch_size 64" in found.rows["sentence"][0]


def test_data_seeds_of_which_every_seed_has_one_part_no_pairs():
    table = paired_table(np.zeros((2, 4))).assign(data_seed=lambda rows: rows["seed"] + 10)
    assert paired_comparison(table, EXPANSION).settings == ("target",)
    with_two = pd.concat([table, table.assign(data_seed=1, run=table["run"] + "b")])
    assert paired_comparison(with_two, EXPANSION).settings == ("target", "data_seed")


def test_means_are_over_all_seeds_that_have_a_value():
    table = paired_table(np.zeros((1, 5)))
    table = table[table["run"] != "0-2-taylor"]
    found = paired_comparison(table, EXPANSION)
    assert found.means["seeds"].tolist() == [5, 4]
    logs = np.log(table.query("quantity == 'test_error' and step == 10 and expansion == 'network'")["value"])
    assert_allclose(found.means.loc[0, ["mean", "high"]].astype(float), np.exp([logs.mean(), logs.mean() + logs.std()]))


@pytest.mark.parametrize(
    ("values", "low"), [([0, 0, 0, 1], 0.0), ([0, 0, -1e-9, 1], -0.25), ([3, 4, 4, 5], 4 - 2 / 6**0.5)]
)
def test_deviations_end_at_zero_where_no_run_is_negative(values, low):
    table = paired_table(np.zeros((1, 4)))
    counted = (table["quantity"] == "test_error") & (table["step"] == 10) & (table["expansion"] == "taylor")
    table.loc[counted, "value"] = values
    found = paired_comparison(table, Pairing("test_error", "expansion", form="difference"))
    assert_allclose(float(found.means["low"].iloc[1]), low, atol=1e-8)


def two_quantities(changes):
    """One run for each seed, with a test error and a kernel test error whose log ratio at step 10 is the change."""
    table = paired_table(changes, values=("test_error", "kernel_test_error"))
    measured = table["quantity"] == "test_error"
    table["quantity"] = table["expansion"].where(measured, table["quantity"])
    named = table.assign(run=table["target"].astype(str) + "-" + table["seed"].astype(str), expansion="network")
    return named.drop_duplicates(["run", "quantity", "step"])


def test_two_quantities_of_one_run_are_compared():
    changes = -0.3 + 0.1 * normal(2, 7)
    names = ("test_error", "kernel_test_error")
    rows = paired_comparison(two_quantities(changes), Pairing(names[0], "quantity", names)).rows
    assert_allclose(rows["change"], np.exp(changes.mean(axis=1)), rtol=1e-12)
    assert_allclose(np.log(rows[["low", "high"]]), [ttest_1samp(each, 0).confidence_interval(0.95) for each in changes])
    assert rows["target"].tolist() == [1, 2]
    assert rows["sentence"][0].startswith("At the last step the kernel test error is 0.7")
    assert " times the test error (95 % interval" in rows["sentence"][0]
    turned = paired_comparison(two_quantities(changes), Pairing(names[1], "quantity", names[::-1])).rows
    assert_allclose(turned["change"], 1 / rows["change"], rtol=1e-12)


def test_a_case_without_one_of_the_quantities_is_left_out_with_a_note():
    table = two_quantities(-0.3 + 0.1 * normal(2, 4))
    table = table[(table["target"] == 1) | (table["quantity"] != "test_error")]
    found = paired_comparison(table, Pairing("test_error", "quantity", ("test_error", "kernel_test_error")))
    assert found.rows["target"].tolist() == [1]
    told = "Not compared, because one of the two was not measured: 1 (kernel_test_error against test_error, target 2)."
    assert told in found.notes


@pytest.mark.parametrize("values", [(), ("kernel_test_error", "test_error")])
def test_the_first_of_the_quantities_is_the_one_that_is_named(values):
    with pytest.raises(ValueError, match="name two or more values, test_error first"):
        Pairing("test_error", "quantity", values)


def test_what_is_asked_may_come_from_numpy_or_a_list_but_not_as_one_text():
    assert Pairing("loss", "step", at=np.int64(3)).when == ""
    assert Pairing("loss", "quantity", values=["loss", "test_loss"]).values == ("loss", "test_loss")
    with pytest.raises(ValueError, match=r"give a tuple, for example \('a', 'b'\)"):
        Pairing("loss", "optimizer", values="sgd")
