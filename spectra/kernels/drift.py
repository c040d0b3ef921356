"""How far a kernel has moved from another one."""

from __future__ import annotations

from math import inf

import torch
from torch import Tensor

from spectra.eigen import Estimate, frobenius_norm
from spectra.kernels.alignment import doubly_centred
from spectra.kernels.arguments import require_operator, require_real
from spectra.kernels.preconditions import require_finite
from spectra.kernels.regression_matrices import kernel_matrix, output_count
from spectra.operators import SymmetricOperator


def kernel_drift(first: Tensor, later: Tensor) -> float:
    """|K_later - K_first|_F / |K_first|_F.

    Args:
        first: Kernel of any shape, such as (N, N, O, O) or (N, M).
        later: Another one of the same shape.

    Returns:
        0 for equal kernels; no unit.

    Raises:
        ValueError: If shapes or devices differ, or one is zero or not finite.
    """
    before, after = _pair(first, later)
    return float((after - before).norm() / before.norm())


def kernel_distance(first: Tensor, later: Tensor) -> float:
    """1 - <K_first, K_later>_F / (|K_first|_F |K_later|_F): zero for kernels that differ by a positive factor.

    It is taken as half the squared distance of the kernels over their norms, which keeps its digits where it is small.

    Args:
        first: Kernel of any shape.
        later: Another one of the same shape.

    Returns:
        From 0 to 1 for positive semidefinite kernels; no unit.

    Raises:
        ValueError: If shapes or devices differ, or one is zero or not finite.
    """
    before, after = _pair(first, later)
    return float((before / before.norm() - after / after.norm()).square().sum() / 2)


def kernel_velocity(first: Tensor, later: Tensor, *, interval: float) -> float:
    """`kernel_distance` over the time that lies between the kernels, per unit of that time.

    Args:
        first: Kernel of any shape.
        later: Another one of the same shape, so much later.
        interval: The time between them, such as the number of steps; positive.

    Returns:
        The mean velocity of the direction of the kernel in between.

    Raises:
        ValueError: As for `kernel_distance`, or if the interval is not positive and finite.
    """
    if not 0 < interval < inf:
        raise ValueError(f"an interval of {interval} was given; it must be positive and finite")
    return kernel_distance(first, later) / interval


def centred_kernel_alignment(first: Tensor, second: Tensor) -> float:
    """CKA: <H K H, H L H>_F / (|H K H|_F |H L H|_F), with H the centring over examples, for each output.

    Args:
        first: Kernel K on one set of examples, (N, N) or (N, N, O, O).
        second: Kernel L on the same, of the same shape.

    Returns:
        1 for kernels that differ by a positive factor and by constants over examples; from 0 on for positive
        semidefinite ones.

    Raises:
        ValueError: If shapes or devices differ, or one is not finite, or zero after centring.

    Source: Cortes, Mohri and Rostamizadeh 2012; Kornblith et al. 2019 (arXiv 1905.00414) for the name.
    """
    matrices = []
    for kernel in _pair(first, second):
        matrix = kernel_matrix(kernel)
        middle = doubly_centred(matrix, output_count(kernel))
        size = middle.norm()
        if not size > 1e-12 * matrix.norm():
            raise ValueError(
                f"a kernel has the norm {float(size):g} after centring, by which the alignment is divided: it is "
                "constant over the examples; pass others, or more of them"
            )
        matrices.append(middle / size)
    return float((matrices[0] * matrices[1]).sum())


def estimated_drift(
    first: SymmetricOperator,
    later: SymmetricOperator,
    *,
    tolerance: float = 0.02,
    max_matvecs: int = 1000,
    generator: torch.Generator | None = None,
) -> Estimate:
    """`kernel_drift` of kernels that are known by their products, from random vectors.

    Args:
        first: Kernel at one time, such as `tangent_kernel_operator` makes it.
        later: The same at another, on the same examples.
        tolerance: Relative standard error of both norms to stop at; that of the ratio is up to 1.5 times as large.
        max_matvecs: Products to spend on each norm at most; those of the difference are products with both.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        The estimate, with the number of products with the first kernel. Its standard error takes the two norms to be
        independent.

    Raises:
        TypeError: If a matrix is given in place of an operator.
        ValueError: If the operators differ in dimension, dtype or device, or the first is zero.
        FloatingPointError: If a product is not finite.
    """
    for name, kernel in (("first", first), ("later", later)):
        require_operator(f"the {name} kernel", kernel)
    change = frobenius_norm(later - first, tolerance=tolerance, max_matvecs=max_matvecs, generator=generator)
    size = frobenius_norm(first, tolerance=tolerance, max_matvecs=max_matvecs, generator=generator)
    if not size.value > 0:
        raise ValueError(
            f"the first kernel has the norm {size.value:g}, and the drift is relative to it; pass that of a network "
            "whose outputs depend on its weights"
        )
    value = change.value / size.value
    relative = size.standard_error / size.value
    error = ((change.standard_error / size.value) ** 2 + (value * relative) ** 2) ** 0.5
    return Estimate(value, error, change.matvecs + size.matvecs, change.converged and size.converged)


def _pair(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    for name, kernel in (("first", first), ("second", second)):
        require_real(f"the {name} kernel", kernel)
    if first.shape != second.shape:
        raise ValueError(
            f"kernels of shapes {tuple(first.shape)} and {tuple(second.shape)} were given; they must be on the same "
            "examples and outputs"
        )
    if first.device != second.device:
        raise ValueError(f"kernels are on {first.device} and {second.device}; move one to the other")
    for name, kernel in (("first", first), ("second", second)):
        require_finite(f"the {name} kernel", kernel)
        if not bool(kernel.any()):
            raise ValueError(
                f"the {name} kernel is zero, and the result is relative to its norm; pass that of a network whose "
                "outputs depend on its weights"
            )
    return first.detach().double(), second.detach().double()
