"""Covariance and tangent kernel of infinitely wide polynomial networks."""

from __future__ import annotations

from math import pi

from torch import Tensor

from spectra.kernels.arguments import whole_number
from spectra.kernels.duals import Kinked
from spectra.kernels.infinite_blocks import in_blocks
from spectra.kernels.infinite_layers import checked_inputs, input_covariances
from spectra.kernels.preconditions import require_finite


def polynomial_kernel(x1: Tensor, x2: Tensor | None = None, *, degree: int, skip: bool = True) -> tuple[Tensor, Tensor]:
    """Kernels of f = sqrt(2 / n) c.y_N, y_1 = relu(W_1 x), y_l = relu(W_l x) * y_{l-1} (+ y_{l-1} with skips), n -> oo.

    All W and c are standard normal and trained, without biases and without a division by the number of inputs. With
    z = <x, x'>, k_1 = E[relu(u) relu(v)] and k_0 = P(u > 0, v > 0) over (u, v) of variances |x|^2, |x'|^2 and
    covariance z,

        K = 2 k_1 q^(N-1),    Theta = 2 [(k_1 + z k_0) q^(N-1) + (N - 1) k_1 z k_0 q^(N-2)],

    where a factor contributes q = k_1, or q = 1 + (|x| + |x'|) / (2 pi)^(1/2) + k_1 with skips. Without them f and
    Theta grow along a ray c x exactly as c^N and c^(2N). Of O outputs the kernels are these times the identity (O, O).

    >>> import torch
    >>> polynomial_kernel(torch.eye(2), degree=3, skip=False)[1].diagonal().tolist()
    [1.0, 1.0]

    Args:
        x1: Inputs (N, ...), flattened.
        x2: Inputs (M, ...); None is `x1`.
        degree: Number of factors N.
        skip: Whether every product is added to what it multiplies.

    Returns:
        The covariance of the outputs at the start and the tangent kernel, (N, M) each, float64.

    Raises:
        TypeError: If inputs are no floating-point tensors.
        ValueError: If inputs are empty, not finite or do not fit together, the degree is no whole number of at least 1,
            or a kernel overflows.

    Source: derived here for the networks of Wu et al. 2022 (arXiv 2209.07736), and compared with wide random ones by
    test_polynomial.py.
    """
    degree = whole_number("degree", degree)

    def kernels(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        plain = input_covariances(left, right).weighted(left.flatten(1).shape[1], 0.0)
        layer = plain.activated(Kinked())
        value, slope, factor = layer.cross, layer.tangent, layer.cross
        if skip:
            factor = 1 + (plain.first.sqrt()[:, None] + plain.second.sqrt()) / (2 * pi) ** 0.5 + value
        covariance, tangent = value * factor ** (degree - 1), slope * factor ** (degree - 1)
        if degree > 1:
            tangent = tangent + (degree - 1) * value * slope * factor ** (degree - 2)
        return 2 * covariance, 2 * (covariance + tangent)

    ours, theirs = checked_inputs(x1, x2)
    nngp, tangent = in_blocks(kernels, ours, None if x2 is None else theirs)
    require_finite("the kernel", tangent)
    return nngp, tangent
