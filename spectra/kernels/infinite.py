"""Covariance and tangent kernel of fully connected networks of infinite width."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from spectra.kernels.arguments import whole_number
from spectra.kernels.duals import Activation
from spectra.kernels.infinite_activations import activation_of
from spectra.kernels.infinite_blocks import in_blocks
from spectra.kernels.infinite_layers import Covariances, check_variances, checked_inputs, input_covariances
from spectra.kernels.surrogate import is_symmetric


def mlp_kernel(
    x1: Tensor,
    x2: Tensor | None = None,
    *,
    hidden: int,
    activation: str | Activation | Callable[[Tensor], Tensor],
    weight_var: float,
    bias_var: float,
) -> tuple[Tensor, Tensor]:
    """Kernels of h_1 = s_w W_1 x / sqrt(d) + s_b b_1, h_(l+1) = s_w W_(l+1) phi(h_l) / sqrt(n) + s_b b_(l+1), n -> oo.

    All W and b are standard normal and trained, s_w^2 = `weight_var`, s_b^2 = `bias_var`, and the output is
    h_(hidden + 1). With K_1 = Theta_1 = s_w^2 <x, x'> / d + s_b^2,

        K_(l+1) = s_w^2 E[phi(u) phi(v)] + s_b^2,    Theta_(l+1) = K_(l+1) + s_w^2 E[phi'(u) phi'(v)] Theta_l

    over (u, v) ~ N(0, K_l). Of O outputs the kernels are these times the identity (O, O). Equal inputs are treated
    exactly; for others that are nearly collinear, kinks make the rounding of an angle, about 1e-8, felt. Nothing here
    is differentiated.

    >>> import torch
    >>> nngp, tangent = mlp_kernel(torch.eye(2), hidden=1, activation="relu", weight_var=2.0, bias_var=0.0)
    >>> tangent.diagonal().tolist()
    [2.0, 2.0]

    Args:
        x1: Inputs (N, ...), flattened to (N, d).
        x2: Inputs (M, ...); None is `x1`.
        hidden: Number of activations L; there are L + 1 dense layers.
        activation: A name of `ACTIVATIONS`, an object such as `Kinked`, `Erf` or `Quadrature`, a module such as
            nn.ELU(), or a smooth elementwise function. With a `Surrogate` the tangent kernel is not symmetric: rows are
            predicted, columns train. With "sign" and hidden layers the tangent kernel is inf for equal inputs, and so
            on its whole diagonal, without an error: see `Sign`.
        weight_var: s_w^2.
        bias_var: s_b^2.

    Returns:
        The covariance of the outputs at the start (NNGP) and the tangent kernel, (N, M) each, float64.

    Raises:
        TypeError: If inputs are no floating-point tensors, or the activation is none.
        ValueError: If inputs are empty, not finite or do not fit together, a variance is negative, the quadrature of an
            activation does not resolve it, or a kernel overflows.

    Source: Jacot, Gabriel and Hongler, Neural tangent kernel (2018, arXiv 1806.07572), whose s_w is 1.
    """
    hidden = whole_number("hidden", hidden, 0)
    check_variances(weight_var=weight_var, bias_var=bias_var)
    phi = activation_of(activation)

    def kernels(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        layer = input_covariances(left, right).weighted(weight_var, bias_var)
        for _ in range(hidden):
            layer = layer.activated(phi).weighted(weight_var, bias_var)
        return layer.cross, layer.tangent

    ours, theirs = checked_inputs(x1, x2)
    return in_blocks(kernels, ours, None if x2 is None and is_symmetric(phi) else theirs)


def residual_kernel(
    x1: Tensor,
    x2: Tensor | None = None,
    *,
    depth: int,
    activation: str | Activation | Callable[[Tensor], Tensor],
    weight_var: float,
    bias_var: float,
    branch: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Kernels of a residual network, h_(l+1) = h_l + branch (s_w W_l phi(h_l) / sqrt(n) + s_b b_l), n -> oo.

    It starts with h_0 = s_w W x / sqrt(d) + s_b b and ends with s_w W phi(h_L) / sqrt(n) + s_b b; parameters are
    standard normal and trained. With B_l and T_l the kernels of the branch, dense after activation as in `mlp_kernel`,
    K_(l+1) = K_l + branch^2 B_l and Theta_(l+1) = Theta_l + branch^2 T_l: the cross terms vanish because every branch
    has weights of its own. With branches of order depth^(-1/2) the kernels have a limit as the depth grows.

    Args:
        x1: Inputs (N, ...), flattened.
        x2: Inputs (M, ...); None is `x1`.
        depth: Number of branches L.
        activation: As for `mlp_kernel`.
        weight_var: s_w^2.
        bias_var: s_b^2.
        branch: The frozen multiplier of every branch; None is depth^(-1/2).

    Returns:
        The covariance of the outputs at the start and the tangent kernel, (N, M) each, float64.

    Raises:
        TypeError: As for `mlp_kernel`.
        ValueError: As for `mlp_kernel`.
    """
    depth = whole_number("depth", depth)
    square = 1 / depth if branch is None else branch**2
    check_variances(weight_var=weight_var, bias_var=bias_var, **{"the square of branch": square})
    phi = activation_of(activation)

    def dense(layer: Covariances) -> Covariances:
        return layer.activated(phi).weighted(weight_var, bias_var)

    def kernels(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        layer = input_covariances(left, right).weighted(weight_var, bias_var)
        for _ in range(depth):
            layer = layer.with_branch(dense(layer), square)
        layer = dense(layer)
        return layer.cross, layer.tangent

    ours, theirs = checked_inputs(x1, x2)
    return in_blocks(kernels, ours, None if x2 is None and is_symmetric(phi) else theirs)
