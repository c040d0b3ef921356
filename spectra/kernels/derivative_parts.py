"""Jacobians of many examples in one parameter, as factors or as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

ALL = slice(None)


@dataclass(frozen=True)
class Rows:
    """Derivatives (n, k, p) of k outputs of n examples in the p numbers of a parameter."""

    values: Tensor


@dataclass(frozen=True)
class Outer:
    """Derivatives sum_t right_t left_t' of the weight of a layer that is applied at t places and in G groups.

    The place is that of a token, of a pixel, or of one call of a layer that is used more than once.
    """

    left: Tensor  # (n, G, t, p), or indices (n, 1, t) below p, which stand for unit vectors
    right: Tensor  # (n, k, G, t, q)
    size: int  # p
    left_first: bool = False  # whether the weight is (G, p, q); mostly it is (G, q, p)
    diagonal: Tensor | None = None  # (G, q, p), by which the derivatives are multiplied
    bias: float | None = None  # if there is one, derivatives sum_t right_t in it stand beside them, times this number


Part = Rows | Outer


def joined(parts: Sequence[Part]) -> Part:
    """The sum over all uses of one parameter: the places of all are put in a row where they are of one kind."""
    first, *others = parts
    if not others:
        return first
    if isinstance(first, Outer) and all(isinstance(part, Outer) and alike(first, part) for part in others):
        outers = [part for part in parts if isinstance(part, Outer)]
        return replace(
            first,
            left=torch.cat([part.left for part in outers], 2),
            right=torch.cat([part.right for part in outers], 3),
        )
    total = as_rows(first).values
    for part in others:
        total = total + as_rows(part).values
    return Rows(total)


def weighted(part: Part, diagonal: float | Tensor) -> Part:
    """The derivatives times one number, or times one number for each entry of the parameter, flat (p,)."""
    if isinstance(part, Rows):
        return Rows(part.values * diagonal)
    if not isinstance(diagonal, Tensor):
        return replace(part, right=part.right * diagonal)
    groups, q = part.right.shape[2], part.right.shape[-1]
    shape = (groups, part.size, q) if part.left_first else (groups, q, part.size)
    entries = diagonal.view(shape)
    return replace(part, diagonal=entries.mT if part.left_first else entries)


def one_row(part: Part, place: int) -> Part:
    """The derivatives of the first output of one example."""
    if isinstance(part, Rows):
        return Rows(part.values[place : place + 1, :1])
    return replace(part, left=part.left[place : place + 1], right=part.right[place : place + 1, :1])


def as_rows(part: Part) -> Rows:
    """Every derivative on its own, in the order of the parameter."""
    if isinstance(part, Rows):
        return part
    left = dense(part.left, torch.arange(part.size, device=part.left.device))
    rows = block(part, rights(part), left, part.diagonal)
    if part.left_first:
        groups, q = part.right.shape[2], part.right.shape[-1]
        rows = rows.unflatten(2, (groups, q, -1)).mT.flatten(2)
    return Rows(rows if part.bias is None else torch.cat([rows, bias_rows(part, part.bias)], -1))


def bias_rows(part: Outer, scale: float) -> Tensor:
    """Derivatives (n, k, G q) in the bias, times a number."""
    return scale * part.right.sum(3).flatten(2)


def alike(one: Outer, two: Outer) -> bool:
    """Whether two are factors of one kind, so that their places can be put in a row or be compared."""
    kinds = [
        (part.size, part.left_first, part.left.dtype, part.left.shape[1], part.right.shape[-1]) for part in (one, two)
    ]
    return kinds[0] == kinds[1]


def rights(part: Outer, piece: slice = ALL) -> Tensor:
    """Right factors as (n, G, t, k q'): places before outputs, so that numbers in a row are copied at once."""
    chosen = part.right[..., piece]
    if chosen.stride(-2) == 1 < chosen.stride(-1):  # channels before places, as in convolutions
        return chosen.permute(0, 2, 1, 4, 3).flatten(2, 3).mT
    return chosen.permute(0, 2, 3, 1, 4).flatten(3)


def block(part: Outer, right: Tensor, left: Tensor, entries: Tensor | None) -> Tensor:
    """Derivatives (n, k, G q' p') in a block of a weight.

    Args:
        part: The factors.
        right: Some of its right ones, from `rights`.
        left: Some of its left ones, as vectors (n, G, t, p').
        entries: What the block is multiplied with, (G, q', p'), or None.
    """
    products = right.mT @ left.to(right.dtype)
    rows = products.unflatten(2, (part.right.shape[1], -1)).movedim(1, 2)
    found: Tensor = (rows if entries is None else rows * entries).flatten(2)
    return found


def dense(left: Tensor, used: Tensor | None) -> Tensor:
    """Left factors as vectors; those that stand for unit vectors in some of the coordinates."""
    return left if used is None or left.is_floating_point() else left[..., None] == used
