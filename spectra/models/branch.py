"""Parts that several architectures share: activations, norms by name, and the layers of a residual branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import nn

from spectra.scaling.norms import LayerNorm, RMSNorm

Activation = Literal["relu", "tanh", "gelu"]
NormKind = Literal["none", "layer", "rms"]

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


def norm_layer(kind: NormKind, width: int, *, bias: bool, dim: int = -1) -> nn.Module:
    """A norm over one dimension of its input, with a bias only if it is a layer norm; "none" changes nothing."""
    if kind == "none":
        return nn.Identity()
    return LayerNorm(width, bias=bias, dim=dim) if kind == "layer" else RMSNorm(width, dim=dim)


def activated_layers(
    layer: Callable[[], nn.Module], count: int, *, activation: Activation, norm: nn.Module
) -> nn.Module:
    """x -> W_k phi(... W_1 phi(norm(x))): layers that all map the stream to its own shape.

    Args:
        layer: Makes one layer W.
        count: Number of layers k.
        activation: phi, before each layer.
        norm: Applied once, before the first activation.
    """
    parts = nn.Sequential()
    if not isinstance(norm, nn.Identity):
        parts.add_module("norm", norm)
    for number in range(1, count + 1):
        parts.add_module(f"activation_{number}", ACTIVATIONS[activation]())
        parts.add_module(f"layer_{number}", layer())
    return parts
