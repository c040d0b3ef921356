"""What a worker of Ray does with a piece."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exc

from spectra.engines.engine import Execute, Making
from spectra.engines.interrupts import forget, listening
from spectra.engines.piece import Ended, Piece

STDERR = 2
"""Of the process: Ray keeps it in a file, which tells where a run hung."""


def execute(piece: Piece, making: Making) -> Ended:
    """`spectra.engines.execute.execute`, which loads torch: not before a worker has its threads."""
    from spectra.engines.execute import execute as make

    return make(piece, making)


def make(execute: Execute, piece: Piece, making: Making, limit: float | None) -> Ended:
    """Make a piece; the cancellation of the task, or a SIGTERM of its node, lets it save its checkpoints.

    Args:
        execute: Makes a piece.
        piece: The piece.
        making: How; a store that is a URL is where finished runs are sent.
        limit: Seconds after which this process ends itself; None is never. Between two updates a run gives up by itself
            when its time is over; this is for what hangs within one.

    Returns:
        What became of it.

    Raises:
        OSError: If the store fails.
    """
    forget()  # what the piece before this one was asked
    with _ended_by(limit), listening():
        try:
            return _sent(execute, piece, making) if "://" in making.store else execute(piece, making)
        except OSError:
            raise
        except Exception as error:
            lost = f"{type(error).__name__}: {error}"
            return Ended(piece, lost=lost, guilty=True, traceback=format_exc())


def _sent(execute: Execute, piece: Piece, making: Making) -> Ended:
    """Make a piece in a store of its own, and send what is finished as one object, which appears whole."""
    from spectra.store.outbox import Outbox, explained_store
    from spectra.store.packs import packed, rows
    from spectra.store.run_folder import verified

    with TemporaryDirectory(prefix="spectra-") as folder:
        ended = execute(piece, replace(making, store=folder, checkpoint=None))
        finished = [outcome.spec.identity for outcome in ended.outcomes if outcome.error is None]
        if finished:
            name, data = packed(rows(verified(Path(folder, identity), identity) for identity in finished))
            with explained_store(making.store):  # a worker may lack the package that knows the URL
                outbox = Outbox(making.store)
            outbox.put(name, data)
    return ended


@contextmanager
def _ended_by(limit: float | None) -> Iterator[None]:
    """Within, end the process after some seconds, even if no line of Python is reached any more."""
    if limit is None:
        yield
        return
    faulthandler.dump_traceback_later(limit, exit=True, file=STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
