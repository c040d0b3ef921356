"""The small version of a recipe: fewer values of its axes, other settings."""

import pytest

from spectra.sweeps import read_experiment
from tests.sweeps.written_recipe import RECIPE, recipe, refusal

SMOKE = """
[smoke]
steps = 4
width = [64, 32]
rate = [0.25]
seed = [1, 3]
train_examples = 100
batch_size = 50
examples = 20
grid = { every = 2 }
"""


def test_lists_restrict_axes_and_values_replace_settings(tmp_path):
    path = recipe(tmp_path, text=RECIPE + SMOKE)
    small = read_experiment(path, smoke=True)
    columns = [spec.columns() for spec in small.specs]
    assert [(c["regime"], c["width"], c["rate"], c["seed"]) for c in columns] == [
        (regime, width, 0.25, seed) for regime in ("mup", "ntk_matched") for width in (32, 64) for seed in (1, 3)
    ]
    assert {(c["steps"], c["train_examples"], c["batch_size"]) for c in columns} == {(4, 100, 50)}
    loss, sharpness = small.specs[0].measurements
    assert (loss.examples, sharpness.examples) == (20, 20)
    assert loss.grid.every == sharpness.grid.every == 2
    assert small.judge == read_experiment(path).judge


def test_the_full_version_is_that_of_the_recipe_without_the_section(tmp_path):
    full = read_experiment(recipe(tmp_path, text=RECIPE + SMOKE))
    assert full.specs == read_experiment(recipe(tmp_path)).specs
    assert (full.small, full.folder_name) == (False, "widths")
    small = read_experiment(recipe(tmp_path, text=RECIPE + SMOKE), smoke=True)
    assert (small.small, small.folder_name) == (True, "widths-smoke")


def test_a_grid_without_any_of_the_values_is_left_out(tmp_path):
    more = "[[sweep]]\nregime = ['ntk']\nwidth = [128]\nrate = [0.25]\nseed = [1]\n[judge]"
    text = RECIPE.replace("[sweep]", "[[sweep]]").replace("[judge]", more) + "[smoke]\nwidth = [32, 64]\n"
    small = read_experiment(recipe(tmp_path, text=text), smoke=True)
    assert {spec.regime.kind for spec in small.specs} == {"mup", "ntk_matched"}


def test_judged_rates_that_are_not_run_are_not_judged(tmp_path):
    text = RECIPE.replace("rate = 0.25", "rate = [0.25, 1]") + "[smoke]\nrate = [1]\n"
    assert read_experiment(recipe(tmp_path, text=text), smoke=True).judge.rate == (1,)


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        ("width = 64", ["smoke.width: must be a list of some values of this axis", "write [64]"]),
        ("width = [64, 48]", ["smoke.width[1]: 48 is not swept; there are 32, 64"]),
        ("width = []", ["smoke.width: must be a list"]),
        ("stpes = 4", ["smoke.stpes: is no axis and no setting", "did you mean 'steps'?"]),
        ("examples = 'few'", ["measurements[0].examples: ", "'few' was given"]),
        ("tolerance = -1.0", ["measurements[1].tolerance: ", "-1.0 was given"]),
        ("steps = 'few'", ["steps: ", "'few' was given"]),
        ("rate = [1]", ["judge.rate: 0.25 is none of the rates 1"]),
        ("batch_size = 'few'", ["optimizer.batch_size: ", "'few' was given"]),
    ],
)
def test_a_wrong_section_is_refused_at_its_place(section, parts, tmp_path):
    path = recipe(tmp_path, text=f"{RECIPE}[smoke]\n{section}\n")
    with pytest.raises(ValueError, match=r".") as caught:
        read_experiment(path, smoke=True)
    assert all(part in str(caught.value) for part in parts), caught.value


def test_what_is_wrong_with_the_section_itself_shows_in_the_full_version_too(tmp_path):
    assert "smoke.stpes" in refusal(recipe(tmp_path, text=f"{RECIPE}[smoke]\nstpes = 4\n"))
    assert "smoke: must be a section" in refusal(recipe(tmp_path, text=f"smoke = 3\n{RECIPE}"))


def test_a_recipe_without_the_section_has_no_small_version(tmp_path):
    with pytest.raises(ValueError, match="smoke: is missing, and the small version was asked for"):
        read_experiment(recipe(tmp_path), smoke=True)
