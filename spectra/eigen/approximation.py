"""A matrix of low rank near an operator, from its products with random probes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.deflation import Factors, residual_squares
from spectra.eigen.sketch import inner_products


@dataclass(frozen=True)
class Approximation:
    """B = sum_l f_l b_l b_l'."""

    columns: Tensor  # (P, r), b_l, in the dtype of the operator
    factors: Tensor  # (r,), f_l, in double precision on the CPU

    def product(self, vector: Tensor) -> Tensor:
        """B v, (P,)."""
        inside = inner_products(self.columns.T, vector[None])[:, 0] * self.factors
        result: Tensor = self.columns @ inside.to(self.columns)
        return result

    def diagonal(self) -> Tensor:
        """The diagonal of B, (P,), in double precision."""
        total = torch.zeros(len(self.columns), dtype=torch.float64, device=self.columns.device)
        for factor, column in zip(self.factors.tolist(), self.columns.T, strict=True):
            total += factor * column.double().square()
        return total


def approximation(probes: Tensor, products: Tensor, known: int) -> Approximation:
    """The matrix of low rank from the first `known` products that is nearest to the operator, judged by the others.

    Args:
        probes: Sign vectors v_i as rows, (k, P), small integers.
        products: A v_i as rows, (k, P).
        known: Number of products that the approximation is made from; the others choose its rank.

    Source: Gittens and Mahoney 2016 for V'AV as the core; its small eigenvalues are left out, as without definiteness
        they are noise (Nakatsukasa and Park 2023).
    """
    coordinates = inner_products(probes, products[:known])
    inner = inner_products(products, products)
    factors = Factors.of(coordinates[:known], inner[:known, :known])
    squares = residual_squares(factors, coordinates[known:], inner[known:, :known], inner.diagonal()[known:])
    rank = int(squares.sum(0).argmin())
    chosen = factors.vectors[:, :rank].to(products)
    return Approximation(products[:known].T @ chosen, factors.inverses[:rank])
