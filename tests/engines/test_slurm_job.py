"""What a job asks for, what it does when it is signalled, and what it leaves behind."""

import os
import signal
import subprocess
from dataclasses import replace
from math import inf, isnan, nan

import pytest

from spectra.engines.ended_note import read_note, write_note
from spectra.engines.engine import Making
from spectra.engines.interrupts import forget, stop_asked
from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended, Piece
from spectra.engines.slurm_job import SlurmJob
from spectra.engines.slurm_submission import JobForm
from tests.engines.slurm_work import raising, store_failing
from tests.sweeps.fake_data import tiny

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")


def test_a_note_tells_all_there_is_to_tell_numbers_that_json_has_not_included(tmp_path):
    piece = Piece(tuple(tiny(seed) for seed in range(4)))
    outcomes = (
        Outcome(piece.specs[0], 0.25, loss=inf, effective_sharpness=-inf, diverged=True),
        Outcome(piece.specs[1], 1.5, error="no data: ü", traceback="line\nline"),
    )
    ended = Ended(piece, outcomes, (piece.specs[2],), lost="memory", guilty=True, traceback="t")
    write_note(tmp_path / "0.json", ended)
    assert read_note(tmp_path / "0.json", piece) == ended
    write_note(tmp_path / "0.json", Ended(piece, (Outcome(piece.specs[0], nan),)))
    assert isnan(read_note(tmp_path / "0.json", piece).outcomes[0].seconds)
    assert read_note(tmp_path / "1.json", piece) is None
    with pytest.raises(ValueError, match=r"was not asked for: was it made by another version"):
        read_note(tmp_path / "0.json", Piece((tiny(9),)))


def test_what_a_job_asks_for_follows_from_its_piece():
    form = JobForm({"setup": ["module load cuda"], "time": 5}, memory_per_run=0.5, gpus_per_run=2)
    asked = form.of(Piece((replace(tiny(1), threads=4), replace(tiny(2), threads=4))))
    assert (asked["mem"], asked["cpus_per_task"], asked["gpus_per_node"], asked["time"]) == ("1000M", 4, 2, 5)
    assert asked["setup"][:2] == ["module load cuda", "export OMP_NUM_THREADS=4"]
    assert "mem" not in JobForm({}, None, None).of(Piece((tiny(1),)))


@pytest.fixture
def signals():
    """Puts back what a job changes of its process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM)}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)
    forget()


def test_a_job_notes_what_its_runs_raise_and_what_the_store_raises(tmp_path, signals):
    piece, making, note = Piece((tiny(1),)), Making(str(tmp_path / "runs")), tmp_path / "0.json"
    assert SlurmJob(piece, making, str(note), raising)() is None
    ended = read_note(note, piece)
    assert (ended.lost, ended.guilty) == ("ValueError: there are no data today", True)
    with pytest.raises(OSError, match="disk is full"):
        SlurmJob(piece, making, str(note), store_failing)()
    with pytest.raises(OSError, match="disk is full"):
        read_note(note, piece)


@pytest.fixture
def job(tmp_path, signals):
    """Makes a job whose time is over while it works, with what submitit would do then and what is kept meanwhile."""

    def made(at_the_end, checkpoint=300.0):
        order = []

        def saving(piece, making):
            os.kill(os.getpid(), signal.SIGUSR2)
            assert stop_asked()
            order.append("saved")
            return Ended(piece, lost="its worker was asked to stop", stopped=True)

        signal.signal(signal.SIGUSR2, lambda number, frame: at_the_end(order))
        piece, note = Piece((tiny(1),)), tmp_path / "0.json"
        SlurmJob(piece, Making(str(tmp_path / "runs"), checkpoint=checkpoint), str(note), saving)()
        return order, read_note(note, piece)

    return made


def test_a_job_whose_time_is_over_is_queued_again_once_its_runs_are_saved(job):
    order, _ = job(lambda order: order.append("requeued"))
    assert order == ["saved", "requeued"]


def test_runs_that_cannot_be_saved_are_not_begun_again_and_again(job):
    order, ended = job(lambda order: order.append("requeued"), checkpoint=None)
    assert order == ["saved"]
    assert (ended.guilty, ended.stopped) == (True, False)
    assert "without checkpoints it could not go on" in ended.lost


def test_a_job_that_may_not_be_queued_again_is_left_to_the_sweep(job):
    def refuse(order):
        raise subprocess.CalledProcessError(1, "scontrol")

    _, ended = job(refuse)
    assert (ended.guilty, ended.stopped) == (False, True)
