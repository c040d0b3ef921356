"""What a recipe may ask its report to compare."""

import re

import pytest

from spectra.sweeps import read_experiment
from spectra.sweeps.entries import entry_count
from tests.sweeps.written_recipe import RECIPE, recipe, refusal

SMALL = "[smoke]\nsteps = 4\nrate = [0.25]\n"


def asked(folder, section, *, smoke=False):
    path = recipe(folder, "[judge]\nrate = 0.25\n", f"[[compare]]\n{section}\n[judge]\nrate = 0.25\n{SMALL}")
    return read_experiment(path, smoke=smoke).compare


def test_a_comparison_is_read_with_the_values_in_the_order_of_the_recipe(tmp_path):
    (found,) = asked(tmp_path, "quantity = 'loss'\nby = 'regime'")
    assert (found.quantity, found.by, found.values) == ("loss", "regime", ("mup", "ntk_matched"))
    assert (found.index, found.at, found.form, found.margin) == (0, "last", "ratio", None)


def test_every_setting_can_be_given(tmp_path):
    whole = "values = [64, 32]\nindex = 0\nat = 10\nform = 'difference'\nmargin = 0.1"
    (found,) = asked(tmp_path, f"quantity = 'loss'\nby = 'width'\n{whole}")
    assert (found.values, found.index, found.at, found.form, found.margin) == ((64, 32), 0, 10, "difference", 0.1)


def test_several_comparisons_and_steps_and_entries(tmp_path):
    section = "quantity = 'loss'\nby = 'step'\nvalues = [0, 12]"
    assert [(found.by, found.values) for found in asked(tmp_path, section)] == [("step", (0, 12))]
    (every,) = asked(tmp_path, "quantity = 'loss'\nby = 'step'")
    assert every.values == (0, 10, 12)


@pytest.mark.parametrize(
    ("measured", "section", "said"),
    [
        ("count = 3", "by = 'width'\nindex = 2", ""),
        ("count = 3", "by = 'width'\nindex = 3", "compare[0].index: effective_sharpness has no index 3; .* 0 to 2"),
        ("count = 3", "by = 'index'\nvalues = [0, 2]", ""),
        (
            "count = 3",
            "by = 'index'\nvalues = [0, 5]",
            "compare[0].values: effective_sharpness has no index 5; .* 0 to 2",
        ),
        ("", "by = 'width'\nindex = 1", "compare[0].index: effective_sharpness has no index 1; .* 0 alone"),
        ("", "by = 'index'", "compare[0].by: effective_sharpness is one number"),
    ],
)
def test_an_entry_that_will_not_be_measured_is_refused_before_the_runs(measured, section, said, tmp_path):
    text = RECIPE.replace('kind = "effective_sharpness"\n', f'kind = "effective_sharpness"\n{measured}\n')
    text = text.replace("[judge]\n", f"[[compare]]\nquantity = 'effective_sharpness'\n{section}\n[judge]\n")
    path = recipe(tmp_path, text=text)
    if said:
        assert re.search(said.replace("[0]", r"\[0\]"), refusal(path))
    else:
        assert read_experiment(path).compare[0].quantity == "effective_sharpness"


@pytest.mark.parametrize(
    ("kind", "count"),
    [("density_quantile", 5), ("spectral_density", None), ("tangent_kernel", None), ("mode_energy", 10), ("loss", 1)],
)
def test_a_recipe_knows_how_many_numbers_most_quantities_have(kind, count, tmp_path):
    text = RECIPE.replace('kind = "loss"\n', f'kind = "{kind}"\n') if kind != "loss" else RECIPE
    text = text.replace("batch_size = 64\n", "")
    assert entry_count(kind, read_experiment(recipe(tmp_path, text=text)).specs) == count


def test_a_recipe_without_comparisons_has_none(tmp_path):
    assert read_experiment(recipe(tmp_path)).compare == ()


def test_the_small_version_compares_what_is_left(tmp_path):
    (found,) = asked(tmp_path, "quantity = 'loss'\nby = 'regime'\nat = 10", smoke=True)
    assert (found.values, found.at) == (("mup", "ntk_matched"), 10)
    assert asked(tmp_path, "quantity = 'loss'\nby = 'rate'", smoke=True) == ()


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        ("by = 'regime'", ["compare[0].quantity: is missing"]),
        ("quantity = 'los'\nby = 'regime'", ["compare[0].quantity: 'los' is not measured", "did you mean 'loss'"]),
        ("quantity = 'loss'\nby = 'regimes'", ["compare[0].by: 'regimes' is nothing", "did you mean 'regime'"]),
        ("quantity = 'loss'\nby = 'seed'", ["compare[0].by: 'seed' is nothing that runs are compared by"]),
        ("quantity = 'loss'\nby = 'depth'", ["compare[0].by: of depth there is only 3"]),
        ("quantity = 'loss'\nby = 'width'\nvalues = [32, 128]", ["compare[0].values: the runs have no width 128"]),
        ("quantity = 'loss'\nby = 'width'\nvalues = [32]", ["compare[0].values: must be a list of two or more"]),
        ("quantity = 'loss'\nby = 'width'\nvalues = 32", ["compare[0].values: must be a list of two or more"]),
        ("quantity = 'loss'\nby = 'width'\nvalues = [32, 32]", ["compare[0].values: has a value twice"]),
        ("quantity = 'loss'\nby = 'width'\nat = 'end'", ['compare[0].at: must be "last" or a step', "'end'"]),
        ("quantity = 'loss'\nby = 'width'\nat = 7", ["compare[0].at: loss is not measured at step 7", "0, 10, 12"]),
        ("quantity = 'loss'\nby = 'step'\nvalues = [0, 7]", ["compare[0].values: the runs have no step 7"]),
        ("quantity = 'loss'\nby = 'step'\nat = 0", ["compare[0].at: has no meaning where step is what is compared"]),
        ("quantity = 'loss'\nby = 'index'\nindex = 0", ["compare[0].index: has no meaning where index"]),
        ("quantity = 'loss'\nby = 'width'\nform = 'quotient'", ["compare[0].form: ", "'quotient' was given"]),
        ("quantity = 'loss'\nby = 'width'\nmargin = 0", ["compare[0].margin: "]),
        ("quantity = 'loss'\nby = 'width'\nindex = -1", ["compare[0].index: "]),
        ("quantity = 'loss'\nby = 'width'\nlevel = 0.9", ["compare[0].level: is no setting here"]),
        (
            "quantity = 'loss'\nby = 'width'\n[[compare]]\nquantity = 'loss'\nby = 'width'",
            ["compare[1]: asks what a section before it asks"],
        ),
    ],
)
def test_a_wrong_comparison_is_refused_at_its_place(section, parts, tmp_path):
    said = refusal(recipe(tmp_path, "[judge]\n", f"[[compare]]\n{section}\n[judge]\n"))
    assert all(part in said for part in parts), said


def test_a_single_section_says_how_to_write_it(tmp_path):
    said = refusal(recipe(tmp_path, "[judge]\n", "[compare]\nquantity = 'loss'\n[judge]\n"))
    assert "compare: must be written as [[compare]]" in said


def test_quantities_of_one_run_are_compared(tmp_path):
    section = "quantity = 'loss'\nby = 'quantity'\nvalues = ['loss', 'effective_sharpness']"
    (found,) = asked(tmp_path, section)
    assert (found.by, found.values) == ("quantity", ("loss", "effective_sharpness"))
    assert asked(tmp_path, section, smoke=True) == (found,)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("", "must be two or more quantities, 'loss' first"),
        ("\nvalues = ['effective_sharpness', 'loss']", "must be two or more quantities, 'loss' first"),
        ("\nvalues = ['loss', 'test_loss']", "'test_loss' is not measured; there are loss, effective_sharpness"),
    ],
)
def test_quantities_that_will_not_be_measured_are_refused(values, said, tmp_path):
    text = RECIPE.replace("[judge]\n", f"[[compare]]\nquantity = 'loss'\nby = 'quantity'{values}\n[judge]\n")
    assert said in refusal(recipe(tmp_path, text=text))
