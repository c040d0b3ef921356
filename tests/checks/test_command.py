"""`spectra check` as a person calls it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spectra.cli.application import app
from spectra.report.written_page import written_page

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
    return CliRunner().invoke(app, ["check", str(path), "--out", str(folder / "page"), *options])


def test_a_right_recipe_passes(tmp_path):
    done = check(tmp_path, RECIPE, "--seeds", "8", "--steps", "4")
    assert done.exit_code == 0, done.output
    assert "residual_mlp on digits. Coordinate check of mup (adam) across width 32, 64, 128, 256" in done.output
    assert "PASS" in done.output
    page = written_page(tmp_path / "page")
    assert [(pill.case, pill.verdict) for pill in page.pills] == [("muP", "pass")]
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "exponents are as mup predicts, within 0.15." in text
    assert (tmp_path / "page" / "figures" / "coordinate_check.svg").is_file()


def test_a_page_that_cannot_be_written_is_told_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr("spectra.cli.checking.coordinate_check", lambda *_, **__: pytest.fail("it was trained"))
    (tmp_path / "page").write_text("no folder")
    done = check(tmp_path, RECIPE)
    assert done.exit_code == 2
    assert "page: File exists; choose another place" in done.stderr


def test_one_regime_that_does_not_pass_is_enough_for_exit_code_one(tmp_path):
    done = check(tmp_path, RECIPE.replace('["mup"]', '["mup", "ntk_matched"]'), "--seeds", "2", "--steps", "2")
    assert done.exit_code == 1, done.output
    assert "Coordinate check of ntk_matched (adam)" in done.output
    assert [pill.case for pill in written_page(tmp_path / "page").pills] == ["muP", "NTK, matched at the base width"]


@pytest.mark.parametrize(("command", "folder"), [("", "recipe-check"), ('command = "check"\n', "recipe")])
def test_the_page_never_replaces_one_that_another_command_makes(command, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipe.toml").write_text(command + RECIPE.replace("[32, 64, 128, 256]", "[32, 64]"))
    done = CliRunner().invoke(app, ["check", "recipe.toml", "--seeds", "2", "--steps", "2"])
    assert f"Page: reports/{folder}/index.html" in done.output
    text = (tmp_path / "reports" / folder / "index.html").read_text(encoding="utf-8")
    assert "spectra check recipe.toml --seeds=2 --steps=2" in text


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


@pytest.mark.slow
def test_the_recipe_of_the_repository_passes(tmp_path):
    path = Path(__file__).parents[2] / "experiments" / "coordinate_check.toml"
    done = CliRunner().invoke(app, ["check", str(path), "--seeds", "5", "--steps", "5", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
