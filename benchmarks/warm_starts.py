"""Products spent along a training run: from random starts, and from the eigenvectors of the checkpoint before.

Prints a markdown table; a miss is a converged result that is off by more than the tolerance.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise

import torch
import truth
from torch import Tensor
from workloads import Workload, fresh

from spectra import SymmetricOperator, hessian, top_eigenpairs

COUNTS = (1, 5)
TOLERANCE = 1e-3

SPACINGS = {1: 10, 10: 10, 100: 5}
"""Training steps between checkpoints -> checkpoints."""

BEGIN = {"mlp": 20, "gpt": 100}
"""Training steps before the first checkpoint; after 100 the loss of the MLP is so small that nothing moves any more."""


@dataclass
class Way:
    """How one way of starting fared over the checkpoints of one run."""

    products: list[int] = field(default_factory=list)
    misses: int = 0
    start: Tensor | None = None  # what the checkpoint before left to start from, if it is used

    def take(self, operator: SymmetricOperator, count: int, exact: Tensor, *, seed: int) -> Tensor:
        """One more checkpoint; the vectors that it leaves to start from."""
        generator = torch.Generator().manual_seed(seed)
        pairs = top_eigenpairs(operator, count, tolerance=TOLERANCE, start=self.start, generator=generator)
        error = float(((pairs.values.double() - exact[:count]) / exact[:count]).abs().max())
        self.products.append(pairs.matvecs)
        self.misses += pairs.converged and error > TOLERANCE
        return pairs.start


def checkpoints(workload: Workload, spacing: int, number: int) -> Iterator[tuple[SymmetricOperator, Tensor]]:
    """The Hessian at equally spaced steps after the short training, and its largest eigenvalues."""
    steps = workload.training()
    for _ in islice(steps, BEGIN[workload.name]):
        pass
    for _ in range(number):
        for _ in islice(steps, spacing):
            pass
        weights, objective = workload.objective()
        # The products are those of the run, in single precision: only the recurrence is in double.
        product = truth.kept_product(workload)
        exact = truth.eigenvalues(
            lambda vector: product(vector.float()).double(),  # noqa: B023
            workload.size,
            max(COUNTS),
            accuracy=1e-5,
        )
        yield hessian(objective, weights), exact


def rows(name: str, spacing: int, number: int) -> list[str]:
    """The lines of the table for one network and one spacing."""
    ways = {(count, kind): Way() for count in COUNTS for kind in ("cold", "warm")}
    largest = []
    for seed, (operator, exact) in enumerate(checkpoints(fresh(name), spacing, number)):
        largest.append(float(exact[0]))
        for (count, kind), way in ways.items():
            left = way.take(operator, count, exact, seed=seed)
            way.start = left if kind == "warm" else None
    drift = statistics.median(abs(after / before - 1) for before, after in pairwise(largest))
    return [_line(name, spacing, drift, count, ways[count, "cold"], ways[count, "warm"]) for count in COUNTS]


def _line(name: str, spacing: int, drift: float, count: int, cold: Way, warm: Way) -> str:
    # The first checkpoint has nothing before it: it is cold in both.
    spent = [statistics.median(way.products[1:]) for way in (cold, warm)]
    return (
        f"| {name} | {spacing} | {drift:.1%} | {count} | {spent[0]:.0f} | {spent[1]:.0f} | {spent[0] / spent[1]:.1f} "
        f"| {cold.misses} | {warm.misses} | {len(warm.products) - 1} |"
    )


def main() -> None:
    """Print the table that stands in README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=["mlp", "gpt"], default=["mlp", "gpt"], help="workloads")
    parser.add_argument("--spacings", nargs="+", type=int, choices=list(SPACINGS), default=list(SPACINGS))
    asked = parser.parse_args()
    print("| network | steps between | drift of the largest | eigenvalues | products cold | warm | ratio ", end="")
    print("| misses cold | warm | checkpoints |")
    print("| " + " | ".join(["---"] * 10) + " |", flush=True)
    for name in asked.only:
        for spacing in asked.spacings:
            print(f"{name}, {spacing}", file=sys.stderr)
            print(*rows(name, spacing, SPACINGS[spacing]), sep="\n", flush=True)


if __name__ == "__main__":
    main()
