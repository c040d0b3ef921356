"""`spectra check` as a person calls it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spectra.cli.application import app

RECIPE = """
description = "For tests."
steps = 4
[model]
kind = "residual_mlp"
depth = 1
activation = "tanh"
[data]
kind = "digits"
train_examples = 100
[optimizer]
kind = "adam"
rate = 0.02
[regime]
base_width = 32
base_depth = 1
richness = 1.0
[[measurements]]
kind = "loss"
grid = { every = 1 }
[sweep]
regime = ["mup"]
width = [32, 64, 128, 256]
seed = [1]
[judge]
quantity = "loss"
"""


def check(folder: Path, recipe: str, *options: str):
    path = folder / "recipe.toml"
    path.write_text(recipe)
    return CliRunner().invoke(app, ["check", str(path), *options])


def test_a_right_recipe_passes(tmp_path):
    done = check(tmp_path, RECIPE, "--seeds", "8", "--steps", "4")
    assert done.exit_code == 0, done.output
    assert "residual_mlp on digits. Coordinate check of mup (adam) across width 32, 64, 128, 256" in done.output
    assert "PASS" in done.output


def test_one_regime_that_does_not_pass_is_enough_for_exit_code_one(tmp_path):
    done = check(tmp_path, RECIPE.replace('["mup"]', '["mup", "ntk_matched"]'), "--seeds", "2", "--steps", "2")
    assert done.exit_code == 1, done.output
    assert "Coordinate check of ntk_matched (adam)" in done.output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[32, 64, 128, 256]", "[32]", "the check compares widths, and the recipe has only 32; add an axis"),
        ("base_width = 32", "base_width = 64", "is larger than the network's width 32"),
        ('kind = "adam"', 'kind = "lion"', "the kinds are sgd, adam, adamw"),
        ("rate = 0.02", "", "optimizer.rate"),
    ],
)
def test_bad_recipes_are_refused(tmp_path, old, new, message):
    done = check(tmp_path, RECIPE.replace(old, new))
    assert done.exit_code == 2, done.output
    assert message in done.output


@pytest.mark.parametrize("options", [("--tolerance", "0"), ("--seeds", "1"), ("--steps", "0")])
def test_bad_options_are_refused(tmp_path, options):
    assert check(tmp_path, RECIPE, *options).exit_code == 2


def test_the_recipe_of_the_repository_passes():
    path = Path(__file__).parents[2] / "experiments" / "coordinate_check.toml"
    done = CliRunner().invoke(app, ["check", str(path), "--seeds", "5", "--steps", "5"])
    assert done.exit_code == 0, done.output
