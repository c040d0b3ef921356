"""Activations of infinitely wide networks, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectra.kernels.clipped import Clipped
from spectra.kernels.duals import Activation, Cosine, Erf, Exponential, Gelu, Identity, Kinked, Sign, Sine
from spectra.kernels.exponential_linear import Elu
from spectra.kernels.infinite_quadrature import Quadrature

SELU = Elu(alpha=1.6732632423543772848170429916717, scale=1.0507009873554804934193349852946)

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
    "elu": Elu(),
    "selu": SELU,
    "hardtanh": Clipped(),
    "silu": Quadrature(functional.silu),
    "softplus": Quadrature(functional.softplus),
    "tanh": Quadrature(torch.tanh),
}
"""Closed forms, down to "hardtanh", of ELU and SELU up to an integral over one angle; then smooth functions by
quadrature."""

KINKED: dict[Callable[..., Tensor], str] = {
    **dict.fromkeys((torch.relu, functional.relu, torch.Tensor.relu), "relu"),
    **dict.fromkeys((torch.abs, torch.Tensor.abs), "abs"),
    functional.leaky_relu: "leaky_relu",
    functional.elu: "elu",
    **dict.fromkeys((torch.selu, functional.selu), "selu"),
    functional.hardtanh: "hardtanh",
    torch.sign: "sign",
}
"""Functions that no quadrature resolves -> names of their closed forms."""


def activation_of(given: str | Activation | Callable[[Tensor], Tensor]) -> Activation:
    """The activation that a name, an `Activation`, a module or class of torch, or an elementwise function stands for.

    Raises:
        ValueError: If no activation has the name.
        TypeError: If it is neither of them.

    >>> activation_of(nn.ReLU) == activation_of(nn.ReLU()) == activation_of(torch.relu) == ACTIVATIONS["relu"]
    True
    """
    if isinstance(given, str):
        if given not in ACTIVATIONS:
            raise ValueError(f"no activation is called {given!r}; use one of {', '.join(ACTIVATIONS)}, or a function")
        return ACTIVATIONS[given]
    if isinstance(given, type):
        return activation_of(_made(given))
    if isinstance(given, nn.Module):
        return _of_module(given)
    if hasattr(given, "expectations"):
        return given
    if callable(given):
        return ACTIVATIONS[KINKED[given]] if given in KINKED else Quadrature(given)
    raise TypeError(
        f"an activation cannot be {given!r}; pass a name, a module, an elementwise function or Kinked, Erf, Quadrature"
    )


def _made(kind: type) -> Activation | Callable[[Tensor], Tensor]:
    """An object of a class that can be made without arguments."""
    try:
        made: Activation | Callable[[Tensor], Tensor] = kind()
    except TypeError as error:
        raise TypeError(f"the class {kind.__name__} needs arguments; pass {kind.__name__}(...) itself") from error
    if not hasattr(made, "expectations") and not isinstance(made, nn.Module):
        raise TypeError(f"the class {kind.__name__} is no activation; pass a name, such as 'relu', or a function")
    return made


def _of_module(module: nn.Module) -> Activation:
    """The closed form of a module, where it has one; else the module by quadrature, also a subclass of such a one."""
    if type(module) in (nn.ReLU, nn.SELU, nn.Identity):
        return ACTIVATIONS[type(module).__name__.lower()]
    if type(module) is nn.LeakyReLU:
        return Kinked(module.negative_slope, 1.0)
    if type(module) is nn.ELU:
        return Elu(module.alpha)
    if type(module) is nn.Hardtanh and module.min_val == -module.max_val:
        return Clipped(module.max_val)
    if type(module) is nn.GELU and module.approximate == "none":
        return Gelu()
    return Quadrature(module)
