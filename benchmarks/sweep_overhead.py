"""What a sweep costs beyond its runs: start, recipe, driver, store; and how many trivial runs fit in a minute.

Writes sweep_overhead.csv, and prints markdown tables, the last of them an estimate for a cluster.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from cluster_estimate import Overhead, print_estimate
from rounds import markdown
from sweep_subset import RECIPE, Subset

from spectra.data import Digits
from spectra.engines.engine import Pool
from spectra.engines.outcome import Outcome
from spectra.engines.pace import Pace
from spectra.engines.piece import Ended, Piece
from spectra.models import MLP
from spectra.sweeps import Engine, RunStore, processes, read_experiment, serial, sweep
from spectra.sweeps.cohorts import pieces
from spectra.sweeps.schedule import schedule
from spectra.training import SGD, Loss, RegimeSpec, RunSpec, StepGrid, run_cohort

RUN_SECONDS = 5.0
ALONE = 1
"""Bytes that a cohort may take: so few that every run is one by itself."""


def trivial(count: int, *, steps: int = 1, width: int = 8, first: int = 0) -> list[RunSpec]:
    """Runs of a tiny network, which differ in their seeds."""
    model, regime = MLP(width, depth=1), RegimeSpec("mup", base_width=8, base_depth=1)
    losses = (Loss(StepGrid(every=steps), examples=64),)
    return [RunSpec(model, Digits(), SGD(0.01, batch_size=64), regime, losses, steps, first + n) for n in range(count)]


def swept(specs: Sequence[RunSpec], engine: Engine, *, memory: int | None = None) -> tuple[float, list[Outcome]]:
    """Seconds that a sweep takes in a new store, and what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        ended = list(sweep(specs, RunStore(folder), engine, memory=memory))
        spent = time.perf_counter() - start
    errors = [outcome.error for outcome in ended if outcome.error]
    if errors or len(ended) != len(specs):
        raise RuntimeError(f"{len(ended)} of {len(specs)} runs ended, {len(errors)} failed: {errors[:1]}")
    return spent, ended


class Instant:
    """A pool whose pieces have ended as soon as they are started: what remains is the driver."""

    workers = 64

    def __init__(self) -> None:
        self._ended: list[Ended] = []

    def fits(self, piece: Piece) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def start(self, piece: Piece) -> None:
        """It has ended."""
        self._ended.append(Ended(piece, tuple(Outcome(spec, 1.0) for spec in piece.specs)))

    def ended(self, wait: float) -> Sequence[Ended]:  # noqa: ARG002
        """One, as from a cluster."""
        return [self._ended.pop()] if self._ended else []

    def stop(self) -> None:
        """Nothing is under way."""


def driver(count: int) -> float:
    """Seconds that the scheduler takes for one piece."""
    pool: Pool = Instant()
    start = time.perf_counter()
    list(schedule([Piece((spec,)) for spec in trivial(count)], pool, Pace()))
    return (time.perf_counter() - start) / count


def in_worker(count: int) -> tuple[float, float]:
    """Seconds for a piece, and for each run in it, that a worker takes beside training: claims, records, store."""
    specs = trivial(count)
    parts = {ALONE: [[spec] for spec in specs], None: [[*piece.specs] for piece in pieces(specs)]}
    beyond = {memory: swept(specs, serial(), memory=memory)[0] - _trained(part) for memory, part in parts.items()}
    # n runs in n pieces, and in m: two equations.
    per_piece = max((beyond[ALONE] - beyond[None]) / (count - len(parts[None])), 0.0)
    return per_piece, max(beyond[ALONE] / count - per_piece, 0.0)


def _trained(parts: Sequence[Sequence[RunSpec]]) -> float:
    start = time.perf_counter()
    for part in parts:
        run_cohort(part)
    return time.perf_counter() - start


def start_up() -> tuple[float, float]:
    """Seconds of `spectra run` where nothing is left to do; seconds for reading one run of a recipe."""
    recipe = Subset(widths=(64,), rates=(0.5,), seeds=(101,)).recipe
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.toml"
        path.write_text(recipe.replace("steps = 120", "steps = 1"))
        call = [sys.executable, "-m", "spectra", "run", str(path), "--store", f"{folder}/runs", "--workers", "1"]
        spent = []
        for _ in range(4):  # the first one makes the runs
            start = time.perf_counter()
            subprocess.run(call, check=True, capture_output=True)
            spent.append(time.perf_counter() - start)
    start = time.perf_counter()
    count = len(read_experiment(RECIPE).specs)
    return statistics.median(spent[1:]), (time.perf_counter() - start) / count


def long_runs(count: int, seconds: float) -> tuple[float, float]:
    """Wall-clock seconds of some runs of a given length, one at a time in one worker, and of their training alone."""
    steps = 400
    start = time.perf_counter()
    run_cohort(trivial(1, steps=steps, width=256))
    steps = max(1, round(steps * seconds / (time.perf_counter() - start)))
    spent, ended = swept(trivial(count, steps=steps, width=256), processes(1), memory=ALONE)
    return spent, sum(outcome.seconds for outcome in ended)


def measured(asked: argparse.Namespace) -> dict[str, float]:
    """All quantities, in seconds if not said otherwise."""
    run_cohort(trivial(1))  # loads the data
    few, many = (20, 40) if asked.quick else (200, 1000)
    found = dict(zip(("start", "recipe, per run"), start_up(), strict=True))
    found["workers"] = swept(trivial(2, first=10**6), processes(2), memory=ALONE)[0]
    found["driver, per piece"] = driver(10 * few)
    found |= dict(zip(("worker, per piece", "worker, per run"), in_worker(few), strict=True))
    found["trivial runs"] = many
    found["trivial runs, all"] = swept(trivial(many), processes(os.cpu_count() or 1), memory=ALONE)[0]
    count = 2 if asked.quick else 4
    found["long runs"] = count
    wall, training = long_runs(count, RUN_SECONDS / (10 if asked.quick else 1))
    return found | {"long runs, all": wall, "long runs, training": training}


def print_overhead(found: dict[str, float]) -> None:
    """What it adds to a run of five seconds, and the rate of trivial runs."""
    per_run = found["recipe, per run"] + sum(found[f"{name}, per piece"] for name in ("driver", "worker"))
    per_run += found["worker, per run"]
    once = {"`spectra run`, from start to end, with nothing to do": "start", "two workers started and done": "workers"}
    rows = [[name, f"{1e3 * found[key]:.0f}", "once"] for name, key in once.items()]
    for name in ("recipe, per run", "driver, per piece", "worker, per piece", "worker, per run"):
        rows.append([name, f"{1e3 * found[name]:.2f}", f"{found[name] / RUN_SECONDS:.3%}"])
    rows.append(["sum, cohorts of one", f"{1e3 * per_run:.2f}", f"**{per_run / RUN_SECONDS:.2%}**"])
    print("\n## What a sweep adds\n")
    print(markdown(["cost", "milliseconds", f"of a run of {RUN_SECONDS:.0f} seconds"], rows))
    wall, training, count = found["long runs, all"], found["long runs, training"], found["long runs"]
    print(
        f"\n{count:.0f} runs of {training / count:.1f} seconds, one by one in one worker, took {wall:.2f} seconds, ",
        end="",
    )
    print(f"{wall / training - 1:.2%} more than their training, the start of the worker included.")
    rate = 60 * found["trivial runs"] / found["trivial runs, all"]
    print(f"{found['trivial runs']:.0f} trivial runs, cohorts of one, {os.cpu_count()} workers: ", end="")
    print(f"{found['trivial runs, all']:.1f} seconds, **{rate:.0f} a minute**.", flush=True)


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short runs, no file")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__.split('+')[0]}, {os.cpu_count()} cores; ", end="")
    print(f"load of the machine at the start {os.getloadavg()[0]:.1f}.")
    found = measured(asked)
    print_overhead(found)
    print_estimate(Overhead.of(found))
    if not asked.quick:
        with Path(__file__).with_name("sweep_overhead.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["quantity", "value"])
            writer.writerows((name, f"{value:.5g}") for name, value in found.items())


if __name__ == "__main__":
    main()
