"""Random features of a tangent kernel: a few numbers for each example whose products are nearly the kernel."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.kernels.arguments import require_jacobian, whole_number
from spectra.kernels.jacobian_products import Jacobian
from spectra.kernels.operator import VECTORS
from spectra.operators.chance import own_generator, random_direction


def random_features(slopes: Jacobian, count: int, *, generator: torch.Generator | None = None) -> Tensor:
    """F = J D^(1/2) R / k^(1/2) with a Gaussian R (P, k), so that E[F F'] = J D J'.

    Entry (i, j) of F F' has the variance (Theta_ii Theta_jj + Theta_ij^2) / k. That is good for traces, the bulk of a
    spectrum and preconditioning; the second and later eigenvalues of F F' are off by the order of k^(-1/2) of the
    first, and no ground for claims. Features are made a block of directions at a time: R is never held.

    Args:
        slopes: What `jacobian` makes of a module and N examples, with any choice of outputs but "trace".
        count: Number k of features.
        generator: Source of R, on the CPU; None makes one that is the same at every call, so that features of training
            and test examples belong together. With a generator, both need one in the same state.

    Returns:
        Features (N q, k) in the dtype of the weights; q is the number of outputs O for "full", else 1.

    Raises:
        TypeError: If no Jacobian is given.
        ValueError: If `count` is no positive whole number, or the outputs are "trace".
    """
    require_jacobian(slopes)
    count = whole_number("count", count)
    if len(slopes.readouts) > 1:
        raise ValueError(
            f"the kernel is a mean over {len(slopes.readouts)} outputs, and one set of features cannot stand for it; "
            "make the Jacobian with outputs='full', 'sum_of_logits' or an index"
        )
    generator = own_generator() if generator is None else generator
    P, like = len(slopes.point), slopes.point
    pieces = []
    for start in range(0, count, VECTORS):
        k = min(VECTORS, count - start)
        rows = torch.stack([random_direction(P, generator, like.dtype, like.device) for _ in range(k)])
        pieces.append((slopes.pushed(rows) @ slopes.readouts[0]).flatten(1).T)
    features: Tensor = torch.cat(pieces, 1) / count**0.5
    return features
