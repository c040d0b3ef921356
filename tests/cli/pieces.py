"""Six runs, and pieces of them under way."""

import time
from dataclasses import replace

from spectra.engines.maker import Maker
from spectra.engines.under_way import UnderWay
from tests.sweeps.fake_data import tiny

SPECS = tuple(tiny(seed) for seed in range(6))


def record(specs=SPECS[:2], *, step=0, seconds=0.0, **changes) -> UnderWay:
    """A piece of runs of 6 updates."""
    runs = tuple(spec.identity for spec in specs)
    maker = Maker("node7", "another machine", 12, "1")
    whole = UnderWay(maker, "cuda:0", runs, step, 6, 0, seconds, (), 1, time.monotonic(), alive=True)
    return replace(whole, **changes)
