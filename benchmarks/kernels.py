"""Tangent kernels beside the contraction of Jacobians of the torch.func tutorial: time, peak memory and error.

One process, candidates in turn, medians. Prints markdown tables; progress goes to the error output. `--quick` takes few
examples, to see that it runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from kernel_memory import free_bytes, peak_bytes
from kernel_networks import PROBLEMS, Problem
from rounds import in_turn, markdown, ratio, seconds
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

from spectra.eigen import top_eigenpairs
from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.operator import tangent_kernel_operator
from spectra.operators import SymmetricOperator

SLOW = 60
"""Seconds: a candidate whose first call takes longer is not called again."""

Work = Callable[[], Tensor]


@dataclass(frozen=True)
class Candidate:
    """One way to a kernel or to numbers from it."""

    work: Work
    bytes: int = 0  # of the Jacobian that it holds


def contraction(module: nn.Module, inputs: Tensor) -> Tensor:
    """The full kernel (N, N, O, O) as in the tutorial of torch.func: Jacobians of all examples, then products."""
    flat = [jacobian.flatten(2) for jacobian in jacobians(module, inputs).values()]
    return torch.stack([torch.einsum("Naf,Mbf->NMab", rows, rows) for rows in flat]).sum(0)


def jacobians(module: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """Jacobians (N, O, *shape) of all examples in every parameter, by torch.func."""
    parameters = {name: value.detach() for name, value in module.named_parameters()}

    def outputs(named: dict[str, Tensor], example: Tensor) -> Tensor:
        return functional_call(module, named, (example[None],))[0]

    return vmap(jacrev(outputs), (None, 0))(parameters, inputs)


def dense(asked: argparse.Namespace) -> None:
    """Whole kernels of four problems."""
    heading = ["network, N", "candidate", "seconds", "times ours", "peak, MB", "relative error"]
    rows: list[list[object]] = []
    for problem in [problem for problem in PROBLEMS if problem.name in asked.networks]:
        module, inputs = problem.build(), problem.inputs(8 if asked.quick else problem.examples)
        held = 4 * len(inputs) * problem.outputs * sum(value.numel() for value in module.parameters())
        candidates = {
            "spectra": Candidate(lambda module=module, inputs=inputs: empirical_ntk(module, inputs)),
            "spectra, products in float32": Candidate(
                lambda module=module, inputs=inputs: empirical_ntk(module, inputs, accumulate=torch.float32)
            ),
            "Jacobians, torch.func": Candidate(lambda module=module, inputs=inputs: contraction(module, inputs), held),
        }
        exact = _exact(problem, inputs)
        rows += [
            [f"{problem.name}, {len(inputs)}", *row]
            for row in compared(candidates, lambda found, exact=exact: distance(found, exact), asked.rounds)
        ]
    print(f"\n## Full kernels, all pairs of outputs, networks in float32\n\n{markdown(heading, rows)}", flush=True)


def eigenvalue(asked: argparse.Namespace) -> None:
    """The largest eigenvalue of the kernel of the perceptron."""
    problem = next(problem for problem in PROBLEMS if problem.name == "mlp")
    module, inputs = problem.build(), problem.inputs(8 if asked.quick else 512)
    size = len(inputs) * problem.outputs
    exact = torch.linalg.eigvalsh(empirical_ntk(module, inputs).transpose(1, 2).reshape(size, size))[-1]

    def largest(kernel: Tensor) -> Tensor:
        return torch.linalg.eigvalsh(kernel.transpose(1, 2).reshape(size, size))[-1]

    held = 4 * size * sum(value.numel() for value in module.parameters())
    candidates = {
        "spectra, products": Candidate(lambda: top(tangent_kernel_operator(module, inputs), 1)),
        "spectra, whole kernel": Candidate(lambda: largest(empirical_ntk(module, inputs))),
        "Jacobians, torch.func": Candidate(lambda: largest(contraction(module, inputs)), held),
    }
    rows = compared(candidates, lambda found: float((found.max() - exact).abs() / exact), asked.rounds)
    heading = ["candidate", "seconds", "times ours", "peak, MB", "relative error"]
    print(f"\n## Largest eigenvalue, mlp, {len(inputs)} examples\n\n{markdown(heading, rows)}", flush=True)


def compared(candidates: dict[str, Candidate], error: Callable[[Tensor], float], rounds: int) -> list[list[object]]:
    """Name, median seconds, times those of the first, peak memory and error of every candidate."""
    possible = {name: one for name, one in candidates.items() if one.bytes <= 0.8 * free_bytes()}
    peaks, errors, slow = {}, {}, {}
    for name, one in possible.items():
        print(name, file=sys.stderr, flush=True)
        start = time.perf_counter()
        found, peaks[name] = peak_bytes(one.work)
        if (spent := time.perf_counter() - start) > SLOW:
            slow[name] = [spent] * rounds
        errors[name] = error(found)
    quick = {name: seconds(one.work) for name, one in possible.items() if name not in slow}
    measured = in_turn(quick, rounds) | slow
    times = {name: measured[name] for name in possible}
    first = next(iter(times.values()))
    rows: list[list[object]] = [
        [name, f"{statistics.median(spent):.3g}", f"{ratio(spent, first):.3g}", *_numbers(peaks[name], errors[name])]
        for name, spent in times.items()
    ]
    left = [
        [name, f"not run: its Jacobians take {one.bytes / 1e9:.0f} GB", "", "", ""]
        for name, one in candidates.items()
        if name not in possible
    ]
    return rows + left


def _numbers(peak: int, error: float) -> tuple[str, str]:
    return f"{peak / 1e6:.0f}", f"{error:.0e}"


def top(operator: SymmetricOperator, count: int) -> Tensor:
    """The largest eigenvalues, to the default tolerance."""
    return top_eigenpairs(operator, count, generator=torch.Generator().manual_seed(0)).values.double()


def _exact(problem: Problem, inputs: Tensor) -> Tensor:
    """The kernel of the network in double precision."""
    module = problem.build().double()
    return empirical_ntk(module, inputs.double() if inputs.is_floating_point() else inputs)


def distance(found: Tensor, exact: Tensor) -> float:
    """Of two tensors, relative to the second."""
    return float((found - exact).norm() / exact.norm())


SECTIONS = {"dense": dense, "eigenvalue": eigenvalue}


def main() -> None:
    """Run the sections that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    names = sorted({problem.name for problem in PROBLEMS})
    parser.add_argument("--networks", nargs="+", choices=names, default=names, help="of the section dense")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few examples")
    asked = parser.parse_args()
    threads, load = torch.get_num_threads(), os.getloadavg()[0]
    print(f"torch {torch.__version__}, {threads} threads; load of the machine at the start {load:.1f}.")
    for name in asked.only:
        SECTIONS[name](asked)


if __name__ == "__main__":
    main()
