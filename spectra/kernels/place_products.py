"""Inner products of derivatives from those of inputs and of output gradients, for every pair of places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isqrt

import torch
from torch import Tensor

from spectra.kernels.derivative_parts import Outer
from spectra.kernels.inner_products import SUMS, Contraction, added, of_rows
from spectra.kernels.kernel_blocks import block_shape, put, tiles

Place = tuple[slice, slice]
"""A few examples of each side."""

ENTRIES = 2**20
"""Numbers in the largest temporary of a contraction.

From 2^20 to 2^22 the full kernel of the MLP of `benchmarks/kernels.py` on 512 images took equally long; with 2^18 and
with 2^23 it took a third longer.
"""


def pairwise(one: Outer, two: Outer | None, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """sum_ts <left_t, left_s> <right_t, right_s>, both of which are made for all pairs, a few examples at a time."""
    other = one if two is None else two
    k, places = one.right.shape[1], one.right.shape[3] * other.right.shape[3]
    pairs = ENTRIES // (places * {"full": k * k, "diagonal": k, "trace": 1}[contraction])

    def product(place: Place, group: int) -> Tensor:
        """Of a few examples of each side, in one group."""
        rows, others = (_at_places(side.right[few, :, group]) for side, few in zip((one, other), place, strict=True))
        alone = two is None and place[0] == place[1]
        gradients = of_rows(rows, None if alone else others, contraction, dtype, sums=dtype)
        return _summed_over_places(gradients, _similar(one, other, place, group, dtype), contraction)

    return _tiled(one, two, contraction, pairs, product)


def chained(one: Outer, two: Outer | None, dtype: torch.dtype) -> Tensor:
    """sum_t <right_t, sum_s <left_t, left_s> right_s> for all outputs with all, which share the inner sum."""
    one = _converted(one, dtype)
    two = None if two is None else _converted(two, dtype)
    other = one if two is None else two

    def product(place: Place, group: int) -> Tensor:
        """Of a few examples of each side, in one group."""
        outer, right = one.right[place[0], :, group], other.right[place[1], :, group]
        similar = _similar(one, other, place, group, dtype).permute(2, 0, 1, 3).flatten(1, 2)  # (m, n t, s)
        m, k = right.shape[:2]
        inner = torch.bmm(similar[:, None].expand(-1, k, -1, -1).flatten(0, 1), right.flatten(0, 1))
        columns = inner.view(m * k, len(outer), -1).permute(1, 2, 0)  # (n, t q, m k)
        return torch.bmm(outer.flatten(2), columns).view(*outer.shape[:2], m, k)

    return _tiled(one, two, "full", ENTRIES // one.right[0].numel(), product)


def _tiled(
    one: Outer, two: Outer | None, contraction: Contraction, pairs: int, product: Callable[[Place, int], Tensor]
) -> Tensor:
    """The products of all examples, of so many pairs of them at a time; of examples with themselves every pair once."""
    n, m, k = len(one.right), len((one if two is None else two).right), one.right.shape[1]
    found = torch.zeros(block_shape(n, m, k, contraction), dtype=SUMS, device=one.right.device)
    groups = range(one.right.shape[2])
    for place in tiles(n, m, max(1, isqrt(pairs)), symmetric=two is None):
        block = added(product(place, group) for group in groups)
        put(found, block, place, contraction, symmetric=two is None)
    return found


def _converted(part: Outer, dtype: torch.dtype) -> Outer:
    """The factors in a dtype and, so that blocks of them are not copied, in the order of their axes."""
    left = part.left.to(dtype) if part.left.is_floating_point() else part.left
    return replace(part, left=left, right=part.right.to(dtype).contiguous())


def _at_places(right: Tensor) -> Tensor:
    """(n, k, t, q) -> (n t, k, q): a place is an example of its own."""
    return right.movedim(1, 2).flatten(0, 1)


def _similar(one: Outer, two: Outer, place: Place, group: int, dtype: torch.dtype) -> Tensor:
    """Inner products (n, t, m, s) of inputs (n, t, p) and (m, s, p), or of unit vectors given by their indices."""
    left, right = one.left[place[0], group], two.left[place[1], group]
    if not left.is_floating_point():
        found = (left[:, :, None, None] == right).to(dtype)
    else:
        products = left.flatten(0, 1).to(dtype) @ right.flatten(0, 1).to(dtype).T
        found = products.view(*left.shape[:2], *right.shape[:2])
    if one.bias is not None and two.bias is not None:
        found += one.bias * two.bias  # the bias is the weight of an input that is one everywhere
    return found


def _summed_over_places(gradients: Tensor, similar: Tensor, contraction: Contraction) -> Tensor:
    """Products of both inner products, summed over t and s."""
    n, t, m, s = similar.shape
    if contraction == "full":
        k = gradients.shape[1]
        products = gradients.view(n, t, k, m, s, k).mul_(similar[:, :, None, :, :, None])
        return products[:, 0, :, :, 0] if t == s == 1 else products.sum((1, 4))
    if contraction == "diagonal":
        products = gradients.reshape(n, t, m, s, -1).mul_(similar[..., None])
    else:
        products = gradients.view(n, t, m, s).mul_(similar)
    return products[:, 0, :, 0] if t == s == 1 else products.sum((1, 3))
