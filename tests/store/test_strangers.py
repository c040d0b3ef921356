"""A store that a stranger wrote: nothing of it is run or waited for, and nothing outside of it is touched."""

import os
import pickle
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from spectra.store import regular_file
from spectra.store.claims import claimed
from spectra.store.cleaning import delete, unlisted
from spectra.store.outbox import Outbox, collect
from spectra.store.packs import packed, rows
from spectra.store.run_folder import MEASUREMENTS, RUN, SPEC, contents
from spectra.store.store_format import FOLDERS
from spectra.sweeps import RunStore, status
from spectra.training.sealed_json import sealed
from tests.planted import Planted
from tests.store.made_up_runs import made_up

RUNS = made_up(3)
SPECS = [run[0] for run in RUNS]
NAME = SPECS[0].identity
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = RunStore(tmp_path / "store")
    made.write_many(RUNS)
    made.fail(made_up(4)[3][0], error="?")
    return made


def all_answers(folder):
    """Everything that reads a store, and what it says of the first three runs."""
    opened = RunStore(folder)
    opened.prepare()
    status(SPECS, opened)
    opened.quarantined(SPECS)
    opened.failures([made_up(4)[3][0]])
    with claimed(folder, [NAME]) as claims:
        assert claims.mine
    return opened.load(SPECS)


FILES = {
    "settings": f"{NAME}/{SPEC}",
    "measurements": f"{NAME}/{MEASUREMENTS}",
    "record": f"{NAME}/{RUN}",
    "failure": f"failed/{made_up(4)[3][0].identity}.json",
    "claims": "claims/0123456789abcdef.json",
    "pack": f"packs/{'0' * 64}.parquet",
    "reason": f"quarantine/{NAME}-1.txt",
}


def as_pickle(path):
    path.write_bytes(pickle.dumps(Planted()))


def as_pipe(path):
    os.mkfifo(path)


def as_device(path):
    path.symlink_to("/dev/zero")


def as_depth(path):
    path.write_bytes(b"[" * 10**6)


def as_holes(path):
    with path.open("wb") as file:
        file.truncate(2**40)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("plant", [as_pickle, as_pipe, as_device, as_depth, as_holes])
@pytest.mark.parametrize("kind", FILES)
def test_whatever_is_planted_as_a_file_is_neither_run_nor_waited_for(store, tmp_path, kind, plant):
    path = store.folder / FILES[kind]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "reason":
        (path.parent / f"{NAME}-1").mkdir()
    plant(path)
    loaded = all_answers(store.folder)
    assert len(loaded.missing) == (1 if path.parent.name == NAME else 0)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"[1]", sealed({}), sealed({"format": "2", "created_by": 1}), b"[" * 10**6])
def test_a_store_file_that_says_nothing_is_refused(store, content):
    (store.folder / "store.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"store\.json is damaged: .*; if .* holds runs of spectra, remove this one"):
        RunStore(store.folder)


@pytest.mark.parametrize("name", ["store.json", *FOLDERS])
def test_a_link_that_leads_out_of_a_store_is_refused(store, tmp_path, name):
    """Through .partial alone every folder of the place that it leads to would be deleted."""
    mine = tmp_path / "mine" / "folder"
    mine.mkdir(parents=True)
    os.utime(mine, (0, 0))
    path = store.folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.symlink_to(mine.parent)
    with pytest.raises(ValueError, match="is a link, and what is written or deleted there would be elsewhere; put"):
        all_answers(store.folder)
    assert mine.exists()


def test_the_lock_of_claims_is_not_made_elsewhere(store, tmp_path):
    (store.folder / "claims").mkdir(exist_ok=True)
    (store.folder / "claims" / "lock").unlink(missing_ok=True)
    (store.folder / "claims" / "lock").symlink_to(tmp_path / "made")
    with pytest.raises(FileExistsError, match="lock is a link"), claimed(store.folder, [NAME]):
        pass
    assert not (tmp_path / "made").exists()


def forged(name):
    """A pack, with all digests right, of a run that is called otherwise."""
    table = rows([contents(*RUNS[0])])
    return packed(table.set_column(0, table.schema.field(0), pa.array([name])))


@pytest.mark.parametrize("name", ["../mine", "/absolute", "..", "", "a\0b", "x" * 300, "con", "0" * 16])
def test_the_name_of_a_run_in_a_pack_is_no_path(tmp_path, name):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").touch()
    name = str(mine) if name == "/absolute" else name
    outbox, store = Outbox(str(tmp_path / "out")), RunStore(tmp_path / "store")
    outbox.put(*forged(name))
    assert collect(outbox, store) == 0
    store.write_many(RUNS[1:])
    pack_name, content = forged(name)
    (store.folder / "packs").mkdir()
    (store.folder / "packs" / pack_name).write_bytes(content)
    delete(store, [unlisted(store, [])])
    assert [path.name for path in mine.iterdir()] == ["file"]
    assert RunStore(store.folder).load(SPECS).missing == tuple(SPECS)


def test_what_is_not_called_like_a_pack_is_not_even_fetched(tmp_path, monkeypatch):
    outbox = Outbox(str(tmp_path / "out"))
    outbox.put("backup.tar", b"?")
    monkeypatch.setattr(Outbox, "get", lambda *_: pytest.fail("it was fetched"))
    assert collect(outbox, RunStore(tmp_path / "store")) == 0


def test_a_failure_steers_no_terminal(store):
    spec = made_up(4)[3][0]
    store.fail(spec, error="\x1b[2J\x07gone\nline 2")
    assert store.failures([spec])[0].error == "\\x1b[2J\\x07gone\nline 2"


def test_the_sizes_are_those_that_are_documented():
    assert regular_file.RECORD < regular_file.LARGE
    with pytest.raises(IsADirectoryError):
        regular_file.content_of(Path("/"))
