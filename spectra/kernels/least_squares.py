"""Least squares of linearized networks, with the eigenpairs of their tangent kernel."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import Protocol

import torch
from torch import Tensor

from spectra.kernels.mode_factors import descended, heavy_ball, phi_1
from spectra.kernels.regression_matrices import (
    check_ridge,
    cross_matrix,
    kernel_matrix,
    output_columns,
    psd_eigenpairs,
    rounding,
    target_columns,
)
from spectra.kernels.time_grids import Steps, Times, at_steps, at_times


@dataclass(frozen=True)
class LeastSquares:
    """A linearized network and its mean-square loss, with the eigenpairs of its tangent kernel.

    The loss of N examples with O outputs is L = 1 / (2 N O) sum (f - y)^2 + ridge / (2 N O) |theta - theta_0|^2, half
    of `nn.MSELoss`. Made by `least_squares`, for any number of times, rates and ensembles.

    Attributes:
        values: Eigenvalues of Theta, (rows,), largest first; rows are N, or N O for a kernel of all outputs.
        vectors: Eigenvectors as columns, (rows, rows).
        targets: y as columns, (rows, columns), also where it was given as (N,). Outputs come in the shape given: their
            error is then `outputs.train - problem.targets[:, 0]`.
        start: Outputs at time zero, (rows, columns).
        cross: The kernel between test and training inputs, (M or M O, rows); M = 0 without test inputs.
        cross_start: Outputs on the test inputs at time zero, (M or M O, columns).
        ridge: What is added to every eigenvalue.
        shape: Of the outputs of one example.
    """

    values: Tensor
    vectors: Tensor
    targets: Tensor
    start: Tensor
    cross: Tensor
    cross_start: Tensor
    ridge: float
    shape: tuple[int, ...]

    @property
    def entries(self) -> int:
        """N O, the number of residuals that the loss is the mean over."""
        return self.targets.numel()

    def maximal_rate(self, momentum: float) -> float:
        """2 (1 + momentum) N O / (l_max + ridge); `inf` for Theta = 0."""
        steepest = float(self.values[0]) + self.ridge
        return 2 * (1 + momentum) * self.entries / steepest if steepest > 0 else inf

    def ended(self) -> Tensor:
        """1 / (l_i + ridge) of every eigenvalue, (rows,), the factor at infinite time; 0 if it is zero to rounding."""
        total = self.values + self.ridge
        moves = total > rounding(total)
        return torch.where(moves, 1 / torch.where(moves, total, 1.0), 0.0)

    def flow_factors(self, time: Times) -> Tensor:
        """phi_1(l_i + ridge, t / (N O)) of every eigenvalue, (rows,) or (T, rows)."""
        total = self.values + self.ridge
        return at_times(lambda one: phi_1(total, one / self.entries) if isfinite(one) else self.ended(), time)

    def descent_factors(self, steps: Steps, rate: float, momentum: float) -> Tensor:
        """What k steps have made of the dual coefficients: without momentum (1 - (1 - rate l / (N O))^k) / l."""
        total, scaled = self.values + self.ridge, rate / self.entries
        if momentum:
            return at_steps(lambda one: heavy_ball(total, one, scaled, momentum), steps)
        return at_steps(lambda one: descended(total, one, scaled), steps)

    def smoother(self, factors: Tensor) -> Tensor:
        """A with test outputs A y of a network that starts at zero, (M, rows), or (T, M, rows) for T times."""
        return (self.cross @ self.vectors) * factors[..., None, :] @ self.vectors.mT

    def predicted(self, factors: Tensor) -> Outputs:
        """Outputs whose dual coefficients along eigenvector i are factors_i times those of f_0 - y.

        Args:
            factors: (rows,), or (T, rows) for T times.
        """
        modes = factors[..., None] * (self.vectors.mT @ (self.start - self.targets))
        coefficients = self.vectors @ modes
        train = self.start - self.vectors @ (self.values[:, None] * modes)
        test = self.cross_start - self.cross @ coefficients
        times = factors.shape[:-1]
        return Outputs(*(part.reshape(*times, -1, *self.shape) for part in (train, test, coefficients)))


@dataclass(frozen=True)
class Outputs:
    """Outputs f_0(x) - Theta(x, X) c of a linearized network whose weights have moved by -J' c; T times stand in front.

    Attributes:
        train: On the training inputs, (N, ...).
        test: On the test inputs, (M, ...).
        coefficients: c, (N, ...).
    """

    train: Tensor
    test: Tensor
    coefficients: Tensor


class LinearDynamics(Protocol):
    """Least squares of outputs that the dual coefficients c move by -Theta(x, X) c: with eigenpairs, or with none."""

    @property
    def targets(self) -> Tensor:
        """y as columns, (rows, columns)."""

    @property
    def start(self) -> Tensor:
        """Outputs at time zero, (rows, columns)."""

    @property
    def cross(self) -> Tensor:
        """The kernel between test and training inputs, (M or M O, rows)."""

    @property
    def cross_start(self) -> Tensor:
        """Outputs on the test inputs at time zero, (M or M O, columns)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the outputs of one example."""

    def maximal_rate(self, momentum: float) -> float:
        """Learning rate at which descent stops to converge."""

    def flow_factors(self, time: Times) -> Tensor:
        """What gradient flow has made of the dual coefficients, for `smoother` and `predicted`; T times in front."""

    def descent_factors(self, steps: Steps, rate: float, momentum: float) -> Tensor:
        """The same after steps of descent with a rate below the maximal one."""

    def smoother(self, factors: Tensor) -> Tensor:
        """A with test outputs A y of a network that starts at zero, (M, rows), or (T, M, rows)."""

    def predicted(self, factors: Tensor) -> Outputs:
        """Outputs on training and test inputs."""


def least_squares(
    kernel: Tensor,
    targets: Tensor,
    *,
    start: Tensor | None = None,
    cross: Tensor | None = None,
    cross_start: Tensor | None = None,
    ridge: float = 0.0,
) -> LeastSquares:
    """A linearized network under L = 1 / (2 N O) sum (f - y)^2 + ridge / (2 N O) |theta - theta_0|^2.

    `nn.MSELoss` has no half and is 2 L: under it time passes twice as fast, and rates may be half as large. Train with
    `0.5 * nn.MSELoss()`, or take `gradient_flow` at 2 t and `gradient_descent` at twice the rate of the optimizer.

    >>> from spectra.kernels.dynamics import gradient_flow, maximal_rate
    >>> problem = least_squares(torch.eye(2), torch.tensor([1.0, -2.0]))
    >>> gradient_flow(problem, inf).train.tolist(), maximal_rate(problem)
    ([1.0, -2.0], 4.0)

    Args:
        kernel: Theta of the training inputs, (N, N), which every output shares, or (N, N, O, O).
        targets: y, (N,) or (N, O); those of a flattened kernel (N O, N O) are flattened, output fastest.
        start: Outputs f_0 on the training inputs, in the shape of `targets`; None is zero.
        cross: Theta between test and training inputs, (M, N) or (M, N, O, O); None without test inputs.
        cross_start: f_0 on the test inputs; None is zero.
        ridge: Number that is added to Theta where it is inverted; `relative_ridge` makes one from a fraction.

    Raises:
        TypeError: If kernels, targets or starts are no tensors.
        ValueError: If shapes do not fit, numbers are not finite, or Theta is no kernel (`psd_eigenpairs`).
    """
    check_ridge(ridge)
    columns = target_columns(targets, kernel)
    values, vectors = psd_eigenpairs(kernel_matrix(kernel))
    rows, shape = cross_matrix(cross, columns), tuple(targets.shape[1:])
    begun = output_columns("start", start, len(columns), columns, shape)
    later = output_columns("cross_start", cross_start, len(rows), columns, shape)
    return LeastSquares(values, vectors, columns, begun, rows, later, ridge, shape)
