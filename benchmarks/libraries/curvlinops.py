"""curvlinops: operators for SciPy, whose ARPACK finds the eigenvalues, as its own documentation shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from curvlinops import GGNLinearOperator, HessianLinearOperator, hutchinson_trace
from curvlinops.papyan2020traces.spectrum import lanczos_approximate_spectrum
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor
from workloads import Workload

from libraries.found import Counted, Found, Work

AT_ONCE = 10
"""Probes of a trace in one call: it multiplies all of them at once, so that memory grows with their number."""


def products(workload: Workload, vector: Tensor) -> dict[str, Callable[[], Callable[[], Tensor]]]:
    """Its Hessian and Gauss-Newton products; it keeps nothing between them."""

    def multiplied(kind: type) -> Callable[[], Tensor]:
        operator = _operator(workload, kind)
        return lambda: operator @ vector

    return {"Hessian": lambda: multiplied(HessianLinearOperator), "Gauss-Newton": lambda: multiplied(GGNLinearOperator)}


def eigenvalues(workload: Workload, count: int) -> dict[str, Work]:
    """SciPy's eigsh at the tolerance that asks for 1e-3."""

    def found(seed: int) -> Found:
        operator = _operator(workload, HessianLinearOperator).to_scipy()
        counted = Counted(operator.matvec)
        start = torch.randn(operator.shape[0], generator=torch.Generator().manual_seed(seed)).numpy()
        values = eigsh(
            LinearOperator(operator.shape, counted, dtype=start.dtype),
            k=count,
            which="LA",
            tol=1e-3,
            v0=start,
            return_eigenvectors=False,
        )
        return Found(torch.tensor(values).sort(descending=True).values, counted.calls, "converged")

    return {"eigsh, tol 1e-3": found}


def traces(workload: Workload, probes: int) -> dict[str, Work]:
    """Hutchinson's estimator with a number of probes that the user has to know."""

    def found(seed: int) -> Found:
        torch.manual_seed(seed)
        operator = _operator(workload, HessianLinearOperator)
        means = [float(hutchinson_trace(operator, AT_ONCE)) for _ in range(probes // AT_ONCE)]
        return Found(torch.tensor([sum(means) / len(means)]), AT_ONCE * len(means))

    return {f"Hutchinson, {probes} probes": found}


def densities(workload: Workload, probes: int, steps: int) -> dict[str, Work]:
    """A smoothed density, whose moments are those of the smoothing; eigsh finds the ends of the spectrum before."""

    def found(seed: int) -> Found:
        torch.manual_seed(seed)
        operator = _operator(workload, HessianLinearOperator)
        lanczos_approximate_spectrum(operator, steps, num_repeats=probes)
        return Found(torch.empty(0))

    return {f"{probes} probes of {steps} steps": found}


def _operator(workload: Workload, kind: type) -> Any:
    parameters = [parameter for parameter in workload.module.parameters() if parameter.requires_grad]
    return kind(workload.module, workload.loss, parameters, [(workload.inputs, workload.targets)])
