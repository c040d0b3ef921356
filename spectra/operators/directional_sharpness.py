"""Curvature along one direction."""

from __future__ import annotations

from torch import Tensor

from spectra.operators.symmetric import SymmetricOperator, require_operators


def directional_sharpness(operator: SymmetricOperator, gradient: Tensor) -> float:
    """Curvature along the gradient, g'Ag / g'g, from one product.

    With A the Hessian of the loss whose gradient g is, plain descent at rate r lowers the loss, up to third order,
    while r times this number is below 2. It is never above the sharpness. In the units of an optimizer with step sizes
    D, pass the effective curvature and D^(1/2) g.

    Args:
        operator: Symmetric matrix A of size (P, P), usually the Hessian.
        gradient: The gradient g of shape (P,), or any other direction but zero; only its direction matters.

    Returns:
        A number between the smallest and the largest eigenvalue of A; for the Hessian of a mean loss the unit is loss
        per squared weight.

    Raises:
        TypeError: If it is no operator.
        ValueError: If the gradient is zero or not finite, or does not fit the operator.
    """
    require_operators(operator)
    if gradient.shape != (operator.dim,):
        raise ValueError(
            f"a gradient of shape {tuple(gradient.shape)} was given; one vector ({operator.dim},) is needed"
        )
    unit = gradient / require_length(gradient)
    return float((operator @ unit).double() @ unit.double())


def require_length(gradient: Tensor) -> Tensor:
    """Length of a vector (P,) that has a direction.

    Raises:
        ValueError: If it is zero or not finite.
    """
    length: Tensor = gradient.norm()
    if not bool((length > 0) & length.isfinite()):
        length = gradient.double().norm()  # squares leave the range of a precision long before the entries do
    if not bool((length > 0) & length.isfinite()):
        raise ValueError(
            f"the gradient has length {float(length)}, and no direction; a finite nonzero vector is needed"
        )
    return length
