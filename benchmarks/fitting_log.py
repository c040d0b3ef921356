"""Reads, bins and fits one long log in a process of its own, and prints seconds and megabytes as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np


def write_log(path: Path, rows: int) -> None:
    """A log of single steps, floor + power law with five percent of noise, as a CSV file."""
    generator = np.random.default_rng(0)
    with path.open("w") as file:
        file.write("step,loss\n")
        for first in range(1, rows + 1, 100_000):
            steps = np.arange(first, min(first + 100_000, rows + 1))
            losses = (2.0 + 10.0 * steps**-0.4) * (1 + 0.05 * generator.standard_normal(steps.size))
            file.write("".join(f"{step},{loss:.6f}\n" for step, loss in zip(steps, losses, strict=True)))


def main() -> None:
    """Read the file that is named, and say what it took."""
    from spectra.fitting.curves import read_curve
    from spectra.fitting.fit_law import fit_law
    from spectra.fitting.log_bins import log_bins

    before = _peak()
    start = time.perf_counter()
    curve = read_curve(Path(sys.argv[1]))
    read = time.perf_counter()
    binned = log_bins(curve, per_decade=100)
    fit = fit_law(binned.x, binned.y, law="floor", weights=binned.weights)
    spent = time.perf_counter() - start
    megabytes = (_peak() - before) / 1024
    found = {"seconds": spent, "reading": read - start, "megabytes": megabytes, "points": binned.x.size}
    print(json.dumps(found | {"exponent": fit.estimates["exponent"], "floor": fit.estimates["floor"]}))


def _peak() -> float:
    """Largest resident size of this process so far, in KiB."""
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()
