"""A finished kernel held against ordinary automatic differentiation at a few of its examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from spectra.kernels.gradient_check import PIECE, rounding_unit
from spectra.kernels.inner_products import Contraction
from spectra.kernels.kernel_tiles import Request, Side, tiled_kernels
from spectra.kernels.layer_factors import plain_passes
from spectra.operators.chance import own_generator, random_direction

ROOTS = 2
"""Roots of the rounding unit by which the two may differ.

For the modules of `tests/kernels/zoo.py`, deep perceptrons, 16 blocks of a transformer and 12 convolutions they
differed by 0.1 of one in bfloat16, 0.02 in half and 0.0005 in single precision.
"""


def require_true(kernels: Iterable[Tensor], one: Side, two: Side | None, request: Request) -> None:
    """Refuse a kernel that is not J D J' between three examples, from the first third to the last one.

    Routes are tried on two examples; with a batch a module may do something else, such as to sort it. For weights s of
    the examples and c of the outputs, sum_nm s_n s_m c' K_nm c is the inner product of two gradients sum_n s_n J_n' c;
    if the examples are the same, so are these. Each takes one backward pass, and every example a forward pass of its
    own. Of "diagonal" one output is looked at. "trace" would take a backward pass for every output: it is held against
    the kernel of the three, made one by one, and that of a mixture of their outputs against the gradients.

    Args:
        kernels: Summands of the kernel, as `tiled_kernels` returns them.
        one: The first examples.
        two: The second examples; None for the first again.
        request: How they were contracted.

    Raises:
        ValueError: If it differs by more than rounding.
    """
    sides = [one] if two is None else [one, two]
    places = [_places(len(side.inputs)) for side in sides]
    mix = _mix(one.cotangents, request.contraction)
    found = _terms(kernels, places, mix, request.contraction)
    few = [replace(side, inputs=side.inputs[chosen]) for side, chosen in zip(sides, places, strict=True)]
    if request.contraction == "trace" and len(mix) > 1:
        _require_equal(found, _alone(few, mix, request), places)
        few = [replace(side, cotangents=mix[None] @ side.cotangents) for side in few]
        mix = torch.ones_like(mix[:1])
        found = _alone(few, mix, request)
    exact = _exact([replace(side, cotangents=mix[None] @ side.cotangents) for side in few], request)
    _require_equal(found, exact, places)


@dataclass(frozen=True)
class Sum:
    """A number with the rounding that it may have."""

    value: float
    size: float  # of its terms
    unit: float  # of rounding


def _require_equal(found: Sum, exact: Sum, places: Sequence[list[int]]) -> None:
    tolerance = ROOTS * max(found.unit, exact.unit) ** 0.5 * (found.size + exact.size)
    if not abs(found.value - exact.value) <= tolerance:
        raise ValueError(
            f"the kernel between examples {places[0]} and {places[-1]} differs from that of automatic differentiation: "
            f"a sum of its entries is {found.value:.6g} and not {exact.value:.6g}. With a batch the module does "
            "something else than with the two examples on which its routes were tried, such as to sort it; use "
            'method="loop", which takes the examples one by one'
        )


def _places(count: int) -> list[int]:
    """Up to three examples, the last one among them."""
    return sorted({count // 3, count // 2, count - 1})


def _shares(count: int) -> Tensor:
    """Weights of the examples: of one sign, so that equal ones do not cancel."""
    return torch.arange(1.0, count + 1, dtype=torch.float64, device="cpu")


def _mix(cotangents: Tensor, contraction: Contraction) -> Tensor:
    """Weights (k,) of the cotangents."""
    k = len(cotangents)
    if k > 1 and contraction != "diagonal":
        return random_direction(k, own_generator(), torch.float64, cotangents.device).to(cotangents)
    return torch.eye(k, dtype=cotangents.dtype, device=cotangents.device)[k // 2]


def _terms(kernels: Iterable[Tensor], places: Sequence[list[int]], mix: Tensor, contraction: Contraction) -> Sum:
    """Entries between the examples, weighted and added; of "trace" without weights of outputs."""
    rows, columns = [[place] for place in places[0]], places[-1]
    shares = _shares(len(rows))[:, None] * _shares(len(columns))
    found, unit = torch.zeros_like(shares), rounding_unit(mix)
    weights = mix.double().cpu()
    for kernel in kernels:
        unit = max(unit, torch.finfo(kernel.dtype).eps)
        block = kernel[rows, :, columns] if contraction == "full" else kernel[rows, columns]
        block = block.double().cpu()
        if contraction == "full":
            block = torch.einsum("o,nmop,p->nm", weights, block, weights)
        found += block @ weights if contraction == "diagonal" else block
    found *= shares
    return Sum(float(found.sum()), float(found.abs().sum()), unit)


def _alone(sides: Sequence[Side], mix: Tensor, request: Request) -> Sum:
    """The same of the kernel of some examples that are taken one by one, all of them."""
    kernels = tiled_kernels(sides[0], sides[1] if len(sides) > 1 else None, replace(request, tile=1))
    return _terms(kernels.values(), [list(range(len(side.inputs))) for side in sides], mix, request.contraction)


def _exact(sides: Sequence[Side], request: Request) -> Sum:
    """The inner product of the gradients of one or two sides with one cotangent each."""
    exact = size = 0.0
    with ExitStack() as passes:
        for module in {id(side.plan.module): side.plan.module for side in sides}.values():
            passes.enter_context(plain_passes(module, sides[0].inputs.device))
        gradients = [_gradients(side) for side in sides]
    for one, two, entries in zip(gradients[0], gradients[-1], request.diagonal.values(), strict=True):
        if one is not None and two is not None:
            product = _product(one, two, entries)
            exact += product
            size += product if one is two else (_product(one, one, entries) * _product(two, two, entries)) ** 0.5
    return Sum(exact, size, rounding_unit(sides[0].cotangents))


def _product(one: Tensor, two: Tensor, entries: float | Tensor) -> float:
    """sum_p D_p one_p two_p, a piece at a time, in double precision."""
    flat = one.reshape(-1), two.reshape(-1)
    total = 0.0
    for start in range(0, len(flat[0]), PIECE):
        piece = slice(start, start + PIECE)
        first, second = (side[piece].double() for side in flat)
        weighted = first * (entries[piece] if isinstance(entries, Tensor) else entries)
        total += float(weighted @ second)
    return total


def _gradients(side: Side) -> Sequence[Tensor | None]:
    """Gradients in all parameters of the outputs of examples that are taken one by one, weighted and added."""
    outputs = torch.stack([side.plan.module(one).reshape(-1) for one in side.inputs.split(1)])
    named = dict(side.plan.module.named_parameters())
    chosen = [named[name] for name in side.plan.shapes]
    if not outputs.requires_grad:
        return [None] * len(chosen)
    cotangents = _shares(len(outputs)).to(outputs)[:, None] * side.cotangents
    return torch.autograd.grad(outputs, chosen, cotangents, allow_unused=True)
