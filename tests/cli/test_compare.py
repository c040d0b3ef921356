"""`spectra compare` on tables that another program might have written, and recipes that ask for comparisons."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from spectra.cli.application import app
from tests.verdicts.paired_tables import paired_table

CHANGES = -0.5 + 0.02 * np.random.default_rng(1).standard_normal((2, 5))
RECIPE = """
title = "Two at a time"
steps = 2
[model]
kind = "mlp"
depth = 1
[data]
kind = "digits"
train_examples = 40
[optimizer]
kind = "sgd"
[regime]
kind = "mup"
base_width = 4
base_depth = 1
[[measurements]]
kind = "loss"
grid = { every = 1 }
[sweep]
width = [4]
rate = [0.1, 0.2]
seed = [1, 2, 3]
[[compare]]
quantity = "loss"
by = "rate"
"""


def asked(*arguments):
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert "Traceback" not in done.output
    return done


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_a_table_is_compared_and_its_rows_are_written(name, tmp_path):
    table = paired_table(CHANGES).drop(columns="rate")
    path, out = tmp_path / name, tmp_path / "out"
    table.to_parquet(path) if name.endswith("parquet") else table.to_csv(path, index=False)
    done = asked("compare", path, "--by", "expansion", "--quantity", "test_error", "--out", out)
    assert done.exit_code == 0, done.output
    assert (
        "taylor against network: lower. Lower in 2 of 2 combinations of settings: ratio to network 0.6" in done.stdout
    )
    assert "column rate" not in done.stdout
    assert pd.read_csv(out / "comparisons.csv")["word"].tolist() == ["lower", "lower"]
    assert all((out / f"comparison-1.{kind}").is_file() for kind in ("csv", "svg", "pdf"))


def test_values_steps_and_forms_can_be_asked_for(tmp_path):
    path = tmp_path / "table.csv"
    paired_table(CHANGES, by="rank", values=(8, 16)).to_csv(path, index=False)
    common = ("compare", path, "--quantity", "test_error")
    done = asked(*common, "--by", "rank", "--value", "16", "--value", "8", "--at", "0", "--difference")
    assert "Does the test error at step 0 differ between rank 16 and rank 8?" in done.stdout
    assert ": difference to rank 16 " in done.stdout
    assert "rank 16: lower in part" in asked(*common, "--by", "step").stdout.replace(
        "step 10 against step 0", "rank 16"
    )
    wide = asked(*common, "--by", "rank", "--margin", "9").stdout
    assert "rank 16 against rank 8: equal within the margin" in wide


def test_exit_codes_tell_bad_input_from_too_few_seeds(tmp_path):
    path = tmp_path / "table.csv"
    paired_table(CHANGES[:, :2]).to_csv(path, index=False)
    few = asked("compare", path, "--by", "expansion", "--quantity", "test_error")
    assert few.exit_code == 5
    assert "Open in 2 of 2" in few.stdout
    wrong = asked("compare", path, "--by", "expanson", "--quantity", "test_error")
    assert wrong.exit_code == 2
    assert "did you mean 'expansion'" in wrong.output
    assert asked("compare", path, "--by", "step", "--quantity", "test_error", "--at", "end").exit_code == 2
    assert asked("compare", path, "--by", "expansion", "--quantity", "test_error", "--level", "2").exit_code == 2


def test_one_run_for_each_value_is_told_to_be_too_few(tmp_path):
    path = tmp_path / "table.csv"
    paired_table(CHANGES[:1, :1]).to_csv(path, index=False)
    done = asked("compare", path, "--by", "expansion", "--quantity", "test_error")
    assert done.exit_code == 5
    assert "1 of 1 seeds can be compared, and 3 are the fewest that can be judged." in done.stdout
    assert "column expansion" not in done.stdout


@pytest.mark.parametrize(("shared", "told"), [("seed", "several seeds"), ("value", "several values of expansion")])
def test_names_that_several_runs_have_are_told(shared, told, tmp_path):
    path, table = tmp_path / "table.csv", paired_table(CHANGES[:1])
    kept = table["expansion"] if shared == "seed" else table["seed"].astype(str)
    table.assign(run=kept).to_csv(path, index=False)
    done = asked("compare", path, "--by", "expansion", "--quantity", "test_error")
    assert done.exit_code == 2
    assert told in done.output
    assert "names of runs are not unique: give every training a name of its own" in done.output


def test_advice_and_questions_are_those_of_the_command_line(tmp_path):
    path, table = tmp_path / "table.csv", paired_table(CHANGES[:1])
    table.assign(value=table["value"].where(table["quantity"] == "diverged", -table["value"])).to_csv(path, index=False)
    common = ("compare", path, "--quantity", "test_error", "--by")
    assert "--difference of `spectra compare`" in asked(*common, "expansion").stdout
    wrong = asked(*common, "expanson").output
    assert "did you mean 'expansion'?" in wrong
    assert "?." not in wrong


def test_a_recipe_without_a_judge_is_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.toml").write_text(RECIPE)
    assert asked("run", "pairs.toml", "--engine", "serial").exit_code == 0
    done = asked("report", "pairs.toml")
    assert done.exit_code == 0, done.output
    assert "rate 0.2 against rate 0.1: " in done.stdout
    assert pd.read_csv("reports/pairs/comparisons.csv")["pairs"].tolist() == [3]
    assert "rate 0.2 against rate 0.1" in (tmp_path / "reports/pairs/index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_recipe_with_a_judge_is_compared_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    judged = RECIPE.replace("width = [4]", "width = [4, 8]") + "[judge]\nquantity = 'loss'\nrate = 0.1\n"
    (tmp_path / "pairs.toml").write_text(judged)
    assert asked("run", "pairs.toml", "--engine", "serial").exit_code == 0
    done = asked("report", "pairs.toml")
    assert done.exit_code == 0, done.output
    assert "rate 0.2 against rate 0.1: " in done.stdout
    assert pd.read_csv("reports/pairs/comparisons.csv")["case"].tolist() == ["width 4", "width 8"]
    assert "comparison-1" in (tmp_path / "reports/pairs/index.html").read_text(encoding="utf-8")
