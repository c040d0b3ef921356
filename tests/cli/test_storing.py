"""Exporting, compacting and cleaning as a person does it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import typer

from spectra.cli.storing import Chosen, clean_store, compact_store, export_recipe
from spectra.store.claims import claimed
from spectra.sweeps import RunStore, read_experiment
from tests.cli.small_recipe import RECIPE
from tests.store.made_up_runs import FACTS, made_up, measured


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """A recipe of 12 runs, all of which are finished but the last; another run is in the store too."""
    monkeypatch.chdir(tmp_path)
    path = Path("small.toml")
    path.write_text(RECIPE)
    specs = read_experiment(path).specs
    RunStore("runs").write_many([(spec, measured(spec), FACTS) for spec in specs[:-1]] + made_up(1))
    return path


def said(capsys):
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("form", ["csv", "parquet", "dataset"])
def test_export_writes_what_is_finished_and_names_what_is_missing(recipe, capsys, form):
    export_recipe(recipe, Path("runs"), form=form, out=None)
    text = said(capsys)
    assert "11 runs of small are in small" in text
    assert "1 of 12 runs are missing in runs; make them with: spectra run small.toml" in text
    out = {"csv": "small.csv", "parquet": "small.parquet", "dataset": "small/runs.parquet"}[form]
    table = pd.read_csv(out) if form == "csv" else pd.read_parquet(out)
    assert table["run"].nunique() == 11
    with pytest.raises(typer.Exit):
        export_recipe(recipe, Path("runs"), form=form, out=None)
    assert "exists already; remove it" in said(capsys)
    export_recipe(recipe, Path("runs"), form=form, out=None, overwrite=True)
    assert "11 runs of small are in" in said(capsys)
    assert not [entry for entry in Path().iterdir() if entry.name.startswith(".")]


def test_export_of_nothing_is_refused(recipe, capsys):
    with pytest.raises(typer.Exit) as ended:
        export_recipe(recipe, Path("none"), form="csv", out=None)
    assert ended.value.exit_code == 2
    assert "no run of small has finished in none" in said(capsys)
    assert not Path("none").exists()


def test_compact_says_what_it_did(recipe, capsys):
    compact_store(recipe, Path("runs"))
    assert "11 runs went into 1 pack in runs/packs" in said(capsys)
    compact_store(None, Path("runs"))
    assert "1 run and those of 1 pack that were small went into 1 pack in" in said(capsys)
    compact_store(None, Path("runs"))
    assert "Nothing to do" in said(capsys)
    with pytest.raises(typer.Exit):
        compact_store(None, Path("none"))
    assert "none does not exist" in said(capsys)


def test_clean_shows_before_it_deletes(recipe, capsys):
    other, keep = made_up(1)[0][0], read_experiment(recipe).specs[:-1]
    clean_store([recipe], Path("runs"), Chosen(unlisted=True), yes=False)
    text = said(capsys)
    assert "--unlisted: 1 finished runs that no given recipe wants" in text
    assert other.identity in text
    assert "Nothing was deleted" in text
    assert RunStore("runs").has(other)
    clean_store([recipe], Path("runs"), Chosen(unlisted=True), yes=True)
    assert "Deleted: 1 in all" in said(capsys)
    assert not RunStore("runs").has(other)
    assert RunStore("runs").lacking(keep) == ()


def test_clean_without_a_choice_only_shows(recipe, capsys):
    RunStore("runs").fail(replace(made_up(1)[0][0], seed=7), error="?")
    clean_store([], Path("runs"), Chosen(), yes=True)
    text = said(capsys)
    assert "--failed: 1 records of failures" in text
    assert "--quarantine: 0" in text
    assert "--checkpoints: 0" in text
    assert "Say which" in text
    assert [*Path("runs/failed").iterdir()]


@pytest.mark.parametrize(("recipes", "chosen"), [(0, Chosen(unlisted=True)), (1, Chosen(failed=True))])
def test_clean_wants_recipes_where_they_say_something(recipe, capsys, recipes, chosen):
    with pytest.raises(typer.Exit) as ended:
        clean_store([recipe] * recipes, Path("runs"), chosen, yes=True)
    assert ended.value.exit_code == 2
    assert "--unlisted" in said(capsys)


def test_clean_waits_for_a_sweep(recipe, capsys):
    other = made_up(1)[0][0]
    with claimed(Path("runs"), [other.identity]), pytest.raises(typer.Exit) as ended:
        clean_store([recipe], Path("runs"), Chosen(unlisted=True), yes=True)
    assert ended.value.exit_code == 2
    assert "a sweep is making 1 of these runs" in said(capsys)
    assert RunStore("runs").has(other)
