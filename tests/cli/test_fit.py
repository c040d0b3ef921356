"""`spectra fit` as a person calls it: what it prints, writes, and exits with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from spectra.cli import fitting
from spectra.cli.application import app

STEPS = np.unique(np.geomspace(1, 1000, 60).round())
LOSSES = 0.5 + 2 * STEPS**-0.7
CURVE = "step,loss\n" + "\n".join(f"{x:g},{y:.12f}" for x, y in zip(STEPS, LOSSES, strict=True))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text(CURVE)


def fit(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)], env={"COLUMNS": "200"})


def test_a_fit_is_printed_and_written_with_figures():
    done = fit("good.csv", "--out", "fits", "--predict", "4000", "--theory", "nu=2,kappa=1.4")
    assert done.exit_code == 0, done.output
    assert "floor: loss = floor + amplitude * x^-exponent, x = step" in done.output
    assert f"loss at step = 4000: {0.5 + 2 * 4000**-0.7:.6g}" in done.output
    assert "Theory predicts the exponent 0.7, which lies inside" in done.output
    rows = pd.read_csv("fits/fits.csv").set_index("parameter")
    assert rows.estimate.to_dict() == pytest.approx({"amplitude": 2, "exponent": 0.7, "floor": 0.5}, rel=1e-6)
    for name in ("curve", "windows", "profile", "residuals", "forecasts"):
        assert Path(f"fits/good.csv_{name}.svg").stat().st_size > 4000
    assert {"start", "exponent", "low", "high", "admitted"} <= set(pd.read_csv("fits/good.csv_windows.csv").columns)


def test_the_law_and_the_window_may_be_given():
    done = fit("good.csv", "--model", "power", "--window", "100:", "--out", "fits")
    assert done.exit_code == 0, done.output
    rows = pd.read_csv("fits/fits.csv")
    assert set(rows.parameter) == {"amplitude", "exponent"}
    assert (rows.start >= 100).all()


def test_an_early_bend_is_cut_off_by_the_window():
    scatter = 1 + 1e-3 * np.random.default_rng(0).standard_normal(STEPS.size)
    bent = 2 * (STEPS + 20) ** -0.7 * scatter
    pd.DataFrame({"step": STEPS, "loss": bent}).to_csv("bent.csv", index=False)
    assert fit("bent.csv", "--window", "auto", "--model", "power", "--out", "fits").exit_code == 0
    assert pd.read_csv("fits/fits.csv").start.iloc[0] > 20


def test_every_file_of_a_folder_is_fitted_as_far_as_it_can_be(monkeypatch):
    monkeypatch.setattr(fitting, "FULL", 1)
    Path("logs").mkdir()
    for number in range(3):
        Path(f"logs/run{number}.csv").write_text(CURVE)
    Path("logs/broken.csv").write_text("step,loss\n1,oops\n2,1\n")
    done = fit("logs", "--model", "floor", "--out", "fits")
    assert done.exit_code == 3
    assert "broken.csv" in done.stderr
    assert "line 2" in done.stderr
    assert pd.read_csv("fits/fits.csv").curve.nunique() == 3
    assert done.output.count("0.7") >= 3
    assert len([*Path("fits").glob("*_curve.svg")]) == 1


def test_curves_of_one_file_name_are_told_apart():
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "metrics.csv").write_text(CURVE)
    assert fit("a/metrics.csv", "b/metrics.csv", "--model", "power", "--out", "fits").exit_code == 0
    assert set(pd.read_csv("fits/fits.csv").curve) == {"a/metrics.csv", "b/metrics.csv"}
    assert {path.name for path in Path("fits").glob("*_curve.svg")} == {
        "a_metrics.csv_curve.svg",
        "b_metrics.csv_curve.svg",
    }


def test_no_curve_overwrites_another_and_no_name_is_a_formula():
    for name in ("=1+1 a.csv", "=1+1_a.csv"):
        Path(name).write_text(CURVE)
    done = fit("=1+1 a.csv", "=1+1_a.csv", "--model", "power", "--out", "fits", "--level", "0.975")
    assert done.exit_code == 0, done.output
    assert set(pd.read_csv("fits/fits.csv").curve) == {"'=1+1 a.csv", "'=1+1_a.csv"}
    assert len(list(Path("fits").glob("*_forecasts.csv"))) == 2
    assert "97.5 % intervals" in done.output


def test_a_law_of_several_variables_reads_a_table():
    size, data = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e6, 1e9, 6), np.geomspace(1e8, 1e11, 6)))
    loss = 1.7 + 400 * size**-0.34 + 410 * data**-0.28
    pd.DataFrame({"N": size, "D": data, "L": loss, "run": np.arange(36)}).to_csv("table.csv", index=False)
    done = fit("table.csv", "--model", "joint", "--x", "size=N,data=D", "--y", "L", "--out", "fits")
    assert done.exit_code == 0, done.output
    found = pd.read_csv("fits/fits.csv").set_index("parameter").estimate
    assert found["size_exponent"] == pytest.approx(0.34, rel=1e-5)
    assert found["data_exponent"] == pytest.approx(0.28, rel=1e-5)


def test_a_bootstrap_stands_beside_the_profiles():
    noise = 1 + 0.01 * np.random.default_rng(0).standard_normal(STEPS.size)
    pd.DataFrame({"step": STEPS, "loss": LOSSES * noise}).to_csv("noisy.csv", index=False)
    done = fit("noisy.csv", "--model", "floor", "--bootstrap", "20")
    assert done.exit_code == 0, done.output
    assert "bootstrap low" in done.output


def test_an_audit_says_whether_a_published_fit_is_the_optimum():
    stated = {"law": "floor", "objective": "relative", "x": "step", "y": "loss"}
    for exponent, verdict in ((0.7, "is the optimum"), (0.8, "is not the optimum")):
        parameters = {"amplitude": 2.0, "exponent": exponent, "floor": 0.5}
        Path("published.json").write_text(json.dumps({**stated, "parameters": parameters}))
        noisy = LOSSES * (1 + 1e-6 * np.random.default_rng(0).standard_normal(STEPS.size))
        pd.DataFrame({"step": STEPS, "loss": noisy}).to_csv("data.csv", index=False)
        done = fit("data.csv", "--audit", "published.json", "--out", "audit")
        assert done.exit_code == 0, done.output
        assert verdict in done.output
    assert set(pd.read_csv("audit/audit.csv").parameter) == {"amplitude", "exponent", "floor"}


BAD = {
    "no such model": (
        ["good.csv", "--model", "cubic"],
        "there is no law 'cubic'; known are auto, power",
    ),
    "no such objective": (["good.csv", "--objective", "l7"], "there is no objective 'l7'"),
    "no such window": (["good.csv", "--window", "late"], "'late' is no window; use all"),
    "window elsewhere": (["good.csv", "--window", "1e6:1e7"], "no point lies in the window"),
    "no theory": (["good.csv", "--theory", "nu=2"], "predicts no exponent; give nu and kappa"),
    "two theories": (["good.csv", "--theory", "nu=2,kappa=1,xi=1"], "predicts several exponents"),
    "odd theory": (["good.csv", "--theory", "mu=2"], "is no part of a theory"),
    "impossible x": (["good.csv", "--predict", "-1"], "x must be positive and finite"),
    "no curve": (["none.csv"], "none.csv"),
    "no column": (["good.csv", "--y", "los"], "did you mean 'loss'?"),
    "one row": (["one.csv"], "one.csv"),
    "text": (["text.csv"], "line 3"),
    "binary": (["binary.csv"], "binary.csv"),
    "joint without columns": (["good.csv", "--model", "joint"], "give --x size=COLUMN,data=COLUMN"),
    "joint window": (
        ["good.csv", "--model", "joint", "--x", "size=step,data=step", "--window", "auto"],
        "--window cannot be used with joint, a law of several variables: leave it out",
    ),
    "audit of two": (["good.csv", "two.csv", "--audit", "none.json"], "2 files were given"),
    "audit and a law": (
        ["good.csv", "--audit", "none.json", "--model", "power"],
        "leave out all other options but --out",
    ),
    "audit of nothing": (["good.csv", "--audit", "none.json"], "none.json cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_message_and_exit_code_2(case):
    Path("two.csv").write_text("step,loss\n1,2\n2,1\n")
    Path("one.csv").write_text("step,loss\n1,2\n")
    Path("text.csv").write_text("step,loss\n1,2\n2,lots\n3,1\n")
    Path("binary.csv").write_bytes(bytes(range(256)) * 9)
    arguments, expected = BAD[case]
    done = fit(*arguments)
    assert done.exit_code == 2, done.output
    assert expected in done.stderr
    assert "Traceback" not in done.output


def test_a_name_that_is_no_text_and_a_terminal_with_few_signs_end_nothing():
    name = b"l\xf3ss.csv"
    try:
        Path(os.fsdecode(name)).write_text(CURVE)
    except OSError:
        pytest.skip("this file system takes no such name")
    done = subprocess.run(
        [sys.executable, "-m", "spectra", "fit", name, "--model", "power", "--out", "fits"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert b"l\\ufffdss.csv: loss over step" in done.stdout
    assert pd.read_csv("fits/fits.csv").curve.unique().tolist() == ["l\ufffdss.csv"]
