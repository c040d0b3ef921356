"""What Slurm says of its jobs: squeue, scontrol and scancel; never sacct, which knows nothing where nothing is kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spectra.engines.death import death
from spectra.engines.interrupts import interrupts_kept

COMMANDS = ("sbatch", "srun", "squeue", "scontrol", "scancel")

PATIENCE = 60.0
"""Seconds for one answer of a command: the commands of Slurm themselves wait for their controller, for seconds."""

OVER = frozenset(
    {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED"}
    | {"TIMEOUT", "GONE"}
)
"""States that a job does not leave by itself; GONE is ours. Of all others, new ones included, a job may come back."""

HOPELESS = frozenset(
    {"AccountNotAllowed", "BadConstraints", "DependencyNeverSatisfied", "InvalidAccount", "InvalidQOS"}
    | {"PartitionNodeLimit", "PartitionTimeLimit", "QOSNotAllowed"}
)
"""Reasons for which a job that waits will wait until a person changes it, or the cluster."""


@dataclass(frozen=True)
class JobState:
    """What Slurm says of a job."""

    name: str  # as squeue writes it out: RUNNING, PENDING, FAILED; GONE if Slurm does not know the job
    reason: str = ""  # why it waits, or why it ended

    @property
    def over(self) -> bool:
        """Whether the job has ended, and is not queued again."""
        return self.name in OVER

    @property
    def waits(self) -> bool:
        """Whether the job does not run yet, or not again."""
        return not self.over and self.name not in {"RUNNING", "COMPLETING"}

    @property
    def hopeless(self) -> bool:
        """Whether the job waits for what will not come."""
        return self.name == "PENDING" and self.reason in HOPELESS

    @property
    def held(self) -> bool:
        """Whether Slurm put the job aside because its node could not start it; only a person would bring it back."""
        return self.name in {"REQUEUE_HOLD", "SPECIAL_EXIT"} or self.reason == "launch_failed_requeued_held"


def check_commands() -> None:
    """Check that the commands of Slurm are here.

    Raises:
        RuntimeError: If one is missing.
    """
    missing = [name for name in COMMANDS if shutil.which(name) is None]
    if missing:
        raise RuntimeError(
            f"{', '.join(missing)} not found: start the sweep where the commands of Slurm are, such as a login node, "
            "or choose another engine"
        )


def job_states() -> Mapping[str, JobState]:
    """Jobs of this user, those included that have ended a short while ago.

    Returns:
        What `state_of` looks into.

    Raises:
        RuntimeError: If Slurm does not answer.
    """
    user, form = f"--user={os.getuid()}", "--format=%i|%T|%r"
    lines = _answer("squeue", "--noheader", "--array", "--states=all", user, form).splitlines()
    states = {}
    for line in lines:
        job, name, reason = (*line.strip().split("|", 2), "", "")[:3]
        # Tasks of an array that were cancelled before they started stand under the number of the array alone.
        states[job.partition("_[")[0]] = JobState(name, reason.strip().replace(" ", "_"))
    return states


def state_of(job: str, states: Mapping[str, JobState]) -> JobState:
    """State of one job, such as "12", or of one task of an array, such as "12_3"."""
    return states.get(job) or states.get(job.partition("_")[0]) or JobState("GONE")


def obituary(job: str, state: JobState) -> str:
    """Why a job ended, in a line."""
    if state.name == "GONE":
        return f"Slurm job {job} ended, and Slurm no longer knows it"
    try:
        shown = _answer("scontrol", "--oneliner", "show", "job", job)
    except RuntimeError:  # forgotten since
        shown = ""
    found = re.search(r" ExitCode=(\d+):(\d+)", shown)
    code, number = map(int, found.groups()) if found else (0, 0)
    # A shell, and srun, tell of a signal by a number above 128.
    number = number or (code - 128 if code > 128 else 0)
    if number or code:
        how = death(-number if number else code)
    else:
        how = "it left no word of its runs" if state.name == "COMPLETED" else state.reason.replace("_", " ")
    return f"Slurm job {job} {state.name}: {how}"


def cancel(jobs: Iterable[str]) -> None:
    """End jobs: those that run get SIGTERM, and are killed a little later.

    Raises:
        RuntimeError: If Slurm does not answer.
    """
    _scancel([], jobs)


def ask_to_end(jobs: Iterable[str]) -> None:
    """Send SIGTERM to jobs that run.

    It must not be sent to one that waits: scancel then stays until it runs. Nor may this be left to the filters of
    scancel: Slurm 22.05 takes `--state=PENDING 12_3` for the whole of the array 12.

    Raises:
        RuntimeError: If Slurm does not answer.
    """
    _scancel(["--signal=TERM"], jobs)


def _scancel(options: list[str], jobs: Iterable[str]) -> None:
    named = list(jobs)
    for start in range(0, len(named), 500):  # a command line has an end
        _answer("scancel", *options, *named[start : start + 500], overlook="Invalid job id")


def _answer(*command: str, overlook: str | None = None) -> str:
    """Standard output of a command; one that fails with a certain text among its errors has not failed."""
    try:
        with interrupts_kept():
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"{command[0]} gave no answer: {error}") from error
    if done.returncode != 0 and (overlook is None or overlook not in done.stderr):
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout
