"""Landmarks of a kernel: the few columns from which the whole is approximated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from spectra.kernels.arguments import require_operator, whole_number
from spectra.kernels.nystrom import ROUNDING, kernel_columns
from spectra.kernels.regression_matrices import kernel_matrix, matrix_operator, require_device, symmetric_matrix
from spectra.notebook import SHOWN, as_html
from spectra.operators import SymmetricOperator
from spectra.operators.chance import own_generator

Choice = Literal["uniform", "pivoted"]


@dataclass(frozen=True, repr=False)
class Landmarks:
    """Columns of a kernel, for `nystrom(found.columns, found.inner)`.

    Attributes:
        places: Indices of the landmarks in the order in which they were drawn, (m,).
        columns: K_nm (n, m).
    """

    places: Tensor
    columns: Tensor

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """How many of how many rows, and the first of them."""
        count, rows = self.columns.shape[1], self.columns.shape[0]
        first = ", ".join(str(place) for place in self.places[:SHOWN].tolist())
        return f"Landmarks({count} of {rows} rows: {first}{', ...' if count > SHOWN else ''})"

    @property
    def inner(self) -> Tensor:
        """K_mm, the kernel between the landmarks, (m, m)."""
        return self.columns[self.places]


def kernel_landmarks(
    kernel: Tensor | SymmetricOperator,
    count: int,
    *,
    choice: Choice = "uniform",
    diagonal: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Landmarks:
    """Landmarks of a positive semidefinite kernel K, and its columns there; of an operator by as many products.

    "uniform": all rows alike, none twice. "pivoted": randomly pivoted Cholesky, which draws the next landmark with a
    probability proportional to what the approximation from those before lacks on the diagonal. It finds rows that are
    rare and unlike the others, which uniform draws miss; it takes the products one after the other, and memory for
    another n m numbers. What the approximation lacks in all is
    `diagonal.sum() - nystrom(found.columns, found.inner).values.sum()`.

    Args:
        kernel: (n, n), (N, N, O, O), or an operator, which is not built.
        count: Number m of landmarks, n at most.
        choice: See above.
        diagonal: That of the kernel, (n,), which "pivoted" needs for an operator; `kernel_diagonal` makes it.
        generator: Source of the draws, on the CPU; None makes one that is the same at every call.

    Returns:
        The landmarks; with "pivoted" fewer than `count` where fewer already span the kernel to rounding.

    Raises:
        TypeError: If the kernel is neither a tensor nor an operator.
        ValueError: If the choice is unknown, `count` is not between 1 and n, the kernel is not symmetric, or the
            diagonal is missing, does not fit, or is not that of the kernel.

    Source: Chen, Epperly, Tropp and Webber, Randomly pivoted Cholesky (2022, arXiv 2207.06503).
    """
    if choice not in get_args(Choice):
        raise ValueError(f"landmarks by {choice!r} were asked for; possible are {get_args(Choice)}")
    if isinstance(kernel, Tensor):
        matrix = symmetric_matrix(kernel_matrix(kernel))
        kernel, diagonal = matrix_operator(matrix), matrix.diagonal() if diagonal is None else diagonal
    require_operator("kernel_landmarks", kernel)
    if whole_number("count", count) > kernel.dim:
        raise ValueError(f"{count} landmarks of {kernel.dim} rows were asked for; use 1 to {kernel.dim}")
    generator = own_generator() if generator is None else generator
    if choice == "uniform":
        places = torch.randperm(kernel.dim, generator=generator, device="cpu")[:count].to(kernel.device)
        return Landmarks(places, kernel_columns(kernel, places))
    return _pivoted(kernel, count, _checked(diagonal, kernel), generator)


def _pivoted(kernel: SymmetricOperator, count: int, diagonal: Tensor, generator: torch.Generator) -> Landmarks:
    """Columns of a Cholesky factor, each at a pivot drawn from the diagonal that is left."""
    factor = diagonal.new_zeros(kernel.dim, count)
    columns = torch.zeros(kernel.dim, count, dtype=kernel.dtype, device=kernel.device)
    left, drawn = diagonal.clone(), list[Tensor]()
    spent = max(ROUNDING, 10 * torch.finfo(kernel.dtype).eps) * diagonal.sum()
    while len(drawn) < count and left.sum() > spent:
        done = len(drawn)
        place = torch.multinomial(left.cpu(), 1, generator=generator).to(kernel.device)
        columns[:, done] = kernel_columns(kernel, place)[:, 0]
        rest = columns[:, done].double() - factor[:, :done] @ factor[place, :done][0]
        factor[:, done] = rest / rest[place].clamp_min(spent / kernel.dim).sqrt()
        left = (left - factor[:, done].square()).clamp_min(0)
        left[place] = 0  # exactly, so that none is drawn twice
        drawn.append(place)
    found = Landmarks(torch.cat(drawn), columns[:, : len(drawn)])
    _require_same(found.inner.diagonal().double(), diagonal[found.places], found.places)
    return found


def _checked(diagonal: Tensor | None, kernel: SymmetricOperator) -> Tensor:
    if diagonal is None:
        raise ValueError(
            "pivoted landmarks of an operator need its diagonal; pass diagonal=kernel_diagonal(module, inputs), or "
            "choose 'uniform'"
        )
    if diagonal.shape != (kernel.dim,):
        raise ValueError(f"a diagonal of shape {tuple(diagonal.shape)} was given; ({kernel.dim},) is needed")
    require_device("entries of the diagonal", diagonal, kernel.device)
    found = diagonal.detach().double()
    if not bool((found.isfinite() & (found >= 0)).all()) or not found.any():
        raise ValueError(
            f"the diagonal goes from {float(found.min()):g} to {float(found.max()):g}; all entries of that of a "
            "positive semidefinite kernel are finite and zero or more, and some above"
        )
    return found


def _require_same(entries: Tensor, diagonal: Tensor, places: Tensor) -> None:
    """Refuse a diagonal that is not that of the kernel, as one of other outputs or parameter weights is not."""
    differ = ~((entries - diagonal).abs() <= 1e-3 * diagonal)
    if differ.any():
        first = int(differ.nonzero()[0])
        raise ValueError(
            f"entry {int(places[first])} of the diagonal is {float(diagonal[first]):g}, and that of the kernel "
            f"{float(entries[first]):g}; make both of the same module, inputs, outputs and parameter weights"
        )
