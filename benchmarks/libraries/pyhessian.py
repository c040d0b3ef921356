"""PyHessian: power iteration with deflation, stopped by the change of the eigenvalue between two products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import torch
from pyhessian import hessian
from pyhessian.utils import hessian_vector_product
from torch import Tensor
from workloads import Workload

from libraries.found import Counted, Found, Work


def products(workload: Workload, vector: Tensor) -> dict[str, Callable[[], Callable[[], Tensor]]]:
    """Its Hessian product, on the graph that it keeps; it has no Gauss-Newton matrix."""

    def multiplied() -> Callable[[], Tensor]:
        kept = _hessian(workload)
        sizes = [parameter.numel() for parameter in kept.params]
        parts = [part.view_as(like) for part, like in zip(vector.split(sizes), kept.params, strict=True)]
        return lambda: _flat(hessian_vector_product(kept.gradsH, kept.params, parts))

    return {"Hessian": multiplied}


def eigenvalues(workload: Workload, count: int) -> dict[str, Work]:
    """At its default tolerance, and at the one that has to be asked for to have 1e-3 with more iterations allowed."""

    def at(tolerance: float, iterations: int) -> Work:
        def found(seed: int) -> Found:
            torch.manual_seed(seed)
            with _counting() as count_of:
                values, _ = _hessian(workload).eigenvalues(maxIter=iterations, tol=tolerance, top_n=count)
            return Found(torch.tensor(values).sort(descending=True).values, count_of.calls)

        return found

    return {"tol 1e-3 (default)": at(1e-3, 100), "tol 1e-5, maxIter 1000": at(1e-5, 1000)}


def traces(workload: Workload, probes: int) -> dict[str, Work]:  # noqa: ARG001
    """Hutchinson's estimator, stopped by the change of the mean between two probes."""

    def found(seed: int) -> Found:
        torch.manual_seed(seed)
        samples = _hessian(workload).trace()
        return Found(torch.tensor([sum(samples) / len(samples)]), len(samples))

    return {"tol 1e-3 (default)": found}


def densities(workload: Workload, probes: int, steps: int) -> dict[str, Work]:
    """Stochastic Lanczos quadrature."""

    def found(seed: int) -> Found:
        torch.manual_seed(seed)
        nodes, weights = (torch.tensor(part) for part in _hessian(workload).density(iter=steps, n_v=probes))
        return Found((weights * nodes**2).sum(1).mean()[None], probes * steps)

    return {f"{probes} probes of {steps} steps": found}


def _hessian(workload: Workload) -> hessian:
    kept = hessian(workload.module, workload.loss, data=(workload.inputs, workload.targets), cuda=False)
    # Its gradients hold the graph, and the parameters hold them: a cycle that would outlive the object.
    workload.module.zero_grad()
    return kept


def _flat(parts: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([part.reshape(-1) for part in parts])


@contextmanager
def _counting() -> Iterator[Counted]:
    counted = Counted(hessian_vector_product)
    with patch("pyhessian.hessian.hessian_vector_product", counted):
        yield counted
