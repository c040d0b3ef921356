"""Training of linearized networks by least squares, in closed form."""

from __future__ import annotations

from torch import Tensor

from spectra.kernels.least_squares import LinearDynamics, Outputs
from spectra.kernels.time_grids import Steps, Times


def gradient_flow(problem: LinearDynamics, time: Times) -> Outputs:
    """Outputs after gradient flow d theta / dt = -dL / d theta for a time; `inf` is allowed.

        f_t(x) = f_0(x) - Theta(x, X) phi_1(Theta + ridge, t / (N O)) (f_0(X) - y),  phi_1(l, s) = (1 - e^(-l s)) / l

    with phi_1(0, s) = s. L is that of `least_squares`; for `nn.MSELoss` take twice the time. At infinity, eigenvalues
    that are zero to rounding, N times the unit roundoff of the largest, never move (the solution of least norm).

    >>> from math import inf
    >>> import torch
    >>> from spectra.kernels.least_squares import least_squares
    >>> gradient_flow(least_squares(torch.eye(2), torch.ones(2)), [0.0, 1.0, inf]).train.shape
    torch.Size([3, 2])

    Args:
        problem: The least squares, those of `asymmetric_least_squares` among them.
        time: A number, or T of them in a sequence or a tensor; then all outputs have T rows in front.

    Raises:
        ValueError: If a time is negative or undefined, or outputs grow along an eigenvector of a kernel that is not
            symmetric until they overflow.

    Source: Lee et al., Wide neural networks of any depth evolve as linear models (2019, arXiv 1902.06720).
    """
    return problem.predicted(problem.flow_factors(time))


def gradient_descent(problem: LinearDynamics, steps: Steps, rate: float, *, momentum: float = 0.0) -> Outputs:
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


def maximal_rate(problem: LinearDynamics, *, momentum: float = 0.0) -> float:
    """Learning rate at which descent stops to converge, 2 (1 + momentum) N O / (l_max + ridge); `inf` for Theta = 0.

    Of a kernel that is not symmetric it is 2 N O times the least Re(l) / |l|^2 over its eigenvalues. It is that of
    L = 1 / (2 N O) sum (f - y)^2; for `nn.MSELoss`, which is 2 L, it is half as large.
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"a momentum of {momentum} is not possible; use a number from 0 to below 1")
    return problem.maximal_rate(momentum)


def descent_factors(problem: LinearDynamics, steps: Steps, rate: float, momentum: float = 0.0) -> Tensor:
    """What k steps have made of the dual coefficients, as the problem tells it.

    Raises:
        ValueError: As for `gradient_descent`.
    """
    limit = maximal_rate(problem, momentum=momentum)
    if not 0 <= rate < limit:
        raise ValueError(
            f"a rate of {rate:.12g} is {rate / limit if limit else float('inf'):.12g} times {limit:.12g}, and linear "
            "descent converges from zero to below that; use a smaller one. A network may survive larger ones, its "
            "linearization does not"
        )
    return problem.descent_factors(steps, rate, momentum)
