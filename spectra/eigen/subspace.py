"""Growing spaces of vectors in which operators are known: the recurrence beneath every solver here."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from spectra.eigen.gram_schmidt import combined, orthogonalised
from spectra.operators.chance import random_direction
from spectra.operators.stack import OperatorStack

NOISE_POWER = 3 / 4
"""A residual shorter than eps^(3/4) of the operator's scale is rounding noise. Small off-diagonal entries amplify
noise: on matrices of dimension 6 with a repeated eigenvalue it reached 5e-13 in double precision, far above eps."""

COLUMNS_AT_ONCE = 1 << 16
"""A rotation of the basis works on this many columns at a time, so that it needs no second basis."""


class Subspace:
    """For each of K operators A an orthonormal basis Q, the operator in it, and where it leads out: A Q = Q H + U S.

    The rows of U are the pending directions, orthonormal and orthogonal to Q; expanding the space by one of them, or by
    a unit combination, costs one product. With one start vector this is the Lanczos recurrence, H is tridiagonal and S
    has a single entry; with several it is a block Krylov space that grows by one chosen direction at a time. New
    vectors are made orthogonal to all others, in the precision of the operator but at least single; H and S are in
    double precision.

    The memory is (capacity + b) K P numbers. On a CPU with one thread, what is computed for a member has the same bits
    however many others there are, if the products of the stack have.

    Source: Wu and Simon 2000 (SIAM J. Matrix Anal. Appl. 22, 602) for restarts; Golub and Van Loan, chapter 10.
    """

    def __init__(
        self, stack: OperatorStack, start: Tensor, capacity: int, generators: Sequence[torch.Generator]
    ) -> None:
        """Begin with start vectors (K, b, P), linearly independent, all pending; one generator for each, or for all."""
        self.stack, self.generators = stack, generators
        start = start.to(torch.promote_types(stack.dtype, torch.float32))
        members, width = start.shape[:2]
        self.basis = start.new_empty(members, capacity, stack.dim)  # rows, so that projections are contiguous
        self.pending = torch.linalg.qr(start.mT).Q.mT.contiguous()
        self.projected = torch.zeros(members, capacity, capacity, dtype=torch.float64, device="cpu")  # H
        self.couplings = self.projected.new_zeros(members, width, capacity)  # S
        self.slack = self.projected.new_zeros(members, capacity)  # bound on what A q has beyond Q H + U S
        self.closures = torch.zeros(members, dtype=torch.int64, device="cpu")  # how often the space became invariant
        self.first_closure = torch.zeros_like(self.closures)  # its size when that happened first
        self.size = 0  # m
        self.kept = 0  # vectors that the last restart left, all of them coupled to the next one
        self.spent = 0  # products for each member

    @property
    def scale(self) -> Tensor:
        """Size of the operators as far as seen: the largest entry of H and S, (K,)."""
        inside = self.projected.abs().amax((1, 2))
        return torch.maximum(inside, self.couplings.abs().amax((1, 2))) if self.couplings.shape[1] else inside

    def expand(self, combination: Tensor) -> None:
        """Add one pending direction to each basis: the unit combination (K, b) of the pending ones."""
        self._turn(combination)
        last = self.size
        self.basis[:, last] = self.pending[:, 0]
        coupling = self.couplings[:, 0, :last].clone()
        self.projected[:, last, :last] = self.projected[:, :last, last] = coupling
        self.couplings[:, 0] = 0
        self.size, self.spent = last + 1, self.spent + 1
        direction = self.basis[:, last].to(self.stack.dtype)
        # No name is kept for a product that is done with: of a large network each is as long as all its weights.
        image, inside, across = self._remainder(self.stack.product(direction).to(self.basis.dtype), coupling)
        length = torch.linalg.vector_norm(image, dim=1, dtype=torch.float64)
        measured = torch.cat([length[:, None], inside, across], 1).cpu()
        self._require_finite(measured)
        length, inside, across = measured[:, 0], measured[:, 1 : 1 + self.size], measured[:, 1 + self.size :]
        self.projected[:, last, last] = inside[:, last]
        # A symmetric product without rounding repeats the couplings that are known; what it measures beside them, and
        # the error that the maker of the operator states, limit what can be said of eigenvalues.
        inexact = self.stack.error * measured.norm(dim=1) + torch.finfo(self.stack.dtype).eps * self.scale
        self.slack[:, last] = (inside[:, :last] - coupling).norm(dim=1) + inexact
        self.couplings[:, 1:, last] = across
        self._await(image, length)

    def restart(self, rotation: Tensor) -> None:
        """Keep only the combinations Q Y of the basis, for orthonormal columns Y (K, m, p)."""
        size, kept = rotation.shape[1:]
        turn = rotation.mT.to(self.basis)
        for begin in range(0, self.stack.dim, COLUMNS_AT_ONCE):
            columns = slice(begin, begin + COLUMNS_AT_ONCE)
            self.basis[:, :kept, columns] = turn @ self.basis[:, :size, columns]
        inside = rotation.mT @ self.projected[:, :size, :size] @ rotation
        outside = self.couplings[:, :, :size] @ rotation
        slack = (self.slack[:, None, :size] @ rotation.abs())[:, 0]
        for whole in (self.projected, self.couplings, self.slack):
            whole.zero_()
        self.projected[:, :kept, :kept], self.couplings[:, :, :kept], self.slack[:, :kept] = inside, outside, slack
        self.size = self.kept = kept

    def choose(self, places: Sequence[int]) -> None:
        """Go on with some of the members only, renumbered from 0."""
        chosen = list(places)
        assert self.stack.some is not None
        self.stack = self.stack.some(chosen)
        self.generators = [self.generators[place] for place in chosen] if len(self.generators) > 1 else self.generators
        self.basis, self.pending = self.basis[chosen], self.pending[chosen]
        self.projected, self.couplings, self.slack = (
            whole[chosen] for whole in (self.projected, self.couplings, self.slack)
        )
        self.closures, self.first_closure = self.closures[chosen], self.first_closure[chosen]

    def vectors(self, member: int, coordinates: Tensor) -> Tensor:
        """Vectors (P, k) of one member from their coordinates (m, k) in its basis."""
        return self.basis[member, : self.size].T @ coordinates.to(self.basis)

    def _remainder(self, image: Tensor, coupling: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The image of the last basis vector without its parts in the basis and in the other pending directions.

        Twice is enough: one Gram-Schmidt pass loses digits when the vector is nearly in the span (Giraud et al. 2005).
        With one pending direction the first pass is the recurrence itself: a symmetric product has parts along the last
        vector and along those that it is coupled to, mostly one, and no others.
        """
        basis, others = self.basis[:, : self.size], self.pending[:, 1:]
        if others.shape[1]:
            return orthogonalised(image, basis, others, passes=2)
        along = (image * self.basis[:, self.size - 1]).sum(1).double()
        known = torch.cat([coupling.to(along.device), along[:, None]], 1)
        begin = 0 if self.size - 1 == self.kept else self.size - 2
        rest = image - combined(basis[:, begin:], known[:, begin:].to(image))
        del image
        rest, inside, across = orthogonalised(rest, basis, others, passes=1)
        return rest, inside + known, across

    def _turn(self, combination: Tensor) -> None:
        """Make the combination the first pending direction, by a reflection of them all."""
        if combination.shape[1] == 1:
            return
        first = torch.zeros_like(combination)
        first[:, 0] = 1
        # The reflection that sends the first axis to the combination; its sign is chosen against cancellation.
        sign = torch.where(combination[:, :1] > 0, -1.0, 1.0)
        normal = first - sign * combination
        normal = normal / normal.norm(dim=1, keepdim=True)
        reflection = torch.diag_embed(torch.ones_like(normal)) - 2 * normal[:, :, None] * normal[:, None, :]
        self.pending = reflection.to(self.pending) @ self.pending
        self.couplings = reflection @ self.couplings

    def _await(self, image: Tensor, length: Tensor) -> None:
        """Put what the product leads to in the place of the direction that was used."""
        if self.size + self.pending.shape[1] > self.stack.dim:  # no room is left for another direction
            self.pending, self.couplings = self.pending[:, 1:], self.couplings[:, 1:]
            return
        closed = length <= torch.finfo(self.basis.dtype).eps ** NOISE_POWER * self.scale
        self.first_closure = torch.where(closed & (self.closures == 0), self.size, self.first_closure)
        self.closures += closed
        self.couplings[:, 0, self.size - 1] = torch.where(closed, 0.0, length)
        self.pending[:, 0] = image / length.clamp_min(torch.finfo(torch.float64).tiny).to(image)[:, None]
        if bool(closed.any()):
            fresh, *_ = orthogonalised(
                self._drawn(closed, image), self.basis[:, : self.size], self.pending[:, 1:], passes=2
            )
            fresh = fresh / fresh.norm(dim=1, keepdim=True)
            self.pending[:, 0] = torch.where(closed.to(image.device)[:, None], fresh, self.pending[:, 0])

    def _drawn(self, closed: Tensor, image: Tensor) -> Tensor:
        """Random vectors for the closed members: a generator of a member serves that one alone."""
        length, kind = image.shape[1], (image.dtype, image.device)
        if len(self.generators) == 1:
            return random_direction(length, self.generators[0], *kind).expand_as(image)
        draw = torch.zeros_like(image)
        for place in closed.nonzero()[:, 0].tolist():
            draw[place] = random_direction(length, self.generators[place], *kind)
        return draw

    def _require_finite(self, measured: Tensor) -> None:
        wrong = (~measured.isfinite().all(1)).nonzero()[:, 0].tolist()
        if wrong:
            whose = f" of member {wrong[0]}" if self.stack.members > 1 else ""
            raise FloatingPointError(
                f"product {self.spent}{whose} is not finite; look for NaN or Inf in the weights, the data or the loss"
            )
