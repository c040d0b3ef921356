"""Training of linearized networks by least squares, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import torch
from torch import Tensor

from spectra.kernels.regression_matrices import (
    check_ridge,
    cross_matrix,
    kernel_matrix,
    psd_eigenpairs,
    rounding,
    target_columns,
)


@dataclass(frozen=True)
class LeastSquares:
    """A linearized network and its mean-square loss, with the eigenpairs of its tangent kernel.

    The loss of N examples with O outputs is L = 1 / (2 N O) sum (f - y)^2 + ridge / (2 N O) |theta - theta_0|^2. Made
    by `least_squares`, for any number of times, rates and ensembles.
    """

    values: Tensor  # (rows,), eigenvalues of Theta, largest first; rows are N, or N O for a kernel of all outputs
    vectors: Tensor  # (rows, rows)
    targets: Tensor  # (rows, columns)
    start: Tensor  # (rows, columns), outputs at time zero
    cross: Tensor  # (M or M O, rows), the kernel between test and training inputs; M = 0 without test inputs
    cross_start: Tensor  # (M or M O, columns)
    ridge: float
    shape: tuple[int, ...]  # of the outputs of one example

    @property
    def entries(self) -> int:
        """N O, the number of residuals that the loss is the mean over."""
        return self.targets.numel()

    def predicted(self, factors: Tensor) -> Outputs:
        """Outputs whose dual coefficients along eigenvector i are factors_i times those of f_0 - y."""
        modes = factors[:, None] * (self.vectors.mT @ (self.start - self.targets))
        coefficients = self.vectors @ modes
        train = self.start - self.vectors @ (self.values[:, None] * modes)
        test = self.cross_start - self.cross @ coefficients
        return Outputs(*(part.reshape(-1, *self.shape) for part in (train, test, coefficients)))


@dataclass(frozen=True)
class Outputs:
    """Outputs of a linearized network, f_0(x) - Theta(x, X) c, whose weights have moved by -J' c."""

    train: Tensor  # (N, ...), on the training inputs
    test: Tensor  # (M, ...), on the test inputs
    coefficients: Tensor  # c, (N, ...)


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

    >>> problem = least_squares(torch.eye(2), torch.tensor([1.0, -2.0]))
    >>> gradient_flow(problem, inf).train.tolist(), maximal_rate(problem)
    ([1.0, -2.0], 4.0)

    Args:
        kernel: Theta of the training inputs, (N, N), which every output shares, or (N, N, O, O).
        targets: y, (N,) or (N, O).
        start: Outputs f_0 on the training inputs, in the shape of `targets`; None is zero.
        cross: Theta between test and training inputs, (M, N) or (M, N, O, O); None without test inputs.
        cross_start: f_0 on the test inputs; None is zero.
        ridge: Number that is added to Theta where it is inverted; `relative_ridge` makes one from a fraction.

    Raises:
        ValueError: If shapes do not fit, numbers are not finite, or Theta is no kernel (`psd_eigenpairs`).
    """
    check_ridge(ridge)
    columns = target_columns(targets, kernel)
    values, vectors = psd_eigenpairs(kernel_matrix(kernel))
    rows = columns.new_zeros(0, len(columns)) if cross is None else cross_matrix(cross, columns)
    begun = (
        torch.zeros_like(columns) if start is None else _as_columns("start", start, columns.shape, targets.shape[1:])
    )
    tested = (len(rows), columns.shape[1])
    later = (
        columns.new_zeros(tested)
        if cross_start is None
        else _as_columns("cross_start", cross_start, tested, targets.shape[1:])
    )
    return LeastSquares(values, vectors, columns, begun, rows, later, ridge, tuple(targets.shape[1:]))


def gradient_flow(problem: LeastSquares, time: float) -> Outputs:
    """Outputs after gradient flow d theta / dt = -dL / d theta for a time; `inf` is allowed.

        f_t(x) = f_0(x) - Theta(x, X) phi_1(Theta + ridge, t / (N O)) (f_0(X) - y),  phi_1(l, s) = (1 - e^(-l s)) / l

    with phi_1(0, s) = s. At infinity, eigenvalues that are zero to rounding, N times the unit roundoff of the largest,
    never move (the solution of least norm).

    Raises:
        ValueError: If the time is negative or undefined.

    Source: Lee et al., Wide neural networks of any depth evolve as linear models (2019, arXiv 1902.06720).
    """
    return problem.predicted(flow_factors(problem, time))


def gradient_descent(problem: LeastSquares, steps: int, rate: float, *, momentum: float = 0.0) -> Outputs:
    """Outputs after steps of f_(k+1) = f_k - rate / (N O) Theta (f_k - y) + momentum (f_k - f_(k-1)), f_(-1) = f_0.

    That is full-batch descent with a heavy ball on the weights, as `torch.optim.SGD` has it.

    Raises:
        ValueError: If the rate is not below `maximal_rate`, or a number is out of range.
    """
    return problem.predicted(descent_factors(problem, steps, rate, momentum))


def maximal_rate(problem: LeastSquares, *, momentum: float = 0.0) -> float:
    """Learning rate at which descent stops to converge, 2 (1 + momentum) N O / (l_max + ridge); `inf` for Theta = 0."""
    if not 0 <= momentum < 1:
        raise ValueError(f"a momentum of {momentum} is not possible; use a number from 0 to below 1")
    steepest = float(problem.values[0]) + problem.ridge
    return 2 * (1 + momentum) * problem.entries / steepest if steepest > 0 else inf


def flow_factors(problem: LeastSquares, time: float) -> Tensor:
    """phi_1(l_i + ridge, t / (N O)) of every eigenvalue."""
    if not time >= 0:
        raise ValueError(f"a time of {time} is not possible; use zero, a positive number or inf")
    total = problem.values + problem.ridge
    if isfinite(time):
        return phi_1(total, time / problem.entries)
    moves = total > rounding(total)
    return torch.where(moves, 1 / torch.where(moves, total, 1.0), 0.0)


def phi_1(values: Tensor, time: float) -> Tensor:
    """(1 - e^(-l s)) / l, which is s at l = 0."""
    still = values * time == 0
    return torch.where(still, time, -torch.expm1(-values * time) / torch.where(still, 1.0, values))


def descent_factors(problem: LeastSquares, steps: int, rate: float, momentum: float = 0.0) -> Tensor:
    """What k steps have made of the dual coefficients: without momentum (1 - (1 - rate l / (N O))^k) / l.

    Raises:
        ValueError: As for `gradient_descent`.
    """
    if not isinstance(steps, int) or steps < 0:
        raise ValueError(f"{steps!r} steps are not possible; use zero or a positive whole number")
    limit = maximal_rate(problem, momentum=momentum)
    if not 0 <= rate < limit:
        raise ValueError(
            f"a rate of {rate:.6g} is {rate / limit:.4g} times the largest at which linear descent converges, "
            f"{limit:.6g}; use a positive rate below it. A network may survive larger rates, its linearization does not"
        )
    total, scaled = problem.values + problem.ridge, rate / problem.entries
    if momentum:
        return _heavy_ball(total, steps, scaled, momentum)
    shrink = total * scaled
    # Where one step makes a small change, its logarithm keeps the digits that 1 - (1 - x)^k loses.
    small = shrink < 0.5
    lost = torch.where(
        small, -torch.expm1(steps * torch.log1p(-torch.where(small, shrink, 0.0))), 1 - (1 - shrink).pow(steps)
    )
    still = shrink == 0
    return torch.where(still, steps * scaled, lost / torch.where(still, 1.0, total))


def _heavy_ball(total: Tensor, steps: int, scaled: float, momentum: float) -> Tensor:
    """The recursion a_(k+1) = a_k + scaled (1 - l a_k) + momentum (a_k - a_(k-1)), a_0 = a_(-1) = 0, as a power."""
    matrix = torch.zeros(len(total), 3, 3, dtype=total.dtype, device=total.device)
    matrix[:, 0, 0] = 1 - scaled * total + momentum
    matrix[:, 0, 1], matrix[:, 0, 2] = -momentum, scaled
    matrix[:, 1, 0] = matrix[:, 2, 2] = 1
    power: Tensor = torch.linalg.matrix_power(matrix, steps)
    return power[:, 0, 2]


def _as_columns(name: str, outputs: Tensor, wanted: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    if tuple(outputs.shape[1:]) != tuple(shape) or outputs.numel() != wanted[0] * wanted[1]:
        raise ValueError(
            f"{name} has the shape {tuple(outputs.shape)}; pass the outputs of the network, (examples, "
            f"{', '.join(map(str, shape))}), {wanted[0] * wanted[1]} numbers in all"
        )
    if not outputs.isfinite().all():
        raise ValueError(f"{int((~outputs.isfinite()).sum())} of {outputs.numel()} numbers of {name} are not finite")
    return outputs.detach().double().reshape(wanted)
