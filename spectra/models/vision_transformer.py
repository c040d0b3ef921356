"""A vision transformer."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.branch import Activation, NormKind, norm_layer
from spectra.models.shapes import Shape, image, require_examples
from spectra.models.transformer import blocks, require_divisible
from spectra.scaling.embedding import ClassToken, Positions
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class VisionTransformer:
    """Patches of an image as a sequence, through blocks of attention and perceptron, to one vector and the readout.

    Attributes:
        width: Length of the residual stream.
        depth: Number of residual branches L, two per block: six blocks have a depth of 12.
        heads: Number of heads, which divides the width; keep it the same at every width.
        patch: Height and width of a patch, which divides those of the image.
        pooling: What the readout sees: the "mean" of the sequence, or a "class" token, learned and put before it.
        mlp_ratio: Hidden units of the perceptrons over the width.
        activation: phi of the perceptrons.
        norm: Layer norm or root-mean-square norm at the head of every branch and before the pooling, or none.
        bias: Whether the patches, the hidden layers and the layer norms have biases.
        zero_readout: Whether the readout starts at zero.
        zero_queries: Whether the queries start at zero, so that all logits of the attention do.

    Source: Dosovitskiy et al. 2020 (arXiv 2010.11929), section 3.1.
    """

    width: PositiveInt
    depth: PositiveInt = 4
    heads: PositiveInt = 4
    patch: PositiveInt = 4
    pooling: Literal["mean", "class"] = "mean"
    mlp_ratio: PositiveInt = 4
    activation: Activation = "gelu"
    norm: NormKind = "layer"
    bias: bool = False
    zero_readout: bool = False
    zero_queries: bool = False
    kind: Literal["vision_transformer"] = "vision_transformer"

    @model_validator(mode="after")
    def _divisible(self) -> VisionTransformer:
        require_divisible(self)
        return self

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from images (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`.

        Raises:
            ValueError: If the inputs are no images, or the patches do not divide them.
        """
        channels, height, width = image(inputs, self.kind)
        if height % self.patch or width % self.patch:
            fitting = [size for size in range(1, min(height, width) + 1) if height % size == width % size == 0]
            raise ValueError(
                f"patches of {self.patch} x {self.patch} do not divide images of {height} x {width}; "
                f"those that do have patch = {', '.join(map(str, fitting))}"
            )
        return ImageTransformer(self, (channels, height, width), outputs)


class ImageTransformer(nn.Module):
    """The network of a `VisionTransformer`."""

    def __init__(self, spec: VisionTransformer, shape: tuple[int, int, int], outputs: int) -> None:
        super().__init__()
        self.example = shape
        channels, height, width = shape
        patches, classed = (height // spec.patch) * (width // spec.patch), spec.pooling == "class"
        self.patches = Patches(spec.patch)
        self.embed = Linear(channels * spec.patch**2, spec.width, Role.INPUT, bias=spec.bias)
        self.token = ClassToken(spec.width) if classed else nn.Identity()
        self.positions = Positions(patches + classed, spec.width)
        self.blocks = blocks(spec, causal=False)
        self.norm = norm_layer(spec.norm, spec.width, bias=spec.bias)
        self.readout = Linear(spec.width, outputs, Role.OUTPUT, gain=0.0 if spec.zero_readout else 1.0)

    def forward(self, images: Tensor) -> Tensor:
        """Outputs (N, outputs) of images (N, channels, H, W).

        Raises:
            ValueError: If they have another shape than those that it was built for.
        """
        require_examples(images, self.example)
        stream = self.positions(self.token(self.embed(self.patches(images))))
        stream = self.norm(self.blocks(stream))
        outputs: Tensor = self.readout(stream[:, 0] if isinstance(self.token, ClassToken) else stream.mean(1))
        return outputs


class Patches(nn.Module):
    """Cuts images into squares, each a vector of all its channels and pixels, from left to right and top to bottom."""

    def __init__(self, patch: int) -> None:
        super().__init__()
        self.patch = patch

    def forward(self, images: Tensor) -> Tensor:
        """Sequences (N, patches, channels * patch^2) of images (N, channels, H, W)."""
        N, channels, height, width = images.shape
        rows, columns = height // self.patch, width // self.patch
        squares = images.reshape(N, channels, rows, self.patch, columns, self.patch).permute(0, 2, 4, 1, 3, 5)
        return squares.reshape(N, rows * columns, channels * self.patch**2)
