"""What may become of an input: it is read, or refused by a message of the package; in little time and memory."""

from __future__ import annotations

import resource
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import spectra

SECONDS = 5.0
"""Processor time of one input."""
MEMORY = 10**9
"""Bytes by which the peak of the process may grow."""
OURS = str(Path(spectra.__file__).parent)


@contextmanager
def refusable(path: Path | None = None) -> Iterator[None]:
    """Where an input may be refused as the command line prints it: in words, by our code, with the name of the file.

    Args:
        path: The file; None if what is read is no file.

    Raises:
        AssertionError: If a refusal is none that can be shown to people.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        message = str(error)
        raised = traceback.extract_tb(error.__traceback__)[-1].filename
        if not raised.startswith(OURS):
            raise
        assert message, "a refusal without words"
        assert all(sign.isprintable() or sign in "\n\t" for sign in message), f"signs for a terminal: {message!r}"
        assert len(message) < 20_000, f"a message of {len(message)} letters"
        assert path is None or path.name in message, f"no name of a file: {message}"


@contextmanager
def frugal() -> Iterator[None]:
    """Where processor time and memory are watched.

    Raises:
        AssertionError: If either was exceeded.
    """
    start, before = time.process_time(), _peak()
    yield
    spent, grown = time.process_time() - start, _peak() - before
    assert spent < SECONDS, f"{spent:.1f} s of processor"
    assert grown < MEMORY, f"{grown} bytes more"


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
