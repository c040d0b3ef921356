import hashlib
import json
import os

import numpy as np
import pytest

from spectra.fitting.curves import read_curve, read_curves
from tests.fitting.public_curves import FOLDER
from tests.fitting.saved.written import event, scalar

GOOD = "step,loss\n1,4\n2,2\n3,1\n"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "plain.csv", GOOD)
    write(tmp_path / "broken.csv", "step,loss\n1,2\n2,two\n")
    write(tmp_path / "diverged.csv", "step,loss\n1,2\n2,3\n3,nan\n4,inf\n")
    write(tmp_path / "notes.txt", "not a table")
    write(tmp_path / "config.json", '{"width": 64}')
    write(
        tmp_path / "lightning/version_0/metrics.csv", "epoch,step,train_loss,val_loss\n0,1,3,\n0,1,,4\n0,2,2,\n0,3,1,\n"
    )
    write(tmp_path / "board/events.out.tfevents.1", b"".join(event(s, scalar("loss", 1 / s)) for s in (1, 2, 3)))
    for step in (2, 10):
        history = [{"step": s, "loss": 1 / s} for s in range(1, step + 1)]
        write(tmp_path / f"hf/checkpoint-{step}/trainer_state.json", json.dumps({"log_history": history}))
    write(tmp_path / "mup/log_header.csv.tmp", "step,train/loss,lr,val/loss\n")
    write(tmp_path / "mup/log_data.csv.tmp", "0,4.0\n1,3.0,0.1\n2,2.0,0.1,2.5\n3,1.0,0.1,\n")
    run = tmp_path / "mlruns/0/abc123"
    write(run / "meta.yaml", "run_id: abc123\n")
    write(run / "tags/mlflow.runName", "gifted-crane")
    write(run / "metrics/train/loss", "1700000000000 4.0 1\n1700000000001 2.0 2\n1700000000002 1.0 3\n")
    write(run / "metrics/lr", "1700000000000 0.1 1\n")
    write(tmp_path / "empty/log.csv", "")
    return tmp_path


def test_a_folder_is_read_as_far_as_possible_and_the_rest_told(folder):
    saved = read_curves(folder)
    names = {"plain", "lightning/version_0", "board", "hf/checkpoint-10", "mup", "gifted-crane"}
    assert {curve.name for curve in saved.curves} == names
    told = "\n".join(saved.problems)
    assert len(saved.problems) == 3
    assert "broken.csv, column 'loss': not a number at line 3 (first: 'two')" in told
    assert "diverged.csv: 'loss' is not finite at lines 4, 5 and stays so to the end: the run diverged" in told
    assert "its last finite value is 3 at step = 2" in told
    assert "empty/log.csv is empty" in told
    notes = "\n".join(saved.notes)
    assert "files that are no tables (.json, .runName, .txt, .yaml)" in notes
    assert "1 trainer states of earlier checkpoints" in notes


def test_every_layout_of_a_folder_gives_the_same_numbers(folder):
    curves = {curve.name: curve for curve in read_curves(folder).curves}
    np.testing.assert_array_equal(curves["lightning/version_0"].y, [3, 2, 1])
    np.testing.assert_array_equal(curves["mup"].y, [3, 2, 1])  # step 0 has no place on a logarithmic axis
    np.testing.assert_array_equal(curves["gifted-crane"].y, [4, 2, 1])
    assert curves["gifted-crane"].y_name == "train/loss"
    assert len(curves["hf/checkpoint-10"].x) == 10


def test_single_files_of_the_layouts_are_read_alone(folder):
    metric = folder / "mlruns/0/abc123/metrics/train/loss"
    np.testing.assert_array_equal(read_curve(metric).x, [1, 2, 3])
    assert read_curve(folder / "plain.csv").name == "plain"
    (folder / "mlruns/0/abc123/tags/mlflow.runName").unlink()
    assert read_curve(folder / "mlruns/0/abc123/metrics").name == "abc123"
    assert read_curve(folder / "mlruns/0/abc123").y.tolist() == [4, 2, 1]
    crashed = read_curve(folder / "mup")
    assert (crashed.name, crashed.y.tolist()) == ("mup", [3, 2, 1])


def test_a_folder_without_tables_and_one_without_curves_are_refused(tmp_path, folder):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ValueError, match="without tables"):
        read_curves(tmp_path / "nothing")
    write(tmp_path / "bad/a.csv", "")
    write(tmp_path / "bad/b.csv", "step,loss\n")
    with pytest.raises(ValueError, match="2 curves could not be read") as error:
        read_curves(tmp_path / "bad")
    assert "a.csv is empty" in str(error.value)
    assert "b.csv has 0 rows" in str(error.value)
    with pytest.raises(ValueError, match="leave format out"):
        read_curves(folder, format="csv")


def test_runs_of_one_name_are_told_apart_by_their_files(tmp_path):
    write(tmp_path / "a.csv", GOOD)
    write(tmp_path / "a.tsv", GOOD.replace(",", "\t"))
    assert [curve.name for curve in read_curves(tmp_path).curves] == ["a.csv", "a.tsv"]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no public curves; set SPECTRA_PUBLIC_CURVES to their folder")
def test_curves_of_public_runs_are_read_with_guessed_columns():
    saved = read_curves(FOLDER / "multi_power_law_100M")
    assert len(saved.curves) == 9
    assert not saved.problems
    assert {(curve.x_name, curve.y_name) for curve in saved.curves} == {("step", "loss")}
    assert {curve.name: len(curve.x) for curve in saved.curves}["constant_72000"] == 546


def test_the_fingerprint_is_that_of_the_file(tmp_path):
    write(tmp_path / "a.csv", GOOD)
    assert read_curve(tmp_path / "a.csv").sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_pipes_are_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="no file that can be read twice"):
        read_curves(tmp_path / "a.csv")


METRIC = "1700000000000 4.0 1\n1700000000001 2.0 2\n1700000000002 1.0 3\n"


@pytest.mark.parametrize(
    ("layout", "given", "name"),
    [
        ("mlruns/0/abc/metrics", "mlruns", "mlruns/0/abc"),  # tags and meta.yaml were not copied
        ("copied/metrics", "copied", "copied"),
        ("metrics", "metrics", None),  # named after the folder around it
        ("renamed", "renamed", "renamed"),
        ("copies/renamed", "copies", "renamed"),
    ],
)
def test_metrics_of_mlflow_are_found_in_parts_of_their_folders(tmp_path, layout, given, name):
    write(tmp_path / layout / "val/loss", METRIC)
    write(tmp_path / layout / "train/loss", METRIC)
    write(tmp_path / layout / "loss.top", METRIC)
    write(tmp_path / layout / "../params/lr", "0.1")
    saved = read_curves(tmp_path / given)
    assert [curve.name for curve in saved.curves] == [tmp_path.name if name is None else name.removeprefix("mlruns/")]
    assert [curve.y_name for curve in saved.curves] == ["train/loss"]
    assert not saved.problems
    assert read_curve(tmp_path / layout / "loss.top").y.tolist() == [4, 2, 1]
    assert read_curve(tmp_path / layout / "val").y_name == "loss"
    (named,) = read_curves(tmp_path / given, y="loss.top").curves
    assert named.y.tolist() == [4, 2, 1]


def test_copied_metrics_of_two_runs_stay_two_runs(tmp_path):
    for run in ("a", "b"):
        write(tmp_path / run / "loss", METRIC)
    write(tmp_path / "a/metrics/loss", METRIC)
    assert [curve.name for curve in read_curves(tmp_path).curves] == ["a", "a/metrics", "b"]
    write(tmp_path / "runs.db", b"SQLite format 3\0")
    with pytest.raises(ValueError, match="a database of SQLite, perhaps of MLflow"):
        read_curves(tmp_path / "runs.db")
