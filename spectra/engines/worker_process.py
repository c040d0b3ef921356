"""A worker as its parent sees it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from spectra.engines.death import death
from spectra.engines.engine import Making
from spectra.engines.interrupts import interrupts_kept
from spectra.engines.piece import Ended, Piece
from spectra.engines.worker import STOP, Word, work

BREAKS = 3
"""When a worker has died so often in a row before it was up, it will not come up at all."""

UNGUARDED = 77
"""Exit code of a worker that would have started workers itself, because the script that it imports does."""


class WorkerProcess:
    """A process and the connection to it, which it shares with no other: however it dies, nobody else is concerned.

    It is started with its first piece, and anew with the first after its death.

    Attributes:
        device: Where its tensors live.
        piece: What it makes; None if it has nothing to do.
        begun: When it began with that, by the monotonic clock; None while it is still starting.
    """

    connection: Connection

    def __init__(self, making: Making, device: str) -> None:
        """Describe a process that does not run yet.

        Args:
            making: How it makes pieces.
            device: Where its tensors live.
        """
        self.device, self._making = device, making
        self.piece: Piece | None = None
        self.begun: float | None = None
        self._breaks = 0  # how often in a row it has died before it was up
        self._process: SpawnProcess | None = None

    @property
    def running(self) -> bool:
        """Whether there is a process, which starts faster than none."""
        return self._process is not None

    def start(self, piece: Piece) -> None:
        """Hand out a piece.

        Raises:
            OSError: If no process can be started for it.
        """
        self.piece, self.begun = piece, None
        if self._process is None:
            self._spawn()
        with suppress(OSError):  # it has just died, which is noticed when it is listened to
            self.connection.send_bytes(pickle.dumps(piece))

    def heard(self) -> Ended | None:
        """What became of the piece; None if it is still being made.

        Raises:
            OSError: If the store failed.
        """
        assert self._process is not None
        assert self.piece is not None
        alive = self._process.is_alive()  # asked first: what it said before it died is not lost
        for word, content in self._messages():
            if word is Word.READY:
                self._breaks = 0
            elif word is Word.BEGUN:
                self.begun = time.monotonic()
            elif word is Word.STORE_FAILED:
                raise OSError(content)
            elif word is Word.UNREADABLE:
                return self._settled(Ended(self.piece, lost=f"a worker could not read it: {content}", guilty=True))
            else:
                return self._settled(content)
        return None if alive else self._died()

    def stop(self) -> None:
        """Ask it to save a checkpoint and to end."""
        if self._process is not None and self.piece is not None:
            with suppress(OSError):
                self.connection.send_bytes(STOP)

    def give_up(self, reason: str) -> Ended:
        """Kill it for what its piece does."""
        assert self.piece is not None
        self.kill()
        return self._settled(Ended(self.piece, lost=reason, guilty=True))

    def kill(self) -> None:
        """End the process at once, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self.connection.close()
        self._process = None

    def _spawn(self) -> None:
        if getattr(multiprocessing.current_process(), "_inheriting", False):  # which the standard library asks as well
            os._exit(UNGUARDED)
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, os.getpid(), self._making))
        try:
            with interrupts_kept():
                process.start()
        except OSError as error:
            self.connection.close()
            raise OSError(
                f"the system starts no further process ({error.strerror}); use fewer processes, or end some that are "
                "not needed: finished runs are kept"
            ) from error
        finally:
            theirs.close()  # so that its death ends the connection
        self._process = process

    def _messages(self) -> Iterator[tuple[Word, Any]]:
        with suppress(EOFError, OSError):  # it has died
            while self.connection.poll():
                yield self.connection.recv()

    def _settled(self, ended: Ended) -> Ended:
        self.piece = None
        if ended.stopped:  # it has ended, or is about to
            self.kill()
        return ended

    def _died(self) -> Ended | None:
        """What its death means: nothing for a piece that it had not begun, which a new process gets."""
        assert self._process is not None
        assert self.piece is not None
        exitcode = self._process.exitcode
        self.kill()
        if self.begun is not None:
            return self._settled(Ended(self.piece, lost=f"its process died: {death(exitcode)}"))
        self._breaks += 1
        if exitcode == UNGUARDED:
            raise RuntimeError(
                "every worker imports the script that starts it, and this script would start workers again: put what "
                'it does under if __name__ == "__main__":'
            )
        if self._breaks == BREAKS:
            raise RuntimeError(f"a worker process ended {BREAKS} times before it was up; its output says why")
        self.start(self.piece)
        return None
