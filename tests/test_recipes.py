"""Every recipe of the repository can be read, and its small version runs through to a page."""

from dataclasses import fields
from pathlib import Path

import pytest

from spectra.cli.reporting import gather, gather_laws
from spectra.report import style, write_law_page, write_page
from spectra.sweeps import RunStore, read_experiment, serial, sweep
from spectra.sweeps.sections import KINDS

RECIPES = sorted((Path(__file__).parents[1] / "experiments").glob("*.toml"))
LAWS = {
    "active_learning": (),
    "bias": (),
    "extrapolation": (),
    "features": (),
    "laplace": (),
    "layers": (),
    "linearised": (),
    "loss_asymptotics": ("xi", "nu", "kappa"),
    "polynomial": (),
    "rank": (),
    "sgd_phases": ("xi",),
}
"""Recipes in which nothing is judged across sizes, and what their pages compare with theory."""
QUICK = "quickstart"
"""The recipe whose small version takes a few seconds."""
EACH = [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem != QUICK)) for path in RECIPES]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_what_its_name_says(path):
    experiment = read_experiment(path)
    assert experiment.name == path.stem
    assert experiment.description
    assert len({spec.identity for spec in experiment.specs}) == len(experiment.specs)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_small_version_of_a_recipe_asks_the_same_of_fewer_runs(path):
    whole, small = read_experiment(path), read_experiment(path, smoke=True)
    assert len(small.specs) < len(whole.specs)
    assert small.folder_name != whole.folder_name
    assert (small.judge is None) == (whole.judge is None)
    if whole.judge is not None:
        assert small.judge.judged == whole.judge.judged
        assert set(small.judge.rate) <= set(whole.judge.rate)
        assert len({spec.columns()[small.judge.scale] for spec in small.specs}) > 1
        assert len({spec.seed for spec in small.specs}) > 2


@pytest.mark.parametrize("path", EACH)
def test_the_small_version_of_a_recipe_becomes_a_page(path, tmp_path, monkeypatch):
    monkeypatch.setitem(style._SETTINGS, "pdf.fonttype", 3)  # fonts that are not cut to the letters in use: quicker
    experiment = read_experiment(path, smoke=True)
    store = RunStore(tmp_path / "runs")
    assert all(outcome.error is None for outcome in sweep(experiment.specs, store, serial()))
    loaded = store.load(experiment.specs)
    if experiment.judge is None:
        laws = gather_laws(experiment, loaded)
        assert {case.theory is not None for case in laws.cases} == {bool(LAWS[path.stem])}
        assert laws.comparisons or LAWS[path.stem]
        assert set(laws.exponents["quantity"]) == set(LAWS[path.stem])
        page = write_law_page(laws, tmp_path / "page").read_text()
    else:
        gathered = gather(experiment, loaded, experiment.judge)
        assert gathered.cases
        judged = [quantity for case in gathered.cases for quantity in case.consistency]
        assert set(judged) == set(experiment.judge.judged)
        page = write_page(gathered, tmp_path / "page").read_text()
    assert experiment.title.split("?")[0] in page
    assert "small version" in page


def test_the_guide_to_recipes_has_every_kind_with_its_own_settings():
    guide = (Path(__file__).parents[1] / "experiments" / "README.md").read_text()
    rows = [line for line in guide.splitlines() if line.startswith("|")]
    for section, kinds in KINDS.items():
        for name, kind in kinds.items():
            row = next((row for row in rows if name in row.split("|")[1].replace(",", " ").split()), "")
            settings = {field.name for field in fields(kind)} - {"kind"}
            inherited = {"rate", "beta1", "beta2", "epsilon", "batch_size"} if name == "adamw" else set()
            assert not {setting for setting in settings - inherited if f"`{setting}`" not in row}, (section, name)
