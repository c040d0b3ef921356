"""Fuzz for long: `python -m tests.fuzz.campaign --inputs 10000 [--targets curve pack] [--first 0]`.

Each target has a process of its own, and a new one after every input that ended it. What was found is printed with the
number of the input; `--only` makes that one input again, and leaves it in the folder that is named.
"""

from __future__ import annotations

import argparse
import mmap
import os
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from tests.fuzz.oracle import SECONDS, frugal
from tests.fuzz.targets import TARGETS, generator

MOST_ADDRESSES = 4 * 2**30
"""Bytes by which the addresses of a process may grow, so that no input takes the memory of the machine."""
ENDLESS = 10 * SECONDS
"""Seconds of wall-clock time after which an input that waits for something is given up."""


class Progress:
    """What a process has done, seen from outside: inputs, findings, longest time of an input, peak of memory."""

    FORM = struct.Struct("<qqdq")

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, self.FORM.size)

    def tell(self, number: int, findings: int, slowest: float) -> None:
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._shared[:] = self.FORM.pack(number, findings, slowest, peak)

    def told(self) -> tuple[int, int, float, int]:
        return self.FORM.unpack(self._shared[:])  # type: ignore[return-value]


def fuzzed(name: str, first: int, last: int) -> int:
    """Try inputs `first` to `last` - 1 of a target, print what was found, and return how many findings there were."""
    start, progress, next_one, total, slowest, peak = time.monotonic(), Progress(), first, 0, 0.0, 0
    while next_one < last:
        progress.tell(next_one, 0, 0.0)
        process = os.fork()
        if process == 0:
            _tried(name, next_one, last, progress)
        _, status = os.waitpid(process, 0)
        number, findings, worst, most = progress.told()
        total, slowest, peak = total + findings, max(slowest, worst), max(peak, most)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            next_one = last
        else:
            ended = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            print(f"{name} {number}: the process ended with {ended}", flush=True)
            total, next_one = total + 1, number + 1
    seconds = time.monotonic() - start
    print(
        f"{name}: {last - first} inputs, {total} findings, {(last - first) / seconds:.0f} a second, slowest "
        f"{slowest:.2f} s, peak {peak / 2**20:.0f} MiB",
        flush=True,
    )
    return total


def _tried(name: str, first: int, last: int, progress: Progress) -> None:
    """Within the process of a target; it never returns."""
    warnings.simplefilter("error")
    addresses = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    resource.setrlimit(resource.RLIMIT_AS, (addresses + MOST_ADDRESSES,) * 2)
    findings, slowest, seen = 0, 0.0, set[str]()
    for number in range(first, last):
        progress.tell(number, findings, slowest)
        # Nobody handles these signals: they end the process, also where it hangs in code that is not Python.
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.setitimer(signal.ITIMER_REAL, ENDLESS)
        before = time.process_time()
        try:
            tried(name, number)
        except Exception as error:
            findings += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
            if kind not in seen:
                print(f"{name} {number}: {kind}: {str(error)[:300]!r}", flush=True)
            seen.add(kind)
        slowest = max(slowest, time.process_time() - before)
    progress.tell(last, findings, slowest)
    sys.stdout.flush()
    os._exit(0)


def tried(name: str, number: int, folder: Path | None = None) -> None:
    """Make one input and read it.

    Raises:
        Exception: If what became of it is wrong.
    """
    place = Path(tempfile.mkdtemp()) if folder is None else folder
    try:
        with frugal():
            TARGETS[name](generator(name, number), place)
    finally:
        if folder is None:
            shutil.rmtree(place)


def main() -> None:
    """Run a campaign, or make one input again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1000, help="for each target")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--targets", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument(
        "--only", nargs=2, metavar=("NUMBER", "FOLDER"), help="one input of the one target that is named"
    )
    chosen = parser.parse_args()
    if chosen.only:
        (folder := Path(chosen.only[1])).mkdir(parents=True, exist_ok=True)
        warnings.simplefilter("error")
        tried(chosen.targets[0], int(chosen.only[0]), folder)
        return
    found = [fuzzed(name, chosen.first, chosen.first + chosen.inputs) for name in chosen.targets]
    sys.exit(any(found))


if __name__ == "__main__":
    main()
