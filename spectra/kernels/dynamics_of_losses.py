"""Training of linearized networks under any loss, by integration in the space of outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from torch import Tensor

from spectra.kernels.regression_matrices import cross_matrix, kernel_matrix, psd_eigenpairs, target_columns


@dataclass(frozen=True)
class Path:
    """Outputs along gradient flow."""

    times: Tensor  # (T,)
    train: Tensor  # (T, N, O)
    test: Tensor  # (T, M, O)
    evaluations: int  # of the slope of the loss


def loss_flow(
    kernel: Tensor,
    slope: Callable[[Tensor], Tensor],
    start: Tensor,
    *,
    times: Sequence[float],
    cross: Tensor | None = None,
    cross_start: Tensor | None = None,
    tolerance: float = 1e-9,
) -> Path:
    """Outputs of df / dt = -Theta dL / df, by an explicit Runge-Kutta rule of order eight with error control (DOP853).

    What is integrated is c(t), the integral of dL / df, (N, O): f = f_0 - Theta c on training and test inputs alike.
    The steps are bounded by the largest eigenvalue times the curvature of the loss: work grows with their product
    with time.

    Args:
        kernel: Theta, (N, N), which every output shares, or (N, N, O, O).
        slope: dL / df of the outputs (N, O), in their shape.
        start: f_0 on the training inputs, (N, O).
        times: When the outputs are wanted, growing, none negative.
        cross: Theta between test and training inputs; None without test inputs.
        cross_start: f_0 on the test inputs, (M, O); None is zero.
        tolerance: Error of c that a step may make, relative and absolute.

    Raises:
        ValueError: If shapes do not fit, times do not grow, or Theta is no kernel.
        RuntimeError: If the integration does not get to the last time.
    """
    wanted, begun, matrix = _checked_times(times), _columns(start, kernel), kernel_matrix(kernel)
    psd_eigenpairs(matrix)
    rows = begun.new_zeros(0, len(begun)) if cross is None else cross_matrix(cross, begun)
    later = 0.0 if cross_start is None else cross_start.detach().double().reshape(len(rows), -1)

    def change(_: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
        coefficients = torch.from_numpy(state).to(begun.device).reshape(begun.shape)
        moved = slope((begun - matrix @ coefficients).reshape(start.shape))
        return moved.detach().double().cpu().numpy().ravel()

    size = begun.numel()
    done = solve_ivp(
        change, (0.0, wanted[-1]), np.zeros(size), method="DOP853", t_eval=wanted, rtol=tolerance, atol=tolerance
    )
    if not done.success:
        raise RuntimeError(f"the flow could not be followed to the time {wanted[-1]}: {done.message}")
    found = torch.from_numpy(done.y.T.copy()).to(begun.device).reshape(len(wanted), *begun.shape)
    train, test = (
        outputs.reshape(len(wanted), -1, start.shape[1]) for outputs in (begun - matrix @ found, later - rows @ found)
    )
    return Path(begun.new_tensor(wanted), train, test, int(done.nfev))


def cross_entropy_slope(labels: Tensor) -> Callable[[Tensor], Tensor]:
    """dL / df = (softmax f - onehot) / N of the mean cross-entropy, for `loss_flow`.

    Args:
        labels: Classes, (N,), whole numbers.
    """
    if labels.ndim != 1 or labels.is_floating_point():
        raise ValueError(f"labels are {labels.dtype} of shape {tuple(labels.shape)}; pass whole numbers (N,)")

    def slope(outputs: Tensor) -> Tensor:
        if int(labels.max()) >= outputs.shape[1] or int(labels.min()) < 0:
            raise ValueError(
                f"labels go from {int(labels.min())} to {int(labels.max())}, and there are {outputs.shape[1]} outputs"
            )
        chosen = torch.nn.functional.one_hot(labels, outputs.shape[1])
        return (outputs.softmax(1) - chosen) / len(labels)

    return slope


def _columns(start: Tensor, kernel: Tensor) -> Tensor:
    if start.ndim != 2:
        raise ValueError(f"the start has the shape {tuple(start.shape)}; pass the outputs (N, O)")
    return target_columns(start, kernel)


def _checked_times(times: Sequence[float]) -> list[float]:
    wanted = [float(time) for time in times]
    growing = all(a < b for a, b in pairwise(wanted))
    if not wanted or not growing or wanted[0] < 0 or not isfinite(wanted[-1]):
        raise ValueError(f"the times {wanted} are not possible; pass finite ones that grow, none negative")
    return wanted
