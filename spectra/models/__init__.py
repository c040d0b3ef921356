"""Architectures, as specs that build modules from `spectra.scaling.layers`."""

from typing import Protocol, runtime_checkable

from torch import nn

from spectra.models.conv_resnet import ConvResNet
from spectra.models.gpt import GPT
from spectra.models.linear_model import LinearModel
from spectra.models.linear_network import LinearNetwork
from spectra.models.mlp import MLP
from spectra.models.polynomial import Polynomial
from spectra.models.residual_mlp import ResidualMLP
from spectra.models.shallow import Shallow
from spectra.models.shapes import Shape
from spectra.models.surrogate import SurrogateMLP
from spectra.models.surrogate_activation import SurrogateActivation, with_own_derivatives
from spectra.models.thresholded import Thresholded
from spectra.models.vision_transformer import VisionTransformer
from spectra.scaling.rules import Size


@runtime_checkable
class ModelSpec(Protocol):
    """A frozen dataclass of plain values, with a `kind`, that builds a network of a size."""

    kind: str

    def __hash__(self) -> int:
        """Equal specs have equal hashes, as those of frozen dataclasses."""

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them: the depth is the number of residual branches, where there are any."""

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module whose weights are still to be drawn by `parameterize`.

        Args:
            inputs: Number of features, or the shape of one example: (features,), (channels, height, width), or
                (tokens,) for token ids.
            outputs: Number of outputs C of each example, or of each token.

        Returns:
            A module from (N, *inputs) to (N, outputs), or from tokens (N, T) to (N, T, outputs).

        Raises:
            ValueError: If the network cannot read examples of this shape.
        """


MODELS: dict[str, type] = {
    "residual_mlp": ResidualMLP,
    "mlp": MLP,
    "conv_resnet": ConvResNet,
    "vision_transformer": VisionTransformer,
    "gpt": GPT,
    "shallow": Shallow,
    "linear": LinearModel,
    "linear_network": LinearNetwork,
    "surrogate_mlp": SurrogateMLP,
    "thresholded": Thresholded,
    "polynomial": Polynomial,
}

__all__ = [
    "GPT",
    "MLP",
    "MODELS",
    "ConvResNet",
    "LinearModel",
    "LinearNetwork",
    "ModelSpec",
    "Polynomial",
    "ResidualMLP",
    "Shallow",
    "Shape",
    "SurrogateActivation",
    "SurrogateMLP",
    "Thresholded",
    "VisionTransformer",
    "with_own_derivatives",
]
