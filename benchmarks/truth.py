"""What the results are held against: written by hand, in double precision, without the library that is measured."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from workloads import Workload

PROBES = 200
"""Sign vectors of the reference trace. One scatters by about 8 % on mlp and gpt, so that the reference is itself known
to 0.5 % only: smaller errors of a trace say nothing."""


def kept_product(workload: Workload) -> Callable[[Tensor], Tensor]:
    """Hessian product by double backward through a kept graph: the cheapest that can be written by hand."""
    slope, parameters = _slope(workload)

    def product(vector: Tensor) -> Tensor:
        parts = _like(vector, parameters)
        return torch.cat(
            [part.reshape(-1) for part in torch.autograd.grad(slope, parameters, parts, retain_graph=True)]
        )

    return product


def rebuilt_product(workload: Workload) -> Callable[[Tensor], Tensor]:
    """The same with the graph built anew for every product."""

    def product(vector: Tensor) -> Tensor:
        slope, parameters = _slope(workload)
        parts = torch.autograd.grad(slope, parameters, _like(vector, parameters))
        return torch.cat([part.reshape(-1) for part in parts])

    return product


def gauss_newton_product(workload: Workload, vector: Tensor) -> Tensor:
    """J' B J v: pushed forward, curved by the loss, pulled back, each by a derivative of its own."""
    parameters = dict(workload.module.named_parameters())
    directions = dict(zip(parameters, _like(vector, list(parameters.values())), strict=True))

    def outputs(named: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(workload.module, named, (workload.inputs,))

    values, pull = torch.func.vjp(outputs, parameters)
    dummy = torch.zeros_like(values, requires_grad=True)
    pulled = pull(dummy)[0]
    pushed = torch.autograd.grad(
        [pulled[name] for name in parameters], dummy, [directions[name] for name in parameters]
    )
    leaf = values.detach().requires_grad_()
    (slope,) = torch.autograd.grad(workload.loss(leaf, workload.targets), leaf, create_graph=True)
    (curved,) = torch.autograd.grad(slope, leaf, pushed[0])
    return torch.cat([part.reshape(-1) for part in pull(curved)[0].values()]).detach()


def eigenvalues(product: Callable[[Tensor], Tensor], size: int, count: int, *, accuracy: float = 1e-8) -> Tensor:
    """The `count` largest eigenvalues by Lanczos with full reorthogonalisation, stopped by the residual bound.

    Args:
        product: v -> A v in double precision.
        size: Dimension of A.
        count: Number of eigenvalues.
        accuracy: Bound of the residuals, relative to the largest eigenvalue.

    Returns:
        Eigenvalues (count,), largest first, in double precision.
    """
    vector = torch.randn(size, dtype=torch.float64, generator=torch.Generator().manual_seed(2**31))
    basis: list[Tensor] = [vector / vector.norm()]
    diagonal: list[float] = []
    beside: list[float] = []
    while len(diagonal) < size:
        image = product(basis[-1])
        diagonal.append(float(image @ basis[-1]))
        for _ in range(2):
            for column in basis:
                image -= column * (column @ image)
        beside.append(float(image.norm()))
        basis.append(image / image.norm())
        if len(diagonal) > count and len(diagonal) % 5 == 0:
            values, vectors = torch.linalg.eigh(_tridiagonal(diagonal, beside[:-1]))
            bounds = beside[-1] * vectors[-1, -count:].abs()
            if bool((bounds <= accuracy * values[-1]).all()):
                break
    return values[-count:].flip(0)


def moments(workload: Workload) -> tuple[float, float]:
    """Trace and mean squared eigenvalue, from many products with sign vectors."""
    product = kept_product(workload)
    generator = torch.Generator().manual_seed(2**31)
    traces, squares = [], []
    for _ in range(PROBES):
        probe = 2.0 * torch.randint(2, (workload.size,), generator=generator) - 1
        image = product(probe)
        traces.append(float(image @ probe))
        squares.append(float(image @ image) / workload.size)
    return sum(traces) / PROBES, sum(squares) / PROBES


def _slope(workload: Workload) -> tuple[tuple[Tensor, ...], list[Tensor]]:
    parameters = list(workload.module.parameters())
    return torch.autograd.grad(workload.mean_loss(), parameters, create_graph=True), parameters


def _like(vector: Tensor, parameters: list[Tensor]) -> list[Tensor]:
    pieces = vector.split([parameter.numel() for parameter in parameters])
    return [piece.view_as(parameter) for piece, parameter in zip(pieces, parameters, strict=True)]


def _tridiagonal(diagonal: list[float], beside: list[float]) -> Tensor:
    edge = torch.diag(torch.tensor(beside, dtype=torch.float64), 1)
    return torch.diag(torch.tensor(diagonal, dtype=torch.float64)) + edge + edge.T
