"""Mean and covariance of infinitely many wide networks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.kernels.dynamics import descent_factors
from spectra.kernels.least_squares import LinearDynamics
from spectra.kernels.regression_matrices import (
    check_ridge,
    kernel_matrix,
    psd_eigenpairs,
    require_device,
    require_semidefinite,
    rounding,
    symmetric_matrix,
    target_columns,
)
from spectra.kernels.time_grids import Steps, Times
from spectra.notebook import as_html


@dataclass(frozen=True)
class Ensemble:
    """A Gaussian law of the outputs on M test inputs; every output has the same covariance.

    At several times they stand in front: (T, M, ...) and (T, M, M).

    Attributes:
        mean: Of the outputs, (M, ...).
        covariance: Of one output between the test inputs, (M, M).
    """

    mean: Tensor
    covariance: Tensor

    _repr_html_ = as_html


def flow_ensemble(problem: LinearDynamics, nngp: Tensor, time: Times) -> Ensemble:
    """Wide networks drawn at random, each trained by gradient flow for the same time; `inf` is allowed.

    With A_t = Theta_td phi_1(Theta_dd + ridge, t / (N O)) and f_0 ~ GP(0, K), the law of the outputs has the mean A_t y
    and the covariance K_tt + A_t K_dd A_t' - A_t K_dt - K_td A_t'.

    Args:
        problem: The least squares, with test inputs, a kernel (N, N) that the outputs share, and no start.
        nngp: Covariance K at the start of the N training and then the M test inputs, (N + M, N + M).
        time: Time t of `gradient_flow`, a number or T of them; at `inf` eigenvalues that are zero to rounding never
            move.

    Raises:
        TypeError: If the covariance is no tensor.
        ValueError: If the shapes do not fit, the covariance is not symmetric or has negative eigenvalues beyond
            rounding, the problem has a start, or a time is negative.

    Source: Lee et al., Wide neural networks of any depth evolve as linear models (2019, arXiv 1902.06720).
    """
    return _ensemble(problem, nngp, problem.flow_factors(time))


def descent_ensemble(
    problem: LinearDynamics, nngp: Tensor, steps: Steps, rate: float, *, momentum: float = 0.0
) -> Ensemble:
    """Wide networks drawn at random, each trained by steps of `gradient_descent`; the law is as in `flow_ensemble`.

    Args:
        problem: The least squares, with test inputs, a kernel (N, N) that the outputs share, and no start.
        nngp: Covariance K at the start of the N training and then the M test inputs, (N + M, N + M).
        steps: How many, a number or T of them.
        rate: Step size, as in `gradient_descent`.
        momentum: Of the heavy ball; 0 is plain descent.

    Raises:
        TypeError: If the covariance is no tensor.
        ValueError: As for `flow_ensemble` and `gradient_descent`.
    """
    return _ensemble(problem, nngp, descent_factors(problem, steps, rate, momentum))


def posterior(nngp: Tensor, targets: Tensor, *, ridge: float = 0.0) -> Ensemble:
    """Gaussian-process posterior of the test outputs: networks of which the last layer alone is trained, to the end.

    The mean is K_td (K_dd + ridge I)^-1 y, the covariance K_tt - K_td (K_dd + ridge I)^-1 K_dt.

    Args:
        nngp: Covariance of the N training and then the M test inputs, (N + M, N + M).
        targets: y, (N,) or (N, O).
        ridge: Variance of the noise of targets.

    Raises:
        TypeError: If the covariance or the targets are no tensors.
        ValueError: If shapes do not fit, the covariance is not symmetric or has negative eigenvalues beyond rounding,
            or K_dd + ridge I is singular.
    """
    check_ridge(ridge)
    require_real("targets", targets)
    known = len(targets) if targets.ndim else 0
    trained, mixed, tested = _blocks(nngp, known)
    columns = target_columns(targets, trained)
    values, vectors = psd_eigenpairs(trained)
    if float(values[-1]) + ridge <= rounding(values):
        raise ValueError(
            f"the covariance of the training inputs is singular: its eigenvalues go from {float(values[-1]):.3g} to "
            f"{float(values[0]):.3g}; add a ridge, or drop repeated inputs"
        )
    half = mixed @ vectors / (values + ridge).sqrt()
    mean = half @ ((vectors.mT @ columns) / (values + ridge).sqrt()[:, None])
    return Ensemble(mean.reshape(-1, *targets.shape[1:]), _symmetrised(tested - half @ half.mT))


def _ensemble(problem: LinearDynamics, nngp: Tensor, factors: Tensor) -> Ensemble:
    if problem.start.any() or problem.cross_start.any():
        raise ValueError("an ensemble starts from random outputs of mean zero; make the problem without a start")
    if len(problem.cross) == 0:
        raise ValueError("the problem has no test inputs; give `least_squares` the kernel `cross`")
    require_device("covariances", nngp, problem.targets.device)
    trained, mixed, tested = _blocks(nngp, len(problem.targets), len(problem.cross))
    smoother = problem.smoother(factors)
    moved = smoother @ mixed.mT
    covariance = tested + smoother @ trained @ smoother.mT - moved - moved.mT
    mean = smoother @ problem.targets
    return Ensemble(mean.reshape(*smoother.shape[:-2], -1, *problem.shape), _symmetrised(covariance))


def _blocks(nngp: Tensor, known: int, tested: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """K_dd, K_td and K_tt."""
    matrix = kernel_matrix(nngp)
    rows = len(matrix)
    if nngp.ndim != 2 or matrix.shape != (rows, rows) or rows <= known or tested not in (None, rows - known):
        wanted = "N + M" if tested is None else f"{known} + {tested}"
        raise ValueError(
            f"the covariance at the start has the shape {tuple(nngp.shape)}; pass it for the {known} training inputs "
            f"and then the test inputs, a square matrix of {wanted} rows"
        )
    matrix = symmetric_matrix(matrix)
    require_semidefinite(torch.linalg.eigvalsh(matrix))
    return matrix[:known, :known], matrix[known:, :known], matrix[known:, known:]


def _symmetrised(covariance: Tensor) -> Tensor:
    return (covariance + covariance.mT) / 2
