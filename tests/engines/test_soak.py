"""Sweeps that are killed for hours: nothing is lost, and no memory, file or process is left over.

SPECTRA_SOAK_SECONDS says for how long; a minute if it is not set.
"""

import gc
import os
import random
import shutil
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from spectra.sweeps import RunStore, processes, serial, sweep
from tests.engines.disturbed import DisturbedSweep, observed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

SECONDS = float(os.environ.get("SPECTRA_SOAK_SECONDS", "60"))
ROUNDS = 3  # at least: the first loads what stays
GROWTH = {"files": 1, "threads": 1, "children": 1, "megabytes": 32}
"""Of this process, between the second quarter of the rounds and the last: what leaks, leaks in every round, of which
there are two sweeps, and what a library begins late, it begins once."""


@dataclass(frozen=True)
class Held:
    """What this process holds."""

    files: int
    threads: int
    children: int
    megabytes: float

    @staticmethod
    def now():
        gc.collect()
        own = Path("/proc/self")
        pages = int((own / "statm").read_text().split()[1])
        return Held(
            files=len([*(own / "fd").iterdir()]),
            threads=len([*(own / "task").iterdir()]),
            children=sum(len((task / "children").read_text().split()) for task in (own / "task").iterdir()),
            megabytes=round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1),
        )


def in_this_process(folder, specs, truth):
    """The same sweep in a process that lives on, in processes beside it and without."""
    for name, engine in (("serial", serial()), ("processes", processes(1))):
        store = RunStore(folder / name)
        outcomes = [*sweep(specs, store, engine, memory=50_000, checkpoint=0.2)]
        assert not any(outcome.error for outcome in outcomes)
        assert observed(store, specs).equals(truth)


@pytest.mark.timeout(int(SECONDS) + 3600)
def test_a_soak_of_sweeps_with_kills_loses_and_leaves_nothing(tmp_path, capsys):
    chance, start, held = random.Random(0), time.monotonic(), []
    (tmp_path / "truth").mkdir()
    truth = DisturbedSweep(tmp_path / "truth", chance).quiet()
    while len(held) < ROUNDS or time.monotonic() - start < SECONDS:
        folder = tmp_path / str(len(held))
        folder.mkdir()
        one = DisturbedSweep(folder, chance)
        one.disturb(truth)
        assert one.leftovers() == []
        in_this_process(folder, one.specs, truth)
        shutil.rmtree(folder)
        held.append(Held.now())
        with capsys.disabled():
            facts = {"round": len(held), "seconds": round(time.monotonic() - start), **asdict(held[-1]), **one.counts}
            sys.stdout.write(f"{facts}\n")
            sys.stdout.flush()
    quarter = max(len(held) // 4, 1)
    before, after = held[quarter : 2 * quarter], held[-quarter:]
    for what, allowed in GROWTH.items():
        middle, end = (statistics.median(getattr(one, what) for one in part) for part in (before, after))
        assert end - middle <= allowed, f"{what} grew from {middle} to {end}"
