"""Least squares of outputs that move by a kernel that is not symmetric."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import torch
from torch import Tensor

from spectra.kernels.least_squares import Outputs
from spectra.kernels.regression_matrices import (
    check_ridge,
    cross_matrix,
    kernel_matrix,
    output_columns,
    rounding,
    target_columns,
)
from spectra.kernels.time_grids import Steps, Times, at_steps, at_times


@dataclass(frozen=True)
class AsymmetricLeastSquares:
    """Outputs under df(x)/dt = -1 / (N O) I(x, X) (f(X) - y), with a kernel I that is not symmetric.

    Row x of I has the derivative of the outputs that are predicted, column x' that by which the example x' moves the
    weights; with a surrogate gradient the two differ. The weights move by -J~' c, as in `LeastSquares`. Made by
    `asymmetric_least_squares`, for `gradient_flow`, `gradient_descent`, `flow_ensemble` and `descent_ensemble`.

    Attributes:
        kernel: I of the training inputs plus the ridge on its diagonal, (rows, rows).
        targets: y as columns, (rows, columns).
        start: Outputs at time zero, (rows, columns).
        cross: I between test and training inputs, (M or M O, rows); M = 0 without test inputs.
        cross_start: Outputs on the test inputs at time zero, (M or M O, columns).
        ridge: What is added to the diagonal.
        shape: Of the outputs of one example.
    """

    kernel: Tensor
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

    def eigenvalues(self) -> Tensor:
        """Those of the kernel with its ridge, complex, (rows,)."""
        found: Tensor = torch.linalg.eigvals(self.kernel)
        return found

    def maximal_rate(self, momentum: float) -> float:
        """2 N O times the least Re(l) / |l|^2 over the eigenvalues l; `inf` for I = 0, 0 where nothing converges.

        Raises:
            ValueError: If there is momentum, for which no such number is known here.
        """
        if momentum:
            raise ValueError(
                f"a momentum of {momentum} was asked for, and descent with a kernel that is not symmetric is known "
                "without; use momentum=0"
            )
        values = self.eigenvalues()
        moving = values[values.abs() > rounding(values)]
        if len(moving) == 0:
            return inf
        return 2 * self.entries * max(0.0, float((moving.real / moving.abs().square()).min()))

    def flow_factors(self, time: Times) -> Tensor:
        """phi_1(I + ridge, t / (N O)) as a matrix, (rows, rows) or (T, rows, rows).

        Raises:
            ValueError: If a time is infinite, and an eigenvalue has no positive real part.
        """
        return at_times(lambda one: self._flowed(one / self.entries) if isfinite(one) else self._ended(), time)

    def descent_factors(self, steps: Steps, rate: float, momentum: float) -> Tensor:  # noqa: ARG002
        """rate / (N O) sum_(j < k) (1 - rate (I + ridge) / (N O))^j as a matrix, (rows, rows) or (T, rows, rows)."""
        scaled, one = rate / self.entries, _unit(self.kernel)
        step = torch.cat([torch.cat([one - scaled * self.kernel, scaled * one], 1), torch.cat([0 * one, one], 1)])
        return at_steps(lambda count: torch.linalg.matrix_power(step, count)[: len(one), len(one) :], steps)

    def smoother(self, factors: Tensor) -> Tensor:
        """A with test outputs A y of a network that starts at zero, (M, rows), or (T, M, rows) for T times."""
        return self.cross @ factors

    def predicted(self, factors: Tensor) -> Outputs:
        """Outputs whose dual coefficients are a matrix times f_0 - y.

        Args:
            factors: (rows, rows), or (T, rows, rows) for T times.
        """
        coefficients = factors @ (self.start - self.targets)
        train = self.start - (self.kernel @ coefficients - self.ridge * coefficients)
        test = self.cross_start - self.cross @ coefficients
        times = factors.shape[:-2]
        return Outputs(*(part.reshape(*times, -1, *self.shape) for part in (train, test, coefficients)))

    def _flowed(self, scaled: float) -> Tensor:
        """phi_1(A, s), the upper right block of exp(s [[-A, 1], [0, 0]])."""
        one = _unit(self.kernel)
        rates = torch.cat([torch.cat([-self.kernel, one], 1), one.new_zeros(len(one), 2 * len(one))])
        found: Tensor = torch.linalg.matrix_exp(scaled * rates)
        if not found.isfinite().all():
            raise ValueError(
                f"outputs overflow at this time: the kernel has an eigenvalue with the real part "
                f"{float(self.eigenvalues().real.min()):.3g}, along which they grow; use a shorter time or a ridge"
            )
        return found[: len(one), len(one) :]

    def _ended(self) -> Tensor:
        values = self.eigenvalues()
        least = float(values.real.min())
        if least <= rounding(values):
            raise ValueError(
                f"the kernel has an eigenvalue with the real part {least:.3g}, along which outputs grow or stay; at "
                "infinite time there is no answer: use a finite time, or a ridge"
            )
        found: Tensor = torch.linalg.inv(self.kernel)
        return found


def asymmetric_least_squares(
    kernel: Tensor,
    targets: Tensor,
    *,
    start: Tensor | None = None,
    cross: Tensor | None = None,
    cross_start: Tensor | None = None,
    ridge: float = 0.0,
) -> AsymmetricLeastSquares:
    """`least_squares` for a kernel I that is not symmetric, such as that of surrogate gradients.

    The loss is L = 1 / (2 N O) sum (f - y)^2, with a ridge that pulls the weights to their start; the weights follow
    the surrogate of its gradient. A symmetric kernel gives what `least_squares` does. The work is N^3 for every time.

    >>> from spectra.kernels.dynamics import gradient_flow
    >>> turning = torch.tensor([[1.0, 2.0], [-2.0, 1.0]])
    >>> gradient_flow(asymmetric_least_squares(turning, torch.ones(2)), inf).train.shape
    torch.Size([2])

    Args:
        kernel: I of the training inputs, (N, N) or (N, N, O, O): rows are predicted, columns train.
        targets: y, (N,) or (N, O).
        start: Outputs f_0 on the training inputs, in the shape of `targets`; None is zero.
        cross: I between test and training inputs, (M, N) or (M, N, O, O); None without test inputs.
        cross_start: f_0 on the test inputs; None is zero.
        ridge: Number that is added to the diagonal of I where it drives the dynamics.

    Raises:
        TypeError: If kernels, targets or starts are no tensors.
        ValueError: If shapes do not fit, or numbers are not finite.

    Source: Eilers, Memmesheimer and Goedeke, A generalized neural tangent kernel for surrogate gradient learning (2024,
    arXiv 2405.15539), for the equation of motion.
    """
    check_ridge(ridge)
    columns = target_columns(targets, kernel)
    matrix = kernel_matrix(kernel)
    if len(matrix) != matrix.shape[1]:
        raise ValueError(f"a kernel between equal inputs is square, not {tuple(kernel.shape)}; pass it as `cross`")
    rows, shape = cross_matrix(cross, columns), tuple(targets.shape[1:])
    begun = output_columns("start", start, len(columns), columns, shape)
    later = output_columns("cross_start", cross_start, len(rows), columns, shape)
    shifted = matrix + ridge * _unit(matrix)
    return AsymmetricLeastSquares(shifted, columns, begun, rows, later, ridge, shape)


def _unit(like: Tensor) -> Tensor:
    return torch.eye(len(like), dtype=like.dtype, device=like.device)
