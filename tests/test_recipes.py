"""Every recipe of the repository can be read, and its smallest part runs through to a page."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from spectra.cli.reporting import gather
from spectra.report import write_page
from spectra.sweeps import RunStore, read_experiment, serial, sweep
from spectra.sweeps.sections import KINDS

RECIPES = sorted((Path(__file__).parents[1] / "experiments").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_what_its_name_says(path):
    experiment = read_experiment(path)
    assert experiment.name == path.stem
    assert experiment.description
    assert len({spec.identity for spec in experiment.specs}) == len(experiment.specs)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_smallest_part_of_a_recipe_becomes_a_page(path, tmp_path):
    experiment = read_experiment(path)
    specs = [replace(spec, steps=4) for spec in experiment.specs if spec.seed <= 103 and spec.model.width <= 128]
    judged = [spec for spec in specs if spec.optimizer.rate == experiment.judge.rate]
    store = RunStore(tmp_path / "runs")
    assert all(outcome.error is None for outcome in sweep(judged, store, serial()))
    loaded = store.load(judged)
    gathered = gather(experiment, loaded)
    page = write_page(gathered, tmp_path / "page").read_text()
    assert experiment.title.split("?")[0] in page
    assert set(gathered.consistency) == {"mup", "ntk_matched"}


def test_the_guide_to_recipes_has_every_kind_with_its_own_settings():
    guide = (Path(__file__).parents[1] / "experiments" / "README.md").read_text()
    rows = [line for line in guide.splitlines() if line.startswith("|")]
    for section, kinds in KINDS.items():
        for name, kind in kinds.items():
            row = next((row for row in rows if name in row.split("|")[1].replace(",", " ").split()), "")
            settings = {field.name for field in fields(kind)} - {"kind"}
            inherited = {"rate", "beta1", "beta2", "epsilon", "batch_size"} if name == "adamw" else set()
            assert not {setting for setting in settings - inherited if f"`{setting}`" not in row}, (section, name)
