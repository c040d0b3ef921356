"""Jobs of a real Slurm, as a test has them made and looks at them."""

import json
import subprocess
import time
from dataclasses import replace

from spectra.engines.engine import Making
from spectra.engines.pace import Pace
from spectra.engines.piece import Piece
from spectra.engines.slurm_engine import slurm
from spectra.sweeps import RunStore, sweep
from spectra.sweeps.schedule import schedule
from tests.engines import slurm_work
from tests.sweeps.fake_data import tiny


def engine(work, **options):
    return replace(slurm(**options), execute=getattr(slurm_work, work))


def pieces(count, *, members=1):
    return [Piece(tuple(tiny(members * piece + member) for member in range(members))) for piece in range(count)]


def making(folder):
    return Making(str(folder / "runs"))


def outcomes(work, folder, todo, **options):
    """What becomes of all runs when a sweep has them made; afterwards no job is left."""
    with engine(work, **options).open(making(folder), 100) as pool:
        found = [*schedule(todo, pool, Pace())]
    assert queue() == {}
    return found


def queue():
    """Jobs that wait or run."""
    shown = subprocess.run(
        ["squeue", "--noheader", "--array", "--format=%i %T"], capture_output=True, check=True, text=True
    )
    return dict(line.split() for line in shown.stdout.splitlines())


def starts(folder):
    """Facts that jobs have written down when they began, by their runs and attempts."""
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("starts/*-*.json")}


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.1)
    return found


def ended(pool, seconds):
    """The next pieces that end, and how long that took."""
    start, found = time.monotonic(), []
    while not found and time.monotonic() - start < seconds:
        found = pool.ended(0.5)
    return found, time.monotonic() - start


def swept(specs, folder, engine):
    """What a sweep leaves in a store, without what its jobs had to say."""
    outcomes = [*sweep(specs, RunStore(folder), engine)]
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    loaded = RunStore(folder).load(specs)
    assert loaded.missing == ()
    return loaded.table
