"""What workers without the store's folder put into an outbox arrives whole, once."""

import secrets

import pandas as pd
import pytest

from spectra.store.outbox import Outbox, collect
from spectra.store.packs import pack
from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up

RUNS = made_up(5)
SPECS = [run[0] for run in RUNS]


@pytest.fixture(params=["memory", "file", "folder"])
def outbox(request, tmp_path):
    path = f"{tmp_path}/müll raum/out"
    name = secrets.token_hex(4)
    return Outbox({"memory": f"memory://{name}/out", "file": f"file://{path}", "folder": path}[request.param])


def test_what_is_put_is_there_until_it_is_removed(outbox):
    assert outbox.names() == ()
    outbox.put("b", b"2")
    outbox.put("a", b"1")
    outbox.put("a", b"3")
    assert (outbox.names(), outbox.get("a")) == (("a", "b"), b"3")
    outbox.remove("a")
    outbox.remove("a")
    assert outbox.names() == ("b",)


def test_collected_runs_are_the_runs(outbox, tmp_path):
    direct = RunStore(tmp_path / "direct")
    direct.write_many(RUNS)
    outbox.put(*pack(RUNS[:2]))
    outbox.put(*pack(RUNS[2:]))
    store = RunStore(tmp_path / "store")
    assert collect(outbox, store) == 5
    assert outbox.names() == ()
    found, truth = store.load(SPECS), direct.load(SPECS)
    pd.testing.assert_frame_equal(found.table, truth.table, check_exact=True)
    pd.testing.assert_frame_equal(found.provenance, truth.provenance, check_exact=True)


def test_runs_that_are_stored_already_are_not_stored_again(outbox, tmp_path):
    store = RunStore(tmp_path / "store")
    store.write(*RUNS[0])
    outbox.put(*pack(RUNS[:3]))
    assert collect(outbox, store) == 2
    outbox.put(*pack(RUNS[:3]))
    assert collect(outbox, store) == 0
    table = RunStore(tmp_path / "store").load(SPECS).table
    assert table.groupby("run").size().tolist() == [12] * 3


def test_what_has_not_wholly_arrived_waits(outbox, tmp_path):
    name, data = pack(RUNS)
    outbox.put(name, data[:-9])
    outbox.put("notes.txt", b"mine")
    store = RunStore(tmp_path / "store")
    assert collect(outbox, store) == 0
    assert store.lacking(SPECS) == tuple(SPECS)
    outbox.put(name, data)
    assert collect(outbox, store) == 5
    assert outbox.names() == ("notes.txt",)


def test_an_unknown_place_is_refused():
    with pytest.raises(ValueError, match="Protocol not known: nowhere"):
        Outbox("nowhere://out")


@pytest.mark.parametrize(
    ("call", "use"),
    [
        ("makedirs", lambda outbox: outbox.put("a", b"")),
        ("exists", lambda outbox: outbox.names()),
        ("cat_file", lambda outbox: outbox.get("a")),
        ("rm_file", lambda outbox: outbox.remove("a")),
    ],
)
def test_an_object_store_that_fails_in_its_own_way_is_a_failure_of_the_store(monkeypatch, call, use):
    def fails(*_, **__):
        raise KeyError("credentials")

    outbox = Outbox("memory://b")
    monkeypatch.setattr(type(outbox._files), call, fails)
    with pytest.raises(OSError, match="the object store memory://b cannot be used: KeyError: 'credentials'; see whet"):
        use(outbox)


def test_an_object_that_is_gone_is_named(outbox):
    with pytest.raises(FileNotFoundError, match="has no object a"):
        outbox.get("a")
