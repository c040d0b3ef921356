"""What a worker of Ray does instead of training, in tests; workers import it from here."""

import json
import os
import time
from pathlib import Path

from spectra.engines.engine import Making
from spectra.engines.interrupts import stop_asked
from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended, Piece
from spectra.engines.worker import THREAD_VARIABLES


def quick(piece: Piece, making: Making) -> Ended:
    """Does nothing."""
    return Ended(piece, outcomes=tuple(Outcome(spec, 0.0) for spec in piece.specs))


def noting(piece: Piece, making: Making) -> Ended:
    """Says where it is, and waits for at most a minute until it may go on or is asked to stop."""
    _note(piece, making)
    end = time.monotonic() + 60
    while time.monotonic() < end and not Path(making.store, "go").exists():
        if stop_asked():
            return Ended(piece, lost="it was asked", stopped=True)
        time.sleep(0.02)
    return quick(piece, making)


def deaf(piece: Piece, making: Making) -> Ended:
    """Says where it is, and goes on for a minute whatever it is asked."""
    _note(piece, making)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(0.02)
    return quick(piece, making)


def _note(piece: Piece, making: Making) -> None:
    names = (*THREAD_VARIABLES, "CUDA_VISIBLE_DEVICES")
    facts = {"pid": os.getpid(), "device": piece.device, **{name: os.environ.get(name) for name in names}}
    folder, name = Path(making.store), piece.specs[0].identity
    (folder / f".{name}").write_text(json.dumps(facts))
    (folder / f".{name}").rename(folder / f"{name}.json")


def full(piece: Piece, making: Making) -> Ended:
    """Finds the disk full."""
    raise OSError(28, "no space left on device", making.store)


def faulty(piece: Piece, making: Making) -> Ended:
    """Has a fault of its own."""
    raise AssertionError("this cannot be")
