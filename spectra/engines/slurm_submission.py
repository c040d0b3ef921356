"""Pieces handed to Slurm: what their jobs ask for, and the arrays they are submitted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectra.engines.engine import Execute, Making
from spectra.engines.piece import Piece
from spectra.engines.slurm_job import SlurmJob
from spectra.engines.worker import THREAD_VARIABLES
from spectra.store.durable import explained

if TYPE_CHECKING:
    from submitit import SlurmExecutor

ARRAY = 500
"""Most jobs of an array: half of what Slurm allows where nothing else is configured."""


@dataclass(frozen=True)
class JobForm:
    """What jobs ask of Slurm, by their pieces."""

    parameters: Mapping[str, Any]  # of submitit.SlurmExecutor
    memory_per_run: float | None  # GB
    gpus_per_run: int | None

    def of(self, piece: Piece) -> dict[str, Any]:
        """Parameters of the job of a piece; pieces with equal ones may be one array."""
        threads = max(spec.threads for spec in piece.specs)
        asked: dict[str, Any] = {"cpus_per_task": threads, "gpus_per_node": self.gpus_per_run}
        if self.memory_per_run is not None:
            asked["mem"] = f"{round(self.memory_per_run * 1000 * len(piece.specs))}M"
        # Set before Python starts; and since Slurm 22.05 srun does not ask for the processors of its job by itself.
        lines = [f"export {name}={threads}" for name in THREAD_VARIABLES]
        asked["setup"] = [*self.parameters.get("setup", ()), *lines]
        asked["srun_args"] = [*self.parameters.get("srun_args", ()), f"--cpus-per-task={threads}"]
        return {**self.parameters, **{name: value for name, value in asked.items() if value is not None}}


@dataclass(frozen=True)
class Job:
    """A job that Slurm has taken.

    Attributes:
        name: "12", or "12_3" for a task of an array.
        piece: What it makes.
        note: Where it says what became of it.
        log: What it prints.
        files: What was written for it alone.
    """

    name: str
    piece: Piece
    note: Path
    log: Path
    files: tuple[Path, ...]


class Submission:
    """Makes jobs of pieces, which submitit writes to a folder and hands to sbatch."""

    def __init__(
        self, executor: SlurmExecutor, form: JobForm, making: Making, *, folder: Path, execute: Execute
    ) -> None:
        """Describe the jobs.

        Args:
            executor: Submits them; its folder is the same.
            form: What they ask of Slurm.
            making: How pieces are made; its store is an absolute path.
            folder: Where notes, logs and submissions go.
            execute: Makes a piece.
        """
        self.folder = folder
        self._executor, self._form, self._making, self._execute = executor, form, making, execute
        self._device = "cpu" if form.gpus_per_run is None else "cuda"
        self._number = count()

    def jobs(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Job]]:
        """Submit pieces, those that ask for the same in one array; each is yielded once Slurm has taken it.

        Raises:
            OSError: If what jobs need cannot be written; the message says what to do.
            RuntimeError: If Slurm refuses a job; those after it are not submitted.
        """
        groups: dict[str, list[Piece]] = {}
        for piece in pieces:
            groups.setdefault(repr(self._form.of(piece)), []).append(piece)
        for group in groups.values():
            for start in range(0, len(group), ARRAY):
                alike = group[start : start + ARRAY]
                with explained(self.folder):
                    jobs = self._array(alike)
                yield from zip(alike, jobs, strict=True)

    def _array(self, pieces: Sequence[Piece]) -> list[Job]:
        notes = [self.folder / f"{next(self._number)}.json" for _ in pieces]
        for piece, note in zip(pieces, notes, strict=True):  # for people, who cannot read the pickles of submitit
            _runs(note).write_text(f"[{','.join(spec.json() for spec in piece.specs)}]", encoding="utf-8")
        self._executor.update_parameters(**self._form.of(pieces[0]), stderr_to_stdout=True)
        taken = []
        with self._executor.batch():
            for piece, note in zip(pieces, notes, strict=True):
                task = SlurmJob(replace(piece, device=self._device), self._making, str(note), self._execute)
                taken.append(self._executor.submit(task))
        jobs = []
        for piece, note, submitted in zip(pieces, notes, taken, strict=True):
            paths = submitted.paths
            files = (note, _runs(note), paths.stdout, paths.submitted_pickle, paths.result_pickle)
            jobs.append(Job(submitted.job_id, piece, note, paths.stdout, files))
        return jobs


def _runs(note: Path) -> Path:
    return note.with_suffix(".runs")
