"""What Weights & Biases is told is what the store has."""

import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from spectra.sweeps.sink_feed import log_all
from spectra.sweeps.sink_values import label
from spectra.sweeps.sinks import read_sinks
from tests.sweeps.finished_runs import SPECS, filled, needs, numbers


@needs("wandb")
def test_weights_and_biases_keeps_every_number_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    store = filled(tmp_path / "runs")
    assert log_all(read_sinks(["wandb=us/widths"]), SPECS, store, pytest.fail) == len(SPECS)
    for spec in SPECS:
        (path,) = tmp_path.glob(f"wandb/offline-run-*/run-{spec.identity}.wandb")
        begun, found = _wandb_contents(path)
        assert (begun.project, begun.entity, begun.display_name) == ("widths", "us", label(spec))
        settings = {item.key: item.value_json for item in begun.config.update}
        assert settings["rate"] == repr(spec.optimizer.rate)
        assert found == numbers(store, spec)


def _wandb_contents(path: Path):
    """The run and its curves in a .wandb file: records in blocks of 32 KiB, as in the log format of LevelDB."""
    import json

    from wandb.proto.wandb_internal_pb2 import Record

    data, at, parts, run, found = path.read_bytes(), 7, b"", None, {}
    while at + 7 <= len(data):
        if at % 32768 > 32768 - 7:
            at += -at % 32768
            continue
        length, kind = struct.unpack_from("<HB", data, at + 4)
        parts, at = parts + data[at + 7 : at + 7 + length], at + 7 + length
        if kind in (1, 4):  # whole, or the last part
            record, parts = Record.FromString(parts), b""
            run = record.run if record.WhichOneof("record_type") == "run" and run is None else run
            row = {(item.key or item.nested_key[0]): json.loads(item.value_json) for item in record.history.item}
            for tag in [tag for tag in row if not tag.startswith("_")]:
                found.setdefault(tag, []).append((row["_step"], row[tag]))
    return run, found


@needs("wandb")
def test_weights_and_biases_without_a_key_is_refused_before_the_sweep(tmp_path, monkeypatch):
    import wandb

    def login():
        raise wandb.Error("no API key")

    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setattr(wandb, "login", login)
    monkeypatch.setattr(wandb, "setup", lambda: SimpleNamespace(settings=SimpleNamespace(mode="online")))
    with pytest.raises(ValueError, match="no API key; or set WANDB_MODE=offline"):
        read_sinks(["wandb=widths"])
