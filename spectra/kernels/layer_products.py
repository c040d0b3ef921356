"""Inner products between the derivatives of two sets of examples in one parameter, in the cheapest of three ways."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from spectra.kernels.derivative_blocks import in_blocks
from spectra.kernels.derivative_parts import Outer, Part, alike, as_rows
from spectra.kernels.inner_products import Contraction, of_rows
from spectra.kernels.place_products import chained, pairwise

Way = Literal["pairs", "chain", "blocks"]

TRAFFIC = 4
"""What a number that is read for one multiply-add costs, in multiply-adds of a large matrix product.

By the times of `benchmarks/kernel_ways.py`, for layers with 1 to 64 places.
"""

EXAMPLES = 64
"""Examples of a block in the costs, whatever it has: blocks of other sizes at the edge of a kernel are rounded alike,
or it would not be positive semidefinite. With their own numbers single precision gave eigenvalues of -1e-9 of the
largest.
"""


def gram(one: Part, two: Part | None, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """Inner products of the derivatives of two sets of examples, multiplied in a dtype.

    Args:
        one: Derivatives of the first examples.
        two: Derivatives of the second ones; None for the first again, at about half the cost.
        contraction: Which outputs meet which.
        dtype: In what derivatives are multiplied; what was multiplied is added up in double precision where that is
            done block by block.

    Returns:
        "full": (n, k, m, k'), all outputs with all. "diagonal": (n, m, k), every output with itself. "trace": (n, m),
        the sum of the latter over outputs.
    """
    if not isinstance(one, Outer) or not (two is None or (isinstance(two, Outer) and alike(one, two))):
        return of_rows(as_rows(one).values, None if two is None else as_rows(two).values, contraction, dtype)
    second = two if isinstance(two, Outer) else None
    costs = ways(one, one if second is None else second, contraction)
    way = min(costs, key=lambda way: costs[way])
    if way == "pairs":
        return pairwise(one, second, contraction, dtype)
    return chained(one, second, dtype) if way == "chain" else in_blocks(one, second, contraction, dtype)


def ways(one: Outer, two: Outer, contraction: Contraction) -> dict[Way, float]:
    """The ways that are possible, and their multiply-adds for a pair of examples, each at its price.

    "pairs": all pairs of places, with inner products of inputs and of gradients for each. "chain": gradients of one
    example times the inner products of inputs, and then times the gradients of the other. "blocks": derivatives.
    """
    _, k, _, t, q = one.right.shape
    s, p = two.right.shape[3], one.size
    compared = p
    if not one.left.is_floating_point():
        p, compared = min(p, EXAMPLES * (t + s)), 1
    products = k * k if contraction == "full" else k
    costs: dict[Way, float] = {"blocks": products * p * q + k * p * q * (t + s) / EXAMPLES}
    if one.diagonal is None and two.diagonal is None:
        costs["pairs"] = t * s * (compared + products * (q + TRAFFIC))
        if contraction == "full":
            costs["chain"] = t * s * (compared + k * q) + TRAFFIC * products * t * q
    return costs
