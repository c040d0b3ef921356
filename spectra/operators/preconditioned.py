"""Curvature matrices in the units of an optimizer's steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from spectra.operators.stack import OperatorStack
from spectra.operators.symmetric import SymmetricOperator, require_operators


def preconditioned(operator: SymmetricOperator, diagonal: Tensor) -> SymmetricOperator:
    """D^(1/2) A D^(1/2) for a diagonal D: the curvature in the units of an optimizer's steps.

    With A the Hessian and D the learning rate of each weight, it has the eigenvalues of D A, the matrix whose largest
    eigenvalue may not pass 2 if plain gradient descent is to be stable. Unlike the Hessian alone, it does not change
    under the reparameterizations that leave training unchanged.

    Args:
        operator: Symmetric matrix A of size (P, P).
        diagonal: Entries of D, (P,), finite and none negative; a learning rate of zero takes its weight out.

    Returns:
        Operator of size (P, P).

    Raises:
        ValueError: If the diagonal has another shape or a negative or undefined entry.
        TypeError: If the diagonal is no tensor, or the operator none.

    Source: Cohen et al. 2022, Adaptive Gradient Methods at the Edge of Stability (arXiv 2207.14484).
    """
    require_operators(operator)
    if not isinstance(diagonal, Tensor):
        raise TypeError(
            f"the diagonal is a {type(diagonal).__name__}; a tensor with one entry for each weight is needed"
        )
    if diagonal.shape != (operator.dim,):
        raise ValueError(
            f"a diagonal of shape {tuple(diagonal.shape)} was given; "
            f"one entry is needed for each of {operator.dim} weights"
        )
    if not bool(((diagonal >= 0) & diagonal.isfinite()).all()):
        raise ValueError(
            "the diagonal has negative, infinite or undefined entries; learning rates of zero or more are needed"
        )
    root = diagonal.to(operator.device, operator.dtype).sqrt()[:, None]
    return replace(operator, matmat=lambda block: root * operator.matmat(root * block))


def preconditioned_stack(operators: OperatorStack, diagonals: Tensor, added: Tensor | None = None) -> OperatorStack:
    """D^(1/2) (A + W) D^(1/2) for each of K members.

    Args:
        operators: The matrices A (P, P), such as `hessian_stack`.
        diagonals: Of D, such as step sizes, (K, P), none negative.
        added: Diagonals of W, such as weight decay, (K, P); None for none.

    Raises:
        ValueError: If the diagonals have another shape or a negative or undefined entry.
    """
    wanted = operators.members, operators.dim
    for diagonal in (diagonals, *([] if added is None else [added])):
        if diagonal.shape != wanted:
            raise ValueError(f"diagonals of shape {tuple(diagonal.shape)} were given; {wanted} is needed, a row each")
    if not bool(((diagonals >= 0) & diagonals.isfinite()).all()):
        raise ValueError(
            "the diagonals have negative, infinite or undefined entries; learning rates of zero or more are needed"
        )
    roots = diagonals.sqrt()

    def product(rows: Tensor) -> Tensor:
        scaled = roots * rows
        image = operators.product(scaled)
        return roots * (image if added is None else image + added * scaled)

    def some(places: Sequence[int]) -> OperatorStack:
        assert operators.some is not None
        chosen = list(places)
        rows = None if added is None else added[chosen]
        return preconditioned_stack(operators.some(chosen), diagonals[chosen], rows)

    return replace(operators, product=product, some=None if operators.some is None else some)
