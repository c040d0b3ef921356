from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

from spectra.report.case_fits import CaseFits
from spectra.report.judged_cases import judged_cases
from spectra.report.question import EDGE, Question
from spectra.verdicts import RateTransfer, SuperConsistency
from tests.report.synthetic_study import RATE, REGIMES, fitted, long_table


def few(**settings) -> DataFrame:
    """A small table of one regime, with further settings."""
    table = long_table(regimes=("mup",), widths=(32, 64), seeds=(0, 1, 2), rates=(0.75, RATE))
    return table.assign(**settings)


def both(name: str, *values: object) -> DataFrame:
    """The small table once for every value of a setting."""
    tables = [few(**{name: value}) for value in values]
    return pd.concat([table.assign(run=table["run"] + f"-{place}") for place, table in enumerate(tables)])


def titles(table: DataFrame) -> list[str]:
    return [case.title for case in judged_cases(table, Question(rates=(RATE,)))[0]]


def test_every_case_is_judged_and_its_curves_are_fitted(real):
    assert [case.title for case in real.cases] == ["muP", "NTK, matched at the base width"]
    assert all(isinstance(case.consistency[EDGE], SuperConsistency) for case in real.cases)
    assert all(isinstance(case.transfer, RateTransfer) for case in real.cases)
    assert len(real.exponents) == 2 * 4 * 2 * (2 + 3)  # cases, widths, curves, parameters with and without floor
    columns = ["case", "width", "curve", "model", "parameter", "estimate", "low", "high", "level"]
    assert list(real.exponents) == columns


def test_the_known_regimes_come_out_as_they_were_made(real):
    steady, moving = real.cases
    assert moving.consistency[EDGE].verdict == "inconsistent"
    assert steady.transfer.drift == pytest.approx(0, abs=0.05)
    assert moving.transfer.drift == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("layers_per_block", (1, 2), ["1 layer per block", "2 layers per block"]),
        ("batch_size", (64, np.nan), ["batches of 64", "all data in a batch"]),
        ("depth_exponent", (0.5, 1.0), ["depth exponent 0.5", "depth exponent 1"]),
        ("optimizer", ("adam", "sgd"), ["Adam", "gradient descent"]),
        ("zero_readout", (True, False), ["without zero readout", "with zero readout"]),
        ("regime", ("completep", "mup"), ["muP", "CompleteP"]),
        ("data_seed", (3, 4), ["data seed 3", "data seed 4"]),
    ],
)
def test_a_setting_that_varies_makes_cases_with_titles_in_words(name, values, told):
    assert titles(both(name, *values)) == told


def test_a_title_has_no_more_settings_than_tell_cases_apart():
    table = both("optimizer", "adam", "sgd").assign(
        beta1=lambda rows: np.where(rows["optimizer"] == "adam", 0.9, np.nan)
    )
    assert titles(table) == ["Adam", "gradient descent"]
    assert titles(few()) == ["all runs"]


def test_settings_that_go_along_with_the_size_or_the_seed_make_no_case():
    table = few().assign(heads=lambda rows: rows["width"] // 16, data_seed=lambda rows: rows["seed"] + 10)
    cases, notes = judged_cases(table, Question(rates=(RATE,)))
    assert [case.title for case in cases] == ["all runs"]
    assert notes == ["Heads goes along with width: what is said of the one is said of both."]


def test_each_of_several_judged_rates_is_a_case_without_a_question_of_transfer():
    found = fitted(few(), Question(rates=(0.75, RATE)))
    assert [(case.title, case.rate, case.transfer) for case in found.cases] == [
        ("rate 0.75", 0.75, None), ("rate 1.5", 1.5, None)
    ]  # fmt: skip
    assert set(found.at_rate()["run"]) == set(found.table["run"])


def test_cases_with_rates_of_their_own_are_judged_at_them():
    table = both("optimizer", "adam", "sgd")
    table["rate"] = np.where(table["optimizer"] == "adam", table["rate"] / 1000, table["rate"])
    found = fitted(table, Question(rates=(RATE / 1000, RATE)))
    assert [(case.title, case.rate) for case in found.cases] == [("Adam", RATE / 1000), ("gradient descent", RATE)]
    assert all(case.transfer is not None for case in found.cases)


def test_every_judged_quantity_has_a_fit_and_what_has_none_a_note():
    found = fitted(few(), Question(rates=(RATE,), quantities=(EDGE, ("loss", 0), ("loss", 3))))
    assert list(found.cases[0].consistency) == [EDGE, ("loss", 0)]
    assert any(note.startswith("all runs, training loss 4: 'loss' has no index 3") for note in found.notes)


@pytest.mark.parametrize("table", [DataFrame(), long_table(widths=(32,), seeds=(0,)).iloc[:0]])
def test_an_empty_table_says_so(table):
    empty = fitted(table)
    assert (empty.cases, empty.sizes) == ((), [])
    assert "no run of this experiment has finished" in empty.notes[0]


def test_a_table_of_other_columns_is_named_with_those_it_has_and_needs():
    (note,) = fitted(DataFrame({"run": ["a"], "acc": [1.0]}), name="mine").notes
    assert note.startswith("Nothing is shown of the table of mine. It has the columns run, acc, and none named ")
    assert "rate, seed, step, value, width: give" in note


def test_a_rate_that_nobody_ran_says_which_rates_there_are():
    other = fitted(few(), Question(rates=(7.0,)))
    assert other.notes[0] == "all runs: no run has the judged learning rate 7; there are 0.75, 1.5."


def test_an_unfinished_or_small_recipe_says_so_first():
    assert "3 runs of the recipe" in fitted(few(), missing=3).notes[0]
    assert "small version" in fitted(few(), small=True, missing=3).notes[0]


def test_the_stability_limit_is_that_of_the_optimizer():
    (case,) = fitted(few(momentum=0.9)).cases
    assert case.limit == pytest.approx(3.8)
    assert fitted(few(optimizer="adam", beta1=0.9)).cases[0].limit == pytest.approx(38)
    assert fitted(few().drop(columns="optimizer")).cases[0].limit is None
    assert fitted(few(optimizer="lion")).cases[0].limit is None


def test_fits_by_title_leave_out_cases_without_one(real):
    bare = replace(real, cases=(CaseFits("muP", 1.5), real.cases[1]))
    assert list(bare.trends(EDGE)) == list(bare.transfers()) == ["NTK, matched at the base width"]
    assert len(REGIMES) == 2
