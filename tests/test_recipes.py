"""Every recipe of the repository can be read, and its smallest part runs through to a page."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from spectra.cli.reporting import gather, gather_laws
from spectra.report import write_law_page, write_page
from spectra.sweeps import RunStore, read_experiment, serial, sweep
from spectra.sweeps.sections import KINDS

RECIPES = sorted((Path(__file__).parents[1] / "experiments").glob("*.toml"))
LAWS = {"loss_asymptotics": ("xi", "nu", "kappa"), "sgd_phases": ("xi",)}
"""Recipes in which nothing is judged across sizes, and what their pages compare with theory."""


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_what_its_name_says(path):
    experiment = read_experiment(path)
    assert experiment.name == path.stem
    assert experiment.description
    assert len({spec.identity for spec in experiment.specs}) == len(experiment.specs)


@pytest.mark.parametrize("path", [path for path in RECIPES if path.stem not in LAWS], ids=lambda path: path.stem)
def test_the_smallest_part_of_a_recipe_becomes_a_page(path, tmp_path):
    experiment = read_experiment(path)
    specs = [replace(spec, steps=4) for spec in experiment.specs if spec.seed <= 103 and spec.model.width <= 128]
    judged = [spec for spec in specs if spec.optimizer.rate == experiment.judge.rate]
    store = RunStore(tmp_path / "runs")
    assert all(outcome.error is None for outcome in sweep(judged, store, serial()))
    loaded = store.load(judged)
    gathered = gather(experiment, loaded, experiment.judge)
    page = write_page(gathered, tmp_path / "page").read_text()
    assert experiment.title.split("?")[0] in page
    assert set(gathered.consistency) == {"mup", "ntk_matched"}


def smaller(spec):
    """A run of the same kind with tiny networks and few examples."""
    examples = 64 if spec.data.kind == "sphere" else 40 * spec.optimizer.batch_size
    data = replace(spec.data, train_examples=examples)
    tests = {"test_examples": examples} if hasattr(data, "test_examples") else {}
    width = {"width": spec.model.width // 32} if hasattr(spec.model, "width") else {}
    measurements = (replace(m, examples=examples) if hasattr(m, "count") else m for m in spec.measurements)
    return replace(
        spec,
        data=replace(data, **tests),
        model=replace(spec.model, **width),
        measurements=tuple(measurements),
        steps=40,
    )


@pytest.mark.parametrize("name", LAWS)
def test_a_small_version_of_a_recipe_without_a_judge_becomes_a_page(name, tmp_path):
    experiment = read_experiment(RECIPES[0].with_name(f"{name}.toml"))
    assert experiment.judge is None
    few = [spec for spec in experiment.specs if spec.seed <= 2 and spec.data.data_seed <= 2]
    small = [smaller(spec) for spec in few if spec.model.size.width <= 256 and spec.data.dimension not in (3, 4)]
    store = RunStore(tmp_path / "runs")
    assert all(outcome.error is None for outcome in sweep(small, store, serial()))
    gathered = gather_laws(experiment, store.load(small))
    assert {case.theory is not None for case in gathered.cases} == {True}
    assert set(gathered.exponents["quantity"]) == set(LAWS[name])
    assert experiment.title.split("?")[0] in write_law_page(gathered, tmp_path / "page").read_text()


def test_the_guide_to_recipes_has_every_kind_with_its_own_settings():
    guide = (Path(__file__).parents[1] / "experiments" / "README.md").read_text()
    rows = [line for line in guide.splitlines() if line.startswith("|")]
    for section, kinds in KINDS.items():
        for name, kind in kinds.items():
            row = next((row for row in rows if name in row.split("|")[1].replace(",", " ").split()), "")
            settings = {field.name for field in fields(kind)} - {"kind"}
            inherited = {"rate", "beta1", "beta2", "epsilon", "batch_size"} if name == "adamw" else set()
            assert not {setting for setting in settings - inherited if f"`{setting}`" not in row}, (section, name)
