"""What is under way is seen by others while it lasts, and never stands in the way of a run."""

import errno
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from spectra.engines import under_way as module
from spectra.engines.maker import this_process
from spectra.engines.under_way import reported, under_way
from tests.engines.planted_records import SPECS, names, planted
from tests.engines.scripts import until


@dataclass
class At:
    """A moment of a training, and how often its losses were asked for."""

    step: int
    steps: int = 40
    asked: int = 0

    def losses(self) -> list[float]:
        self.asked += 1
        return [0.5, float("nan"), float("inf")]


def test_a_piece_is_seen_from_its_begin_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BETWEEN", 0.0)
    with reported(tmp_path, SPECS, "cuda:1") as reporter:
        (first,) = under_way(tmp_path)
        reporter.moment(At(8))
        reporter.moment(At(20))
        (later,) = under_way(tmp_path)
    assert (first.runs, first.step, first.steps, first.losses) == (tuple(s.identity for s in SPECS), 0, 40, ())
    assert (first.maker, first.alive, first.device, first.left) == (this_process(), True, "cuda:1", None)
    assert (later.step, later.begun_at, later.fraction, later.writes) == (20, 8, 0.5, 3)
    assert later.losses == (0.5, None, None)
    assert later.left == pytest.approx(later.seconds / 12 * 20)
    assert under_way(tmp_path) == ()
    assert names(tmp_path) == []


def test_the_record_goes_when_the_piece_fails(tmp_path):
    with pytest.raises(RuntimeError), reported(tmp_path, SPECS, "cpu"):
        raise RuntimeError
    assert names(tmp_path) == []


def test_it_is_written_once_a_second_and_losses_are_asked_for_only_then(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    with reported(tmp_path, SPECS, "cpu") as reporter:
        moments = [At(step) for step in range(40)]
        for moment in moments:
            clock[0] += 0.1
            reporter.moment(moment)
        (record,) = under_way(tmp_path)
    assert 3 <= sum(moment.asked for moment in moments) <= 4
    assert record.writes == 1 + sum(moment.asked for moment in moments)
    assert record.step >= 29


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", ["mkdir", "write_bytes", "replace", "unlink", "iterdir"])
def test_a_record_that_cannot_be_written_or_read_harms_nobody(tmp_path, monkeypatch, code, call):
    def failing(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module, "BETWEEN", 0.0)
    monkeypatch.setattr(Path, call, failing)
    with reported(tmp_path, SPECS, "cpu") as reporter:
        reporter.moment(At(1))
        assert len(under_way(tmp_path)) <= 1


def test_a_file_in_place_of_the_folder_harms_nobody(tmp_path):
    (tmp_path / "work").touch()
    with reported(tmp_path, SPECS, "cpu") as reporter:
        reporter.moment(At(1))
        assert under_way(tmp_path) == ()


def test_a_store_that_is_not_there_has_nothing_under_way(tmp_path):
    assert under_way(tmp_path / "none") == ()


CHILD = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from spectra.engines.under_way import reported
specs = [SimpleNamespace(identity=sys.argv[2], steps=40, pretraining=0)]
with reported(Path(sys.argv[1]), specs, "cpu") as reporter:
    for step in range(10_000):
        reporter.moment(SimpleNamespace(step=step, steps=10_000, losses=lambda: [1.0]))
        print(step, flush=True)
        time.sleep(0.05)
"""


def test_another_process_is_seen_at_work_and_forgotten_when_it_is_killed(tmp_path):
    command = [sys.executable, "-c", CHILD, str(tmp_path), SPECS[1].identity]
    with ExitStack() as stack:
        child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(child.kill)
        child.stdout.readline()
        (record,) = under_way(tmp_path)
        assert (record.maker.pid, record.alive, record.runs) == (child.pid, True, (SPECS[1].identity,))
        until(lambda: under_way(tmp_path)[0].step > 0)
        child.kill()
        until(lambda: not under_way(tmp_path))  # a zombie counts as dead before it is waited for
        assert names(tmp_path) == []


def test_a_process_that_bears_the_number_of_a_dead_one_is_not_taken_for_it(tmp_path):
    me = this_process()
    if not me.began:
        pytest.skip("this system does not tell when a process began")
    planted(tmp_path, replace(me, began="1"))
    assert under_way(tmp_path) == ()
    assert names(tmp_path) == []


def test_a_maker_afar_lives_while_its_record_changes(tmp_path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    planted(tmp_path, changed=5e9)  # by a clock that says nothing here
    first = under_way(tmp_path)
    assert (first[0].alive, first[0].quiet) == (None, 0.0)
    clock[0] += 30
    still = under_way(tmp_path, first)
    assert (still[0].alive, still[0].quiet) == (None, 30.0)
    planted(tmp_path, writes=4, changed=-5e9)
    moved = under_way(tmp_path, still)
    assert (moved[0].alive, moved[0].quiet) == (True, 0.0)
    clock[0] += module.PATIENCE / 2
    later = under_way(tmp_path, moved)
    assert (later[0].alive, later[0].quiet) == (True, module.PATIENCE / 2)
    clock[0] += module.PATIENCE
    silent = under_way(tmp_path, later)
    assert silent[0].alive is None
    assert names(tmp_path) != []


def test_who_makes_a_run_again_removes_what_an_earlier_maker_left(tmp_path):
    planted(tmp_path)
    with reported(tmp_path, SPECS, "cpu"):
        assert [record.maker for record in under_way(tmp_path)] == [this_process()]
