"""How far PyHessian's eigenvalues, and ours, are from the truth along the runs of the sweep.

The weights are those of the plain loop at its own checkpoints; the truth is a Lanczos recurrence by hand in double
precision. Ours are taken from the tables of the same runs, where the two trainings still agree: at large rates rounding
parts them. Prints a markdown table.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd
import plain_sweep
import torch
import truth
from sweep_subset import Subset
from torch import Tensor, nn
from workloads import Workload

from spectra import cross_entropy
from spectra.training import run

TOLERANCES = (1e-3, 1e-4, 3e-5, 1e-5, 1e-6)
WANTED = 1e-3
SAME = 1e-5
"""Two trainings agree where their losses do, to this relative difference."""

NOTHING = 1e-6
"""A curvature below this is that of a network whose units have all died: it has no relative error."""


@dataclass
class Checkpoints:
    """What is known about every measured point of some runs."""

    exact: list[float] = field(default_factory=list)
    found: dict[float, list[float]] = field(default_factory=lambda: {tolerance: [] for tolerance in TOLERANCES})

    def measure(self, module: nn.Module, inputs: Tensor, targets: Tensor) -> float:
        """The true eigenvalue, with PyHessian's at every tolerance taken down."""
        workload = Workload("", module, cross_entropy, nn.CrossEntropyLoss(), inputs, targets, (inputs, targets))
        product_of = truth.kept_product(workload.double())
        exact = float(truth.eigenvalues(product_of, workload.size, 1)[0])
        self.exact.append(exact)
        for tolerance, values in self.found.items():
            values.append(plain_sweep.sharpness(module, inputs, targets, tolerance=tolerance))
        return exact


def main() -> None:
    """Print how large the errors are, and for how many checkpoints they miss what was wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one width and one seed")
    quick = parser.parse_args().quick
    torch.manual_seed(0)
    torch.set_num_threads(1)
    specs = Subset(widths=(64,), seeds=(101,)).specs() if quick else Subset().specs()
    points, ours = Checkpoints(), []
    for setting, spec in specs.items():
        ours += _errors_of_ours(run(spec), list(plain_sweep.sweep([setting], points.measure)))
    print(f"{len(points.exact)} checkpoints of {len(specs)} runs\n")
    print(f"| eigenvalues | checkpoints | median error | 95 % below | largest | above {WANTED:g} |")
    print("| --- | --- | --- | --- | --- | --- |")
    for tolerance, found in points.found.items():
        pairs = zip(found, points.exact, strict=True)
        _print_row(f"PyHessian, tol {tolerance:g}", [abs(a / b - 1) for a, b in pairs if b > NOTHING])
    _print_row("spectra, its own table", ours)


def _errors_of_ours(table: pd.DataFrame, rows: Iterable[tuple[object, ...]]) -> list[float]:
    ours = {(row.step, row.quantity): row.value for row in table.itertuples()}
    errors, same = [], True
    for step, quantity, value in (row[4:] for row in rows):
        other = ours.get((step, quantity), float("nan"))
        if quantity == "loss":
            same = same and abs(other / value - 1) < SAME
        elif quantity == "effective_sharpness" and same and value > NOTHING:
            errors.append(abs(other / value - 1))
    return errors


def _print_row(name: str, errors: list[float]) -> None:
    high = sorted(errors)[int(0.95 * (len(errors) - 1))]
    missed = sum(error > WANTED for error in errors)
    print(f"| {name} | {len(errors)} | {statistics.median(errors):.0e} | {high:.0e} | {max(errors):.0e} | {missed} |")


if __name__ == "__main__":
    main()
