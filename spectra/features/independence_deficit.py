"""How far one output of a network is a sum of a few others."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign

import torch
from torch import Tensor

from spectra.features.arguments import feature_matrix
from spectra.notebook import as_html


@dataclass(frozen=True)
class IndependenceDeficit:
    """A lasso of one output on the others.

    Attributes:
        coefficients: One for each output, (C,); 0 for the output itself.
        used: How many are not zero.
        explained: 1 - |y - X w|^2 / |y|^2, between 0 and 1.
        gap: What the objective is above its minimum at most, relative to |y|^2 / (2 N).
        sweeps: Passes over the coefficients.
        converged: Whether the gap is below the tolerance.
    """

    coefficients: Tensor
    used: int
    explained: float
    gap: float
    sweeps: int
    converged: bool

    _repr_html_ = as_html


def independence_deficit(
    outputs: Tensor, index: int, *, penalty: float, tolerance: float = 1e-8, max_sweeps: int = 10_000
) -> IndependenceDeficit:
    """Lasso of the output y = f_index on the other outputs X, without an intercept.

        min_w |y - X w|^2 / (2 N) + penalty |w|_1

    by cyclic coordinate descent, stopped by the duality gap. Above the penalty max_c |x_c'y| / N all w are zero.

    Args:
        outputs: (N, C), such as logits.
        index: Which output is explained.
        penalty: Not negative, in the unit of a squared output.
        tolerance: Gap at which to stop, relative to |y|^2 / (2 N).
        max_sweeps: Passes after which the result is returned unconverged.

    Raises:
        TypeError: If the outputs are no tensor.
        ValueError: If they are no finite matrix with two columns or more, the output is zero for all examples, or an
            option is out of range.

    Source: Feng et al. 2022 (arXiv 2206.06072) for the question; they descend by gradients, with a penalty of 20.
    """
    rows = feature_matrix(outputs)
    count, width = rows.shape
    if width < 2 or not 0 <= index < width:
        raise ValueError(f"output {index} of {width}; pass two outputs or more, and one of 0 to {max(width - 1, 1)}")
    if not penalty >= 0:
        raise ValueError(f"penalty is {penalty!r}; pass a number that is not negative")
    products = rows.T @ rows / count
    energy = float(products[index, index])
    if energy == 0:
        raise ValueError(
            f"output {index} is zero for all {count} examples, so that the others have nothing to explain; pass the "
            "index of another output"
        )
    others = [place for place in range(width) if place != index and float(products[place, place]) > 0]
    w, sweeps, gap = torch.zeros(width, dtype=rows.dtype, device=rows.device), 0, 1.0
    while sweeps < max_sweeps and (gap := _gap(products, index, w, penalty) / energy) > tolerance:
        w = _swept(products, index, w, others, penalty)
        sweeps += 1
    gap = _gap(products, index, w, penalty) / energy
    explained = 1 - _residual(products, index, w) / energy
    return IndependenceDeficit(w, int((w != 0).sum()), explained, gap, sweeps, gap <= tolerance)


def _swept(products: Tensor, index: int, w: Tensor, others: list[int], penalty: float) -> Tensor:
    """The coefficients after one pass over them, each at its minimum in its turn."""
    # In numpy, where single numbers cost a tenth of what they cost in torch.
    matrix, found = products.numpy(force=True), w.numpy(force=True).copy()
    slopes = matrix[index] - matrix @ found
    for place in others:
        scale, before = matrix[place, place], found[place]
        pull = slopes[place] + scale * before
        found[place] = copysign(max(abs(pull) - penalty, 0.0), pull) / scale
        if found[place] != before:
            slopes -= matrix[place] * (found[place] - before)
    return torch.from_numpy(found).to(w)


def _residual(products: Tensor, index: int, w: Tensor) -> float:
    """|y - X w|^2 / N from the products of all outputs."""
    return float((products[index, index] - 2 * products[index] @ w + w @ products @ w).clamp_min(0))


def _gap(products: Tensor, index: int, w: Tensor, penalty: float) -> float:
    """Twice the duality gap: with the residual r scaled into the dual's domain, |s x_c'r| / N <= penalty."""
    residual = _residual(products, index, w)
    slopes = products[index] - products @ w
    slopes[index] = 0  # the output itself is no regressor
    largest = float(slopes.abs().max())
    scale = 1.0 if largest <= penalty else penalty / largest
    # Dual objective |y|^2 / 2 - |y - s r|^2 / 2, with y'r = |y|^2 - y'X w.
    along = float(products[index, index] - products[index] @ w)
    dual = 2 * scale * along - scale**2 * residual
    return max(0.0, residual + 2 * penalty * float(w.abs().sum()) - dual)
