"""Jobs are followed by their notes, and by what stand-ins for the commands of Slurm say of them."""

import os

import pytest

from spectra.engines import slurm_pool
from spectra.engines.ended_note import write_note, write_store_error
from spectra.engines.piece import Ended, Piece
from spectra.engines.slurm_pool import SlurmPool
from tests.engines.pretended_slurm import Taken, stand_in
from tests.engines.slurm_work import done
from tests.sweeps.fake_data import tiny

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Slurm and its stand-ins want POSIX")


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Writes what squeue says from now on; nothing is waited for."""
    commands = {
        "squeue": "test -e queue || { echo no controller >&2; exit 1; }; cat queue",
        "scontrol": "exit 1",
        "scancel": "echo $@ >> cancelled",
    }
    for name, lines in commands.items():
        stand_in(tmp_path, name, f"cd {tmp_path}\n{lines}")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name, seconds in {"ASK": 0.0, "ASK_AT_THE_END": 0.0, "LAG": 1e-9, "LAG_AT_THE_END": 1e-9}.items():
        monkeypatch.setattr(slurm_pool, name, seconds)

    def says(*lines):
        (tmp_path / "queue").write_text("".join(f"{line}\n" for line in lines))

    return says


@pytest.fixture
def begun(tmp_path, cluster):
    """A pool with two jobs that have been submitted, and these."""
    (tmp_path / "notes").mkdir()
    taken = Taken(tmp_path / "notes")
    pool = SlurmPool(taken, tmp_path / "runs", 2)
    for seed in (1, 2):
        assert pool.fits(Piece((tiny(seed),)))
        pool.start(Piece((tiny(seed),)))
    assert not pool.fits(Piece((tiny(3),)))
    cluster("12_0|RUNNING|None", "12_1|PENDING|Resources")
    assert pool.ended(0) == []
    return pool, taken.given


def test_a_job_has_ended_when_it_has_said_so_whatever_the_queue_says(begun):
    pool, (first, _) = begun
    write_note(first.note, done(first.piece))
    (ended,) = pool.ended(0)
    assert ended == done(first.piece)
    assert pool.fits(first.piece)


def test_a_job_that_is_over_without_a_word_is_lost(begun, cluster):
    pool, (first, second) = begun
    first.log.write_text("x" * 9000 + "Killed")
    cluster("12_0|FAILED|NonZeroExitCode", "12_1|PENDING|Resources")
    assert pool.ended(0) == []  # seen once it may only be that its note has not arrived yet
    (lost,) = pool.ended(0)
    assert (lost.lost, lost.guilty, lost.missing) == (
        "Slurm job 12_0 FAILED: NonZeroExitCode",
        False,
        first.piece.specs,
    )
    assert lost.traceback.endswith("Killed")
    cluster()
    (gone,) = [*pool.ended(0), *pool.ended(0)]
    assert (gone.piece, gone.lost) == (second.piece, "Slurm job 12_1 ended, and Slurm no longer knows it")


def test_memory_is_the_fault_of_the_piece(begun, cluster):
    pool, _ = begun
    cluster("12_0|OUT_OF_MEMORY|OutOfMemory", "12_1|PENDING|Resources")
    (lost,) = [*pool.ended(0), *pool.ended(0)]
    assert lost.guilty


def test_a_job_that_comes_back_was_not_lost(begun, cluster):
    pool, (first, _) = begun
    for state in ("NODE_FAIL|NodeDown", "PENDING|BeginTime", "NODE_FAIL|NodeDown", "RUNNING|None"):
        cluster(f"12_0|{state}", "12_1|PENDING|Resources")
        assert pool.ended(0) == []
    write_note(first.note, done(first.piece))
    assert len(pool.ended(0)) == 1


def test_a_job_that_somebody_else_stopped_has_ended_only_if_it_is_not_queued_again(begun, cluster):
    pool, (first, _) = begun
    stopped = Ended(first.piece, lost="its worker was asked to stop", stopped=True)
    write_note(first.note, stopped)
    for _ in range(3):
        assert pool.ended(0) == []
    cluster("12_0|PREEMPTED|None", "12_1|PENDING|Resources")
    assert [*pool.ended(0), *pool.ended(0)] == [stopped]


def test_a_controller_that_is_away_for_a_while_loses_nothing(begun, cluster, tmp_path, monkeypatch):
    pool, (first, _) = begun
    (tmp_path / "queue").unlink()
    for _ in range(3):
        assert pool.ended(0) == []
    write_note(first.note, done(first.piece))
    assert len(pool.ended(0)) == 1  # notes need no controller
    monkeypatch.setattr(slurm_pool, "OUTAGE", -1.0)
    with pytest.raises(RuntimeError, match="squeue failed: no controller; Slurm has given no answer"):
        pool.ended(0)


def test_jobs_that_are_refused_wait_if_others_were_taken_before(begun, cluster):
    pool, (first, _) = begun
    write_note(first.note, done(first.piece))
    assert len(pool.ended(0)) == 1
    pool._submission.error = RuntimeError("QOSMaxSubmitJobPerUserLimit")
    pool.start(Piece((tiny(3),)))
    assert pool.ended(0) == []
    assert not pool.fits(first.piece)
    pool._submission.error = None
    cluster("12_0|COMPLETED|None", "12_1|RUNNING|None", "12_2|PENDING|None")
    assert pool.ended(0) == []
    assert [job.piece.specs[0].seed for job in pool._submission.given] == [1, 2, 3]


def test_the_first_job_that_is_refused_is_an_error(tmp_path, cluster):
    pool = SlurmPool(Taken(tmp_path, RuntimeError("sbatch: error: invalid partition\n")), tmp_path, 2)
    pool.start(Piece((tiny(1),)))
    with pytest.raises(
        RuntimeError, match=r"^Slurm refuses a job: sbatch: error: invalid partition; change what the engine asks$"
    ):
        pool.ended(0)


def test_stopping_asks_what_runs_cancels_what_waits_and_gives_back_the_rest(begun, cluster, tmp_path):
    pool, (first, second) = begun
    write_note(first.note, done(first.piece))
    assert len(pool.ended(0)) == 1
    pool.start(Piece((tiny(3),)))
    cluster("12_0|RUNNING|None", "12_1|RUNNING|None", "12_2|PENDING|None")
    assert pool.ended(0) == []
    pool.start(Piece((tiny(4),)))
    pool.stop()
    (given_back,) = pool.ended(0)
    assert (given_back.piece.specs[0].seed, given_back.stopped) == (4, True)
    assert (tmp_path / "cancelled").read_text() == "--signal=TERM 12_1\n12_2\n"
    stopped = Ended(second.piece, lost="its worker was asked to stop", stopped=True)
    write_note(second.note, stopped)
    cluster("12_0|COMPLETED|None", "12_1|COMPLETED|None", "12_2|CANCELLED|None")
    found = [*pool.ended(0), *pool.ended(0)]
    assert [(one.piece.specs[0].seed, one.stopped) for one in found] == [(2, True), (3, True)]
    pool.close()


def test_what_a_job_says_of_the_store_ends_the_sweep_and_a_damaged_note_its_piece(begun):
    pool, (first, second) = begun
    first.note.write_text("{}")
    (lost,) = pool.ended(0)
    assert lost.lost == "the word of its job cannot be read: it is not JSON with a digest"
    write_store_error(second.note, OSError("runs: the disk is full"))
    with pytest.raises(OSError, match=r"^runs: the disk is full$"):
        pool.ended(0)


def test_a_job_that_would_wait_for_ever_is_an_error_that_says_why(begun, cluster):
    pool, _ = begun
    cluster("12_0|PENDING|PartitionTimeLimit", "12_1|PENDING|Resources")
    with pytest.raises(RuntimeError, match="12_0 would wait for ever: PartitionTimeLimit"):
        [*pool.ended(0), *pool.ended(0)]


def test_a_job_that_its_node_could_not_start_is_cancelled_and_lost(begun, cluster, tmp_path):
    pool, _ = begun
    cluster("12_0|PENDING|launch failed requeued held", "12_1|PENDING|Resources")
    (lost,) = [*pool.ended(0), *pool.ended(0)]
    assert lost.lost == "Slurm job 12_0 PENDING: launch failed requeued held"
    assert (tmp_path / "cancelled").read_text() == "12_0\n"


def test_closing_cancels_what_is_left_and_says_what_stays(begun, cluster, tmp_path, monkeypatch):
    pool, _ = begun
    monkeypatch.setattr(slurm_pool, "CLOSING", 0.05)
    with pytest.raises(RuntimeError, match="did not end when they were cancelled; end them: scancel 12_0 12_1"):
        pool.close()
    told = (tmp_path / "cancelled").read_text().splitlines()
    assert (told[0], set(told[1:])) == ("12_0 12_1", {"12_1"})  # again and again, because it may have been requeued
    cluster("12|CANCELLED|None")
    pool.close()


def test_jobs_that_may_be_left_are_named_where_slurm_gives_no_answer(begun, tmp_path):
    pool, _ = begun
    (tmp_path / "queue").unlink()
    with pytest.raises(RuntimeError, match=r"no controller; jobs may be left: scancel 12_0 12_1$"):
        pool.close()
