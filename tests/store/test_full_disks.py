"""Real file systems that are full, small or closed to writing."""

import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pandas as pd
import pytest
import torch

from spectra.engines.checkpoints import Checkpoints
from spectra.store.claims import claimed, held
from spectra.store.export import export
from spectra.sweeps import RunStore
from spectra.training import MemberState
from tests.store.made_up_runs import made_up

RUNS = made_up(6)
SPECS = [run[0] for run in RUNS]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a quarter of a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(place)]
    if sys.platform != "linux" or shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("a file system can be mounted by the superuser of Linux alone")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_really_full_keeps_what_was_finished(small_disk):
    store, runs, written = RunStore(small_disk / "runs"), made_up(60), []

    def write_all():
        for run in runs:
            store.write(*run)
            written.append(run[0])

    with pytest.raises(OSError, match="disk is full; make room"):
        write_all()
    assert 5 < len(written) < 60
    assert RunStore(store.folder).lacking([run[0] for run in runs]) == tuple(run[0] for run in runs[len(written) :])
    with pytest.raises(OSError, match="disk is full; make room"):
        store.compact()
    assert RunStore(store.folder).lacking(written) == ()


def test_a_disk_that_cannot_be_written_can_be_read(small_disk):
    folder = small_disk / "runs"
    RunStore(folder).write_many(RUNS[:4])
    RunStore(folder).compact(SPECS[:2])
    (folder / SPECS[3].identity / "run.json").write_bytes(b"")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    store = RunStore(folder)
    loaded = store.load(SPECS[:4])
    assert loaded.missing == (SPECS[3],)
    assert "could not be moved" in loaded.quarantined[0].reason
    for act in (
        store.prepare,
        store.compact,
        lambda: store.write(*RUNS[5]),
        lambda: store.fail(SPECS[5], error="?"),
        lambda: claimed(folder, ["a"]).__enter__(),
    ):
        with pytest.raises(OSError, match="read-only"):
            act()


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


LARGE = made_up(3, rows=4000)
STATE = MemberState(SPECS[0].identity, 1, False, (), {"weights": torch.arange(4000.0)})


def compacted(folder):
    RunStore(folder).compact()


def written(folder):
    RunStore(folder).write_many(made_up(9, rows=4000)[-2:])


def claims(folder):
    with claimed(folder, [f"{run:016x}" for run in range(1000)]) as claim:
        assert held(folder) == claim.mine


def checkpoint(folder):
    Checkpoints(folder).save(SPECS[0].identity, STATE, 1.0)


def csv(folder):
    export(RunStore(folder), SPECS, folder / "out", form="csv", overwrite=True)


def parquet(folder):
    export(RunStore(folder), SPECS, folder / "out", form="parquet", overwrite=True)


def dataset(folder):
    export(RunStore(folder), SPECS, folder / "out", form="dataset", overwrite=True)


@pytest.mark.parametrize("act", [written, compacted, claims, checkpoint, csv, parquet, dataset])
def test_a_file_that_may_not_grow_is_explained(tmp_path, act):
    RunStore(tmp_path).write_many(LARGE)
    truth = RunStore(tmp_path).load(SPECS).table
    with files_of_at_most(8192), pytest.raises(OSError, match="larger than is allowed here; raise the limit"):
        act(tmp_path)
    assert not [*tmp_path.glob(".partial/*")]
    assert not [path for path in tmp_path.rglob("*") if "out" in path.name]
    act(tmp_path)
    pd.testing.assert_frame_equal(RunStore(tmp_path).load(SPECS).table, truth, check_exact=True)
