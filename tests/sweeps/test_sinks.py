"""What TensorBoard and Weights & Biases are told is what the store has, and their faults are theirs alone."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spectra.sweeps import Outcome, RunStore
from spectra.sweeps.sink_feed import log_all, logged
from spectra.sweeps.sink_values import curves, label, plain_settings
from spectra.sweeps.sinks import read_sinks
from tests.sweeps.fake_data import tiny
from tests.sweeps.finished_runs import SPECS, filled, needs, numbers


class Listening:
    name = "listening"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def log(self, spec, table) -> None:
        self.heard.append(spec.identity)


class Broken(Listening):
    name = "broken"

    def log(self, spec, table) -> None:
        super().log(spec, table)
        raise RuntimeError("the service is down")


def test_every_number_is_in_one_curve_and_the_index_is_in_the_tag():
    rows = [("loss", 0, 0, 2.0), ("loss", 0, 1, 1.0), ("eigenvalue", 0, 1, 5.0), ("eigenvalue", 1, 1, 4.0)]
    table = pd.DataFrame(rows, columns=["quantity", "index", "step", "value"])
    expected = {"loss": [(0, 2.0), (1, 1.0)], "eigenvalue": [(1, 5.0)], "eigenvalue/1": [(1, 4.0)]}
    assert curves(table) == expected


def test_settings_are_plain_and_labels_tell_runs_apart():
    settings = plain_settings(tiny())
    assert settings["rate"] == 0.2
    assert settings["run"] == tiny().identity
    assert {type(value) for value in settings.values()} <= {bool, int, float, str}
    assert len({label(tiny(seed, rate=rate)) for seed in (1, 2) for rate in (0.1, 0.1 + 1e-12)}) == 4
    assert Path(label(tiny())).name == label(tiny())


def test_each_run_that_ends_is_told_once_and_no_other(tmp_path):
    filled(tmp_path)
    outcomes = [Outcome(SPECS[0], 1.0), Outcome(SPECS[1], 1.0, error="no luck"), Outcome(SPECS[2], 1.0, diverged=True)]
    sink = Listening()
    assert [*logged(outcomes, [sink], tmp_path, pytest.fail)] == outcomes
    assert sink.heard == [SPECS[0].identity, SPECS[2].identity]


def test_a_sink_that_fails_is_reported_once_and_the_rest_goes_on(tmp_path):
    filled(tmp_path)
    broken, sink, said = Broken(), Listening(), []
    outcomes = [Outcome(spec, 1.0) for spec in SPECS]
    assert [*logged(outcomes, [broken, sink], tmp_path, said.append)] == outcomes
    assert len(broken.heard) == len(said) == 1
    assert "broken: RuntimeError: the service is down" in said[0]
    assert sink.heard == [spec.identity for spec in SPECS]


def test_all_that_is_done_can_be_told_afterwards(tmp_path):
    store, sink = filled(tmp_path, SPECS[:2]), Listening()
    assert log_all([sink], SPECS, store, pytest.fail) == 2
    assert sink.heard == [spec.identity for spec in SPECS[:2]]


def test_a_store_that_cannot_be_read_is_said_once(tmp_path, monkeypatch):
    store, said = filled(tmp_path), []
    monkeypatch.setattr(RunStore, "load", lambda *_: (_ for _ in ()).throw(OSError("the disk has gone")))
    assert log_all([Listening()], SPECS, store, said.append) == 0
    assert len(said) == 1
    assert "the disk has gone" in said[0]


@pytest.mark.parametrize("text", ["tensorbord=x", "tensorboard", "tensorboard=", "wandb= ", "", "=x"])
def test_a_sink_that_is_unknown_or_has_no_place_is_refused(text):
    with pytest.raises(ValueError, match=r"possible are tensorboard=FOLDER and wandb=PROJECT"):
        read_sinks([text])


@pytest.mark.parametrize("name", ["tensorboard", "wandb"])
def test_a_package_that_is_not_installed_is_named(name, tmp_path, monkeypatch):
    for module in [module for module in sys.modules if module.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"spectra.sweeps.{name}_sink", raising=False)
    with pytest.raises(ImportError, match=rf"pip install 'spectra-scaling\[{name}\]'"):
        read_sinks([f"{name}={tmp_path}"])


@needs("tensorboard")
def test_tensorboard_reads_back_every_number(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    store = filled(tmp_path / "runs")
    sinks = read_sinks([f"tensorboard={tmp_path / 'board'}"])
    for _ in range(2):  # told twice, it is there once
        assert log_all(sinks, SPECS, store, pytest.fail) == len(SPECS)
    files = [path for path in (tmp_path / "board").rglob("*") if path.is_file()]
    assert len(files) == len(SPECS)
    for spec in SPECS:
        # The reader keeps a random sample of long curves unless it is told to keep all.
        read = EventAccumulator(str(tmp_path / "board" / label(spec)), size_guidance={"scalars": 0}).Reload()
        found = {tag: [(event.step, event.value) for event in read.Scalars(tag)] for tag in read.Tags()["scalars"]}
        expected = numbers(store, spec)
        assert found.keys() == expected.keys()
        for tag, curve in expected.items():
            np.testing.assert_array_equal(found[tag], [(step, float(np.float32(value))) for step, value in curve])
        stored = read.summary_metadata["_hparams_/session_start_info"].plugin_data.content
        hyperparameters = HParamsPluginData.FromString(stored).session_start_info.hparams
        assert hyperparameters["rate"].number_value == spec.optimizer.rate
        assert hyperparameters["run"].string_value == spec.identity


@needs("tensorboard")
def test_a_folder_that_cannot_be_made_is_named_before_the_sweep(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file: a file stands where a folder is needed"):
        read_sinks([f"tensorboard={tmp_path / 'file'}"])
