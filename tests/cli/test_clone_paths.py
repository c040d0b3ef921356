"""Commands on a page can be pasted at the root of a clone."""

from pathlib import Path

import pandas as pd
import pytest

from spectra.cli.clone_paths import from_root, store_name
from spectra.report.remaking import from_scratch, from_store
from tests.report.synthetic_study import whole_study


@pytest.fixture
def clone(tmp_path, monkeypatch):
    (tmp_path / "clone/.git").mkdir(parents=True)
    (tmp_path / "clone/experiments").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "clone/runs").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "clone/experiments")
    return tmp_path / "clone"


def test_paths_start_at_the_root_wherever_they_are_typed(clone):
    assert from_root(Path("width.toml")) == "experiments/width.toml"
    assert from_root(clone / "experiments/width.toml") == "experiments/width.toml"
    assert from_root(clone.parent / "mine.toml") == str(clone.parent / "mine.toml")


def test_the_usual_store_is_not_named_though_it_be_a_link(clone):
    assert store_name(Path("../runs")) == ""
    assert store_name(Path("runs")) == "experiments/runs"
    assert store_name(clone.parent / "elsewhere") == str(clone.parent / "elsewhere")


def test_the_commands_name_recipe_store_and_version():
    study = whole_study(path="experiments/my width.toml", store="other runs", small=True)
    assert from_store(study) == "spectra report 'experiments/my width.toml' --store 'other runs' --smoke"
    # The version that made the runs does not have them yet: it fills the usual store.
    assert from_scratch(study).splitlines() == [
        "git checkout 1234abcd",
        "spectra run 'experiments/my width.toml' --smoke",
        "spectra report 'experiments/my width.toml' --smoke",
    ]
    bare = whole_study(provenance=pd.DataFrame({"run": ["a"]}))
    assert from_store(bare) == "spectra report width.toml"
    assert from_scratch(bare).splitlines() == ["spectra run width.toml", "spectra report width.toml"]
