"""Training of linearized networks by least squares, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

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


def gradient_flow(problem: LeastSquares, time: Times) -> Outputs:
    """Outputs after gradient flow d theta / dt = -dL / d theta for a time; `inf` is allowed.

        f_t(x) = f_0(x) - Theta(x, X) phi_1(Theta + ridge, t / (N O)) (f_0(X) - y),  phi_1(l, s) = (1 - e^(-l s)) / l

    with phi_1(0, s) = s. L is that of `least_squares`; for `nn.MSELoss` take twice the time. At infinity, eigenvalues
    that are zero to rounding, N times the unit roundoff of the largest, never move (the solution of least norm).

    >>> gradient_flow(least_squares(torch.eye(2), torch.ones(2)), [0.0, 1.0, inf]).train.shape
    torch.Size([3, 2])

    Args:
        problem: The least squares.
        time: A number, or T of them in a sequence or a tensor; then all outputs have T rows in front.

    Raises:
        ValueError: If a time is negative or undefined.

    Source: Lee et al., Wide neural networks of any depth evolve as linear models (2019, arXiv 1902.06720).
    """
    return problem.predicted(flow_factors(problem, time))


def gradient_descent(problem: LeastSquares, steps: Steps, rate: float, *, momentum: float = 0.0) -> Outputs:
    """Outputs after steps of f_(k+1) = f_k - rate / (N O) Theta (f_k - y) + momentum (f_k - f_(k-1)), f_(-1) = f_0.

    That is full-batch descent on L of `least_squares` with a heavy ball on the weights, as `torch.optim.SGD` has it; on
    `nn.MSELoss`, which is 2 L, an optimizer has half this rate.

    Args:
        problem: The least squares.
        steps: A whole number, or T of them in a sequence or a tensor; then all outputs have T rows in front.
        rate: Below `maximal_rate`.
        momentum: From 0 to below 1.

    Raises:
        ValueError: If the rate is not below `maximal_rate`, or a number is out of range.
    """
    return problem.predicted(descent_factors(problem, steps, rate, momentum))


def maximal_rate(problem: LeastSquares, *, momentum: float = 0.0) -> float:
    """Learning rate at which descent stops to converge, 2 (1 + momentum) N O / (l_max + ridge); `inf` for Theta = 0.

    It is that of L = 1 / (2 N O) sum (f - y)^2; for `nn.MSELoss`, which is 2 L, it is half as large.
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"a momentum of {momentum} is not possible; use a number from 0 to below 1")
    steepest = float(problem.values[0]) + problem.ridge
    return 2 * (1 + momentum) * problem.entries / steepest if steepest > 0 else inf


def flow_factors(problem: LeastSquares, time: Times) -> Tensor:
    """phi_1(l_i + ridge, t / (N O)) of every eigenvalue, (rows,) or (T, rows)."""
    total = problem.values + problem.ridge
    moves = total > rounding(total)
    ended = torch.where(moves, 1 / torch.where(moves, total, 1.0), 0.0)
    return at_times(lambda one: phi_1(total, one / problem.entries) if isfinite(one) else ended, time)


def descent_factors(problem: LeastSquares, steps: Steps, rate: float, momentum: float = 0.0) -> Tensor:
    """What k steps have made of the dual coefficients: without momentum (1 - (1 - rate l / (N O))^k) / l.

    Raises:
        ValueError: As for `gradient_descent`.
    """
    limit = maximal_rate(problem, momentum=momentum)
    if not 0 <= rate < limit:
        raise ValueError(
            f"a rate of {rate:.12g} is {rate / limit:.12g} times {limit:.12g}, and linear descent converges from zero "
            "to below that; use a smaller one. A network may survive larger ones, its linearization does not"
        )
    total, scaled = problem.values + problem.ridge, rate / problem.entries
    if momentum:
        return at_steps(lambda one: heavy_ball(total, one, scaled, momentum), steps)
    return at_steps(lambda one: descended(total, one, scaled), steps)
