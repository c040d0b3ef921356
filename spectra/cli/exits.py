"""How a command ends: its exit code, and what it says when something is wrong."""

from __future__ import annotations

import functools
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, ParamSpec

import typer

from spectra.plain_text import clean

INTERNAL = 1
BAD_INPUT = 2
SOME_RUNS_FAILED = 3
STORE_FAILED = 4
NOTHING_JUDGED = 5
INTERRUPTED = 130

P = ParamSpec("P")


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on standard error, and end."""
    sys.stderr.write(f"spectra: {clean(message)}\n")
    raise typer.Exit(code)


@contextmanager
def door() -> Iterator[None]:
    """Where the user's input comes in: what is refused here is a message, not a traceback."""
    try:
        yield
    except (ValueError, ImportError) as error:
        fail(str(error), BAD_INPUT)
    except OSError as error:
        named = error.strerror is not None and error.filename is not None
        advice = f"{error.filename}: {error.strerror}; choose another place, or make room or change its permissions"
        fail(advice if named else str(error), BAD_INPUT)


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """A command that never shows a traceback: an error of our own goes to a file that can be reported."""

    @functools.wraps(command)
    def guard(*args: P.args, **kwargs: P.kwargs) -> None:
        interrupts: list[int] = []
        try:
            with _noted(interrupts):
                command(*args, **kwargs)
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            fail("interrupted", INTERRUPTED)
        except Exception as error:
            if interrupts:  # a library that is interrupted while it loads raises what it likes
                fail("interrupted", INTERRUPTED)
            with tempfile.NamedTemporaryFile(prefix="spectra-", suffix=".log", delete=False) as log:
                log.write(traceback.format_exc().encode("utf-8", "backslashreplace"))
            fail(
                f"internal error, please report it with the file {log.name}: {type(error).__name__}: {error}", INTERNAL
            )

    return guard


@contextmanager
def _noted(interrupts: list[int]) -> Iterator[None]:
    """Within, Ctrl-C raises KeyboardInterrupt as ever, and is noted in the list, whatever becomes of that exception."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # somebody else looks after it
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
