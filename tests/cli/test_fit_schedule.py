"""`spectra fit --model schedule`: curves with their learning rates, fitted together."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from spectra.cli.application import app
from spectra.cli.fit_request import FitRequest
from spectra.cli.fitting import fit_files
from tests.fitting.test_schedule_law import PEAK, TRUTH, WARM_UP, run, schedule

KINDS = ("constant", "cosine", "drop")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kind in KINDS:
        made = run(kind)
        rows = pd.DataFrame({"step": np.arange(len(made.rates)), "lr": made.rates})
        rows.merge(pd.DataFrame({"step": made.steps, "loss": made.losses}), how="left").to_csv(
            f"{kind}.csv", index=False
        )


def fit(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)], env={"COLUMNS": "200"})


def test_several_schedules_are_fitted_together_printed_and_written():
    files = [f"{kind}.csv" for kind in KINDS]
    done = fit(*files, "--model", "schedule", "--out", "fits", "--theory", "xi=0.45")
    assert done.exit_code == 0, done.output
    assert "schedule: loss = floor + amplitude * S^-exponent" in done.output
    assert "Guessed: the learning rate is column 'lr'." in done.output
    assert "Theory predicts the exponent 0.45, which lies inside" in done.output
    rows = pd.read_csv("fits/fits.csv").set_index("parameter")
    assert rows["estimate"].to_dict() == pytest.approx(TRUTH, rel=1e-2)
    assert set(rows["model"]) == {"schedule"}
    points = pd.read_csv("fits/schedule_points.csv")
    np.testing.assert_allclose(points["law"], points["measured"], rtol=1e-5)
    curves = pd.read_csv("fits/schedule_curves.csv")
    assert curves["curve"].tolist() == files
    assert (curves["left_out"] < 0.02).all()
    assert all(Path(f"fits/schedule_{name}.svg").stat().st_size > 5000 for name in ("losses", "residuals"))


def test_the_rate_and_the_warm_up_may_be_given(capsys):
    for kind in ("cosine", "drop"):
        table = pd.read_csv(f"{kind}.csv").rename(columns={"lr": "alpha"})
        table[table["step"] >= WARM_UP].to_csv(f"{kind}_late.csv", index=False)
    files = [Path("cosine_late.csv"), Path("drop_late.csv")]
    fit_files(files, FitRequest(law="schedule", rate="alpha", warm_up=WARM_UP, out=Path("fits")))
    late = pd.read_csv("fits/schedule_points.csv").set_index(["curve", "step"])["summed_rate"]
    np.testing.assert_allclose(
        late["drop_late.csv"].iloc[-1], schedule("drop")[: late.index[-1][1] + 1].sum(), rtol=1e-9
    )
    assert "Guessed: the learning rate" not in capsys.readouterr().out
    fit_files(files[1:], FitRequest(law="schedule", rate="alpha"))
    assert "No learning rate is saved before step 20" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["cosine", "constant"])
def test_other_models_are_told_of_a_rate_that_falls(kind):
    done = fit(f"{kind}.csv", "--model", "floor")
    told = f"The learning rate falls from {PEAK:g} to " in done.output
    assert told == (kind == "cosine")
    assert told == ("(column 'lr'): --model schedule accounts for it." in done.output)


def test_a_window_leaves_losses_out_and_keeps_their_rates():
    done = fit(*(f"{kind}.csv" for kind in KINDS), "--model", "schedule", "--window", "100:", "--out", "fits")
    assert done.exit_code == 0, done.output
    points = pd.read_csv("fits/schedule_points.csv")
    assert points["step"].min() >= 100
    assert points["summed_rate"].min() > schedule("constant")[:90].sum()


BAD = {
    "chosen window": (["--window", "auto"], "give --window FROM:TO, or none"),
    "prediction": (["--predict", "1000"], "--predict needs the learning rates of later steps"),
    "bootstrap": (["--bootstrap", "100"], "--bootstrap is not for --model schedule"),
    "objective": (["--objective", "student_t"], "by the objective huber (the default) or gaussian"),
    "theory": (["--theory", "nu=2"], "predicts no exponent"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_makes_no_sense_is_refused(case):
    arguments, told = BAD[case]
    done = fit("cosine.csv", "--model", "schedule", *arguments)
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert "Traceback" not in done.output


def test_curves_without_rates_are_named_and_the_others_fitted():
    Path("plain.csv").write_text("step,loss\n1,3\n2,2\n3,1\n")
    alone = fit("plain.csv", "--model", "schedule")
    assert alone.exit_code == 2
    assert (
        "plain.csv has no column of learning rates, or none that is named like one; name it with --rate" in alone.stderr
    )
    done = fit("plain.csv", "cosine.csv", "--model", "schedule")
    assert done.exit_code == 3
    assert "fitted all but 1" in done.stderr
    assert "cosine.csv: 63 points" in done.output


def test_curves_of_different_losses_have_no_common_law():
    pd.read_csv("drop.csv").rename(columns={"loss": "val_loss"}).to_csv("val.csv", index=False)
    done = fit("cosine.csv", "val.csv", "--model", "schedule")
    assert done.exit_code == 2
    assert "they are of loss, val_loss; name one with --y" in done.stderr


def test_a_warm_up_is_not_for_other_laws(capsys):
    with pytest.raises(typer.Exit):
        fit_files([Path("cosine.csv")], FitRequest(law="floor", warm_up=10))
    assert "--warm-up is for --model schedule: leave it out" in capsys.readouterr().err
