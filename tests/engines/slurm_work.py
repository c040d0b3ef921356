"""Ways to make a piece that do what a test needs; jobs import them from here."""

import json
import os
import signal
import time
from pathlib import Path

from spectra.engines.engine import Making
from spectra.engines.interrupts import stop_asked
from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended, Piece


def note_start(piece: Piece, making: Making) -> int:
    """Write down who makes which runs, beside the store; returns how often they have been begun."""
    notes = Path(making.store).parent / "starts"
    notes.mkdir(exist_ok=True)
    name = piece.specs[0].identity
    facts = {
        "pid": os.getpid(),
        "job": os.environ.get("SLURM_ARRAY_JOB_ID", os.environ.get("SLURM_JOB_ID")),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "cpus": os.environ.get("SLURM_CPUS_PER_TASK"),
        "gpus": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "device": piece.device,
    }
    number = len([*notes.glob(f"{name}-*.json")])
    beside = notes / f".{name}-{number}"
    beside.write_text(json.dumps(facts))
    beside.rename(notes / f"{name}-{number}.json")
    return number + 1


def done(piece: Piece) -> Ended:
    return Ended(piece, tuple(Outcome(spec, 0.5, loss=float(spec.seed)) for spec in piece.specs))


def quick(piece: Piece, making: Making) -> Ended:
    note_start(piece, making)
    return done(piece)


def raising(piece: Piece, making: Making) -> Ended:
    note_start(piece, making)
    raise ValueError("there are no data today")


def store_failing(piece: Piece, making: Making) -> Ended:
    raise OSError("the disk is full; make room")


def patient(piece: Piece, making: Making) -> Ended:
    """Counts in a file that outlives it, as runs do with checkpoints; ends when it is asked to, or at 40 seconds."""
    note_start(piece, making)
    checkpoint = Path(making.store).parent / f"{piece.specs[0].identity}.seconds"
    seconds = int(checkpoint.read_text()) if checkpoint.exists() else 0
    while seconds < 40:
        time.sleep(1)
        seconds += 1
        if stop_asked():
            checkpoint.write_text(str(seconds))
            return Ended(piece, lost="its worker was asked to stop", stopped=True)
    return done(piece)


def hurried(piece: Piece, making: Making) -> Ended:
    """The first attempt takes a minute, the others no time."""
    if note_start(piece, making) == 1:
        time.sleep(60)
    return done(piece)


def killed(piece: Piece, making: Making) -> Ended:
    note_start(piece, making)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
