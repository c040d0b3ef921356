"""Whether this process was asked to stop: a signal asks once, and insists the second time."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Signals are sent to a process, so there is one answer for all of it.
_asked = threading.Event()


def stop_asked() -> bool:
    """Whether what is under way should save a checkpoint and end."""
    return _asked.is_set()


def ask_to_stop(number: int = 0, frame: FrameType | None = None) -> None:  # noqa: ARG001 (as a handler of signals)
    """Ask what is under way in this process to stop; may be installed as the handler of a signal."""
    _asked.set()


def forget() -> None:
    """Take the request back, when what was under way has ended."""
    _asked.clear()


@contextmanager
def listening() -> Iterator[None]:
    """Within, the first Ctrl-C or SIGTERM only asks to stop, and the next raises KeyboardInterrupt.

    The former handlers are put back at the end; the request is kept until it is forgotten. Signals come to the main
    thread alone, so in others nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _ask_or_insist) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def terminable() -> Iterator[None]:
    """Within, SIGTERM raises KeyboardInterrupt, as Ctrl-C does."""
    handler = signal.getsignal(signal.SIGINT)  # of a command in the background it may be that it is ignored
    before = signal.signal(signal.SIGTERM, handler if callable(handler) else signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; one that starts within does not see it, and we see it after."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ask_or_insist(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    if stop_asked():
        raise KeyboardInterrupt
    ask_to_stop()
