"""Curvature products and whole computations side by side with other libraries, in gradients of the same loss.

One process, candidates in turn, medians. Prints markdown tables; progress goes to the error output.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Mapping

import libraries
import torch
import truth
from libraries.found import Found, Work
from tables import Cell, table
from timing import Measured, interleaved, quietly
from torch import Tensor
from workloads import FRESH, Workload, trained

TOLERANCE = 1e-3
"""The relative error that is asked of every eigenvalue; larger ones are printed bold."""

COUNTS = (1, 5)
"""How many eigenvalues are asked for."""

SMALL = ("mlp", "gpt")
"""Traces and densities take hundreds of products; on the convolutional network they would take most of the time."""

SLOW = 50
"""Who took more gradients than this for one eigenvalue of the convolutional network is not asked for five."""

DENSITY_PROBES, DENSITY_STEPS = 10, 20
"""Random starts, and Lanczos steps from each, of the densities: the same for all libraries."""


def products(workload: Workload, rounds: int) -> dict[str, dict[str, Cell]]:
    """Cost of one product, graphs built before, and its relative error against double precision."""
    vector = torch.randn(workload.size, generator=torch.Generator().manual_seed(1))
    double = workload.double()
    exact = {
        "Hessian": truth.kept_product(double)(vector.double()),
        "Gauss-Newton": truth.gauss_newton_product(double, vector.double()),
    }
    works = _made(workload, vector)
    interleaved(workload, works, rounds=1)  # first calls allocate
    measured = interleaved(workload, works, rounds=rounds, unit_repeats=1)
    errors = {
        name: [_distance(product, exact[name.split(",")[0]]) for product in entry.results]
        for name, entry in measured.items()
    }
    return {workload.name: {name: _cell(entry, errors[name]) for name, entry in measured.items()}}


def _made(workload: Workload, vector: Tensor) -> dict[str, Callable[[int], Tensor]]:
    """The products of all libraries, what can be kept between products already built."""
    hand = {"graph kept": truth.kept_product(workload), "graph built anew": truth.rebuilt_product(workload)}
    works = {f"Hessian, by hand, {way}": lambda _, product=product: product(vector) for way, product in hand.items()}
    makers = [
        (f"{kind}, {name}", make)
        for name, library in libraries.installed().items()
        for kind, make in library.products(workload, vector).items()
    ]
    return works | {name: _ready(make) for name, make in sorted(makers, key=lambda pair: pair[0] < "H")}


def _ready(make: Callable[[], Callable[[], Tensor]]) -> Callable[[int], Tensor]:
    try:
        product = quietly(make)
    except Exception as error:
        raised = error

        def failing(_: int) -> Tensor:
            raise raised

        return failing
    return lambda _: product()


def eigenvalues(workload: Workload, rounds: int) -> dict[str, dict[str, Cell]]:
    """Cost of the largest eigenvalues from the bare module on, and the largest relative error of the rounds."""
    exact = truth.eigenvalues(truth.kept_product(workload.double()), workload.size, max(COUNTS))
    columns: dict[str, dict[str, Cell]] = {}
    slow: dict[str, Cell] = {}
    for count in COUNTS:
        works = {name: work for name, work in _all("eigenvalues", workload, count).items() if name not in slow}
        measured = interleaved(workload, works, rounds=rounds)
        columns[f"{workload.name}, {count}"] = slow | {
            name: _cell(entry, [_worst(result, exact[:count]) for result in entry.results], limit=TOLERANCE)
            for name, entry in measured.items()
        }
        if workload.name not in SMALL:
            slow = {
                name: Cell(instead="not run")
                for name, entry in measured.items()
                if entry.costs and statistics.median(entry.costs) > SLOW
            }
    return columns


def trace(workload: Workload, rounds: int) -> dict[str, dict[str, Cell]]:
    """Cost of the trace; those who must be told a number of probes are told 20."""
    exact = torch.tensor([truth.moments(workload)[0]])
    measured = interleaved(workload, _all("traces", workload, 20), rounds=rounds)
    return {workload.name: _cells(measured, exact)}


def density(workload: Workload, rounds: int) -> dict[str, dict[str, Cell]]:  # noqa: ARG001
    """Cost of the density, in one round, and the relative error of its second moment."""
    exact = torch.tensor([truth.moments(workload)[1]])
    measured = interleaved(workload, _all("densities", workload, DENSITY_PROBES, DENSITY_STEPS), rounds=1)
    return {workload.name: _cells(measured, exact)}


def _all(kind: str, workload: Workload, *arguments: int) -> dict[str, Work]:
    return {
        f"{name}: {setting}": work
        for name, library in libraries.installed().items()
        for setting, work in getattr(library, kind)(workload, *arguments).items()
    }


def _cells(measured: Mapping[str, Measured], exact: Tensor) -> dict[str, Cell]:
    return {name: _cell(entry, [_worst(result, exact) for result in entry.results]) for name, entry in measured.items()}


def _cell(entry: Measured, errors: list[float], *, limit: float = float("inf")) -> Cell:
    if entry.failure:
        return Cell(instead=f"raises {entry.failure}")
    found = [result for result in entry.results if isinstance(result, Found)]
    spent = [result.products for result in found if result.products is not None]
    claims = sorted({result.claim for result in found if result.claim})
    return Cell(
        cost=statistics.median(entry.costs),
        products=statistics.median(spent) if spent else None,
        error=max(errors, default=None),
        limit=limit,
        claim=", ".join(claims),
    )


def _worst(found: Found, exact: Tensor) -> float:
    errors = (found.values.double() - exact.double()).abs() / exact.double().abs()
    return float(errors.max().nan_to_num(float("inf")))


def _distance(product: Tensor, exact: Tensor) -> float:
    return float((product.detach().double() - exact).norm() / exact.norm())


SECTIONS = {"products": products, "eigenvalues": eigenvalues, "trace": trace, "density": density}
TITLES = {
    "products": "One product: gradients (relative error against double precision)",
    "eigenvalues": "Largest eigenvalues to 1e-3, graphs included: gradients (products; largest true relative error; "
    "what the library says)",
    "trace": "Trace: gradients (products; relative error against a reference known to 0.5 %; stated standard error)",
    "density": f"Spectral density, {DENSITY_PROBES} probes of {DENSITY_STEPS} steps: gradients (products; relative "
    "error of the mean squared eigenvalue; stated standard error)",
}


def main() -> None:
    """Print the tables that stand in README.md."""
    asked = _arguments()
    print(f"torch {torch.__version__.split('+')[0]} with {torch.get_num_threads()} threads, SciPy as by default;")
    print(f"load of the machine at the start {os.getloadavg()[0]:.1f}; {libraries.versions()}.")
    workloads = {name: trained(name) for name in asked.only}
    for section in asked.sections:
        columns: dict[str, dict[str, Cell]] = {}
        for name, workload in workloads.items():
            if section in ("products", "eigenvalues") or name in SMALL:
                print(f"{section}, {name}", file=sys.stderr)
                columns |= SECTIONS[section](workload, asked.rounds if section == "products" else asked.solves)
        print(f"\n## {TITLES[section]}\n\n{table('work', columns)}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of single products")
    parser.add_argument("--solves", type=int, default=3, help="rounds of whole computations")
    parser.add_argument("--only", nargs="+", choices=list(FRESH), default=list(FRESH), help="workloads")
    parser.add_argument("--sections", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
