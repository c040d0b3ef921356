"""Whatever fails while the store is written, it says so, nothing is lost, and the next attempt completes."""

import errno
import os
import shutil
from itertools import count

import pandas as pd
import pytest

from spectra.store import durable
from spectra.store.claims import claimed, held
from spectra.store.cleaning import delete, failed, unlisted
from spectra.store.outbox import Outbox, collect
from spectra.store.pack_reading import unpacked
from spectra.store.packs import pack
from spectra.sweeps import RunStore, serial, sweep
from tests.store.disk_faults import ADVICE, CLEARING, CODES, failing, told
from tests.store.made_up_runs import made_up
from tests.sweeps.fake_data import tiny

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")
RUNS = made_up(5)
SPECS = [run[0] for run in RUNS]


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)


def compact(folder):
    RunStore(folder).compact()


def write(folder):
    RunStore(folder).write_many(RUNS[2:4])


def begin(folder):
    RunStore(folder / "new").write_many(RUNS[:1])


def receive(folder):
    outbox = Outbox(str(folder / "out"))
    outbox.put(*pack(RUNS[2:4]))  # again: whatever of it was taken may be given once more
    collect(outbox, RunStore(folder))


def fail(folder):
    RunStore(folder).fail(SPECS[4], error="?")


def clean(folder):
    RunStore(folder).fail(SPECS[4], error="?")
    store = RunStore(folder)
    delete(store, [failed(store)])


def drop(folder):
    """A run that nobody wants, in a pack with one that is wanted."""
    store = RunStore(folder)
    store.runs.packs.add(unpacked(*pack(RUNS[1:3])))
    delete(store, [unlisted(store, SPECS[:2])])


def claim(folder):
    with claimed(folder, [SPECS[0].identity]) as claims:
        assert claims.mine == held(folder) == {SPECS[0].identity}


WRITTEN = {write: 2, receive: 2}
"""Runs that are there after an act besides the first two."""


# An interruption that lasts is waited out: Python repeats a write as long as it is interrupted (PEP 475).
RARE = [(code, lasting) for code in ADVICE for lasting in (False, True) if (code, lasting) != (errno.EINTR, True)][1:]
FAULTS = [(errno.ENOSPC, False), *(pytest.param(*fault, marks=pytest.mark.slow) for fault in RARE)]


@pytest.mark.parametrize(("code", "lasting"), FAULTS)
@pytest.mark.parametrize(
    "act", [write, begin, compact, receive, fail, clean, claim, pytest.param(drop, marks=pytest.mark.slow)]
)
def test_a_failure_of_any_call_is_explained_and_harmless(tmp_path, monkeypatch, act, code, lasting):
    base = tmp_path / "base"
    RunStore(base).write_many(RUNS[:2])
    RunStore(base).compact(SPECS[:1])
    truth = RunStore(base).load(SPECS[:2]).table
    for number in count():
        folder = tmp_path / str(number)
        shutil.copytree(base, folder)
        with failing(number, code, lasting=lasting) as failures:
            message = told(act, folder)
        assert message is None or ADVICE[code] in message or "the object store" in message, failures
        assert CLEARING & {*failures} or not [*folder.glob(".partial/*")], failures
        act(folder)
        loaded = RunStore(folder).load(SPECS)
        assert loaded.quarantined == (), failures
        kept = loaded.table[loaded.table["seed"] < 2].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, truth, check_exact=True)
        assert len(loaded.missing) == 3 - WRITTEN.get(act, 0), failures
        with monkeypatch.context() as patched:
            patched.setattr(durable, "GRACE", -1.0)
            RunStore(folder).prepare()
        assert not [*folder.glob(".partial/*")], failures
        shutil.rmtree(folder)
        if not failures:
            break
    assert number > 5


@pytest.mark.slow
@pytest.mark.parametrize(("code", "lasting"), [(errno.ENOSPC, True), *((code, False) for code in ADVICE)])
def test_a_sweep_that_fails_at_any_call_is_completed_by_the_next(tmp_path, code, lasting):
    specs = [tiny(seed, steps=2) for seed in (1, 2)]
    for _ in sweep(specs, RunStore(tmp_path / "truth"), serial()):
        pass
    truth = RunStore(tmp_path / "truth").load(specs).table

    def attempt(folder):
        for outcome in sweep(specs, RunStore(folder), serial(), checkpoint=1e-9):
            assert outcome.error is None

    for number in count():
        folder = tmp_path / str(number)
        with failing(number, code, lasting=lasting) as failures:
            message = told(attempt, folder)
        assert message is None or ADVICE[code] in message, failures
        attempt(folder)
        loaded = RunStore(folder).load(specs)
        assert (loaded.missing, loaded.quarantined) == ((), ()), failures
        pd.testing.assert_frame_equal(loaded.table, truth, check_exact=True)
        shutil.rmtree(folder)
        if not failures:
            break
    assert number > 50


def damaged_folder(folder):
    RunStore(folder).write_many(RUNS[:2])
    (folder / SPECS[0].identity / "run.json").write_bytes(b"{}")


def damaged_pack(folder):
    store = RunStore(folder)
    store.write_many(RUNS[:2])
    store.compact()
    (path,) = (folder / "packs").iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:300] + bytes(200) + data[500:])


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("damage", [damaged_folder, damaged_pack])
def test_what_is_damaged_is_named_once_with_its_reason_whatever_fails(tmp_path, damage, code):
    for number in count():
        folder = tmp_path / str(number)
        damage(folder)
        with failing(number, code) as failures:
            first = RunStore(folder).load(SPECS[:2])
        for loaded in (first, RunStore(folder).load(SPECS[:2])):
            assert loaded.missing, failures
            named = sorted(entry.run for entry in loaded.quarantined)
            assert named == sorted(spec.identity for spec in loaded.missing), failures
            assert all("digest" in entry.reason for entry in loaded.quarantined), failures
        if not failures:
            break
    assert number > 3


def test_names_may_have_blanks_and_letters_of_any_language(tmp_path):
    folder = tmp_path / "müller läuft" / "実験 'α' \n1"
    RunStore(folder).write_many(RUNS)
    RunStore(folder).compact(SPECS[:3])
    with claimed(folder, ["a"]):
        assert RunStore(folder).lacking(SPECS) == ()


@pytest.mark.parametrize("hours", [-1000, 1000])
def test_a_clock_that_jumps_changes_nothing(tmp_path, monkeypatch, hours):
    import time

    store, now = RunStore(tmp_path), time.time()
    store.write_many(RUNS[:3])
    monkeypatch.setattr(time, "time", lambda: now + 3600 * hours)
    store.prepare()
    store.write_many(RUNS[3:])
    store.compact()
    assert RunStore(tmp_path).lacking(SPECS) == ()
