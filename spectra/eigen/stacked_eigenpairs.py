"""Leading eigenpairs of independent operators at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import torch
from torch import Tensor

from spectra.eigen.eigenpairs import Eigenpairs
from spectra.eigen.ritz import GUARD, End, Ritz, kept, ritz
from spectra.eigen.subspace import Subspace
from spectra.operators.chance import given_or_own, random_direction
from spectra.operators.stack import OperatorStack

FEWEST_STEPS = 4
"""A warm start looks converged in the wrong eigenvector after one or two products when eigenvectors turn."""

GATE, LOOK_AHEAD = 3e-3, 1
"""No residual, that of a guard included, may be longer than GATE times the largest |value|, and the rule must go on to
hold for LOOK_AHEAD more products. Of 30 random starts on each of six spectra like those of networks (tangent kernel,
clustered, power law, symmetric) none missed one of the top five, also with other pairs of constants; of 30 on each of
ten random symmetric matrices, whose top eigenvalues crowd, 4 of 600 did with these, 14 with (1e-2, 3) and 30 with
(3e-2, 3), at equal cost. Warm starts along 96 training runs: none of 288 missed, one with (1e-2, 1) or (3e-3, 0)."""

BASIS = 30
"""Vectors kept at most, unless more than six pairs are asked for. Against an unlimited basis, a cap of 30 cost no
product on three of those spectra and 4 percent more on a fourth; a cap of 20 cost 15 percent more there."""


def stacked_eigenpairs(
    stack: OperatorStack,
    count: int = 1,
    *,
    which: End = "largest",
    starts: Sequence[Tensor] | None = None,
    tolerance: float = 1e-3,
    strict: bool = False,
    max_matvecs: int = 200,
    max_basis: int | None = None,
    generator: torch.Generator | Sequence[torch.Generator] | None = None,
) -> list[Eigenpairs]:
    """`top_eigenpairs` for K independent operators at once, in step: every product serves all of them.

    A member is done when its own rule is met; its result is then the same as if the others had not been there, up to
    rounding. When half of them are done the others go on as a smaller stack, where the stack can make one. The memory
    is K times that of one.

    Args:
        stack: K symmetric matrices of size (P, P).
        count: As for one operator, and so are the other options.
        which: See `top_eigenpairs`.
        starts: One tensor (P, j) for each member, all of one shape.
        tolerance: See `top_eigenpairs`.
        strict: See `top_eigenpairs`.
        max_matvecs: For each member.
        max_basis: For each member.
        generator: Source of the random vectors: one, and all members start from the same; or one for each member.

    Returns:
        K eigenpairs. Their `matvecs` counts the products until the member was done.

    Raises:
        ValueError: As for one operator, or if there is not one start or generator for each member.
        TypeError: If a generator is none.
        FloatingPointError: If a product is not finite; the message names product and member.
    """
    ends = 2 if which == "both" else 1
    _require_possible(which, tolerance)
    capacity = _capacity(stack, count * ends, max_basis, max_matvecs)
    generators = _generators(generator, stack.members)
    space = Subspace(stack, _begin(stack, starts, (count + GUARD) * ends, generators), capacity, generators)
    begun = space.pending.shape[1]
    found: list[Eigenpairs | None] = [None] * stack.members
    going = torch.arange(stack.members, device="cpu")  # which members the space still holds
    fewest = min(max(FEWEST_STEPS, (count + GUARD) * ends), stack.dim)
    held, first = (torch.zeros_like(going) for _ in range(2))
    direction = None
    while None in found:
        if space.size == capacity < stack.dim:
            space.restart(kept(space, which, (count + GUARD) * ends))
        closures = space.closures.clone()
        space.expand(_axis(space) if space.spent < begun or direction is None else direction)
        state = ritz(space, count, which=which, tolerance=tolerance, gate=GATE, strict=strict)
        direction = state.direction
        settled = state.settled & (space.size >= fewest)
        # One invariant space holds every eigenvalue once; copies appear in those that fresh directions add to it, one
        # after each closure, and the next closure takes no longer than the first.
        unfinished = (space.closures > 0) & (space.closures < count * ends)
        settled &= ~(unfinished & (space.closures > closures))
        first = torch.where(settled & (held == 0), space.spent, first)
        held = torch.where(settled, held + 1, 0)
        patience = first.clamp_min(LOOK_AHEAD) if strict else torch.full_like(first, LOOK_AHEAD)
        patience = torch.where(unfinished, torch.maximum(patience, space.first_closure), patience)
        done = (held > patience) | (space.size == stack.dim) | (space.spent >= max_matvecs)
        for place in done.nonzero()[:, 0].tolist():
            if found[going[place]] is None:
                found[going[place]] = _eigenpairs(space, state, place)
        open_ = [place for place, member in enumerate(going.tolist()) if found[member] is None]
        if space.stack.some is not None and 0 < 2 * len(open_) <= len(going):
            space.choose(open_)
            going, held, first, direction = going[open_], held[open_], first[open_], direction[open_]
    return [pairs for pairs in found if pairs is not None]


def _generators(given: torch.Generator | Sequence[torch.Generator] | None, members: int) -> list[torch.Generator]:
    if not isinstance(given, Sequence):
        return [given_or_own(given)]
    if len(given) != members:
        raise ValueError(f"{len(given)} generators were given for {members} operators; pass one, or one for each")
    return [given_or_own(one) for one in given]


def _capacity(stack: OperatorStack, wanted: int, max_basis: int | None, max_matvecs: int) -> int:
    if wanted % 1 or not 1 <= wanted <= min(stack.dim, max_matvecs):
        raise ValueError(
            f"{wanted} eigenpairs were asked of an operator of dimension {stack.dim} with at most {max_matvecs} "
            f"products; ask for 1 to {min(stack.dim, max_matvecs)}, both ends together, or allow more products"
        )
    asked = max(BASIS, 3 * wanted + 12) if max_basis is None else max_basis
    fewest = min(wanted + 2 * GUARD + 3, stack.dim)
    if asked < fewest:
        raise ValueError(
            f"a max_basis of {max_basis} was given; {wanted} eigenpairs need {fewest} vectors or more, or ask for fewer"
        )
    return min(asked, stack.dim, max_matvecs)


def _require_possible(which: str, tolerance: float) -> None:
    if which not in get_args(End):
        raise ValueError(f"the end {which!r} of the spectrum was asked for; possible are {get_args(End)}")
    if not tolerance > 0:
        raise ValueError(f"a tolerance of {tolerance} was given; it must be positive")


def _begin(
    stack: OperatorStack, starts: Sequence[Tensor] | None, most: int, generators: Sequence[torch.Generator]
) -> Tensor:
    """Start vectors (K, b, P): those given, and a random one that finds what has turned away from them."""
    draws = [random_direction(stack.dim, generator, stack.dtype, stack.device) for generator in generators]
    noise = torch.stack([draw / draw.norm() for draw in draws]).expand(stack.members, -1)[:, None]
    if starts is None:
        return noise
    shapes = [tuple(start.shape) for start in starts]
    if len(starts) != stack.members or any(
        shape != shapes[0] or len(shape) not in (1, 2) or shape[0] != stack.dim for shape in shapes
    ):
        raise ValueError(
            f"start vectors of shape {', '.join(map(str, shapes))} do not fit {stack.members} operator(s) of dimension "
            f"{stack.dim}; pass ({stack.dim},) or ({stack.dim}, j)"
        )
    given = torch.stack([start.reshape(stack.dim, -1)[:, :most].T.to(noise) for start in starts])
    lengths = given.norm(dim=2, keepdim=True)
    if not bool(((lengths > 0) & lengths.isfinite()).all()):
        raise ValueError("a start vector is zero or undefined; pass nonzero vectors, or none")
    return torch.cat([given / lengths, noise], 1)[:, : stack.dim]


def _axis(space: Subspace) -> Tensor:
    """The next of the start vectors: after each product what it led to has taken the first place."""
    axis = torch.zeros(space.pending.shape[:2], dtype=torch.float64, device="cpu")
    axis[:, min(space.spent, axis.shape[1] - 1)] = 1
    return axis


def _eigenpairs(space: Subspace, state: Ritz, member: int) -> Eigenpairs:
    watched, wanted = space.vectors(member, state.coordinates[member]), state.wanted
    return Eigenpairs(
        values=state.values[member, wanted],
        vectors=watched[:, wanted.to(watched.device)],
        residuals=state.residuals[member, wanted],
        errors=state.errors[member, wanted],
        matvecs=space.spent,
        converged=bool(state.converged[member]),
        method=space.stack.method,
        start=watched,
    )
