"""Peak memory of training and measuring against the number of members, beside what the library foresees.

Each network has a process of its own, because the peak is that of a whole process. Linux only.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cohort_workloads import WORKLOADS

WIDTHS = (32, 64, 128, 256)
LARGEST = 2**31
"""Bytes; cohorts that are foreseen to need more are left out, as are those of more members than are faster together."""


def memory_rows(models: Sequence[str], members: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Model, width, quantity, program, members, workers, threads and bytes beyond those of the bare process."""
    for model in models:
        for width in WIDTHS:
            if width in WORKLOADS[model].widths:
                yield from _of_process(model, width, members)


def _of_process(model: str, width: int, members: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    code = [sys.executable, __file__, model, str(width), *map(str, members)]
    done = subprocess.run(code, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{code[1:]} ended with code {done.returncode}: {done.stderr[-2000:]}")
    for count, peak, foreseen in json.loads(done.stdout):
        yield model, width, "memory", "cohort", count, 1, 1, peak
        yield model, width, "memory", "foreseen", count, 1, 1, foreseen


def _print_peaks(model: str, width: int, wanted: Sequence[int]) -> None:
    import torch

    from spectra.training import Sharpness, StepGrid, footprint, most_members, run_cohort

    torch.set_num_threads(1)
    workload, found = WORKLOADS[model], []
    measured = (Sharpness("effective_sharpness", StepGrid(every=1), examples=workload.batch),)
    run_cohort(WORKLOADS["mlp"].specs(32, 1, steps=1, measurements=measured))  # loads libraries
    workload.data.load()
    for members in wanted:
        specs = workload.specs(width, members, steps=2, measurements=measured)
        foreseen = members * footprint(specs[0]).memory
        if members > most_members(specs[0]) or (members > 1 and foreseen > LARGEST):
            break
        ctypes.CDLL(None).malloc_trim(0)  # what earlier cohorts have left is given back
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        run_cohort(specs)
        found.append((members, _memory("VmHWM") - before, foreseen))
    print(json.dumps(found))


def _memory(name: str) -> int:
    """Resident memory of this process, now (VmRSS) or at its peak (VmHWM), in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    _print_peaks(sys.argv[1], int(sys.argv[2]), [int(count) for count in sys.argv[3:]])
