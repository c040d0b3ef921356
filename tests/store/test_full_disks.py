"""Real file systems that are full, small or closed to writing."""

import os
import shutil
import subprocess
import sys

import pytest

from spectra.store.claims import claimed
from spectra.sweeps import RunStore
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


FILE_LIMIT = """
import resource, sys
from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up
runs, store = made_up(3, rows=4000), RunStore(sys.argv[1])
store.write(*made_up(9)[-1])
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    store.write_many(runs)
except OSError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="limits are those of POSIX")
def test_a_file_that_may_not_grow_is_explained(tmp_path):
    done = subprocess.run([sys.executable, "-c", FILE_LIMIT, tmp_path], capture_output=True, text=True, check=True)
    assert "larger than is allowed here" in done.stdout
    assert not [*(tmp_path / ".partial").iterdir()]
    assert RunStore(tmp_path).lacking([run[0] for run in made_up(9)]) == tuple(run[0] for run in made_up(8))
