"""Pieces as jobs of Slurm: submitted in arrays, followed by their notes and by what Slurm says of them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from spectra.engines.ended_note import read_note
from spectra.engines.interrupts import interrupts_kept
from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended, Piece
from spectra.engines.slurm_queue import JobState, ask_to_end, cancel, job_states, obituary, state_of
from spectra.engines.slurm_submission import Job, Submission
from spectra.store.store import RunStore

LOOK = 0.5
"""Seconds between two looks into the folder of notes."""

ASK, ASK_AT_THE_END = 10.0, 1.0
"""Seconds between two questions to Slurm; the second where a sweep is being stopped. Clusters do not like more."""

LAG, LAG_AT_THE_END = 10.0, 2.0
"""Seconds after which a job that is over without a note is lost: folders of a network may show a file that late."""

OUTAGE = 900.0
"""Seconds that Slurm may give no answer, as when its controller is restarted; jobs go on meanwhile."""

CLOSING = 60.0
"""Seconds that cancelled jobs have to end: twice of what Slurm leaves them by default before it kills them."""


class SlurmPool:
    """Jobs under way."""

    def __init__(self, submission: Submission, store: Path, most: int) -> None:
        """Begin with none.

        Args:
            submission: Makes jobs of pieces.
            store: Folder of the store.
            most: Jobs that wait or run at a time.
        """
        self.workers = most
        self._submission, self._store = submission, store
        self._waiting: list[Piece] = []
        self._jobs: dict[str, Job] = {}
        self._leaving: dict[str, Job] = {}  # have left their note, and end by themselves
        self._doubtful: dict[str, float] = {}  # since when a job is over or hopeless
        self._stopping = False
        self._asked, self._answered, self._accepted = -math.inf, time.monotonic(), -math.inf

    def fits(self, piece: Piece) -> bool:  # noqa: ARG002
        """Whether one more job may wait or run."""
        return len(self._waiting) + len(self._jobs) < self.workers

    def start(self, piece: Piece) -> None:
        """Take a piece; it is submitted when the pool is next asked what ended, with others in one array."""
        self._waiting.append(piece)

    def stop(self) -> None:
        """Have jobs that run save their checkpoints, and cancel those that wait, when next asked what ended."""
        self._stopping, self._asked = True, -math.inf

    def ended(self, wait: float) -> Sequence[Ended]:
        """Pieces that ended since the last call.

        Raises:
            OSError: If a job says that the store failed.
            RuntimeError: If Slurm refuses jobs, will never start one, or does not answer for long.
        """
        end = time.monotonic() + wait
        found = self._given_back() if self._stopping else self._submit()
        while True:
            found += [*self._told(), *self._lost()]
            if found or (left := end - time.monotonic()) <= 0:
                return found
            time.sleep(min(LOOK, left))

    def close(self) -> None:
        """Cancel what is left, and wait until nothing of it runs.

        Raises:
            RuntimeError: If jobs are left all the same.
        """
        left, end = {*self._jobs, *self._leaving}, time.monotonic() + CLOSING
        try:
            cancel(self._jobs)
            while left and time.monotonic() < end:
                states = job_states()
                left = {name for name in left if not state_of(name, states).over}
                cancel(name for name in left if state_of(name, states).waits)  # such as one that was just requeued
                time.sleep(ASK_AT_THE_END if left else 0)
        except RuntimeError as error:
            raise RuntimeError(f"{error}; jobs may be left: scancel {' '.join(sorted(left))}") from error
        if left:
            raise RuntimeError(f"jobs did not end when they were cancelled; end them: scancel {' '.join(sorted(left))}")

    def _given_back(self) -> list[Ended]:
        """What has not been submitted when the sweep is stopped."""
        pieces, self._waiting = self._waiting, []
        return [Ended(piece, lost="stopped before its job was submitted", stopped=True) for piece in pieces]

    def _submit(self) -> list[Ended]:
        """Submit what waits; what Slurm refuses goes on to wait if Slurm has taken jobs a short while ago."""
        try:
            with interrupts_kept():  # from sbatch, and from us between its word and our note of it
                for piece, job in self._submission.jobs(self._waiting):
                    self._waiting.remove(piece)
                    self._jobs[job.name] = job
                    self._accepted = time.monotonic()
        except RuntimeError as error:
            if time.monotonic() - self._accepted > OUTAGE:
                raise RuntimeError(f"Slurm refuses a job: {str(error).strip()}; change what the engine asks") from error
        return []

    def _told(self) -> Iterator[Ended]:
        """Pieces of jobs that have left a note."""
        # Listing the folder also renews what a network file system knew of it.
        names = {path.name for path in self._submission.folder.iterdir()}
        for name, job in [*self._jobs.items()]:
            ended = _note(job) if job.note.name in names else None
            # One that was asked to stop, and not by us, may be queued again: when it starts its note is gone.
            if ended is not None and (self._stopping or not ended.stopped):
                yield self._settled(name, ended)

    def _lost(self) -> Iterator[Ended]:
        """Pieces of jobs that are over and have left no note."""
        if not self._jobs or time.monotonic() - self._asked < (ASK_AT_THE_END if self._stopping else ASK):
            return
        if (states := self._states()) is None:
            return
        self._tidy(states)
        lag = LAG_AT_THE_END if self._stopping else LAG
        for name, job in [*self._jobs.items()]:
            state, now = state_of(name, states), time.monotonic()
            if not (state.over or state.held or state.hopeless):
                self._doubtful.pop(name, None)
            elif now - self._doubtful.setdefault(name, now) >= lag:
                yield self._settled(name, self._last_word(name, job, state))
        if self._stopping:
            named = {name: state_of(name, states) for name in self._jobs}
            with suppress(RuntimeError):  # they are asked again, and cancelled when the pool is closed
                ask_to_end(name for name, state in named.items() if state.name == "RUNNING")
                cancel(name for name, state in named.items() if state.waits)

    def _last_word(self, name: str, job: Job, state: JobState) -> Ended:
        """What became of the piece of a job that is over."""
        if state.hopeless:
            raise RuntimeError(
                f"Slurm job {name} would wait for ever: {state.reason.replace('_', ' ')}; ask less of each job, or see "
                f"what is allowed: scontrol show job {name}"
            )
        if state.held:
            cancel([name])
        if (ended := _note(job)) is not None:
            return ended
        store = RunStore(self._store)
        stored = tuple(Outcome(s, math.nan, diverged=store.diverged(s)) for s in job.piece.specs if store.has(s))
        lost, guilty = obituary(name, state), state.name == "OUT_OF_MEMORY"
        return Ended(job.piece, stored, lost=lost, guilty=guilty, stopped=self._stopping, traceback=_end(job.log))

    def _settled(self, name: str, ended: Ended) -> Ended:
        self._leaving[name] = self._jobs.pop(name)
        self._doubtful.pop(name, None)
        return ended

    def _states(self) -> Mapping[str, JobState] | None:
        """What Slurm says of jobs; None if it gives no answer, which may pass."""
        self._asked = time.monotonic()
        try:
            states = job_states()
        except RuntimeError as error:
            if time.monotonic() - self._answered > OUTAGE:
                raise RuntimeError(f"{error}; Slurm has given no answer for {OUTAGE / 60:.0f} minutes") from error
            return None
        self._answered = time.monotonic()
        return states

    def _tidy(self, states: Mapping[str, JobState]) -> None:
        """Remove the files of jobs that have left their note and are over."""
        for name in [name for name in self._leaving if state_of(name, states).over]:
            for path in self._leaving.pop(name).files:
                path.unlink(missing_ok=True)


def _end(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-4000:]
    except OSError:
        return ""


def _note(job: Job) -> Ended | None:
    try:
        return read_note(job.note, job.piece)
    except ValueError as error:
        return Ended(job.piece, lost=f"the word of its job cannot be read: {error}")
