"""When gradient flow on noisy targets should stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from spectra.kernels.arguments import require_real, whole_number
from spectra.kernels.regression_matrices import check_ridge
from spectra.notebook import as_html

SCANNED = 512
"""Points of the scan between the times that are best for single modes: sums of two modes a factor 1000 apart have two
minima, which test_stopping.py finds both."""


@dataclass(frozen=True)
class StoppingTime:
    """When the expected error on the training inputs is least.

    Attributes:
        time: The best one, in the unit of `gradient_flow`; `inf` without noise.
        risk: The expected error at that time, `stopping_risk`.
        untrained: The risk at time zero.
        trained: The risk at infinite time.
    """

    time: float
    risk: float
    untrained: float
    trained: float

    _repr_html_ = as_html


def stopping_risk(values: Tensor, energies: Tensor, noise: float, *, time: float, entries: int) -> float:
    """sum_i e^(-2 l_i s) c_i^2 + noise (1 - e^(-l_i s))^2, s = time / entries.

    The expected squared distance, summed over the training inputs, between the outputs of gradient flow from zero on
    y = y* + noise and y* itself, with c_i the coefficient of y* along eigenvector i.

    Args:
        values: Eigenvalues l_i of the tangent kernel, (k,).
        energies: Squared coefficients c_i^2 of the noiseless targets in the eigenvectors, (k,).
        noise: Variance of the noise of each target.
        time: When to stop; `inf` is allowed.
        entries: N O, the number of residuals in the mean of the loss, as in `optimal_stopping_time`.

    Raises:
        TypeError: If eigenvalues or energies are no tensors.
        ValueError: As for `optimal_stopping_time`, or if the time is negative or undefined.
    """
    return float(_risk(*_checked(values, energies, noise), noise, _scaled(time, entries)))


def optimal_stopping_time(values: Tensor, energies: Tensor, noise: float, *, entries: int) -> StoppingTime:
    """The time at which `stopping_risk` is least.

    A single mode is best stopped when e^(-l s) = noise / (c^2 + noise); the time for all lies between the earliest and
    the latest of these, is looked for at 512 times between them, and refined around the best.

    Args:
        values: Eigenvalues l_i of the tangent kernel, (k,).
        energies: Squared coefficients c_i^2 of the noiseless targets in the eigenvectors, (k,).
        noise: Variance of the noise of each target.
        entries: N O, the number of residuals in the mean of the loss, 1 / (2 N O) sum (f - y)^2. Under `nn.MSELoss`,
            which has no half, training takes half the time.

    Raises:
        TypeError: If eigenvalues or energies are no tensors.
        ValueError: If eigenvalues, energies or the noise are negative or not finite, or `entries` is no positive whole
            number.
    """
    entries = whole_number("entries", entries)
    values, energies = _checked(values, energies, noise)
    moving = values > 0
    still, values, energies = float(energies[~moving].sum()), values[moving], energies[moving]

    def risk(scaled: float) -> float:
        return still + float(_risk(values, energies, noise, scaled))

    best = _best(values, energies, noise, risk)
    return StoppingTime(best * entries, risk(best), risk(0.0), risk(inf))


def _best(values: Tensor, energies: Tensor, noise: float, risk: Callable[[float], float]) -> float:
    if not energies.any():
        return 0.0
    if noise == 0:
        return inf
    alone = torch.log1p(energies / noise) / values
    low, high = float(alone.min()), float(alone.max())
    # Times below this share of the latest are as good as zero.
    earliest = max(low, 1e-12 * high)
    times: list[float] = [low, *np.geomspace(earliest, high, SCANNED).tolist()]
    place = min(range(len(times)), key=lambda i: risk(times[i]))
    around = (times[max(place - 1, 0)], times[min(place + 1, len(times) - 1)])
    if around[0] == around[1]:
        return around[0]
    refined = minimize_scalar(risk, bounds=around, method="bounded", options={"xatol": 1e-12 * around[1]})
    best: float = min(times[place], float(refined.x), key=risk)
    return best


def ridge_like_stopping(time: float, *, entries: int) -> float:
    """The ridge 1 / s, s = time / (N O), whose filter l / (l + ridge) is nearest in kind to 1 - e^(-l s)."""
    entries = whole_number("entries", entries)
    if not (isfinite(time) and time > 0):
        raise ValueError(f"a time of {time} is like no ridge; use a positive number")
    return entries / time


def stopping_filter(values: Tensor, time: float, *, entries: int) -> Tensor:
    """1 - e^(-l s), the share of every mode of the targets that gradient flow has learnt at s = time / (N O).

    Args:
        values: Eigenvalues l of the tangent kernel, any shape; the shares have the same.
        time: Not negative.
        entries: N O, the number of residuals in the mean of the loss.

    Raises:
        TypeError: If eigenvalues are no tensor.
        ValueError: If the time is negative or undefined, or `entries` is no positive whole number.
    """
    require_real("eigenvalues", values)
    return -torch.expm1(-torch.where(values > 0, values * _scaled(time, entries), 0.0))


def ridge_filter(values: Tensor, ridge: float) -> Tensor:
    """l / (l + ridge), the share of every mode that kernel regression with a ridge learns; 0 where l is 0.

    Args:
        values: Eigenvalues l of the kernel, any shape; the shares have the same.
        ridge: Added to every eigenvalue, not negative.

    Raises:
        TypeError: If eigenvalues are no tensor.
        ValueError: If the ridge is negative or not finite.
    """
    require_real("eigenvalues", values)
    check_ridge(ridge)
    total = values + ridge
    return torch.where(values > 0, values / torch.where(total > 0, total, 1.0), 0.0)


def _scaled(time: float, entries: int) -> float:
    """s = time / (N O)."""
    if not time >= 0:
        raise ValueError(f"a time of {time} is not possible; use zero, a positive number or inf")
    return time / whole_number("entries", entries)


def _risk(values: Tensor, energies: Tensor, noise: float, scaled: float) -> Tensor:
    left = torch.where(values > 0, (-values * scaled).exp(), 1.0)
    return (left.square() * energies + noise * (1 - left).square()).sum()


def _checked(values: Tensor, energies: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    for name, given in (("eigenvalue", values), ("energy", energies)):
        require_real(f"each {name}", given)
        if given.ndim != 1 or not given.isfinite().all() or (given < 0).any():
            raise ValueError(
                f"each {name} must be finite and not negative, in one axis; clip rounding below zero to zero"
            )
    if len(values) != len(energies):
        raise ValueError(f"there are {len(values)} eigenvalues and {len(energies)} energies; pass as many of each")
    if not (isfinite(noise) and noise >= 0):
        raise ValueError(f"a noise of variance {noise} is not possible; use zero or a positive number")
    return values.detach().double(), energies.detach().double()
