"""Independent truths for tests: slow, dense, obvious."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.functional import hessian, jacobian

from spectra.objectives import Objective, flatten
from spectra.operators import SymmetricOperator


def dense_hessian(objective: Objective, weights: Tensor) -> Tensor:
    """The Hessian (P, P) by nested Jacobians."""
    matrix: Tensor = hessian(objective, weights)
    return matrix


def dense_gauss_newton(objective: Objective, weights: Tensor) -> Tensor:
    """sum_n J_n' B_n J_n / N, (P, P), from dense Jacobians and dense output Hessians, one input at a time."""
    total = torch.zeros(len(weights), len(weights))
    for one, target in _singles(objective):
        outputs = objective.network(weights, one)
        slopes = jacobian(lambda w, one=one: objective.network(w, one).flatten(), weights)
        curvature = hessian(
            lambda f, shape=outputs.shape, target=target: objective.criterion.losses(f.view(shape), target).sum(),
            outputs.flatten(),
        )
        total += slopes.T @ curvature @ slopes
    return total / objective.examples


def dense_empirical_fisher(objective: Objective, weights: Tensor) -> Tensor:
    """sum_n g_n g_n' / N, (P, P), from the gradient of every single loss."""
    total = torch.zeros(len(weights), len(weights))
    for one, target in _singles(objective):
        slopes = jacobian(
            lambda w, one=one, target=target: objective.criterion.losses(objective.network(w, one), target).flatten(),
            weights,
        )
        total += slopes.T @ slopes
    return total / objective.examples


def dense_softmax_fisher(objective: Objective, weights: Tensor) -> Tensor:
    """sum_n sum_c p_c g_nc g_nc' / N, (P, P), over all labels c that the model of cross-entropy could draw."""
    total = torch.zeros(len(weights), len(weights))
    for one, target in _singles(objective):
        chances = objective.network(weights, one).softmax(-1)
        counted = objective.criterion.counted(target)
        slopes = jacobian(lambda w, one=one: -objective.network(w, one).log_softmax(-1).flatten(), weights)
        total += slopes.T @ ((chances * counted[..., None]).flatten()[:, None] * slopes)
    return total / objective.examples


def in_precision(objective: Objective, dtype: torch.dtype) -> tuple[Objective, Tensor]:
    """The same mean loss and the weights of its module in another precision."""
    weights, network = flatten(copy.deepcopy(objective.network.module).to(dtype))
    batches = [
        tuple(part.to(dtype) if part.is_floating_point() else part for part in pair) for pair in objective.batches
    ]
    return Objective(network, objective.criterion, batches), weights


def relative_error(measured: Tensor, expected: Tensor) -> float:
    """|A - B| / |B| in the Frobenius norm."""
    return float((measured - expected).norm() / expected.norm())


def operator_of(matrix: Tensor, **how: Any) -> SymmetricOperator:
    """A dense symmetric matrix (P, P) as an operator."""
    return SymmetricOperator(len(matrix), lambda block: matrix @ block, matrix.dtype, matrix.device, **how)


def symmetric_matrix(eigenvalues: Tensor) -> Tensor:
    """A dense symmetric matrix with given eigenvalues and random eigenvectors."""
    rotation, _ = torch.linalg.qr(torch.randn(len(eigenvalues), len(eigenvalues)))
    return rotation @ torch.diag(eigenvalues) @ rotation.T


def _singles(objective: Objective) -> Iterator[tuple[Tensor, Tensor]]:
    for inputs, targets in objective.batches:
        for example in range(len(inputs)):
            yield inputs[example : example + 1], targets[example : example + 1]
