"""Activations of infinitely wide networks, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from spectra.kernels.duals import Activation, Cosine, Erf, Exponential, Gelu, Identity, Kinked, Sign, Sine
from spectra.kernels.infinite_quadrature import Quadrature

ACTIVATIONS: dict[str, Activation] = {
    "identity": Identity(),
    "relu": Kinked(),
    "abs": Kinked(-1.0, 1.0),
    "leaky_relu": Kinked(0.01, 1.0),
    "erf": Erf(),
    "gelu": Gelu(),
    "sign": Sign(),
    "cos": Cosine(),
    "sin": Sine(),
    "exp": Exponential(),
    "silu": Quadrature(functional.silu),
    "softplus": Quadrature(functional.softplus),
    "tanh": Quadrature(torch.tanh),
}
"""Closed forms, down to "exp", then smooth functions by quadrature."""


def activation_of(given: str | Activation | Callable[[Tensor], Tensor]) -> Activation:
    """The activation that a name, an `Activation` or a smooth elementwise function stands for.

    Raises:
        ValueError: If no activation has the name.
        TypeError: If it is neither of the three.
    """
    if isinstance(given, str):
        if given not in ACTIVATIONS:
            raise ValueError(f"no activation is called {given!r}; use one of {', '.join(ACTIVATIONS)}, or a function")
        return ACTIVATIONS[given]
    if hasattr(given, "expectations"):
        return given
    if callable(given):
        return Quadrature(given)
    raise TypeError(
        f"an activation cannot be {given!r}; pass a name, an elementwise function or Kinked, Erf, Quadrature"
    )
