"""Commands as a person calls them: what they say, write, and exit with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from spectra.cli.application import app
from spectra.scaling import CATALOG

RECIPE = """
title = "A small one"
description = "For tests."
steps = 4
[model]
kind = "residual_mlp"
depth = 1
[data]
kind = "digits"
train_examples = 100
[optimizer]
kind = "sgd"
batch_size = 50
[regime]
base_width = 4
base_depth = 1
[[measurements]]
kind = "loss"
grid = { every = 1 }
[[measurements]]
kind = "effective_sharpness"
examples = 50
grid = { every = 2 }
[sweep]
regime = ["mup", "ntk_matched"]
width = [4, 8]
rate = [0.1]
seed = [1, 2, 3]
"""


def spectra(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spectra", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_run_then_report_then_again(tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE)
    first = spectra("run", "small.toml", "--workers", "2", folder=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "12 runs finished" in first.stdout
    assert "effective sharpness" in first.stdout
    again = spectra("run", "small.toml", folder=tmp_path)
    assert (again.returncode, "Nothing to do" in again.stdout) == (0, True)
    assert "12 done" in spectra("status", "small.toml", folder=tmp_path).stdout
    report = spectra("report", "small.toml", folder=tmp_path)
    assert report.returncode == 0, report.stderr
    assert "muP" in report.stdout
    assert (tmp_path / "reports/small/index.html").exists()
    fits = pd.read_csv(tmp_path / "reports/small/fits.csv")
    assert {"curve", "model", "parameter", "estimate", "low", "high", "level"} <= set(fits.columns)


@pytest.mark.slow
def test_the_small_version_has_runs_and_a_page_of_its_own(tmp_path):
    smoke = "[smoke]\nsteps = 2\nregime = ['mup']\ngrid = { every = 1 }\n"
    (tmp_path / "small.toml").write_text(RECIPE + smoke)
    run = spectra("run", "small.toml", "--smoke", "--engine", "serial", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "6 runs finished" in run.stdout
    assert "6 done" in spectra("status", "small.toml", "--smoke", folder=tmp_path).stdout
    whole = spectra("status", "small.toml", folder=tmp_path).stdout
    assert "0 done" in whole
    assert "spectra run small.toml\n" in whole
    report = spectra("report", "small.toml", "--smoke", folder=tmp_path)
    assert report.returncode == 0, report.stderr
    assert not (tmp_path / "reports/small").exists()
    page = (tmp_path / "reports/small-smoke/index.html").read_text()
    assert "small version" in page
    assert "spectra run small.toml --smoke" in page


@pytest.mark.slow
def test_a_damaged_run_is_named_set_aside_and_made_again(tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE)
    spectra("run", "small.toml", "--engine", "serial", folder=tmp_path)
    victim = next(path for path in (tmp_path / "runs").iterdir() if (path / "measurements.parquet").exists())
    content = (victim / "measurements.parquet").read_bytes()
    (victim / "measurements.parquet").write_bytes(content[: len(content) // 2])
    again = spectra("run", "small.toml", "--engine", "serial", folder=tmp_path)
    assert again.returncode == 0
    assert victim.name in again.stdout
    assert list((tmp_path / "runs/quarantine").iterdir())
    assert "12 done" in spectra("status", "small.toml", folder=tmp_path).stdout


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path):
    (tmp_path / "long.toml").write_text(RECIPE.replace("steps = 4", "steps = 300"))
    command = [sys.executable, "-m", "spectra", "run", "long.toml", "--workers", "1"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    runs = tmp_path / "runs"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(runs.glob("*/run.json")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "spectra run long.toml" in said
    done = spectra("status", "long.toml", folder=tmp_path).stdout
    assert " 0 done" not in done
    assert "0 failed" in done


@pytest.mark.slow
def test_a_run_that_cannot_work_fails_alone(tmp_path):
    (tmp_path / "mixed.toml").write_text(RECIPE.replace("width = [4, 8]", "width = [4, 3000000]"))  # 36 terabytes
    done = spectra("run", "mixed.toml", folder=tmp_path)
    assert done.returncode == 3
    assert "6 of 12 runs failed" in done.stderr
    assert "memory" in done.stdout
    assert "6 runs finished" in done.stdout


BAD = {
    "no recipe": (["run", "none.toml"], "no such file"),
    "unknown field": (["run", "typo.toml"], "momentum"),
    "wrong type": (["run", "type.toml"], "steps"),
    "too few examples": (["run", "few.toml"], "there are 100 training examples"),
    "unknown kind": (["run", "kind.toml"], "residual_mlp"),
    "empty axis": (["run", "empty.toml"], "sweep.seed"),
    "not toml": (["run", "broken.toml"], "line"),
    "store is a file": (["run", "small.toml", "--store", "small.toml"], "small.toml"),
    "nothing to report": (["report", "small.toml"], "spectra run small.toml"),
    "page of a check": (["report", "check.toml"], "it comes from spectra check check.toml"),
    "page cannot be written": (["report", "none.toml", "--out", "small.toml"], "none.toml"),
    "no such regime": (["regimes", "mub"], "known are mup"),
    "no small version": (["run", "small.toml", "--smoke"], "smoke: is missing"),
    "model and data": (["run", "misfit.toml"], "reads token ids"),
    "no such optimizer": (["regimes", "mup", "--optimizer", "muon"], "known are sgd, adam, adamw"),
    "base too wide": (["regimes", "mup", "--width", "32"], "base width 64 is larger"),
    "two exponents": (["regimes", "completep", "--depth-exponent", "0.5"], "pass one of the two"),
    "no option": (["run", "small.toml", "--wrokers", "2"], "--workers"),
    "no command": (["rum"], "No such command 'rum'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_message_and_exit_code_2(case, tmp_path, monkeypatch):
    files = {
        "small.toml": RECIPE,
        "check.toml": f'command = "check"\n{RECIPE}',
        "typo.toml": RECIPE.replace("batch_size", "momentun"),
        "type.toml": RECIPE.replace("steps = 4", 'steps = "four"'),
        "kind.toml": RECIPE.replace('"residual_mlp"', '"residual_mpl"'),
        "empty.toml": RECIPE.replace("seed = [1, 2, 3]", "seed = []"),
        "broken.toml": RECIPE + "\nx = [",
        "few.toml": RECIPE.replace("batch_size = 50", "batch_size = 101"),
        "misfit.toml": RECIPE.replace('kind = "residual_mlp"', 'kind = "gpt"\nheads = 1').replace(
            "depth = 1", "depth = 2"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    arguments, expected = BAD[case]
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    assert expected in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("content", ["{", '{"format": 99}'])
def test_a_store_that_cannot_be_trusted_is_refused_with_its_own_code(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(RECIPE)
    Path("runs").mkdir()
    Path("runs/store.json").write_text(content)
    for command in ("run", "status", "report"):
        done = CliRunner().invoke(app, [command, "small.toml"])
        assert done.exit_code == 4, done.output
        assert "store.json" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE)
    (tmp_path / "runs").mkdir(mode=0o500)
    done = spectra("run", "small.toml", folder=tmp_path)
    assert done.returncode == 2
    assert "runs" in done.stderr


def test_an_error_of_our_own_goes_to_a_file(tmp_path, monkeypatch, capsys):
    import typer

    from spectra.cli.exits import guarded

    @guarded
    def broken() -> None:
        raise RuntimeError("a bug") from ValueError("no text: \udcf3")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(typer.Exit) as stopped:
        broken()
    assert stopped.value.exit_code == 1
    assert "please report" in capsys.readouterr().err
    log = next(tmp_path.glob("spectra-*.log")).read_text()
    assert "RuntimeError: a bug" in log
    assert "no text: \\udcf3" in log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_a_library_makes_another_error_of_is_none_of_our_own(number, tmp_path, monkeypatch, capsys):
    import typer

    from spectra.cli.exits import guarded
    from spectra.engines.interrupts import terminable

    @guarded
    def loading() -> None:
        with terminable():
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                raise AttributeError("half a module") from None

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores interrupts
    try:
        with pytest.raises(typer.Exit) as stopped:
            loading()
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.value.exit_code == 130
    assert capsys.readouterr().err == "spectra: interrupted\n"
    assert not [*tmp_path.iterdir()]


def test_regimes_print_their_tables(tmp_path):
    done = spectra("regimes", "--width", "256", folder=tmp_path)
    assert done.returncode == 0
    for name in (*CATALOG, "m^-1/2", "arXiv 2203.03466"):
        assert name in done.stdout


def test_a_regime_prints_itself_in_three_forms(tmp_path):
    asked = ("regimes", "completep", "--optimizer", "adam", "--width", "512", "--depth", "12", "--format")
    table, document, latex = (spectra(*asked, form, folder=tmp_path).stdout for form in ("table", "json", "latex"))
    hidden = next(row for row in json.loads(document)["rows"] if row["row"] == "hidden")
    assert (hidden["rate"]["text"], hidden["rate"]["value"]) == ("m^-1", 0.125)
    assert "m^-1 = 0.125" in table
    assert "$m^{-1}$" in latex
    assert all("arXiv 2505.01618" in text for text in (table, document, latex))
