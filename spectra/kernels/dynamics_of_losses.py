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

from spectra.kernels.arguments import require_real, whole_number
from spectra.kernels.preconditions import require_finite
from spectra.kernels.regression_matrices import (
    cross_matrix,
    kernel_matrix,
    output_columns,
    psd_eigenpairs,
    require_device,
    target_columns,
)


@dataclass(frozen=True)
class Path:
    """Outputs along gradient flow.

    Attributes:
        times: As they were asked for, (T,).
        train: Outputs on the training inputs, (T, N, O).
        test: Outputs on the test inputs, (T, M, O); M = 0 without.
        evaluations: How often the slope of the loss was taken.
    """

    times: Tensor
    train: Tensor
    test: Tensor
    evaluations: int


def loss_flow(
    kernel: Tensor,
    slope: Callable[[Tensor], Tensor],
    start: Tensor,
    *,
    times: Sequence[float],
    cross: Tensor | None = None,
    cross_start: Tensor | None = None,
    tolerance: float = 1e-10,
    max_evaluations: int = 200_000,
) -> Path:
    """Outputs of df / dt = -Theta dL / df, by rules of variable order and step with error control (LSODA).

    What is integrated is c(t), the integral of dL / df, (N, O): f = f_0 - Theta c on training and test inputs alike.
    Cross-entropy that goes to zero loses its curvature on the way, and steps can grow. Where labels contradict each
    other the curvature stays, and with it the fastest mode; the rules are then implicit, and take N O slopes and a
    matrix of (N O)^2 numbers whenever they look at the Jacobian. With 50 digits of three classes, each under two
    labels, until 10^5 times the time N / l_max of the fastest mode, they took 7,400 slopes and 0.4 s at a tolerance of
    1e-9, an explicit rule of order eight 55,600 and 3.7 s; with 150 digits of ten classes and true labels both took
    800.

    Args:
        kernel: Theta, (N, N), which every output shares, or (N, N, O, O).
        slope: dL / df of the outputs (N, O), in their shape: `cross_entropy_slope`; (f - y) / (N O) for the loss of
            `least_squares`, and twice that for `nn.MSELoss`; of any loss, torch.func.grad(loss).
        start: f_0 on the training inputs, (N, O).
        times: When the outputs are wanted, growing, none negative; [t] for a single time.
        cross: Theta between test and training inputs; None without test inputs.
        cross_start: f_0 on the test inputs, (M, O); None is zero.
        tolerance: Error of c that a step may make, relative and absolute, from 1e-13 to below 1. With the default
            the outputs of digits at the end were off by 1e-10 to 3e-8 of the largest.
        max_evaluations: Slopes after which the integration is given up.

    Raises:
        TypeError: If kernels, outputs or the slope are no tensors.
        ValueError: If shapes or devices do not fit, times do not grow, an option is out of range, or Theta is no
            kernel.
        FloatingPointError: If the slope is not finite.
        RuntimeError: If the integration does not get to the last time.
    """
    # Nearer to rounding, SciPy warns and takes 2e-14.
    if not 1e-13 <= tolerance < 1:
        raise ValueError(f"a tolerance of {tolerance} is not possible; use a number from 1e-13 to below 1")
    max_evaluations = whole_number("max_evaluations", max_evaluations)
    wanted, begun, matrix = _checked_times(times), _columns(start, kernel), kernel_matrix(kernel)
    psd_eigenpairs(matrix)
    rows = cross_matrix(cross, begun)
    later = output_columns("cross_start", cross_start, len(rows), begun, tuple(start.shape[1:]))
    change = _Change(matrix, slope, begun, start.shape, max_evaluations)
    found = _followed(change, wanted, tolerance)
    train, test = (
        outputs.reshape(len(wanted), -1, start.shape[1]) for outputs in (begun - matrix @ found, later - rows @ found)
    )
    return Path(begun.new_tensor(wanted), train, test, change.taken)


def _followed(change: _Change, wanted: list[float], tolerance: float) -> Tensor:
    """c at every time, (T, rows, columns)."""
    begun = change.begun
    if wanted[-1] == 0:
        return torch.zeros_like(begun)[None]
    state, span = np.zeros(begun.numel()), (0.0, wanted[-1])
    done = solve_ivp(change, span, state, method="LSODA", t_eval=wanted, rtol=tolerance, atol=tolerance)
    if not done.success:
        raise RuntimeError(
            f"the flow could not be followed to the time {wanted[-1]:g}: after {change.taken} slopes it stood at "
            f"{change.time:g}, {done.message}; ask for earlier times"
        )
    return torch.from_numpy(done.y.T.copy()).to(begun.device).reshape(len(wanted), *begun.shape)


@dataclass
class _Change:
    """dc / dt as a function of the time and of c, which counts its calls."""

    matrix: Tensor
    slope: Callable[[Tensor], Tensor]
    begun: Tensor
    shape: torch.Size
    allowed: int
    taken: int = 0
    time: float = 0.0

    def __call__(self, time: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.taken >= self.allowed:
            raise RuntimeError(
                f"{self.taken} slopes brought the flow to the time {self.time:g}; allow more with max_evaluations, or "
                "ask for earlier times"
            )
        self.taken, self.time = self.taken + 1, time
        coefficients = torch.from_numpy(state).to(self.begun.device).reshape(self.begun.shape)
        moved = self.slope((self.begun - self.matrix @ coefficients).reshape(self.shape))
        require_real("the slope of the loss", moved)
        if moved.shape != self.shape:
            raise ValueError(
                f"the slope has the shape {tuple(moved.shape)}; {tuple(self.shape)}, that of the outputs, is needed. "
                "Of a loss it is the derivative: torch.func.grad(loss)"
            )
        found = moved.detach().double().cpu().numpy().ravel()
        if not np.isfinite(found).all():
            raise FloatingPointError(f"the slope of the loss is not finite at the time {time:g}; ask for earlier times")
        return found


def cross_entropy_slope(labels: Tensor) -> Callable[[Tensor], Tensor]:
    """dL / df = (softmax f - onehot) / N of the mean cross-entropy, `nn.CrossEntropyLoss`, for `loss_flow`.

    Args:
        labels: Classes, (N,), whole numbers.

    Raises:
        TypeError: If labels are no tensor.
        ValueError: If labels are no whole numbers in one axis; on a call, if they are not those of the outputs.
    """
    require_real("labels", labels)
    if labels.ndim != 1 or labels.is_floating_point() or labels.dtype == torch.bool:
        raise ValueError(f"labels are {labels.dtype} of shape {tuple(labels.shape)}; pass whole numbers (N,)")
    classes = labels.long()

    def slope(outputs: Tensor) -> Tensor:
        require_device("labels", classes, outputs.device)
        if outputs.ndim != 2 or len(outputs) != len(classes):
            raise ValueError(
                f"there are {len(classes)} labels, and outputs of shape {tuple(outputs.shape)}; pass one label for "
                "each example, (N,), and outputs (N, O)"
            )
        if int(classes.max()) >= outputs.shape[1] or int(classes.min()) < 0:
            raise ValueError(
                f"labels go from {int(classes.min())} to {int(classes.max())}, and there are {outputs.shape[1]} "
                f"outputs; pass labels from 0 to {outputs.shape[1] - 1}"
            )
        chosen = torch.nn.functional.one_hot(classes, outputs.shape[1])
        return (outputs.softmax(1) - chosen) / len(classes)

    return slope


def _columns(start: Tensor, kernel: Tensor) -> Tensor:
    require_real("the start", start)
    if start.ndim != 2:
        raise ValueError(f"the start has the shape {tuple(start.shape)}; pass the outputs (N, O)")
    require_finite("the start", start)
    return target_columns(start, kernel)


def _checked_times(times: Sequence[float]) -> list[float]:
    try:
        wanted = [float(time) for time in times]
    except (TypeError, ValueError) as error:
        raise TypeError(f"times are {times!r}; pass a sequence of numbers, [t] for a single time") from error
    growing = all(a < b for a, b in pairwise(wanted))
    if not wanted or not growing or wanted[0] < 0 or not isfinite(wanted[-1]):
        raise ValueError(f"the times {wanted} are not possible; pass finite ones that grow, none negative")
    return wanted
