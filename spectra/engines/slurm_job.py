"""What a job of Slurm does: it makes a piece, and leaves a note of what became of it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import SubprocessError
from traceback import format_exc
from types import FrameType
from typing import Any

from spectra.engines.ended_note import write_note, write_store_error
from spectra.engines.engine import Execute, Making
from spectra.engines.interrupts import ask_to_stop
from spectra.engines.piece import Ended, Piece

LIMIT_SIGNALS = [getattr(signal, name) for name in ("SIGUSR1", "SIGUSR2") if hasattr(signal, name)]
"""One of these is sent before the time of a job is over; submitit chooses the second, if it is not told otherwise."""

SLACK = 30.0
"""Seconds after the time limit of its runs at which a piece is given up from outside. Between two updates it gives up
by itself, and saves a checkpoint; this is for what hangs within one."""


@dataclass(frozen=True)
class SlurmJob:
    """The function that submitit takes to the node; it returns nothing, because nobody reads a pickle of it.

    Attributes:
        piece: What is made.
        making: How.
        note: Where it says what became of it, in a folder that all nodes share.
        execute: Makes a piece.
    """

    piece: Piece
    making: Making
    note: str
    execute: Execute

    def __call__(self) -> None:
        """Make the piece.

        A job that is asked to stop by SIGTERM says so and ends. One whose time is over is queued again by submitit, and
        its runs go on from their checkpoints.
        """
        note = Path(self.note)
        note.unlink(missing_ok=True)  # a job that was requeued has left one when it was asked to stop
        over = _taken_signals()
        with self._given_up_in_time(note):
            try:
                ended = self.execute(self.piece, self.making)
            except OSError as error:
                write_store_error(note, error)
                raise
            except Exception as error:
                lost = f"{type(error).__name__}: {error}"
                ended = Ended(self.piece, lost=lost, guilty=True, traceback=format_exc())
        if ended.stopped and over and self.making.checkpoint is None:
            lost = "the time of its Slurm job was over, and without checkpoints it could not go on in another"
            ended = Ended(ended.piece, ended.outcomes, ended.elsewhere, lost=lost, guilty=True)
        elif ended.stopped and over:
            with suppress(OSError, SubprocessError):  # where nodes may not requeue, the sweep submits the rest
                over[0]()  # which else ends this process
        write_note(note, ended)

    def checkpoint(self) -> Any:
        """What submitit queues again: the same, because checkpoints are in the store."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    @contextmanager
    def _given_up_in_time(self, note: Path) -> Iterator[None]:
        if self.making.timeout is None:
            yield
            return

        def give_up() -> None:
            write_note(note, Ended(self.piece, lost=self.making.overtime, guilty=True))
            os._exit(1)

        timer = threading.Timer(self.making.timeout * len(self.piece.specs) + SLACK, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _taken_signals() -> list[Callable[[], Any]]:
    """From now on signals only ask to stop; what is to be done then, if the time of the job is over, is added."""
    over: list[Callable[[], Any]] = []
    before: dict[int, Any] = {number: signal.getsignal(number) for number in LIMIT_SIGNALS}

    def time_is_over(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if callable(handler := before[number]):
            # That of submitit saves a checkpoint of its own, requeues and exits: too soon in the midst of an update.
            over.append(lambda: handler(number, None))
        ask_to_stop()

    for number in LIMIT_SIGNALS:
        signal.signal(number, time_is_over)
    signal.signal(signal.SIGTERM, ask_to_stop)
    return over
