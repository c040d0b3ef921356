"""Updates and Hessian products per second against the number of members, the width and the workers; memory too.

Held against the same runs one by one: in the batched program with one member, and in a loop of torch written by hand.
Writes a CSV file and figures, and prints markdown tables. With --device cuda the same on a GPU, one process.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path

import torch
from cohort_figures import draw
from cohort_memory import memory_rows
from cohort_programs import Task, plain_programs, stack_programs
from cohort_tables import print_tables
from cohort_workers import Timing, worker_rows
from cohort_workloads import WORKLOADS
from rounds import in_turn, per_second

FOLDER = Path(__file__).parent
MEMBERS = (1, 2, 4, 8, 16, 32, 64)
GPU_WIDTHS = (32, 64, 128, 256, 512, 1024)
KINDS = ("updates", "products")


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    members: tuple[int, ...] = MEMBERS
    widths: tuple[int, ...] | None = None  # None: those of the workload
    rounds: int = 3
    lasting: float = 0.12  # seconds of one timing
    longest: float = 0.6  # seconds of one call; cohorts that take longer are left out
    workers: Timing = field(default_factory=Timing)
    memory: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)  # members whose peak memory is taken


QUICK = Scale((1, 4), (32,), rounds=1, lasting=0.02, workers=Timing((32,), rounds=1, seconds=0.05), memory=(1, 4))


@dataclass(frozen=True)
class Row:
    """One number of the CSV file."""

    device: str
    model: str
    width: int
    quantity: str  # updates or products per second, of one thread or of the machine; bytes; or members
    program: str  # plain: a loop by hand; cohort: the batched program
    members: int
    workers: int
    threads: int  # of each worker
    value: float  # median of the rounds


def throughput(model: str, width: int, device: str, scale: Scale) -> Iterator[Row]:
    """Updates and products per second of one network by hand, and of cohorts, one thread."""
    ready = torch.cuda.synchronize if device == "cuda" else lambda: None
    one = Task(model, width, 1, device)
    yield Row(device, model, width, "most members", "cohort", 1, 1, 1, one.most)
    for kind in KINDS:
        works = {0: per_second(plain_programs(one)[kind], 1, lasting=scale.lasting, ready=ready)}
        once = 1 / works[0]()
        for members in scale.members if one.batchable else (1,):
            # A batched program may be faster than one by one, but that is not counted on.
            if members > 1 and members * once > scale.longest and device == "cpu":
                break
            try:
                program = stack_programs(replace(one, members=members))[kind]
            except torch.OutOfMemoryError:
                break
            works[members] = per_second(program, members, lasting=scale.lasting, ready=ready)
        found = in_turn({str(members): work for members, work in works.items()}, scale.rounds)
        for name, values in found.items():
            program = "cohort" if int(name) else "plain"
            yield Row(device, model, width, kind, program, max(int(name), 1), 1, 1, statistics.median(values))


def rows(models: Sequence[str], device: str, scale: Scale) -> Iterator[Row]:
    """All that is measured, in the order of the tables."""
    for model in models:
        for width in scale.widths or (GPU_WIDTHS if device == "cuda" else WORKLOADS[model].widths):
            print(f"{model}, width {width}", file=sys.stderr)
            yield from throughput(model, width, device, scale)
    if device == "cpu":
        print("workers", file=sys.stderr)
        for values in worker_rows(scale.workers):
            yield Row(device, *values)
        print("memory", file=sys.stderr)
        for values in memory_rows(models, scale.memory):
            yield Row(device, *values)


def write(found: Iterable[Row], path: Path) -> None:
    """One line for each number."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in fields(Row)])
        writer.writerows((*astuple(row)[:-1], f"{row.value:.5g}") for row in found)


def main() -> None:
    """Measure, write, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS))
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="the smallest width, two sizes of cohorts, no files")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    scale = QUICK if asked.quick else Scale(rounds=asked.rounds)
    found = list(rows(asked.only, asked.device, scale))
    where = torch.cuda.get_device_name() if asked.device == "cuda" else f"{os.cpu_count()} cores"
    print(f"torch {torch.__version__.split('+')[0]}, {where}; load of the machine at the start {load:.1f};")
    print(f"medians of {scale.rounds} rounds.")
    print_tables(found)
    if not asked.quick:
        name = "cohort_scaling" if asked.device == "cpu" else f"cohort_scaling_{asked.device}"
        write(found, FOLDER / f"{name}.csv")
        draw(FOLDER / f"{name}.csv", FOLDER / "figures")


if __name__ == "__main__":
    main()
