"""What products with random probes tell about a matrix, in numbers that no longer depend on its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.estimate import Goal
from spectra.eigen.probes import checks, finite_product, sign_probe
from spectra.operators import SymmetricOperator

CHUNK = 2**18
"""Numbers of a kept product that are turned into double precision at once."""


@dataclass(frozen=True)
class Sketch:
    """n sign probes v_i and their products y_i = A v_i, the first k of them kept; in double precision on the CPU."""

    forms: Tensor  # (n,), v_i'A v_i
    squares: Tensor  # (n,), |A v_i|^2
    coordinates: Tensor  # (n, k), v_i'y_j
    gram: Tensor  # (k, k), y_i'y_j

    @property
    def core(self) -> Tensor:
        """V'AV of the kept probes, (k, k)."""
        return self.coordinates[: self.gram.shape[0]]


def sketches(operator: SymmetricOperator, goal: Goal, generator: torch.Generator) -> Iterator[Sketch]:
    """Sketches with more and more probes, each at a number of products worth looking at.

    The memory is `goal.max_basis` vectors of length P at most; only as many as products were spent are touched.

    Raises:
        FloatingPointError: If a product is not finite.
    """
    k, most = min(goal.max_basis, goal.max_matvecs), goal.max_matvecs
    kept = torch.empty(k, operator.dim, dtype=operator.dtype, device=operator.device)
    looks = set(checks(most))
    rows, forms = torch.zeros(most, k, dtype=torch.float64, device="cpu"), []
    gram, squares = rows.new_zeros(k, k), []
    for n in range(most):
        probe = sign_probe(operator, generator)
        product = finite_product(operator, probe, n + 1)
        form, square = (float(part) for part in inner_products(product[None], torch.stack([probe, product]))[0])
        forms.append(form)
        squares.append(square)
        old = min(n, k)
        inner = inner_products(kept[:old], torch.stack([probe, product]))
        rows[n, :old] = inner[:, 0]
        if n < k:
            # v_j'y_n = v_n'y_j by symmetry, so that no probe is kept.
            rows[:n, n], rows[n, n] = inner[:, 0], form
            gram[n, :n], gram[:n, n], gram[n, n] = inner[:, 1], inner[:, 1], square
            kept[n] = product
        if n + 1 in looks:
            used = min(n + 1, k)
            yield Sketch(
                rows.new_tensor(forms),
                rows.new_tensor(squares),
                rows[: n + 1, :used].clone(),
                gram[:used, :used].clone(),
            )


def inner_products(rows: Tensor, vectors: Tensor) -> Tensor:
    """Inner products of rows (j, P) with vectors (l, P), (j, l), summed in double precision on the CPU."""
    total = torch.zeros(len(rows), len(vectors), dtype=torch.float64, device=rows.device)
    width = max(1, CHUNK // max(1, len(rows)))
    for left, right in zip(rows.split(width, 1), vectors.split(width, 1), strict=True):
        total += left.double() @ right.double().T
    return total.cpu()
