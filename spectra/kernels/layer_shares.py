"""What every layer adds to a tangent kernel: how much, in how many directions, and how well along a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.alignment import Form, doubly_centred, kernel_alignment
from spectra.kernels.arguments import require_real
from spectra.kernels.effective_rank import EffectiveRanks, effective_ranks
from spectra.kernels.regression_matrices import kernel_matrix, output_count, symmetric_matrix
from spectra.notebook import as_html
from spectra.objectives.objective import described


@dataclass(frozen=True)
class LayerShare:
    """The part of a tangent kernel that belongs to one layer.

    Attributes:
        share: Its trace over that of the whole kernel; those of all layers add up to 1.
        ranks: Its effective ranks; None where the part is zero.
        alignments: Its alignment with every target, (V,); None without targets, where the part is zero, or where
            nothing of it is left when it is centred, as of a layer of biases alone.
    """

    share: float
    ranks: EffectiveRanks | None
    alignments: Tensor | None

    _repr_html_ = as_html


def layer_shares(
    kernels: Mapping[str, Tensor], targets: Tensor | None = None, *, form: Form = "centred"
) -> dict[str, LayerShare]:
    """Share of the trace, effective ranks and alignment of the parts Theta_l of a tangent kernel Theta = sum_l Theta_l.

    Args:
        kernels: Layer -> its part, (N, N) or (N, N, O, O): what `empirical_ntk(..., per_layer=True)` returns.
        targets: One (n,) or V of them as columns (n, V), n being N, or N O with the output fastest; None for none.
        form: Of the alignment, as in `kernel_alignment`. Energies of all layers add up to that of the kernel.

    Returns:
        Layer -> its numbers, in the order of the kernels.

    Raises:
        TypeError: If the kernels do not come by layers, or a kernel or the targets are no tensors.
        ValueError: If there is no layer, a kernel is not symmetric or not semidefinite, all are zero, or targets do
            not fit.

    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1))
    >>> from spectra import empirical_ntk
    >>> kernels = empirical_ntk(module, torch.eye(3), outputs=0, per_layer=True)
    >>> round(sum(layer.share for layer in layer_shares(kernels).values()), 12)
    1.0
    """
    if not isinstance(kernels, Mapping):
        raise TypeError(
            f"{described(kernels)} was given in place of the kernels of layers; pass what "
            "empirical_ntk(module, inputs, per_layer=True) returns"
        )
    for name, kernel in kernels.items():
        require_real(f"the kernel of {name!r}", kernel)
    traces = {name: float(kernel_matrix(kernel).trace()) for name, kernel in kernels.items()}
    total = sum(traces.values())
    if not total > 0:
        raise ValueError(
            f"{len(kernels)} layers with a trace of {total:g} in all were given; the kernels of one or more layers, "
            "of which one is not zero, are needed: empirical_ntk(module, inputs, per_layer=True)"
        )
    return {name: _share(kernel, traces[name] / total, targets, form) for name, kernel in kernels.items()}


def _share(kernel: Tensor, share: float, targets: Tensor | None, form: Form) -> LayerShare:
    matrix = symmetric_matrix(kernel_matrix(kernel))
    if not bool(matrix.any()):
        return LayerShare(share, None, None)
    constant = form == "centred" and _constant(matrix, output_count(kernel))
    aligned = None if targets is None or constant else kernel_alignment(kernel, targets, form=form)
    return LayerShare(share, effective_ranks(torch.linalg.eigvalsh(matrix)), aligned)


def _constant(matrix: Tensor, outputs: int) -> bool:
    """Whether a kernel (N O, N O) is the same for all pairs of examples, up to rounding."""
    return bool(doubly_centred(matrix, outputs).norm() <= 1e-12 * matrix.norm())
