"""This library. Every computation includes the building of the operator with its graph."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from workloads import Workload

from libraries.found import Found, Work
from spectra import SymmetricOperator, gauss_newton, hessian, spectral_density, top_eigenpairs, trace


def products(workload: Workload, vector: Tensor) -> dict[str, Callable[[], Callable[[], Tensor]]]:
    """For each kind of product a function that builds what is kept and returns the function to be timed."""

    def multiplied(build: Callable[..., SymmetricOperator]) -> Callable[[], Tensor]:
        weights, objective = workload.objective()
        operator = build(objective, weights)
        return lambda: operator @ vector

    return {"Hessian": lambda: multiplied(hessian), "Gauss-Newton": lambda: multiplied(gauss_newton)}


def eigenvalues(workload: Workload, count: int) -> dict[str, Work]:
    """The largest eigenvalues to a relative error of 1e-3, which is the default."""

    def found(seed: int) -> Found:
        pairs = top_eigenpairs(_hessian(workload), count, tolerance=1e-3, generator=_generator(seed))
        return Found(pairs.values, pairs.matvecs, "converged" if pairs.converged else "not converged")

    return {"tolerance 1e-3 (default)": found}


def traces(workload: Workload, probes: int) -> dict[str, Work]:  # noqa: ARG001
    """The trace to a standard error of 2 %, which is the default."""

    def found(seed: int) -> Found:
        estimate = trace(_hessian(workload), tolerance=0.02, generator=_generator(seed))
        claim = f"{estimate.standard_error / abs(estimate.value):.1%}"
        return Found(torch.tensor([estimate.value]), estimate.matvecs, claim)

    return {"tolerance 2 % (default)": found}


def densities(workload: Workload, probes: int, steps: int) -> dict[str, Work]:
    """The density from a given number of probes and products for each."""

    def found(seed: int) -> Found:
        density = spectral_density(_hessian(workload), probes=probes, steps=steps, generator=_generator(seed))
        value, error = density.moment(2)
        return Found(torch.tensor([value]), density.matvecs, f"{error / value:.1%}")

    return {f"{probes} probes of {steps} steps": found}


def _hessian(workload: Workload) -> SymmetricOperator:
    weights, objective = workload.objective()
    return hessian(objective, weights)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
