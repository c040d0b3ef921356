"""Training of linearized networks by least squares with momentum in continuous time, in closed form."""

from __future__ import annotations

from math import inf, isfinite

import torch
from torch import Tensor

from spectra.kernels.least_squares import LeastSquares, Outputs
from spectra.kernels.time_grids import Times, at_times

SERIES = 20
"""Terms of the power series for times below one unit of the fastest rate, where the next one is below 1e-19."""


def heavy_ball_flow(problem: LeastSquares, time: Times, *, friction: float) -> Outputs:
    """Outputs after theta'' + friction theta' = -dL / dtheta from rest for a time; `inf` is allowed with friction.

    The error along eigenvector i, r_i = 1 - l_i a_i with l_i = (eigenvalue + ridge) / (N O), is a damped oscillator,
    r'' + friction r' + l r = 0: it rings where l > friction^2 / 4, and is overdamped where l is below.

    Steps of `gradient_descent` with a small rate and momentum m follow it, with friction = (1 - m) / rate^(1/2) and the
    time steps rate^(1/2). With much friction it is `gradient_flow` at the time time / friction. At infinity,
    eigenvalues that are zero to rounding never move.

    Args:
        problem: The least squares.
        time: From zero on; its unit is the root of that of `gradient_flow`, so that for `nn.MSELoss`, which is 2 L,
            it is 2^(1/2) times as long and the friction 2^(1/2) times as small. T of them in a sequence or a tensor
            give outputs with T rows in front.
        friction: From zero on; without friction the outputs oscillate for ever.

    Raises:
        TypeError: If the problem is that of a kernel that is not symmetric.
        ValueError: If the time or the friction is negative or undefined, or there is no friction at infinite time.

    Source: Lee et al., Wide neural networks of any depth evolve as linear models (2019, arXiv 1902.06720), for the
    equation; Polyak 1964 for the method.
    """
    return problem.predicted(_factors(problem, time, friction))


def _factors(problem: LeastSquares, time: Times, friction: float) -> Tensor:
    """a_i of every eigenvalue, the dual coefficient over the residual at the start, (rows,) or (T, rows)."""
    if not 0 <= friction < inf:
        raise ValueError(f"a friction of {friction} is not possible; use a finite number from zero on")
    if not isinstance(problem, LeastSquares):
        raise TypeError(
            f"momentum needs the eigenvectors of a symmetric kernel, which {type(problem).__name__} has not; make the "
            "problem with least_squares"
        )
    rates = (problem.values + problem.ridge) / problem.entries

    def factors(one: float) -> Tensor:
        if isfinite(one):
            return oscillator(rates, one, friction) / problem.entries
        if friction == 0:
            raise ValueError("without friction the outputs oscillate for ever; at infinite time it must be above zero")
        return problem.ended()

    return at_times(factors, time)


def oscillator(values: Tensor, time: float, friction: float) -> Tensor:
    """a(t) of a'' + friction a' + l a = 1 from rest at zero, which is (1 - r) / l, for every l >= 0.

    With the roots -h +- s, h = friction / 2, s^2 = h^2 - l, three forms keep the digits where others lose them.
    """
    half = friction / 2
    spread = ((half - values.sqrt()) * (half + values.sqrt())).to(torch.complex128).sqrt()
    early = torch.maximum(values.sqrt(), values.new_tensor(friction)) * time < 1
    apart = spread.abs() > half / 2
    return torch.where(
        early,
        _early(values, time, friction),
        torch.where(apart, _apart(values, spread, time, half), _critical(values, spread, time, half)),
    )


def _early(values: Tensor, time: float, friction: float) -> Tensor:
    """The power series sum_k h_k t^(k + 2) / (k + 2)!, h_k = -friction h_(k-1) - l h_(k-2), h_0 = 1."""
    before, now = torch.zeros_like(values), torch.full_like(values, time * time / 2)
    total = now
    for k in range(1, SERIES):
        # Powers and factorials go along, so that nothing overflows where the result is used.
        before, now = now, -(friction * now * time + values * before * time * time / (k + 1)) / (k + 2)
        total = total + now
    return total


def _apart(values: Tensor, spread: Tensor, time: float, half: float) -> Tensor:
    """The divided difference of (e^(z t) - 1) / z between the two roots z."""
    slow, fast = _slow_root(values, spread, half), -(half + spread)
    still = slow == 0
    first = torch.where(still, time, torch.expm1(slow * time) / torch.where(still, 1.0, slow))
    second = torch.expm1(fast * time) / torch.where(fast == 0, 1.0, fast)
    return ((first - second) / torch.where(spread == 0, 1.0, 2 * spread)).real


def _critical(values: Tensor, spread: Tensor, time: float, half: float) -> Tensor:
    """(1 - r) / l with r = e^(-h t) (cosh s t + h sinh(s t) / s), whose ratio is t at s = 0."""
    slow, still = _slow_root(values, spread, half), spread == 0
    ratio = torch.where(still, time, -torch.expm1(-2 * spread * time) / torch.where(still, 1.0, 2 * spread))
    left = torch.exp(slow * time) * ((1 + torch.exp(-2 * spread * time)) / 2 + half * ratio)
    return ((1 - left) / torch.where(values > 0, values, 1.0)).real


def _slow_root(values: Tensor, spread: Tensor, half: float) -> Tensor:
    """-h + s without cancellation, as the product of the roots, l, over the other one."""
    other = half + spread
    return -values / torch.where(other == 0, 1.0, other)
