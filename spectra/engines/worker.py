"""A worker process, from its start: before torch is loaded, so this file imports nothing that loads it."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from enum import Enum
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from spectra.engines.interrupts import ask_to_stop

if TYPE_CHECKING:
    from spectra.engines.engine import Making
    from spectra.engines.piece import Piece

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

STOP = b"stop"
"""What a worker is told so that it ends its piece early."""


class Word(Enum):
    """What a worker says; each comes with a content."""

    READY = 1  # it is up
    BEGUN = 2  # it makes a piece now
    ENDED = 3  # with what became of the piece
    UNREADABLE = 4  # with the reason why it could not read a piece
    STORE_FAILED = 5  # with the reason, which ends the sweep


Inbox = SimpleQueue[bytes | None]  # pickled pieces; None is the end


def work(connection: Connection, parent: int, making: Making) -> None:
    """Make pieces as they come, until this process is asked to stop or the connection ends.

    Args:
        connection: Pieces and `STOP` come in, pairs of a `Word` and its content go out.
        parent: Process that started this one; when it ends, by whatever signal, this process ends.
        making: How pieces are made.
    """
    inbox: Inbox = SimpleQueue()
    _prepare(parent, inbox)
    threading.Thread(target=_receive, args=(connection, inbox), daemon=True).start()
    execute = import_module("spectra.engines.execute").execute
    connection.send((Word.READY, None))
    while (message := inbox.get()) is not None:
        connection.send((Word.BEGUN, None))
        try:
            piece: Piece = pickle.loads(message)
        except Exception as error:  # such as a class that this process cannot import
            connection.send((Word.UNREADABLE, f"{type(error).__name__}: {error}"))
            continue
        _forget_peaks(piece.device)
        try:
            connection.send((Word.ENDED, execute(piece, making)))
        except OSError as error:
            connection.send((Word.STORE_FAILED, str(error)))


def _prepare(parent: int, inbox: Inbox) -> None:
    """Tie this process to its parent, leave Ctrl-C to the parent, and pin threads: a run sets its own number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end(inbox))
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG in linux/prctl.h
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))


def _forget_peaks(device: str) -> None:
    """Begin to measure the memory of a piece: of the process where the system can, and of its device."""
    if sys.platform == "linux":
        with suppress(OSError):  # the peak of an earlier piece then counts for this one too
            Path("/proc/self/clear_refs").write_text("5")  # resets the peak of the resident set: proc(5)
    if device != "cpu" and (cuda := import_module("torch.cuda")).is_initialized():
        cuda.reset_peak_memory_stats(device)


def _receive(connection: Connection, inbox: Inbox) -> None:
    """Listen while a piece is being made; the end of the connection is the end of the parent."""
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            os._exit(1)
        # Not unpickled here: two threads that import at a time may wait for each other.
        _end(inbox) if message == STOP else inbox.put(message)


def _end(inbox: Inbox) -> None:
    ask_to_stop()
    inbox.put(None)
