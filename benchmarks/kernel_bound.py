"""What bounds the time of a full kernel: its parts beside those of the contraction of Jacobians, in one process.

Both multiply derivatives with derivatives. Where no layer has a cheaper way, that is a product of (N O, P) with its
transpose; using its symmetry, at best half of it.
"""

from __future__ import annotations

import argparse
import os
import statistics

import torch
from kernel_networks import PROBLEMS, Problem
from kernels import contraction, jacobians
from rounds import in_turn, markdown, seconds
from torch import nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.kernel_sides import kernel_side
from spectra.kernels.layer_factors import factors

COLUMNS = 2**16

NETWORKS = ["conv", "transformer"]
"""Those whose weights are used at many places."""


def products(module: nn.Module, rows: int, dtype: torch.dtype) -> None:
    """A dense matrix of so many rows, and of a column for each weight, times its transpose."""
    weights = sum(value.numel() for value in module.parameters())
    block = torch.ones(rows, COLUMNS, dtype=dtype)
    for start in range(0, weights, COLUMNS):
        block[:, : weights - start] @ block[:, : weights - start].T


def parts(problem: Problem, rounds: int) -> list[object]:
    """Seconds of the parts of both ways."""
    module, inputs = problem.build(), problem.inputs(problem.examples)
    side, _ = kernel_side(module, inputs, "full", "auto")
    rows = len(inputs) * problem.outputs
    works = {
        "contraction": lambda: contraction(module, inputs),
        "its Jacobians": lambda: jacobians(module, inputs),
        "product, float32": lambda: products(module, rows, torch.float32),
        "product, float64": lambda: products(module, rows, torch.float64),
        "spectra, factors": lambda: factors(side.plan, inputs, side.cotangents),
        "spectra, float32": lambda: empirical_ntk(module, inputs, accumulate=torch.float32),
        "spectra, float64": lambda: empirical_ntk(module, inputs),
    }
    for work in works.values():
        work()
    times = in_turn({name: seconds(work) for name, work in works.items()}, rounds)
    return [f"{problem.name}, {len(inputs)}", *(f"{statistics.median(spent):.2f}" for spent in times.values())]


def main() -> None:
    """The parts for both networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; load {os.getloadavg()[0]:.1f}.")
    heading = [
        "network, N", "contraction", "its Jacobians", "product of Jacobians, float32", "float64",
        "spectra: factors", "whole, float32", "whole, float64",
    ]  # fmt: skip
    rows = [parts(problem, asked.rounds) for problem in PROBLEMS if problem.name in asked.networks]
    print(f"\n## Seconds of the parts\n\n{markdown(heading, rows)}", flush=True)


if __name__ == "__main__":
    main()
