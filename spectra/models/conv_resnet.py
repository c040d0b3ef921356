"""A convolutional residual network of three stages."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.branch import ACTIVATIONS, Activation, NormKind, activated_layers, norm_layer
from spectra.models.shapes import Shape, image
from spectra.scaling.layers import Convolution, Linear, Residual
from spectra.scaling.rules import Role, Size

STAGES = 3
"""Stages of width, 2 width and 4 width channels, as in He et al. 2015 (arXiv 1512.03385), section 4.2."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ConvResNet:
    """Images through three stages of residual branches h -> h + branch * W phi(norm(h)) to averaged channels.

    All convolutions are 3 x 3. A convolution of stride 2 before the second and the third stage halves the image and
    doubles the channels; it stands in the stream, not in a branch.

    Attributes:
        width: Channels of the first stage.
        depth: Number of residual branches L in all three stages together; a multiple of three.
        activation: phi.
        bias: Whether the convolutions and layer norms have biases.
        zero_readout: Whether the readout starts at zero.
        layers_per_block: Number of convolutions in each branch.
        norm: Layer norm or root-mean-square norm over the channels, at each place of an image by itself; or none.
        skip: Whether the stream goes around the branches; if not, they follow each other, and as there are no residual
            branches then, the depth rule of a regime is refused.
        gain: Deviation of the hidden weights times sqrt(fan-in); without skips 2^(1/2) keeps the size of relu layers.
    """

    width: PositiveInt
    depth: PositiveInt = 3
    activation: Activation = "relu"
    bias: bool = False
    zero_readout: bool = False
    layers_per_block: PositiveInt = 1
    norm: NormKind = "none"
    skip: bool = True
    gain: PositiveFloat = 1.0
    kind: Literal["conv_resnet"] = "conv_resnet"

    @model_validator(mode="after")
    def _equal_stages(self) -> ConvResNet:
        if self.depth % STAGES:
            below = self.depth - self.depth % STAGES
            near = f"{below} or {below + STAGES}" if below else f"{STAGES}"
            raise ValueError(
                f"a depth of {self.depth} was given; it counts the residual branches of {STAGES} equal stages and must "
                f"be a multiple of {STAGES}, such as {near}"
            )
        return self

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from images (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`.

        Raises:
            ValueError: If the inputs are no images.
        """
        return ConvolutionalNetwork(self, image(inputs, self.kind)[0], outputs)


class ConvolutionalNetwork(nn.Module):
    """The network of a `ConvResNet`."""

    def __init__(self, spec: ConvResNet, channels: int, outputs: int) -> None:
        super().__init__()
        widths = [spec.width * 2**stage for stage in range(STAGES)]
        self.embed = Convolution(channels, spec.width, Role.INPUT, bias=spec.bias)
        self.stages = nn.Sequential(*(Stage(spec, *pair) for pair in zip([spec.width, *widths], widths, strict=False)))
        self.norm = norm_layer(spec.norm, widths[-1], bias=spec.bias, dim=-3)
        self.activation = ACTIVATIONS[spec.activation]()
        self.readout = Linear(widths[-1], outputs, Role.OUTPUT, gain=0.0 if spec.zero_readout else 1.0)

    def forward(self, images: Tensor) -> Tensor:
        """Outputs (N, outputs) of images (N, channels, H, W)."""
        stream = self.stages(self.embed(images))
        outputs: Tensor = self.readout(self.activation(self.norm(stream)).mean((-2, -1)))
        return outputs


class Stage(nn.Module):
    """A third of the branches, with a halving of the image before if the number of channels changes."""

    def __init__(self, spec: ConvResNet, inputs: int, width: int) -> None:
        super().__init__()
        entry = Convolution(inputs, width, Role.HIDDEN, stride=2, bias=spec.bias, gain=spec.gain)
        self.entry = nn.Identity() if inputs == width else entry
        branches = [_branch(spec, width) for _ in range(spec.depth // STAGES)]
        self.blocks = nn.Sequential(*(Residual(branch) if spec.skip else branch for branch in branches))

    def forward(self, stream: Tensor) -> Tensor:
        """Stream (N, width, h, w) of a stream (N, inputs, H, W)."""
        changed: Tensor = self.blocks(self.entry(stream))
        return changed


def _branch(spec: ConvResNet, width: int) -> nn.Module:
    return activated_layers(
        lambda: Convolution(width, width, Role.HIDDEN, bias=spec.bias, gain=spec.gain),
        spec.layers_per_block,
        activation=spec.activation,
        norm=norm_layer(spec.norm, width, bias=spec.bias, dim=-3),
    )
