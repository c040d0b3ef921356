"""Independent truths for tests: slow, dense, obvious."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.operators import Objective


def dense_hessian(objective: Objective, weights: Tensor) -> Tensor:
    """The Hessian (P, P) by nested Jacobians."""
    hessian: Tensor = torch.autograd.functional.hessian(objective, weights)
    return hessian


def dense_gauss_newton(objective: Objective, weights: Tensor) -> Tensor:
    """sum_n J_n' B_n J_n / N, (P, P), from dense Jacobians and dense output Hessians of each example."""
    total = torch.zeros(len(weights), len(weights))
    for inputs, targets in objective.batches:
        for example in range(len(inputs)):
            one, target = inputs[example : example + 1], targets[example : example + 1]
            outputs = objective.network(weights, one)
            jacobian = torch.autograd.functional.jacobian(lambda w, one=one: objective.network(w, one)[0], weights)
            curvature = torch.autograd.functional.hessian(
                lambda f, target=target: objective.criterion.losses(f[None], target).sum(), outputs[0]
            )
            total += jacobian.T @ curvature @ jacobian
    return total / objective.examples


def symmetric_matrix(eigenvalues: Tensor) -> Tensor:
    """A dense symmetric matrix with given eigenvalues and random eigenvectors."""
    rotation, _ = torch.linalg.qr(torch.randn(len(eigenvalues), len(eigenvalues)))
    return rotation @ torch.diag(eigenvalues) @ rotation.T
