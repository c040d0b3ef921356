"""Fits side by side with other tools: time to the optimum and the objective reached; many curves; one long log.

Prints markdown tables; progress goes to the error output. `--quick` shrinks everything to a check that it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

# Before numpy: two workers with two threads each would slow each other.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from fitting_log import write_log
from fitting_peers import PEERS, Solver
from fitting_problems import Problem, floor_problem, joint_problem
from rounds import markdown

from spectra.fitting.fit_law import fit_law

Timed = tuple[float, float]
"""Seconds, and the objective that was reached."""


def ours(problem: Problem) -> Timed:
    """Our fit with intervals, profile and warnings."""
    names = ("size", "data") if problem.law == "joint" else ("x",)
    columns = dict(zip(names, np.exp(problem.logs), strict=True))
    start = time.perf_counter()
    fit = fit_law(columns, np.exp(problem.log_y), law=problem.law, objective=problem.objective())
    spent = time.perf_counter() - start
    if not fit.certificate.certified:
        print(f"not certified: {fit.certificate}", file=sys.stderr)
    return spent, problem.of_ours(fit.estimates)


def timed(solver: Solver, problem: Problem, starts: np.ndarray) -> Timed:
    """Another tool from some starts."""
    begin = time.perf_counter()
    reached = solver(problem, starts)
    return time.perf_counter() - begin, reached


def compared(problems: Sequence[Problem], works: dict[str, Callable[[Problem], Timed]], unit: float) -> str:
    """Median time of every candidate, its ratio to ours, and how far its objective lies above the lowest of all."""
    found: dict[str, list[Timed]] = {name: [] for name in works}
    for problem in problems:
        for name, work in works.items():
            print(f"{problem.law}: {name}", file=sys.stderr, flush=True)
            found[name].append(work(problem))
    lowest = [min(found[name][turn][1] for name in works) for turn in range(len(problems))]
    own, rows = statistics.median(spent for spent, _ in found["spectra"]), []
    for name, turns in found.items():
        spent = statistics.median(seconds for seconds, _ in turns)
        above = [value / best - 1 for (_, value), best in zip(turns, lowest, strict=True)]
        rows.append(
            [name, f"{spent / unit:.3g}", f"{spent / own:.3g}", f"{max(above):.1e}", sum(a < 1e-9 for a in above)]
        )
    scale = "s" if unit == 1 else "ms"
    heading = ["candidate", f"median, {scale}", "times ours", "highest above the best", "at the best"]
    return f"{markdown(heading, rows)}\n\nLowest objective of the first problem: {lowest[0]:.12g}."


def joint(asked: argparse.Namespace) -> None:
    """Loss by size and data with Hoffmann's objective: his grid of starts, and fewer."""
    problem = joint_problem(asked.table)
    shuffled = np.random.default_rng(0).permutation(problem.starts)
    grid, some = (shuffled[:8], shuffled[:4]) if asked.quick else (problem.starts, shuffled[:100])
    works: dict[str, Callable[[Problem], Timed]] = {"spectra": ours}
    works[f"L-BFGS, {len(grid)} starts"] = partial(_from, PEERS["L-BFGS"], grid)
    works |= {f"{name}, {len(some)} starts": partial(_from, solver, some) for name, solver in PEERS.items()}
    print(f"\n## Joint law, {problem.log_y.size} points, Huber loss of log residuals\n")
    print(compared([problem], works, 1.0), flush=True)


def _from(solver: Solver, starts: np.ndarray, problem: Problem) -> Timed:
    return timed(solver, problem, starts)


def floor(asked: argparse.Namespace) -> None:
    """Curves with a floor, least squares of logarithms, nine starts for the others."""
    problems = [floor_problem(500, seed) for seed in range(2 if asked.quick else 50)]
    works: dict[str, Callable[[Problem], Timed]] = {"spectra": ours}
    works |= {f"{name}, 9 starts": partial(_from_own, solver) for name, solver in PEERS.items()}
    print(f"\n## {len(problems)} curves with a floor, 500 points each, least squares of logarithms\n")
    print(compared(problems, works, 1e-3), flush=True)


def _from_own(solver: Solver, problem: Problem) -> Timed:
    return timed(solver, problem, problem.starts)


def many(asked: argparse.Namespace) -> None:
    """Many curves with floor, intervals and all, in two processes."""
    count = 20 if asked.quick else 10_000
    for level, name in ((None, "without"), (0.95, "with")):
        start = time.perf_counter()
        with ProcessPoolExecutor(2) as pool:
            certified = sum(pool.map(partial(_certified, level), range(count), chunksize=max(1, count // 40)))
        spent = time.perf_counter() - start
        print(
            f"\n{count} curves of 500 points with a floor, two processes, {name} intervals: **{spent:.1f} s**, ", end=""
        )
        print(f"{1e3 * spent / count:.1f} ms a curve; {certified} certified.", flush=True)


def _certified(level: float | None, seed: int) -> bool:
    problem = floor_problem(500, seed)
    return fit_law(np.exp(problem.logs[0]), np.exp(problem.log_y), law="floor", level=level).certificate.certified


def log(asked: argparse.Namespace) -> None:
    """One log of single steps: read, binned and fitted."""
    rows = 10_000 if asked.quick else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        write_log(path, rows)
        size = path.stat().st_size / 1e6
        child = [sys.executable, str(Path(__file__).with_name("fitting_log.py")), str(path)]
        found = json.loads(subprocess.run(child, check=True, capture_output=True, text=True).stdout)
    print(
        f"\nA log of {rows} rows ({size:.0f} MB): **{found['seconds']:.1f} s** ({found['reading']:.1f} s reading), ",
        end="",
    )
    print(f"**{found['megabytes']:.0f} MB** above the interpreter; {found['points']} bins, ", end="")
    print(f"exponent {found['exponent']:.3f} (made with 0.4), floor {found['floor']:.4f} (2.0).", flush=True)


SECTIONS = {"joint": joint, "floor": floor, "many": many, "log": log}


def main() -> None:
    """Run the sections that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--table", type=Path, help="CSV with the columns Model Size, Training FLOP, loss; else a twin")
    parser.add_argument("--quick", action="store_true", help="few starts, few curves, a short log")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores; load of the machine at the start {os.getloadavg()[0]:.1f}.")
    for name in asked.only:
        SECTIONS[name](asked)


if __name__ == "__main__":
    main()
