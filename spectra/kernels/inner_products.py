"""Inner products between the derivatives of two sets of examples in one parameter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor

from spectra.kernels.derivative_parts import ALL, Outer, Part, alike, as_rows, bias_rows, block, dense, rights

Contraction = Literal["full", "diagonal", "trace"]

ENTRIES = 2**20
"""Numbers in the largest temporary of a contraction.

From 2^20 to 2^22 the full kernel of the MLP of `benchmarks/kernels.py` on 512 images took equally long; with 2^18 and
with 2^23 it took a third longer.
"""

BLOCK = 2**21
"""Derivatives that are made at once; products of 640 rows took a fifth longer with 2^20 than with 2^22."""

WIDTH = 256
"""Columns of the blocks in which derivatives are made, at most.

With 128 to 256 of them, batched products of 64 examples with 64 places were three times as fast as with 57.
"""

TRAFFIC = 4
"""What a number that is only read and added costs, in multiply-adds of a matrix product: a guess."""

PANELS = 4
"""Rows of panels in the product of a matrix with itself, of which 5/8 is computed; eight of them were no faster."""


def gram(one: Part, two: Part, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """Inner products of the derivatives of two sets of examples, multiplied and summed in a dtype.

    Returns:
        "full": (n, k, m, k'), all outputs with all. "diagonal": (n, m, k), every output with itself. "trace": (n, m),
        the sum of the latter over outputs.
    """
    if isinstance(one, Outer) and isinstance(two, Outer) and alike(one, two):
        return (
            _pairwise(one, two, contraction, dtype)
            if _pairs_are_cheaper(one, two, contraction)
            else _in_blocks(one, two, contraction, dtype)
        )
    return _of_rows(as_rows(one).values, as_rows(two).values, contraction, dtype)


def added(terms: Iterable[Tensor]) -> Tensor:
    """Their sum, in the memory of the first."""
    total: Tensor | None = None
    for term in terms:
        total = term if total is None else total.add_(term)
        del term  # it shall not stay while the next is made
    if total is None:
        raise ValueError("nothing was given to add")
    return total


def _pairs_are_cheaper(one: Outer, two: Outer, contraction: Contraction) -> bool:
    """Whether all pairs of places take fewer multiply-adds than the derivatives themselves, per pair of examples."""
    if two.diagonal is not None:
        return False
    n, k, _, t, q = one.right.shape
    m, s, p = len(two.right), two.right.shape[3], one.size
    products = k * k if contraction == "full" else k
    pairs = t * s * (p + products * (q + TRAFFIC))
    derivatives = products * p * q + k * p * q * (t / m + s / n)
    return pairs < derivatives


def _pairwise(one: Outer, two: Outer, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """sum_ts <left_t, left_s> <right_t, right_s>, a few examples at a time."""
    k, groups, t, m, s = *one.right.shape[1:4], len(two.right), two.right.shape[3]
    entries = t * m * s * (k * k if contraction == "full" else k if contraction == "diagonal" else 1)
    step = max(1, ENTRIES // entries)

    def product(start: int, group: int) -> Tensor:
        """Of a few examples with all others, in one group."""
        left, right = one.left[start : start + step, group], _at_places(one.right[start : start + step, :, group])
        others = right if two is one and step >= len(one.right) else _at_places(two.right[:, :, group])
        gradients = _of_rows(right, others, contraction, dtype)
        similar = _alike_places(left, two.left[:, group], dtype)
        if one.bias is not None and two.bias is not None:
            similar += one.bias * two.bias  # the bias is the weight of an input that is one everywhere
        return _summed_over_places(gradients, similar, contraction)

    starts = range(0, len(one.right), step)
    found = [added(product(start, group) for group in range(groups)) for start in starts]
    return found[0] if len(found) == 1 else torch.cat(found)


def _at_places(right: Tensor) -> Tensor:
    """(n, k, t, q) -> (n t, k, q): a place is an example of its own."""
    return right.movedim(1, 2).flatten(0, 1)


def _alike_places(one: Tensor, two: Tensor, dtype: torch.dtype) -> Tensor:
    """Inner products (n, t, m, s) of vectors (n, t, p) and (m, s, p), or of unit vectors given by their indices."""
    if not one.is_floating_point():
        return (one[:, :, None, None] == two).to(dtype)
    products = one.flatten(0, 1).to(dtype) @ two.flatten(0, 1).to(dtype).T
    return products.view(*one.shape[:2], *two.shape[:2])


def _summed_over_places(gradients: Tensor, alike: Tensor, contraction: Contraction) -> Tensor:
    """Products of both inner products, summed over t and s."""
    n, t, m, s = alike.shape
    if contraction == "full":
        k = gradients.shape[1]
        products = gradients.view(n, t, k, m, s, k).mul_(alike[:, :, None, :, :, None])
        return products[:, 0, :, :, 0] if t == s == 1 else products.sum((1, 4))
    if contraction == "diagonal":
        products = gradients.reshape(n, t, m, s, -1).mul_(alike[..., None])
    else:
        products = gradients.view(n, t, m, s).mul_(alike)
    return products[:, 0, :, 0] if t == s == 1 else products.sum((1, 3))


def _in_blocks(one: Outer, two: Outer, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """From the derivatives themselves, in one block of the weight after the other."""
    lefts = _common(one.left, two.left)
    used = ALL if one.left.is_floating_point() else torch.cat([one.left.flatten(), two.left.flatten()]).unique()
    entries = [None if part.diagonal is None else part.diagonal[..., used] for part in (one, two)]
    sizes = (part.right.shape[:3].numel() for part in (one, two))
    blocks = _blocks(one.right.shape[-1], lefts[0].shape[-1], max(1, BLOCK // max(sizes)))

    def product(right: Sequence[Tensor], q: slice, p: slice) -> Tensor:
        rows = [
            block(part, factor, left[..., p], None if values is None else values[:, q, p])
            for part, factor, left, values in zip((one, two), right, lefts, entries, strict=False)
        ]
        return _of_rows(rows[0], rows[-1], contraction, dtype)

    def products() -> Iterator[Tensor]:
        for q, pieces in blocks:
            right = [rights(part, q) for part in ((one,) if two is one else (one, two))]
            yield from (product(right, q, p) for p in pieces)
        if one.bias is not None and two.bias is not None:
            rows = bias_rows(one, one.bias)
            yield _of_rows(rows, rows if two is one else bias_rows(two, two.bias), contraction, dtype)

    return added(products())


def _blocks(rows: int, columns: int, entries: int) -> Iterator[tuple[slice, list[slice]]]:
    """Blocks of a matrix with so many entries at most."""
    width = min(-(-columns // -(-columns // WIDTH)), entries)  # of equal pieces, none of which is narrow
    height = entries // width
    for start in range(0, rows, height):
        yield slice(start, start + height), [slice(left, left + width) for left in range(0, columns, width)]


def _common(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    """Left factors as vectors; those that stand for unit vectors in the coordinates that either has."""
    if one.is_floating_point():
        return one, two
    used = torch.cat([one.flatten(), two.flatten()]).unique()
    return dense(one, used), dense(two, used)


def _of_rows(one: Tensor, two: Tensor, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """Inner products of rows (n, k, p) and (m, k, p)."""
    rows = one.to(dtype)
    others = rows if two is one else two.to(dtype)
    if contraction == "full":
        return _products(rows.flatten(0, 1), others.flatten(0, 1)).view(*one.shape[:2], *two.shape[:2])
    if contraction == "diagonal":
        return (rows.movedim(1, 0) @ others.permute(1, 2, 0)).permute(1, 2, 0)
    return _products(rows.flatten(1), others.flatten(1))


def _products(rows: Tensor, others: Tensor) -> Tensor:
    """Rows times the transpose of others; of a matrix with itself, panel by panel up to the diagonal, then mirrored."""
    if rows.data_ptr() != others.data_ptr() or rows.shape != others.shape or len(rows) < 2 * PANELS:
        return rows @ others.T
    found = rows.new_empty(len(rows), len(rows))
    step = -(-len(rows) // PANELS)
    for start in range(0, len(rows), step):
        stop = min(start + step, len(rows))
        torch.mm(rows[start:stop], rows[:stop].T, out=found[start:stop, :stop])
        found[:start, start:stop] = found[start:stop, :start].T
    return found
