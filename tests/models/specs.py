"""Tiny networks of every kind, with examples that they read, for laws that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spectra.models import (
    GPT,
    MLP,
    ConvResNet,
    LinearModel,
    LinearNetwork,
    ModelSpec,
    Polynomial,
    ResidualMLP,
    Shallow,
    SurrogateMLP,
    Thresholded,
    VisionTransformer,
)
from spectra.scaling import Size, parameterize, regime

IMAGE = (2, 4, 4)
TOKENS = (3,)
OUTPUTS = 3

SMOOTH: dict[str, tuple[ModelSpec, tuple[int, ...]]] = {
    "residual_mlp": (ResidualMLP(4, 2, "tanh", bias=True, readout_bias=True), (5,)),
    "residual_mlp of images, k = 2": (ResidualMLP(4, 2, "gelu", layers_per_block=2, norm="layer"), (1, 2, 3)),
    "residual_mlp with rms": (ResidualMLP(4, 2, "tanh", norm="rms"), (5,)),
    "mlp": (MLP(4, 2, "tanh", bias=True, norm="rms", readout_bias=True), (5,)),
    "shallow": (Shallow(4, "tanh", gain=1.4), (5,)),
    "surrogate_mlp": (SurrogateMLP(4, 1, "erf", 2.0, "own_slopes"), (5,)),
    "thresholded": (Thresholded(8, 0.4, "gelu"), (5,)),
    "linear": (LinearModel(), (2, 3)),
    "linear_network": (LinearNetwork(4), (2, 3)),
    "polynomial": (Polynomial(4, 3), (5,)),
    "polynomial without skips": (Polynomial(4, 2, skip=False, normalized=True), (2, 3)),
    "conv_resnet, k = 2": (ConvResNet(1, 3, "tanh", layers_per_block=2), (1, 3, 2)),
    "conv_resnet with norms": (ConvResNet(1, 3, "gelu", norm="layer", bias=True), IMAGE),
    "conv_resnet without skips": (ConvResNet(1, 3, "gelu", norm="rms", skip=False, gain=1.4), IMAGE),
    "vision_transformer": (VisionTransformer(4, 2, heads=2, patch=2, mlp_ratio=2, bias=True), IMAGE),
    "vision_transformer, class token": (
        VisionTransformer(4, 4, heads=2, patch=2, mlp_ratio=1, pooling="class", norm="none"),
        IMAGE,
    ),
    "gpt": (GPT(4, 2, heads=2, mlp_ratio=2, bias=True), TOKENS),
    "gpt, tied": (GPT(4, 2, heads=2, mlp_ratio=1, tied=True, norm="rms"), TOKENS),
}
"""With smooth activations, so that Hessians exist everywhere, and fewer than 500 weights each."""

FLAT = ("mlp", "shallow", "surrogate_mlp", "thresholded", "linear", "linear_network", "polynomial")
"""Kinds without residual branches."""


@dataclass(frozen=True)
class Drawn:
    """A network with weights, and examples for it."""

    module: nn.Module
    inputs: Tensor
    targets: Tensor


def drawn(
    spec: ModelSpec, shape: tuple[int, ...], *, seed: int = 0, examples: int = 4, outputs: int = OUTPUTS
) -> Drawn:
    """A network under muP, so far from its base that no multiplier is one, with random examples and classes."""
    module = spec.build(shape, outputs)
    parameterize(module, regime("mup", base=Size(1, 1)), spec.size, torch.Generator().manual_seed(seed))
    if spec.kind == "gpt":
        return Drawn(module, *(torch.randint(outputs, (examples, *shape)) for _ in range(2)))
    return Drawn(module, torch.randn(examples, *shape), torch.randint(outputs, (examples,)))


def under_ntk(spec: ModelSpec, inputs: int, *, outputs: int = 1, seed: int = 0) -> nn.Module:
    """A network under the NTK parameterization with base width 1."""
    module = spec.build(inputs, outputs)
    parameterize(module, regime("ntk", base=Size(1, 1)), spec.size, torch.Generator().manual_seed(seed))
    return module


def ntk_rates(module: nn.Module) -> Tensor:
    """Learning rates (P,) of its weights, if it has one hidden layer: 1 / width of the readout, 1 of all others."""
    named = module.named_parameters()
    return torch.cat([torch.full((w.numel(),), 1 / w.shape[1] if "readout" in name else 1.0) for name, w in named])
