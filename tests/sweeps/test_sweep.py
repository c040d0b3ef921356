"""A sweep makes what is lacking, once, and can be stopped anywhere."""

import errno
from contextlib import closing
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest

from spectra.sweeps import Outcome, RunStore, serial, status, sweep
from spectra.training import run
from tests.store.test_damage import failing_after
from tests.sweeps.fake_data import Failing, tiny

SPECS = tuple(tiny(seed, width=width) for width in (4, 8) for seed in (1, 2))


@pytest.mark.parametrize("ended", range(len(SPECS) + 1))
@pytest.mark.parametrize("memory", [None, 1])
def test_an_interrupted_and_resumed_sweep_equals_an_uninterrupted_one(tmp_path, ended, memory):
    store = RunStore(tmp_path)
    with closing(sweep(SPECS, store, serial(), memory=memory)) as outcomes:
        assert len([*islice(outcomes, ended)]) == ended
    stored = len(SPECS) - len(RunStore(tmp_path).lacking(SPECS))
    assert stored == (ended if memory else ended + ended % 2)  # those that train together are stored together
    rest = [*sweep(SPECS, RunStore(tmp_path), serial(), memory=memory)]
    assert len(rest) == len(SPECS) - stored
    expected = pd.concat([run(spec) for spec in SPECS], ignore_index=True)
    pd.testing.assert_frame_equal(store.load(SPECS).table, expected, check_exact=True)


def test_an_outcome_tells_the_last_numbers(tmp_path):
    (outcome,) = sweep([tiny()], RunStore(tmp_path), serial())
    last = run(tiny()).groupby("quantity")["value"].last()
    assert isinstance(outcome, Outcome)
    assert (outcome.spec, outcome.error, outcome.diverged) == (tiny(), None, False)
    assert (outcome.loss, outcome.effective_sharpness) == (last["loss"], last["effective_sharpness"])
    assert outcome.seconds > 0


def test_a_spec_that_is_named_twice_runs_once_and_the_longest_runs_first(tmp_path):
    specs = [tiny(width=4), tiny(width=8), tiny(width=4), tiny(width=8, steps=9)]
    ended = [outcome.spec for outcome in sweep(specs, RunStore(tmp_path), serial())]
    assert ended == [specs[3], specs[1], specs[0]]


def test_a_diverged_run_is_done(tmp_path):
    specs, store = [tiny(rate=1e4, steps=40), tiny()], RunStore(tmp_path)
    assert {o.spec.optimizer.rate: o.diverged for o in sweep(specs, store, serial())} == {1e4: True, 0.2: False}
    state = status(specs, RunStore(tmp_path))
    assert state.done == tuple(specs)
    assert state.diverged == (specs[0],)
    assert [*sweep(specs, store, serial())] == []


def test_a_failed_run_is_recorded_tried_again_and_forgiven(tmp_path):
    failing, store = tiny(data=Failing(str(tmp_path / "cure"))), RunStore(tmp_path / "runs")
    for _ in range(2):
        outcomes = {outcome.spec: outcome for outcome in sweep([failing, tiny()], store, serial())}
        assert outcomes[failing].error == "RuntimeError: there are no data today"
        assert "in load" in outcomes[failing].traceback
        state = status([failing, tiny()], store)
        assert (state.done, state.failed, state.missing) == ((tiny(),), (failing,), ())
        assert state.failures[0].error == outcomes[failing].error
        assert state.failures[0].traceback == outcomes[failing].traceback
    (tmp_path / "cure").touch()
    assert [outcome.error for outcome in sweep([failing], store, serial())] == [None]
    assert status([failing], store).failures == ()


def test_every_run_is_in_exactly_one_state(tmp_path):
    done, damaged, failed, missing = specs = [tiny(seed) for seed in range(4)]
    store = RunStore(tmp_path)
    assert len([*sweep([done, damaged], store, serial())]) == 2
    store.fail(failed, error="no luck")
    (tmp_path / damaged.identity / "run.json").unlink()
    state = status([*specs, *specs], RunStore(tmp_path))
    assert (state.done, state.quarantined, state.failed, state.missing) == ((done,), (damaged,), (failed,), (missing,))
    assert "run.json" in state.damages[0].reason


def test_a_store_that_cannot_be_written_is_known_before_any_run(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "mkdir", failing_after(0, Path.mkdir, errno.EROFS))

    monkeypatch.setattr("spectra.engines.in_process.execute", None)
    with pytest.raises(OSError, match="the file system is read-only; choose another folder"):
        next(sweep([tiny()], RunStore(tmp_path / "runs"), serial()))


def test_a_disk_that_fills_up_ends_the_sweep_and_loses_nothing(tmp_path, monkeypatch):
    store = RunStore(tmp_path)
    outcomes = sweep(SPECS, store, serial(), memory=1)
    done = next(outcomes).spec
    monkeypatch.setattr("spectra.store.durable.os.fsync", failing_after(0, None, errno.ENOSPC))
    with pytest.raises(OSError, match="the disk is full; make room and start again"):
        next(outcomes)
    assert status(SPECS, RunStore(tmp_path)).done == (done,)


def test_no_memory_is_refused(tmp_path):
    with pytest.raises(ValueError, match="0 bytes of memory were given; a positive number is needed, or None for"):
        next(sweep([tiny()], RunStore(tmp_path), serial(), memory=0))
