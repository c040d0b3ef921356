"""What may be given to functions of kernels: tensors of real numbers, whole numbers, operators and Jacobians."""

from __future__ import annotations

from operator import index
from typing import SupportsIndex

from torch import Tensor

from spectra.kernels.jacobian_products import Jacobian
from spectra.operators import SymmetricOperator


def require_real(name: str, numbers: object) -> None:
    """Refuse what is no tensor, or one without real numbers.

    Args:
        name: What it is called in the error.
        numbers: What was given.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is complex, or on the device meta.
    """
    if isinstance(numbers, SymmetricOperator):
        raise TypeError(f"{name}: an operator was given where a matrix is needed; operator.dense() makes one")
    if not isinstance(numbers, Tensor):
        kind = f"{type(numbers).__module__}.{type(numbers).__name__}".removeprefix("builtins.")
        raise TypeError(f"{name}: a {kind} was given where a tensor is needed; torch.as_tensor makes one of numbers")
    if numbers.is_complex():
        raise ValueError(
            f"{name}: complex numbers were given; a kernel is real: take real and imaginary parts for two outputs "
            "(torch.view_as_real) where the network makes them"
        )
    if numbers.is_meta:
        raise ValueError(f"{name}: on the device meta, which holds no numbers; load them before")


def whole_number(name: str, given: SupportsIndex, least: int = 1) -> int:
    """An integer of Python, numpy or torch as one of Python.

    Raises:
        ValueError: If it is no whole number, or below `least`.
    """
    try:
        # Truth values count as integers for Python, and are no numbers of anything.
        truth = isinstance(given, bool) or "bool" in str(getattr(given, "dtype", ""))
        found = least - 1 if truth else index(given)
    except TypeError:
        found = least - 1
    if found < least:
        raise ValueError(f"{name} is {given!r}; pass a whole number of at least {least}")
    return int(found)


def require_operator(name: str, given: object) -> None:
    """Refuse a matrix or a module in place of an operator.

    Raises:
        TypeError: If it is no operator.
    """
    if isinstance(given, SymmetricOperator):
        return
    raise TypeError(
        f"{name}: a {type(given).__name__} was given in place of an operator; make one of a module with "
        "tangent_kernel_operator(module, inputs), and of a matrix A with "
        "SymmetricOperator(len(A), lambda block: A @ block, A.dtype, A.device)"
    )


def require_jacobian(given: object) -> None:
    """Refuse a module or an operator in place of a Jacobian.

    Raises:
        TypeError: If it is no Jacobian.
    """
    if not isinstance(given, Jacobian):
        raise TypeError(
            f"a {type(given).__name__} was given in place of a Jacobian; make one with jacobian(module, inputs)"
        )
