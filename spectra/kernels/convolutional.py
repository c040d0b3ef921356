"""Covariance and tangent kernel of convolutional networks with infinitely many channels."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spectra.kernels.arguments import whole_number
from spectra.kernels.convolutional_windows import Windows
from spectra.kernels.duals import Activation
from spectra.kernels.infinite_activations import activation_of
from spectra.kernels.infinite_blocks import in_blocks
from spectra.kernels.infinite_layers import Covariances, check_variances, checked_inputs
from spectra.kernels.surrogate import is_symmetric

ZERO = torch.zeros((), dtype=torch.float64, device="cpu")


def convolutional_kernel(
    x1: Tensor,
    x2: Tensor | None = None,
    *,
    hidden: int,
    activation: str | Activation | Callable[[Tensor], Tensor],
    weight_var: float,
    bias_var: float,
    windows: Windows | None = None,
) -> tuple[Tensor, Tensor]:
    """Kernels of `hidden` convolutions, each followed by phi, and a dense readout, as the channels n -> oo.

    A convolution with k x k windows has the pre-activations h(p) = s_w sum_o W_o phi(h(p + o)) / (k sqrt(n)) + s_b b,
    and the readout is s_w W z / sqrt(width of z) + s_b b of all positions ("flatten") or of their mean ("average").
    All W, b are standard normal and trained. With a mean over the k^2 offsets o, zero outside of a zero padding,

        K'(p, p') = s_w^2 mean_o E[phi phi](p + o, p' + o) + s_b^2
        Theta'(p, p') = K'(p, p') + s_w^2 mean_o (E[phi' phi'] Theta)(p + o, p' + o).

    The readout takes the mean over p = p' for "flatten", which needs no other pairs, and over all p, p' for "average".
    The work per pair of examples is `hidden` k^2 times the number of positions, or of pairs of positions.

    Args:
        x1: Pictures (N, channels, height, width).
        x2: Pictures (M, channels, height, width); None is `x1`.
        hidden: Number of convolutions L; the readout comes on top.
        activation: As for `mlp_kernel`.
        weight_var: s_w^2.
        bias_var: s_b^2.
        windows: Size, stride and padding of the convolutions, and the readout; None is `Windows()`.

    Returns:
        The covariance of the outputs at the start (NNGP) and the tangent kernel, (N, M) each, float64.

    Raises:
        TypeError: If inputs are no floating-point tensors, or the activation is none.
        ValueError: If inputs are no pictures, empty, not finite or do not fit together, a variance is negative, or the
            windows do not fit into the pictures.

    Source: Novak et al., Bayesian deep convolutional networks with many channels are Gaussian processes (2018, arXiv
    1810.05148), and Arora et al., On exact computation with an infinitely wide neural net (2019, arXiv 1904.11955),
    for networks of this kind; the formulas above are derived here and compared with finite networks by
    test_convolutional.py.
    """
    hidden = whole_number("hidden", hidden, 0)
    check_variances(weight_var=weight_var, bias_var=bias_var)
    design = Windows() if windows is None else windows
    ours, theirs = checked_inputs(x1, x2)
    if ours.ndim != 4:
        raise ValueError(f"x1 has the shape {tuple(x1.shape)}; pass pictures (N, channels, height, width)")
    design.check_fits(hidden, (ours.shape[2], ours.shape[3]))
    phi = activation_of(activation)

    def kernels(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        layer = _pixels(left, right, design)
        for _ in range(hidden):
            layer = design.convolved(layer).weighted(weight_var, bias_var).activated(phi)
        # The mean over all positions or pairs of positions that there are.
        cross, tangent = (weight_var * part.flatten(2).mean(2) for part in (layer.cross, layer.tangent))
        return cross + bias_var, cross + bias_var + tangent

    positions = (ours.shape[2] * ours.shape[3]) ** (2 if design.readout == "average" else 1)
    return in_blocks(kernels, ours, None if x2 is None and is_symmetric(phi) else theirs, positions=positions)


def _pixels(left: Tensor, right: Tensor, design: Windows) -> Covariances:
    """Mean products over channels at two positions; channel by channel, so that equal pixels agree to the last bit."""
    channels = range(left.shape[1])
    first, second = (sum((part[:, c] * part[:, c] for c in channels), start=ZERO) for part in (left, right))
    cross = sum((design.products(left[:, c], right[:, c]) for c in channels), start=ZERO)
    count = len(channels)
    return Covariances(first / count, second / count, cross / count, torch.zeros_like(cross))
