"""What the two transformers share: blocks of two residual branches, and which sizes can be cut into heads."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from torch import Tensor, nn

from spectra.models.branch import ACTIVATIONS, norm_layer
from spectra.scaling.attention import Attention
from spectra.scaling.layers import Linear, Residual
from spectra.scaling.rules import Role

if TYPE_CHECKING:
    from spectra.models.gpt import GPT
    from spectra.models.vision_transformer import VisionTransformer


def require_divisible(spec: GPT | VisionTransformer) -> None:
    """Refuse a width that the heads do not divide and a depth that two do not divide.

    Raises:
        ValueError: With the nearest numbers that do.
    """
    if spec.width % spec.heads:
        raise ValueError(
            f"a width of {spec.width} cannot be cut into {spec.heads} heads of equal size; "
            f"the nearest widths that can are {_nearest(spec.width, spec.heads)}"
        )
    if spec.depth % 2:
        raise ValueError(
            f"a depth of {spec.depth} was given; it counts residual branches, of which every block has two, attention "
            f"and perceptron, and must be even, such as {_nearest(spec.depth, 2)}"
        )


def _nearest(number: int, divisor: int) -> str:
    below = number - number % divisor
    return " and ".join(str(near) for near in (below, below + divisor) if near)


class Block(nn.Module):
    """h -> h + branch * attention(norm(h)), then h -> h + branch * W_down phi(W_up norm(h))."""

    def __init__(self, spec: GPT | VisionTransformer, *, causal: bool) -> None:
        super().__init__()
        attention = Attention(spec.width, spec.heads, causal=causal, bias=spec.bias, zero_queries=spec.zero_queries)
        self.attention = Residual(_after_norm(spec, OrderedDict(attention=attention)))
        units = spec.width * spec.mlp_ratio
        self.mlp = Residual(
            _after_norm(
                spec,
                OrderedDict(
                    up=Linear(spec.width, units, Role.HIDDEN, bias=spec.bias),
                    activation=ACTIVATIONS[spec.activation](),
                    down=Linear(units, spec.width, Role.HIDDEN, bias=spec.bias),
                ),
            )
        )

    def forward(self, stream: Tensor) -> Tensor:
        """Stream (N, T, width) to stream (N, T, width)."""
        changed: Tensor = self.mlp(self.attention(stream))
        return changed


def _after_norm(spec: GPT | VisionTransformer, layers: OrderedDict[str, nn.Module]) -> nn.Module:
    norm = norm_layer(spec.norm, spec.width, bias=spec.bias)
    return nn.Sequential(layers if spec.norm == "none" else OrderedDict(norm=norm, **layers))


def blocks(spec: GPT | VisionTransformer, *, causal: bool) -> nn.Sequential:
    """As many blocks as half the depth says."""
    return nn.Sequential(*(Block(spec, causal=causal) for _ in range(spec.depth // 2)))
