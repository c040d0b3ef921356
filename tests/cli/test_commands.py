"""Commands as a person calls them: what they say, write, and exit with."""

import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from tests.cli.small_recipe import RECIPE, spectra


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
