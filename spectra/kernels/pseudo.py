"""How well the pseudo kernel, one number for each pair of examples, stands for the full tangent kernel."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.kernels.regression import kernel_regression
from spectra.kernels.regression_matrices import kernel_matrix, psd_eigenpairs
from spectra.notebook import as_html


@dataclass(frozen=True)
class PseudoKernelReport:
    """Errors of p (x) I_O as an approximation of a full kernel Theta, with p the pseudo kernel.

    Attributes:
        frobenius_error: |Theta - p (x) I|_F / |Theta|_F.
        mean_trace_error: The same for the mean (1/O) sum_o Theta_oo in place of p, which is nearest of all that have
            this form, and costs O backward passes where p costs one.
        largest_error: Largest eigenvalue of p over that of Theta, less one.
        spectrum_error: Largest difference of the sorted eigenvalues, those of p taken O times, over the largest.
        smallest: Smallest eigenvalue of Theta.
        pseudo_smallest: Smallest eigenvalue of p.
    """

    frobenius_error: float
    mean_trace_error: float
    largest_error: float
    spectrum_error: float
    smallest: float
    pseudo_smallest: float

    _repr_html_ = as_html


@dataclass(frozen=True)
class PseudoRegressionReport:
    """How far predictions with the pseudo kernel are from those with the full one.

    Attributes:
        error: |f_pseudo - f_full| / |f_full| over all test examples and outputs; `nan` if both are zero.
        predictions: f_full, (M, O).
        pseudo_predictions: f_pseudo, (M, O).
        smallest: Smallest eigenvalue of Theta + ridge I.
        pseudo_smallest: Smallest eigenvalue of p + ridge I.
        residual: Relative residual of the solve with Theta.
        pseudo_residual: Relative residual of the solve with p, the largest over the outputs.
        ridge: What was added to both diagonals.
    """

    error: float
    predictions: Tensor
    pseudo_predictions: Tensor
    smallest: float | None
    pseudo_smallest: float | None
    residual: float
    pseudo_residual: float
    ridge: float

    _repr_html_ = as_html


def pseudo_kernel(kernel: Tensor) -> Tensor:
    """p = (1/O) sum_oo' Theta_oo', (N, M), from a full kernel Theta (N, M, O, O).

    It is the kernel of O^(-1/2) sum_o f_o. Without the full one, make it by `empirical_ntk` or
    `tangent_kernel_operator` with outputs="sum_of_logits", at one backward pass for each example.

    Raises:
        TypeError: If the kernel is no tensor.
        ValueError: If the kernel has another shape.
    """
    require_real("the kernel", kernel)
    if kernel.ndim != 4 or kernel.shape[2] != kernel.shape[3]:
        raise ValueError(f"a kernel of shape {tuple(kernel.shape)} was given; (N, M, O, O) is needed")
    return kernel.double().sum((2, 3)) / kernel.shape[2]


def pseudo_kernel_report(kernel: Tensor) -> PseudoKernelReport:
    """Errors of the pseudo kernel in the Frobenius norm and in the spectrum.

    Args:
        kernel: Theta between N examples and themselves, (N, N, O, O), as `empirical_ntk` makes it.

    Returns:
        The errors; all zero where Theta is K (x) I, as it is at infinite width.

    Raises:
        ValueError: If the kernel has another shape, is zero or not symmetric, or has negative eigenvalues beyond
            rounding.

    Source: Mohamadi, Bae and Sutherland 2022 (arXiv 2206.12543) for the pseudo kernel.
    """
    pseudo, full, count = pseudo_kernel(kernel), kernel_matrix(kernel), kernel.shape[2]
    mean = torch.einsum("nmoo->nm", kernel.double()) / count
    values, _ = psd_eigenpairs(full)
    if not values[0] > 0:
        raise ValueError(
            "the kernel is zero, and errors are relative to its norm; pass that of a network whose outputs depend on "
            "its weights"
        )
    few, _ = psd_eigenpairs(pseudo)
    return PseudoKernelReport(
        frobenius_error=_relative(_repeated(pseudo, count), full),
        mean_trace_error=_relative(_repeated(mean, count), full),
        largest_error=float(few[0] / values[0] - 1),
        spectrum_error=float((few.repeat_interleave(count) - values).abs().max() / values[0]),
        smallest=float(values[-1]),
        pseudo_smallest=float(few[-1]),
    )


def pseudo_regression_report(
    kernel: Tensor, cross: Tensor, targets: Tensor, *, ridge: float = 0.0
) -> PseudoRegressionReport:
    """Kernel regression with the pseudo kernel, N rows for all outputs, beside that with the full one, N O rows.

    Predictions with the two come together for wide networks at their start and without a ridge. Do not take that over
    to networks that have been trained, nor to a ridge: it is not established there. Where the smallest eigenvalue is
    small, a small error of the kernel can be a large one of the predictions; so it stands in the report.

    Args:
        kernel: Theta between the training examples, (N, N, O, O).
        cross: Theta between test and training examples, (M, N, O, O).
        targets: Of the training examples, (N, O); for a network that starts at f_0, those less f_0.
        ridge: Number that is added to the diagonal of both, not relative to it.

    Returns:
        Predictions, their distance, and what tells whether the solves can be trusted.

    Raises:
        ValueError: If shapes do not fit, or a kernel is singular without a ridge or has negative eigenvalues beyond
            rounding.

    Source: Mohamadi, Bae and Sutherland 2022 (arXiv 2206.12543).
    """
    full = kernel_regression(kernel, cross, targets, ridge=ridge)
    pseudo = kernel_regression(pseudo_kernel(kernel), pseudo_kernel(cross), targets, ridge=ridge)
    return PseudoRegressionReport(
        error=_relative(pseudo.predictions, full.predictions),
        predictions=full.predictions,
        pseudo_predictions=pseudo.predictions,
        smallest=full.smallest,
        pseudo_smallest=pseudo.smallest,
        residual=full.residual,
        pseudo_residual=pseudo.residual,
        ridge=ridge,
    )


def _repeated(kernel: Tensor, outputs: int) -> Tensor:
    """K (x) I, (N O, N O), output fastest."""
    return torch.kron(kernel, torch.eye(outputs, dtype=kernel.dtype, device=kernel.device))


def _relative(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())
