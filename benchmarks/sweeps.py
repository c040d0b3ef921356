"""A sweep beside the loop that one writes with torch and PyHessian, at equal accuracy.

Both make the same runs, from the same weights and batches, and measure the same quantities on the same examples at the
same steps: the effective sharpness, both to 1e-3 of the truth (`sweep_accuracy.py`). A part of `sweep.toml` stands
for the whole; with --whole the whole is made too. Candidates in turn, medians. Prints markdown tables.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import plain_sweep
import torch
from plain_sweep import Setting
from rounds import in_turn, markdown, ratio, seconds
from sweep_subset import RECIPE, Subset, setting_of

from spectra.engines.worker import THREAD_VARIABLES
from spectra.sweeps import RunStore, read_experiment, serial, sweep
from spectra.training import RunSpec

QUICK = Subset(widths=(64,), rates=(0.5,), seeds=(101, 102))


def made(specs: Iterable[RunSpec]) -> None:
    """Make runs in this process, and store them."""
    with tempfile.TemporaryDirectory() as folder:
        failed = [outcome.error for outcome in sweep(specs, RunStore(folder), serial()) if outcome.error]
    if failed:
        raise RuntimeError(f"{len(failed)} runs failed, the first with: {failed[0]}")


def without_sharpness(spec: RunSpec) -> RunSpec:
    """The same training with nothing but its losses."""
    losses = tuple(measurement for measurement in spec.measurements if measurement.kind == "loss")
    return replace(spec, measurements=losses)


def one_process(subset: Subset, rounds: int) -> dict[str, list[float]]:
    """Seconds of both in one process with one thread, with and without the sharpness, by round."""
    specs = list(subset.specs().values())
    torch.set_num_threads(1)
    return in_turn(
        {
            "plain, training": seconds(lambda: list(plain_sweep.sweep(subset.settings, None))),
            "spectra, training": seconds(lambda: made(map(without_sharpness, specs))),
            "plain, together": seconds(lambda: list(plain_sweep.sweep(subset.settings))),
            "spectra, together": seconds(lambda: made(specs)),
        },
        rounds,
    )


def print_one_process(subset: Subset, rounds: int) -> None:
    """A row for each width, and one for all: seconds of both, and what the library gains."""
    found = {}
    for width in subset.widths:
        print(f"width {width}", file=sys.stderr)
        found[str(width)] = one_process(replace(subset, widths=(width,)), rounds)
    found["all"] = {
        name: [sum(turn) for turn in zip(*(times[name] for times in found.values()), strict=True)]
        for name in next(iter(found.values()))
    }
    for times in found.values():
        for who in ("plain", "spectra"):
            both, training = times[f"{who}, together"], times[f"{who}, training"]
            times[f"{who}, measuring"] = [max(a - b, 1e-3) for a, b in zip(both, training, strict=True)]
    parts = ("training", "measuring", "together")
    heading = ["width", *(f"{part}: plain, spectra, times faster" for part in parts)]
    rows = [
        [width, *(_compared(times[f"plain, {p}"], times[f"spectra, {p}"]) for p in parts)]
        for width, times in found.items()
    ]
    print(f"\n## One process, one thread, {len(subset.settings)} runs: seconds\n")
    print("Training includes the losses; measuring is the time of both together less that of training.\n")
    print(markdown(heading, rows), flush=True)


def _compared(plain: list[float], ours: list[float]) -> str:
    return f"{statistics.median(plain):.2f}, {statistics.median(ours):.2f}, **{ratio(plain, ours):.1f}**"


def command(arguments: list[str]) -> None:
    """A command of its own, with torch's default number of threads; its output is dropped."""
    environment = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with code {done.returncode}: {done.stderr[-2000:]}")


def by_hand(subset: Subset) -> Callable[[], None]:
    """The plain loop as a command."""

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            axes = {"--widths": subset.widths, "--rates": subset.rates, "--seeds": subset.seeds}
            options = [word for name, values in axes.items() for word in (name, *map(str, values))]
            command([plain_sweep.__file__, *options, "--out", f"{folder}/table.csv"])

    return work


def by_spectra(recipe: str, *, workers: int) -> Callable[[], None]:
    """`spectra run` as a command."""

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "recipe.toml"
            path.write_text(recipe)
            command(["-m", "spectra", "run", str(path), "--store", f"{folder}/runs", "--workers", str(workers)])

    return work


def print_commands(subset: Subset, rounds: int) -> None:
    """Whole commands, imports and start of processes included."""
    cores = os.cpu_count() or 1
    ours = f"`spectra run`, {cores} workers with one thread each"
    works = {"plain loop, torch's default threads": by_hand(subset), ours: by_spectra(subset.recipe, workers=cores)}
    found = in_turn({name: seconds(work) for name, work in works.items()}, rounds)
    rows = [[name, f"{statistics.median(t):.1f}", f"{ratio(t, found[ours]):.2f}"] for name, t in found.items()]
    print(f"\n## Whole commands, {len(subset.settings)} runs\n")
    print(markdown(["command", "seconds", "times the last"], rows), flush=True)


def print_whole(threads: int) -> None:
    """The whole sweep: ours is made; the plain loop's time is added up from one run of each kind."""
    specs = read_experiment(RECIPE).specs
    counts = Counter(replace(setting_of(spec), seed=0) for spec in specs)
    torch.set_num_threads(threads)
    data = plain_sweep.digits()
    plain = sum(count * seconds(_training(kind, data))() for kind, count in counts.items())
    ours = seconds(by_spectra(RECIPE.read_text(), workers=os.cpu_count() or 1))()
    print(f"\n## The whole sweep, {len(specs)} runs\n")
    rows = [["plain loop, from one run of each kind", f"{plain:.0f}"], ["`spectra run`, all cores", f"{ours:.0f}"]]
    print(markdown(["command", "seconds"], [*rows, ["ratio", f"**{plain / ours:.1f}**"]]), flush=True)


def _training(kind: Setting, data: plain_sweep.Data) -> Callable[[], object]:
    return lambda: list(plain_sweep.run(replace(kind, seed=101), data, plain_sweep.sharpness))


def main() -> None:
    """Print the tables that stand in README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="four runs at one width, one round")
    parser.add_argument("--whole", action="store_true", help="the whole sweep as well")
    asked = parser.parse_args()
    subset, rounds = (QUICK, 1) if asked.quick else (Subset(), asked.rounds)
    threads = torch.get_num_threads()
    print(f"torch {torch.__version__.split('+')[0]}, {os.cpu_count()} cores; ", end="")
    print(f"load of the machine at the start {os.getloadavg()[0]:.1f}; ", end="")
    print(f"PyHessian with tol {plain_sweep.TOLERANCE:g}; medians of {rounds} rounds.")
    print_commands(subset, rounds)
    if asked.whole:
        print_whole(threads)
    one_process(QUICK, 1)  # first calls load and allocate
    print_one_process(subset, rounds)


if __name__ == "__main__":
    main()
