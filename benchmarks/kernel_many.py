"""The pseudo kernel of the perceptron on many examples: whole, its largest eigenvalues, and those without the kernel.

Prints markdown tables; progress goes to the error output. `--quick` takes few examples, to see that it runs.
"""

from __future__ import annotations

import argparse
import os
import time

import torch
from kernel_memory import peak_bytes
from kernel_networks import PROBLEMS
from kernels import Candidate, compared, distance, top
from rounds import markdown
from torch import Tensor

from spectra.eigen import Eigenpairs, top_eigenpairs
from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.operator import tangent_kernel_operator
from spectra.operators import SymmetricOperator


def large(asked: argparse.Namespace) -> None:
    """The pseudo kernel of the perceptron on many examples, and its 20 largest eigenvalues."""
    problem = next(problem for problem in PROBLEMS if problem.name == "mlp")
    module, inputs = problem.build(), problem.inputs(200 if asked.quick else 10_000)

    def matrix() -> Tensor:
        return empirical_ntk(module, inputs, outputs="sum_of_logits")

    def of_matrix() -> Tensor:
        kernel = matrix()
        return top(SymmetricOperator(len(kernel), lambda block: kernel @ block, kernel.dtype, kernel.device), 20)

    candidates = {
        "whole kernel": Candidate(matrix),
        "whole kernel and 20 eigenpairs": Candidate(of_matrix),
        "20 eigenpairs by products": Candidate(
            lambda: top(tangent_kernel_operator(module, inputs, outputs="sum_of_logits"), 20)
        ),
    }
    exact = of_matrix()
    rows = compared(
        candidates, lambda found: distance(found, exact) if found.shape == exact.shape else float("nan"), rounds=1
    )
    heading = ["candidate", "seconds", "times the first", "peak, MB", "distance from the second"]
    print(f"\n## Pseudo kernel, mlp, {len(inputs)} examples\n\n{markdown(heading, rows)}", flush=True)


def huge(asked: argparse.Namespace) -> None:
    """The five largest eigenvalues of the pseudo kernel where the matrix would take 20 GB."""
    problem = next(problem for problem in PROBLEMS if problem.name == "mlp")
    module, inputs = problem.build(), problem.inputs(500 if asked.quick else 50_000)
    found: list[Eigenpairs] = []

    def solved() -> Tensor:
        operator = tangent_kernel_operator(module, inputs, outputs="sum_of_logits")
        found.append(top_eigenpairs(operator, 5, generator=torch.Generator().manual_seed(0)))
        return found[0].values

    start = time.perf_counter()
    _, peak = peak_bytes(solved)
    spent, pairs = time.perf_counter() - start, found[0]
    heading = ["examples", "seconds", "peak, MB", "products", "largest residual", "all within tolerance"]
    residual = f"{float((pairs.residuals / pairs.values[0]).max()):.0e}"
    row = [len(inputs), f"{spent:.3g}", f"{peak / 1e6:.0f}", pairs.matvecs, residual, pairs.converged]
    print(f"\n## Five eigenpairs of the pseudo kernel by products, mlp\n\n{markdown(heading, [row])}", flush=True)


SECTIONS = {"large": large, "huge": huge}


def main() -> None:
    """The sections that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="few examples")
    asked = parser.parse_args()
    threads, load = torch.get_num_threads(), os.getloadavg()[0]
    print(f"torch {torch.__version__}, {threads} threads; load of the machine at the start {load:.1f}.")
    for name in asked.only:
        SECTIONS[name](asked)


if __name__ == "__main__":
    main()
