"""What Slurm says is read from its commands, here from stand-ins that say what real ones have said."""

import os
import signal
from functools import partial

import pytest

from spectra.engines import slurm_queue
from spectra.engines.slurm_queue import (
    JobState,
    cancel,
    check_commands,
    job_states,
    obituary,
    state_of,
)
from tests.engines import pretended_slurm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Slurm and its stand-ins want POSIX")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts a command on the path, as a few lines of shell."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return partial(pretended_slurm.stand_in, tmp_path)


def test_states_are_those_of_tasks_of_arrays_and_of_jobs(stand_in):
    # As Slurm 22.05 has it: tasks of array 1 that were cancelled before they began are one line without their numbers.
    lines = ["1|CANCELLED|JobArrayTaskLimit", "1_0|FAILED|NonZeroExitCode", "1_1|RUNNING|None", "2|PENDING|Priority"]
    stand_in("squeue", "printf '%s\\n' '" + "' '".join(lines) + "'")
    states = job_states()
    found = {job: state_of(job, states).name for job in ("1_0", "1_1", "1_2", "2", "3", "33_1")}
    assert found == {
        "1_0": "FAILED", "1_1": "RUNNING", "1_2": "CANCELLED", "2": "PENDING", "3": "GONE", "33_1": "GONE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "over"),
    [
        *[(name, True) for name in ("FAILED", "COMPLETED", "CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY", "GONE")],
        *[(name, False) for name in ("PENDING", "RUNNING", "COMPLETING", "REQUEUED", "SUSPENDED", "OF_TOMORROW")],
    ],
)
def test_a_job_is_over_only_in_states_that_it_does_not_leave(name, over):
    assert JobState(name).over is over


def test_waiting_for_what_will_not_come_is_told_from_waiting(stand_in):
    reasons = ["PartitionTimeLimit", "launch failed requeued held", "Resources"]
    stand_in("squeue", "".join(f"echo '{job}|PENDING|{reason}';" for job, reason in enumerate(reasons)))
    states = job_states()
    assert [state.hopeless for state in states.values()] == [True, False, False]
    assert [state.held for state in states.values()] == [False, True, False]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("JobState=FAILED Reason=NonZeroExitCode ExitCode=137:0", "FAILED: SIGKILL, as when memory runs out"),
        ("JobState=FAILED Reason=RaisedSignal:11(Segmentation_fault) ExitCode=0:11", "FAILED: SIGSEGV"),
        ("JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0", "FAILED: exit code 3"),
        ("", "FAILED: NonZeroExitCode"),
    ],
)
def test_an_obituary_says_how_a_job_ended(stand_in, shown, said):
    stand_in("scontrol", f"echo 'JobId=7 ArrayJobId=7 ArrayTaskId=2 {shown} RunTime=00:00:03'")
    assert obituary("7_2", JobState("FAILED", "NonZeroExitCode")) == f"Slurm job 7_2 {said}"


def test_an_obituary_needs_no_scontrol_that_knows_the_job(stand_in):
    stand_in("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    assert obituary("7", JobState("NODE_FAIL", "NodeDown")) == "Slurm job 7 NODE_FAIL: NodeDown"
    assert obituary("7", JobState("COMPLETED", "None")) == "Slurm job 7 COMPLETED: it left no word of its runs"
    assert obituary("7", JobState("GONE")) == "Slurm job 7 ended, and Slurm no longer knows it"


def test_a_controller_that_gives_no_answer_is_an_error_and_not_an_empty_queue(stand_in):
    stand_in("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1")
    with pytest.raises(RuntimeError, match="squeue failed: slurm_load_jobs error: Unable to contact"):
        job_states()


def test_only_unknown_jobs_are_overlooked_when_jobs_are_cancelled(stand_in, tmp_path):
    error = "scancel: error: Kill job error on job id 3: Invalid job id specified"
    stand_in("scancel", f"echo $@ >> told; echo '{error}' >&2; exit 1")
    cancel(["3", "4_1"])
    cancel([])
    assert (tmp_path / "told").read_text() == "3 4_1\n"
    stand_in("scancel", "echo 'scancel: error: Access/permission denied' >&2; exit 1")
    with pytest.raises(RuntimeError, match="permission denied"):
        cancel(["3"])


def test_missing_commands_are_named(stand_in, tmp_path, monkeypatch):
    for name in ("sbatch", "srun", "scontrol", "scancel"):
        stand_in(name, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"^squeue not found: start the sweep where the commands of Slurm are"):
        check_commands()


def test_control_c_does_not_reach_the_commands(stand_in):
    stand_in("squeue", "kill -INT $$; echo '1|RUNNING|None'")
    assert job_states() == {"1": JobState("RUNNING", "None")}
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_command_that_gives_no_answer_in_time_is_named(stand_in, monkeypatch):
    monkeypatch.setattr(slurm_queue, "PATIENCE", 0.2)
    stand_in("squeue", "exec sleep 30")
    with pytest.raises(RuntimeError, match=r"squeue gave no answer: .*timed out"):
        job_states()
