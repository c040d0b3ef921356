"""Runs made by jobs of Slurm."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spectra.engines.engine import Engine, Execute, Making, Pool
from spectra.engines.slurm_pool import SlurmPool
from spectra.engines.slurm_queue import check_commands
from spectra.engines.slurm_submission import JobForm, Submission
from spectra.store.durable import explained

TIME_LIMITS = 100
"""How often a job is queued again because its time was over. Every time its runs go on from their checkpoints; the
number only ends jobs that are too short for any progress."""

WARNING = 90
"""Seconds before the end of its time at which a job saves checkpoints and is queued again; the default of submitit."""

OURS = frozenset(
    [
        "partition",
        "time",
        "mem",
        "gpus_per_node",
        "cpus_per_task",
        "nodes",
        "ntasks_per_node",
        "map_count",
        "folder",
        "command",
    ]
)


def slurm(
    *,
    partition: str | None = None,
    minutes: int = 60,
    memory_per_run: float | None = None,
    gpus_per_run: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    most: int = 64,
) -> Engine:
    """Jobs of Slurm, one for each cohort, submitted by submitit in arrays.

    The folder of the store must be one that all nodes share. What became of a run is read from there, and whether a job
    lives from squeue and scontrol, so that no accounting is needed. A job whose time is over, or that is preempted,
    goes on from its checkpoints. Jobs of a sweep that was killed finish what they began, and the next sweep waits for
    them.

    Specs travel to jobs as pickles that submitit writes into the folder of the store: let nobody else write there.
    Nothing that comes back is read from a pickle. Nodes need the same version of spectra as this machine, and specs of
    your own must be importable there.

    Args:
        partition: Where jobs wait; None is the default of the cluster.
        minutes: Time limit of a job. A run may take longer: its job is queued again.
        memory_per_run: Memory of a run in GB, Python and torch included; a job asks for that of all its runs together.
            None is the default of the cluster.
        gpus_per_run: 1 trains on a GPU, of which every job gets one whole; None trains on the CPU.
        parameters: Further parameters of `submitit.SlurmExecutor`, such as `account`, `qos`, `constraint`, `setup`
            (lines of shell before the job), or `signal_delay_s` (seconds before the end of its time at which a job
            saves its checkpoints, 90 if not given).
        most: Jobs that wait or run at a time. Cohorts are cut until there are so many, so give about as many as the
            cluster will run at once.

    Returns:
        The engine.

    Raises:
        ImportError: If submitit is not installed.
        RuntimeError: If the commands of Slurm are not here.
        ValueError: If a number is impossible, or a parameter is unknown or one that is set here.
    """
    try:
        from submitit import SlurmExecutor
    except ImportError as error:
        raise ImportError(
            "the Slurm engine needs submitit: pip install 'spectra-scaling[slurm]', or choose another engine"
        ) from error
    further = dict(parameters or {})
    _check(minutes, memory_per_run, gpus_per_run, most, further)
    check_commands()
    fixed = {"job_name": "spectra", "time": minutes, "nodes": 1, "ntasks_per_node": 1, "partition": partition}
    # A node that fails should send its jobs back to the queue wherever the cluster leaves the choice.
    requeue = {"additional_parameters": {"requeue": True, **further.pop("additional_parameters", {})}}
    given = {name: value for name, value in (fixed | requeue | further).items() if value is not None}
    SlurmExecutor("unused").update_parameters(**given)  # which knows the names of parameters
    return _Slurm(JobForm(given, memory_per_run, gpus_per_run), most)


@dataclass(frozen=True)
class _Slurm:
    form: JobForm
    most: int
    execute: Execute | None = None  # another way to make pieces than `spectra.engines.execute`
    name: str = "slurm"

    @property
    def device(self) -> str:
        return "cpu" if self.form.gpus_per_run is None else "cuda"

    @contextmanager
    def open(self, making: Making, most: int) -> Iterator[Pool]:
        """A pool; at the end all of its jobs are cancelled.

        Raises:
            OSError: If the folder of the store cannot be written.
            RuntimeError: If Slurm refuses a job, or does not answer for long.
            ValueError: If the store is not a folder.
        """
        if "://" in making.store:
            raise ValueError(
                f"the store {making.store} is no folder; jobs of Slurm need one that all nodes share, such as one in "
                "your home folder"
            )
        from submitit import SlurmExecutor

        from spectra.engines.execute import execute

        store = Path(making.store).resolve()
        folder = store / "work" / "slurm" / secrets.token_hex(4)
        with explained(folder):
            folder.mkdir(parents=True)
        executor = SlurmExecutor(folder, max_num_timeout=TIME_LIMITS)
        making = replace(making, store=str(store))
        submission = Submission(executor, self.form, making, folder=folder, execute=self.execute or execute)
        pool = SlurmPool(submission, store, max(1, min(most, self.most)))
        try:
            yield pool
        finally:
            pool.close()
            shutil.rmtree(folder, ignore_errors=True)


def _check(
    minutes: int, memory_per_run: float | None, gpus_per_run: int | None, most: int, further: Mapping[str, Any]
) -> None:
    warning = further.get("signal_delay_s", WARNING)
    if not minutes * 60 > warning:
        raise ValueError(
            f"a time limit of {minutes} min leaves no time to work: jobs save their checkpoints {warning} s before its "
            "end; use more minutes"
        )
    if memory_per_run is not None and not memory_per_run > 0:
        raise ValueError(f"{memory_per_run} GB for a run were given; use a positive number, or None")
    if gpus_per_run not in (None, 1):
        raise ValueError(
            f"{gpus_per_run} GPUs for a run were given; Slurm gives whole ones, and a cohort needs one: use 1 or None"
        )
    if most < 1:
        raise ValueError(f"{most} jobs at a time were given; use one or more")
    if taken := sorted(OURS & set(further)):
        raise ValueError(
            f"the parameters {', '.join(taken)} are set by the engine: partition, minutes, memory_per_run, "
            "gpus_per_run and the threads of the runs decide them: leave them out"
        )
