"""Linearized Laplace approximations beside laplace-torch: time, peak memory, and distance from the exact covariance.

One process, candidates in turn, medians. Prints markdown tables; progress goes to the error output. Where laplace-torch
is not installed, only our own candidates run, and the output says so. `--quick` takes few examples.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from kernels import Candidate, compared
from rounds import markdown
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from spectra.data import MNIST
from spectra.kernels import accelerated_laplace, class_balanced, exact_laplace, spectral_error, tangent_features

PRIOR = 0.03
SEED = 1234
INSTALLED = importlib.util.find_spec("laplace") is not None
HEADING = ["candidate", "seconds", "times ours", "peak, MB", "relative error of the covariance"]


@dataclass(frozen=True)
class Problem:
    """A trained perceptron with its data."""

    module: nn.Module
    inputs: Tensor
    targets: Tensor
    tests: Tensor

    @property
    def loader(self) -> DataLoader[Any]:
        """The training set in batches of 50, in order."""
        return DataLoader(TensorDataset(self.inputs, self.targets), 50)


def problem(side: int, width: int, examples: int, tests: int, dtype: torch.dtype = torch.float32) -> Problem:
    """A perceptron with two hidden layers of relu after 500 updates on images of MNIST."""
    data = MNIST(4000, side).load().to("cpu", torch.float32)
    inputs, targets = data.inputs[:examples].flatten(1), data.targets[:examples]
    torch.manual_seed(0)
    sizes = side * side, width, width, 10
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    module = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    for _ in range(500):
        places = torch.randint(examples, (50,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(inputs[places]), targets[places]).backward()
        optimizer.step()
    shown = data.test_inputs[:tests].flatten(1)
    return Problem(module.to(dtype), inputs.to(dtype), targets, shown.to(dtype))


def ours_exact(given: Problem) -> Tensor:
    """The exact covariance, by the whole kernel."""
    found = exact_laplace(given.module, given.inputs, given.targets, prior_variance=PRIOR)
    return found.predict(given.tests).covariance


def ours_few(given: Problem, landmarks: int, rank: int) -> Tensor:
    """The covariance of a few features."""
    places = class_balanced(given.targets, landmarks)
    features = tangent_features(given.module, given.inputs[places], rank=rank)
    found = accelerated_laplace(features, [(given.inputs, given.targets)], prior_variance=PRIOR)
    return found.predict(given.tests).covariance


def ours_alike(given: Problem, landmarks: int, rank: int) -> Tensor:
    """The same from the landmarks and outputs that ELLA of laplace-torch draws."""
    places = torch.randperm(len(given.inputs), generator=torch.Generator().manual_seed(SEED))[:landmarks]
    generator = torch.Generator().manual_seed(SEED + 1)
    outputs = torch.cat([torch.randint(10, (len(part),), generator=generator) for part in places.split(50)])
    features = tangent_features(given.module, given.inputs[places], outputs, rank=rank)
    found = accelerated_laplace(features, [(given.inputs, given.targets)], prior_variance=PRIOR)
    return found.predict(given.tests).covariance


def theirs(given: Problem, **how: Any) -> Tensor:
    """A covariance of laplace-torch, by the name of its weights and its structure, in batches of 50 test examples."""
    from laplace import Laplace

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = Laplace(given.module, "classification", prior_precision=1 / PRIOR, **how)
        found.fit(given.loader)
        parts = [found._glm_predictive_distribution(part)[1] for part in given.tests.split(50)]
    return torch.cat(parts).detach()


def their_few(given: Problem, landmarks: int, rank: int) -> Tensor:
    """ELLA of laplace-torch."""
    from laplace import ELLA

    found = ELLA(given.module, "classification", landmarks, rank, prior_precision=1 / PRIOR, seed=SEED)
    found.fit(given.loader)
    return torch.cat([found._glm_predictive_distribution(part)[1] for part in given.tests.split(50)]).detach()


def exact_ways(asked: argparse.Namespace) -> None:
    """A perceptron small enough for all weights: everything against the exact covariance in double precision."""
    small = (14, 32, 40, 20) if asked.quick else (14, 32, 200, 200)
    given, sharp = problem(*small), problem(*small, dtype=torch.float64)
    curvature = exact_laplace(sharp.module, sharp.inputs, sharp.targets, prior_variance=PRIOR)
    exact = curvature.predict(sharp.tests).covariance
    M, K = min(100, len(given.inputs)), 20
    candidates = {
        "spectra, exact": Candidate(lambda: ours_exact(given)),
        f"spectra, {K} features of {M}": Candidate(lambda: ours_few(given, M, K)),
        f"spectra, {M} features of {M}": Candidate(lambda: ours_few(given, M, M)),
    }
    if INSTALLED:
        full = {"subset_of_weights": "all", "hessian_structure": "full"}
        last = {"subset_of_weights": "last_layer", "hessian_structure": "full"}
        points = {"subset_of_weights": "all", "hessian_structure": "gp", "n_subset": len(given.inputs)}
        candidates |= {
            "laplace-torch, full": Candidate(lambda: theirs(given, **full)),
            "laplace-torch, gp of all examples": Candidate(lambda: theirs(given, **points)),
            f"laplace-torch, ELLA, {K} of {M}": Candidate(lambda: their_few(given, M, K)),
            "laplace-torch, last layer": Candidate(lambda: theirs(given, **last)),
        }
    rows = compared(candidates, lambda found: spectral_error(found.double(), exact), asked.rounds)
    weights = sum(value.numel() for value in given.module.parameters())
    sizes = f"{weights} weights, {len(given.inputs)} examples, {len(given.tests)} predicted"
    print(f"\n## {sizes}\n\n{markdown(HEADING, rows)}", flush=True)


def few_features(asked: argparse.Namespace) -> None:
    """A larger perceptron, 20 features of 200 landmarks; the error is the distance from ours on the same landmarks."""
    given = problem(14, 64, 100, 50) if asked.quick else problem(28, 256, 2000, 500)
    M, K = min(200, len(given.inputs)), 20
    candidates = {"spectra": Candidate(lambda: ours_alike(given, M, K))}
    if INSTALLED:
        candidates["laplace-torch, ELLA"] = Candidate(lambda: their_few(given, M, K))
    expected = ours_alike(given, M, K)
    rows = compared(candidates, lambda found: spectral_error(found.double(), expected), asked.rounds)
    weights = sum(value.numel() for value in given.module.parameters())
    sizes = f"{weights} weights, {len(given.inputs)} examples, {len(given.tests)} predicted"
    print(f"\n## {K} features of {M} landmarks, {sizes}\n\n{markdown(HEADING, rows)}", flush=True)


SECTIONS = {"exact": exact_ways, "few": few_features}


def main() -> None:
    """Run the sections that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few examples")
    asked = parser.parse_args()
    threads, load = torch.get_num_threads(), os.getloadavg()[0]
    print(f"torch {torch.__version__}, {threads} threads; load of the machine at the start {load:.1f}.")
    if not INSTALLED:
        print("laplace-torch is not installed and was left out.")
    for name in asked.only:
        SECTIONS[name](asked)


if __name__ == "__main__":
    main()
