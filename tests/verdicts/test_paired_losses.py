"""Whatever is missing, lost or wrong in a comparison is told in words."""

import numpy as np
import pandas as pd
import pytest

from spectra.verdicts.paired_comparison import paired_comparison
from spectra.verdicts.pairing import Pairing
from tests.verdicts.paired_tables import paired_table

EXPANSION = Pairing("test_error", "expansion")


def steady(seeds=6, combinations=1, **options):
    changes = -0.5 + 0.01 * np.random.default_rng(1).standard_normal((combinations, seeds))
    return paired_table(changes, **options)


def test_a_missing_partner_is_counted_and_the_others_are_judged():
    table = steady()
    found = paired_comparison(table[table["run"] != "0-3-network"], EXPANSION)
    (row,) = found.rows.to_dict("records")
    assert (row["word"], row["pairs"], row["unpaired"], row["lost"]) == ("lower", 5, 1, 0)
    assert "1 of 6 seeds have no pair and do not enter." in row["sentence"]
    assert found.excluded[["compared", "seed", "reason"]].values.tolist() == [
        ["taylor", 3, "network: there is no such run"]
    ]
    assert "seed 3: network: there is no such run" in found.notes[0]


def test_a_diverged_run_leaves_the_comparison_open():
    found = paired_comparison(steady(lost=[(0, 2, "taylor")]), EXPANSION)
    (row,) = found.rows.to_dict("records")
    assert (row["word"], row["pairs"], row["lost"]) == ("open", 5, 1)
    assert "1 run diverged, and whether a run is lost may itself depend on expansion." in row["sentence"]
    assert row["high"] < 1
    assert "taylor: diverged at step 5" in found.notes[0]


def test_a_diverged_run_leaves_other_combinations_alone():
    found = paired_comparison(steady(combinations=2, lost=[(0, 2, "taylor")]), EXPANSION)
    assert found.rows["word"].tolist() == ["open", "lower"]


def test_a_zero_has_no_ratio_but_a_difference():
    table = steady()
    table.loc[(table["run"] == "0-1-taylor") & (table["quantity"] == "test_error"), "value"] = 0.0
    (row,) = paired_comparison(table, EXPANSION).rows.to_dict("records")
    assert row["word"] == "open"
    assert 'ask for their difference (form = "difference" in a recipe, --difference of' in row["sentence"]
    assert paired_comparison(table, Pairing("test_error", "expansion", form="difference")).rows["word"].tolist() == [
        "lower"
    ]


@pytest.mark.parametrize("seeds", [1, 2])
def test_two_seeds_are_too_few(seeds):
    (row,) = paired_comparison(steady(seeds), EXPANSION).rows.to_dict("records")
    assert row["word"] == "open"
    assert f"{seeds} of {seeds} seeds can be compared, and 3 are the fewest that can be judged." in row["sentence"]


def test_three_seeds_are_said_to_be_few():
    assert "3 seeds are too few to show" in paired_comparison(steady(3), EXPANSION).notes[0]


def test_a_table_without_ends_is_read_by_its_values():
    table = steady().query("quantity != 'diverged'")
    broken = table.copy()
    broken.loc[(broken["run"] == "0-1-taylor") & (broken["step"] == 10), "value"] = np.inf
    assert paired_comparison(table, EXPANSION).rows["word"].tolist() == ["lower"]
    found = paired_comparison(broken, EXPANSION)
    assert found.rows["word"].tolist() == ["open"]
    assert "does not say how runs ended" in found.notes[0]


def test_last_steps_that_differ_are_named():
    table = steady()
    late = table["run"] == "0-0-taylor"
    table.loc[late & (table["step"] == 10), "step"] = 20
    assert paired_comparison(table, EXPANSION).notes == (
        "The last step of the test error is not the same in all runs: 10; 20.",
    )


def test_a_combination_without_runs_of_one_value_is_named():
    table = steady(combinations=2)
    found = paired_comparison(table[~((table["target"] == 2) & (table["expansion"] == "taylor"))], EXPANSION)
    assert found.rows["target"].tolist() == [1]
    assert found.notes == ("Not compared, because one of the two has no run: 1 (taylor against network, target 2).",)
    assert len(found.means) == 3


@pytest.mark.parametrize(
    ("pairing", "words"),
    [
        (Pairing("test_eror", "expansion"), "no quantity 'test_eror'.*did you mean 'test_error'"),
        (Pairing("test_error", "expanson"), "no setting 'expanson'.*did you mean 'expansion'"),
        (Pairing("test_error", "rate"), "the only rate in the table is 0.1"),
        (Pairing("test_error", "expansion", ("network", "none")), "no expansion none; it has network, taylor"),
        (Pairing("test_error", "expansion", index=2), "no index 2"),
        (Pairing("test_error", "target", (1, 2)), "no target 2; it has 1"),
    ],
)
def test_what_a_table_has_not_is_refused(pairing, words):
    with pytest.raises(ValueError, match=words):
        paired_comparison(steady(), pairing)


def test_a_setting_may_have_the_name_of_a_result():
    found = paired_comparison(steady(combinations=2, names=("level", "seeds")), EXPANSION)
    assert found.settings == ("level_setting", "seeds_setting")
    assert found.rows["level_setting"].tolist() == [1, 2]
    assert found.rows["level"].tolist() == [0.95, 0.95]
    assert found.means["seeds"].tolist() == [6] * 4


def test_runs_that_differ_in_more_are_refused():
    table = steady().assign(host=lambda rows: rows["run"])
    with pytest.raises(ValueError, match="no two runs agree in everything but expansion: they differ in host"):
        paired_comparison(table, EXPANSION)
    twice = pd.concat([steady(), steady().assign(run=lambda rows: rows["run"] + "b")])
    with pytest.raises(ValueError, match="agree in all settings with another"):
        paired_comparison(twice, EXPANSION)
    apart = steady()
    apart.loc[apart["expansion"] == "taylor", "seed"] += 100
    with pytest.raises(ValueError, match="no seed occurs at two of its values"):
        paired_comparison(apart, EXPANSION)


@pytest.mark.parametrize(
    "options",
    [
        {"by": "seed"},
        {"values": ("network",)},
        {"values": (1, 1)},
        {"form": "quotient"},
        {"margin": 0.0},
        {"margin": "a"},
        {"level": 1.0},
        {"level": "0.9"},
        {"at": -1},
        {"at": "first"},
    ],
)
def test_a_wrong_question_is_refused(options):
    with pytest.raises(ValueError, match=r"given|asked for|compared|no form"):
        Pairing(**{"quantity": "test_error", "by": "expansion", **options})
