"""How often a converged result is not the top of the spectrum: a certificate says that an eigenvalue is near, no more.

Many random starts on operators whose largest eigenvalues are known otherwise. Prints a markdown table.
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial

import scipy.linalg
import torch
import truth
from networks import ResidualMLP
from tangent_kernel import tangent_kernel
from torch import Tensor
from workloads import trained

from spectra import SymmetricOperator, hessian, top_eigenpairs

COUNTS = (1, 5)
TOLERANCE = 1e-3


def network(name: str) -> tuple[SymmetricOperator, Tensor]:
    """The Hessian of a trained network and its largest eigenvalues."""
    workload = trained(name)
    weights, objective = workload.objective()
    exact = truth.eigenvalues(truth.kept_product(workload.double()), workload.size, max(COUNTS))
    return hessian(objective, weights), exact


def kernel() -> tuple[SymmetricOperator, Tensor]:
    """The tangent kernel of a residual MLP of width 128 on 512 examples with ten outputs, of size 5,120."""
    torch.manual_seed(0)
    matrix = tangent_kernel(ResidualMLP(64, 10, width=128), torch.randn(512, 64))
    size = len(matrix)
    exact = scipy.linalg.eigh(
        matrix.double().numpy(), eigvals_only=True, subset_by_index=[size - max(COUNTS), size - 1]
    )
    operator = SymmetricOperator(size, partial(torch.matmul, matrix), matrix.dtype, matrix.device)
    return operator, torch.from_numpy(exact).flip(0)


def row(name: str, operator: SymmetricOperator, exact: Tensor, *, count: int, starts: int) -> str:
    """One line of the table: misses among the converged runs, and what the runs cost."""
    found = [
        top_eigenpairs(operator, count, tolerance=TOLERANCE, generator=torch.Generator().manual_seed(seed))
        for seed in range(starts)
    ]
    errors = [float(((pairs.values.double() - exact[:count]) / exact[:count]).abs().max()) for pairs in found]
    missed = sum(pairs.converged and error > TOLERANCE for pairs, error in zip(found, errors, strict=True))
    open_ends = sum(not pairs.converged for pairs in found)
    products = statistics.median(pairs.matvecs for pairs in found)
    return f"| {name} | {count} | {missed} of {starts} | {open_ends} | {products:.0f} | {max(errors):.0e} |"


OPERATORS = {"mlp": partial(network, "mlp"), "gpt": partial(network, "gpt"), "kernel": kernel}


def main() -> None:
    """Print the table that stands in README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=60, help="random starts for each count")
    parser.add_argument("--only", nargs="+", choices=list(OPERATORS), default=list(OPERATORS))
    asked = parser.parse_args()
    lines = []
    for name in asked.only:
        operator, exact = OPERATORS[name]()
        print(f"{name}: largest eigenvalues {', '.join(f'{value:.4g}' for value in exact)}", flush=True)
        lines += [row(name, operator, exact, count=count, starts=asked.starts) for count in COUNTS]
    print("\n| operator | eigenvalues | misses | not converged | products, median | largest error |")
    print("| --- | --- | --- | --- | --- | --- |", *lines, sep="\n")


if __name__ == "__main__":
    main()
