"""Random probes and their products."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from spectra.operators import SymmetricOperator

FEWEST_PROBES = 8
"""A standard error from fewer probes is itself too uncertain to stop by."""

GROWTH = 1.15
"""Checks after 8, 9, 10, 11, 12, 13, 14, 16, ... products. On spectra of 1000 eigenvalues, 1/i, geometric, and with
outliers, this took 1 to 10 % more products than a check after each of them, with the same coverage."""


def sign_probe(operator: SymmetricOperator, generator: torch.Generator) -> Tensor:
    """Vector (P,) of random signs, in the dtype and on the device of the operator.

    v'Bv of sign vectors varies by 2 (|B|^2 - sum_i B_ii^2), that of vectors uniform on the sphere of radius sqrt(P) by
    2 (|B|^2 - trace(B)^2 / P) P / (P + 2), that of Gaussian vectors by 2 |B|^2. As sum_i B_ii^2 >= trace(B)^2 / P,
    signs are the best of the three, up to 2/P.
    """
    signs = 2 * torch.randint(2, (operator.dim,), generator=generator, dtype=torch.int8, device="cpu") - 1
    return signs.to(operator.device, operator.dtype)


def finite_product(operator: SymmetricOperator, vector: Tensor, number: int) -> Tensor:
    """A v; `number` names the product in the message when it is not finite.

    Raises:
        FloatingPointError: If the product is not finite.
    """
    product = operator @ vector
    if not bool(product.isfinite().all()):
        raise FloatingPointError(
            f"product {number} is not finite; look for NaN or Inf in the weights, the data or the loss"
        )
    return product


def unit_vectors_pay(operator: SymmetricOperator, spent: int, max_matvecs: int) -> bool:
    """Whether to take the P unit vectors and leave chance: at once in few dimensions, else after P products."""
    few = operator.dim <= max(spent, FEWEST_PROBES)
    return few and spent + operator.dim <= max_matvecs


def unit_products(operator: SymmetricOperator, spent: int) -> Iterator[Tensor]:
    """The columns of A one by one, (P,), in double precision, after so many products."""
    for index in range(operator.dim):
        unit = torch.zeros(operator.dim, dtype=operator.dtype, device=operator.device)
        unit[index] = 1
        yield finite_product(operator, unit, spent + index + 1).double()


def checks(last: int) -> Iterator[int]:
    """Numbers of products after which to look at the error: 8, then `GROWTH` times more each, and the last."""
    number = FEWEST_PROBES
    while number < last:
        yield number
        number = max(number + 1, int(number * GROWTH))
    yield last
