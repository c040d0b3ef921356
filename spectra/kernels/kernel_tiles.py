"""A tangent kernel, tile by tile: the inner products between the derivatives of two blocks of examples at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt

import torch
from torch import Tensor

from spectra.kernels.derivative_parts import Part, weighted
from spectra.kernels.inner_products import Contraction, added
from spectra.kernels.kernel_blocks import block_shape, put, tiles
from spectra.kernels.layer_factors import Factors, Plan, factors
from spectra.kernels.layer_products import gram
from spectra.kernels.place_products import ENTRIES

TOGETHER = 64
"""Examples whose factors shall find place among those that are kept, before cotangents are taken a few at a time."""

KEPT = 2**30
"""Bytes of factors that are kept for later tiles; where there are more, they are made again for every row of tiles."""


@dataclass(frozen=True)
class Side:
    """Some outputs of a module on some examples."""

    plan: Plan
    inputs: Tensor  # (N, ...)
    cotangents: Tensor  # (k, O), one for each row of the Jacobian of an example

    @property
    def bytes(self) -> int:
        """Memory of the factors of one example."""
        return self.plan.input_bytes + len(self.cotangents) * self.plan.gradient_bytes

    def at(self, piece: slice) -> Side:
        """Some of the cotangents alone."""
        return replace(self, cotangents=self.cotangents[piece])

    @property
    def kept(self) -> bool:
        """Whether the factors of all examples are kept."""
        return self.bytes * len(self.inputs) <= KEPT


@dataclass(frozen=True)
class Request:
    """What is asked for between two sides."""

    contraction: Contraction
    diagonal: Mapping[str, float | Tensor]  # entries of D for each parameter: one number, or flat
    tile: int | None
    dtype: torch.dtype
    per_layer: bool


Unit = tuple[str, ...]
"""What is contracted at once: one parameter, or a weight and its bias."""


def tiled_kernels(one: Side, two: Side | None, request: Request) -> dict[str, Tensor]:
    """The kernel between two sides, a few cotangents at a time where no two different ones meet.

    Args:
        one: The first examples.
        two: The second examples; None for the first again, and then every pair is looked at once.
        request: How they are contracted.

    Returns:
        (N, k, M, k) for "full", (N, M, k) for "diagonal", (N, M) for "trace": one tensor for each layer, or one for
        all, under the empty name.
    """
    k = len(one.cotangents)
    size = k if request.contraction == "full" else max(1, KEPT // (TOGETHER * max(1, one.plan.gradient_bytes)))
    found: dict[str, Tensor] = {}
    for start in range(0, k, size):
        piece = slice(start, start + size)
        for layer, kernel in _kernels(one.at(piece), None if two is None else two.at(piece), request).items():
            if layer not in found:
                found[layer] = kernel
            elif request.contraction == "diagonal":
                found[layer] = torch.cat([found[layer], kernel], 2)
            else:
                found[layer].add_(kernel)
    return {layer: kernel.div_(k) if request.contraction == "trace" else kernel for layer, kernel in found.items()}


def _kernels(one: Side, two: Side | None, request: Request) -> dict[str, Tensor]:
    """The kernel between all cotangents of two sides; of "trace", the sum."""
    other = one if two is None else two
    size = request.tile or _tile(one, other, request.contraction)
    first = _factors_of(one)
    second = first if two is None and one.kept else _factors_of(other)
    units = _units(one.plan, other.plan, request)
    sizes, k = (len(one.inputs), len(other.inputs)), len(one.cotangents)
    found = {
        layer: torch.zeros(block_shape(*sizes, k, request.contraction), dtype=request.dtype, device=one.inputs.device)
        for layer in units
    }
    for rows, columns in tiles(*sizes, size, symmetric=two is None):
        left = first(rows)
        pair = left, left if two is None and rows == columns else second(columns)
        for layer, members in units.items() if any(units.values()) else ():
            terms = (_contracted(unit, pair, request) for unit in members)
            put(found[layer], added(terms), (rows, columns), request.contraction, symmetric=two is None)
    return found


def _contracted(unit: Unit, pair: tuple[Factors, Factors], request: Request) -> Tensor:
    entries = [request.diagonal[name] for name in unit]
    one = _with_roots(pair[0], unit, entries)
    two = None if pair[1] is pair[0] else _with_roots(pair[1], unit, entries)
    return gram(one, two, request.contraction, request.dtype)


def _with_roots(found: Factors, unit: Unit, entries: Sequence[float | Tensor]) -> Part:
    """Derivatives times the root of their entries of D, so that it enters both sides alike."""
    roots = [entry**0.5 for entry in entries]
    scales = [root for root in roots if isinstance(root, float)]
    if len(unit) == 2:
        return found.part(unit, scales)
    return found.part(unit) if scales == [1.0] else weighted(found.part(unit), roots[0])


def _units(one: Plan, two: Plan, request: Request) -> dict[str, list[Unit]]:
    """Layer -> weights with their biases where both are scaled by single numbers, and all other parameters alone."""
    units: list[Unit] = []
    for name in one.shapes:
        bias = one.biases.get(name, "")
        routes = {plan.routes.get(part) for plan in (one, two) for part in (name, bias)}
        plain = all(isinstance(request.diagonal.get(part), float) for part in (name, bias))
        if bias == two.biases.get(name) and routes == {"gram"} and plain:
            units.append((name, bias))
        elif "unused" not in (one.routes[name], two.routes[name]):
            units.append((name,))
    fused = {unit[1] for unit in units if len(unit) == 2}
    layers: dict[str, list[Unit]] = {} if request.per_layer else {"": []}
    for unit in units:
        if unit[0] not in fused:
            layers.setdefault(unit[0].rpartition(".")[0] if request.per_layer else "", []).append(unit)
    return layers


def _factors_of(side: Side) -> Callable[[slice], Factors]:
    """Factors of blocks of examples, each made once if all can be kept; else the latest one is."""
    kept: dict[int, Factors] = {}

    def made(block: slice) -> Factors:
        if block.start not in kept:
            if not side.kept:
                kept.clear()
            kept[block.start] = factors(side.plan, side.inputs[block], side.cotangents)
        return kept[block.start]

    return made


def _tile(one: Side, two: Side, contraction: Contraction) -> int:
    """Examples in a block: as many as keep the block of the kernel and the factors of two of them small."""
    k, N = len(one.cotangents), max(len(one.inputs), len(two.inputs))
    products = {"full": k * k, "diagonal": k, "trace": 1}[contraction]
    most = N if one.kept and two.kept else KEPT // (2 * max(1, one.bytes, two.bytes))
    size = max(1, min(isqrt(ENTRIES // products), most))
    return -(-N // -(-N // size))  # of equal blocks, none of which is narrow
