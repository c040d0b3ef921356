"""Cost of curvature products and of the top eigenvalue, in gradients of the same loss, side by side in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch

from spectra import Objective, cross_entropy, flatten, gauss_newton, hessian, parameterize, regime, top_eigenpairs
from spectra.models import ResidualMLP
from spectra.scaling import Size

ROUNDS = 15
EXAMPLES, INPUTS, OUTPUTS = 1024, 64, 10
WIDTH, DEPTH = 256, 8


def workload() -> tuple[Objective, torch.Tensor]:
    """A residual MLP with cross-entropy at muP initialisation, in single precision."""
    generator = torch.Generator().manual_seed(0)
    model = ResidualMLP(WIDTH, depth=DEPTH).build(INPUTS, OUTPUTS)
    parameterize(model, regime("mup", base=Size(WIDTH, DEPTH), richness=1.0), Size(WIDTH, DEPTH), generator)
    weights, network = flatten(model)
    inputs = torch.randn(EXAMPLES, INPUTS, generator=generator)
    targets = torch.randint(OUTPUTS, (EXAMPLES,), generator=generator)
    return Objective(network, cross_entropy, [(inputs, targets)]), weights


def candidates(objective: Objective, weights: torch.Tensor) -> Mapping[str, Callable[[], object]]:
    """What is compared: each call does one unit of its work."""
    vector = torch.randn(len(weights), generator=torch.Generator().manual_seed(1))
    point = weights.clone().requires_grad_()
    kept, outer = hessian(objective, weights), gauss_newton(objective, weights)

    def rebuilt() -> torch.Tensor:
        (slope,) = torch.autograd.grad(objective(point), point, create_graph=True)
        return torch.autograd.grad(slope, point, vector)[0]

    return {
        "gradient": lambda: torch.autograd.grad(objective(point), point),
        "Hessian product, graph built anew": rebuilt,
        "Hessian product, ours": lambda: kept @ vector,
        "Gauss-Newton product, ours": lambda: outer @ vector,
        "top eigenvalue to 1e-3, graph included, ours": lambda: top_eigenpairs(
            hessian(objective, weights), generator=torch.Generator().manual_seed(2)
        ),
    }


def medians(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each, taken in turn so that a slow moment of the machine reaches all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times[1:]) for name, times in seconds.items()}


def main() -> None:
    """Print the table that stands in README.md."""
    measured = medians(candidates(*workload()))
    gradient = measured["gradient"]
    print(f"torch {torch.__version__.split('+')[0]}, {torch.get_num_threads()} threads, medians of {ROUNDS} rounds\n")
    print("| work | gradients |\n| --- | --- |")
    for name, seconds in measured.items():
        print(f"| {name} | {seconds / gradient:.2f} |")


if __name__ == "__main__":
    main()
