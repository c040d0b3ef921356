"""Whatever fails while the store is written, it says so, nothing is lost, and the next attempt completes."""

import errno
import os
import shutil
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pandas as pd
import pytest

from spectra.store.claims import claimed
from spectra.store.cleaning import delete, failed
from spectra.store.outbox import Outbox, collect
from spectra.store.packs import pack
from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up

RUNS = made_up(5)
SPECS = [run[0] for run in RUNS]


def compact(folder):
    RunStore(folder).compact()


def write(folder):
    RunStore(folder).write_many(RUNS[2:4])


def begin(folder):
    RunStore(folder / "new").write_many(RUNS[:1])


def receive(folder):
    outbox = Outbox(str(folder / "out"))
    outbox.put(*pack(RUNS[2:4]))
    collect(outbox, RunStore(folder))


def fail(folder):
    RunStore(folder).fail(SPECS[4], error="?")


def clean(folder):
    RunStore(folder).fail(SPECS[4], error="?")
    store = RunStore(folder)
    delete(store, [failed(store)])


def claim(folder):
    with claimed(folder, [SPECS[0].identity]) as claims:
        assert claims.mine == {SPECS[0].identity}


@contextmanager
def one_failure(number, code):
    """The call with this number among all those that change the disk fails."""
    calls, failures = count(), []

    def failing(function, name):
        def call(*arguments, **settings):
            if next(calls) == number:
                failures.append(name)
                raise OSError(code, os.strerror(code), str(arguments[0]))
            return function(*arguments, **settings)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for target, name in (
            *((Path, name) for name in ("open", "mkdir", "rename", "replace", "unlink")),
            *((os, name) for name in ("fsync", "open", "write", "utime")),
        ):
            patch.setattr(target, name, failing(getattr(target, name), f"{target.__name__}.{name}"))
        yield failures


ADVICE = {errno.ENOSPC: "disk is full; make room", errno.EIO: "Input/output error"}


def told(act, folder):
    try:
        act(folder)
    except OSError as error:
        return str(error)
    return None


@pytest.mark.parametrize("code", [errno.ENOSPC, pytest.param(errno.EIO, marks=pytest.mark.slow)])
@pytest.mark.parametrize("act", [write, begin, compact, receive, fail, clean, claim])
def test_one_failure_at_any_call_is_explained_and_harmless(tmp_path, act, code):
    base = tmp_path / "base"
    RunStore(base).write_many(RUNS[:2])
    RunStore(base).compact(SPECS[:1])
    truth = RunStore(base).load(SPECS[:2]).table
    for number in count():
        folder = tmp_path / str(number)
        shutil.copytree(base, folder)
        with one_failure(number, code) as failures:
            message = told(act, folder)
        assert message is None or ADVICE[code] in message, failures
        # Clearing up opens folders too: what it leaves if that fails is swept later, like what the dead leave.
        assert failures == ["os.open"] or not [*folder.glob(".partial/*")], failures
        act(folder)
        loaded = RunStore(folder).load(SPECS)
        assert loaded.quarantined == (), failures
        pd.testing.assert_frame_equal(
            loaded.table[loaded.table["seed"] < 2].reset_index(drop=True), truth, check_exact=True
        )
        assert len(loaded.missing) == (1 if act in (write, receive) else 3), failures
        shutil.rmtree(folder)
        if not failures:
            break
    assert number > 5


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
