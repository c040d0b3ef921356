"""A causal transformer for token ids."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.branch import Activation, NormKind, norm_layer
from spectra.models.shapes import Shape, places
from spectra.models.transformer import blocks, require_divisible
from spectra.scaling.embedding import Embedding, Positions, TiedReadout
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class GPT:
    """Token ids through blocks of causal attention and perceptron to logits for the token that follows each.

    Attributes:
        width: Length of the residual stream.
        depth: Number of residual branches L, two per block: six blocks have a depth of 12.
        heads: Number of heads, which divides the width; keep it the same at every width.
        mlp_ratio: Hidden units of the perceptrons over the width.
        activation: phi of the perceptrons.
        norm: Layer norm or root-mean-square norm at the head of every branch and before the readout, or none.
        bias: Whether the hidden layers and the layer norms have biases.
        tied: Whether the readout uses the tensor of the embedding, with a multiplier of its own.
        zero_readout: Whether the readout starts at zero; it must be untied.
        zero_queries: Whether the queries start at zero, so that all logits of the attention do.

    Source: Radford et al. 2019, Language models are unsupervised multitask learners, section 2.3.
    """

    width: PositiveInt
    depth: PositiveInt = 4
    heads: PositiveInt = 4
    mlp_ratio: PositiveInt = 4
    activation: Activation = "gelu"
    norm: NormKind = "layer"
    bias: bool = False
    tied: bool = False
    zero_readout: bool = False
    zero_queries: bool = False
    kind: Literal["gpt"] = "gpt"

    @model_validator(mode="after")
    def _possible(self) -> GPT:
        require_divisible(self)
        if self.tied and self.zero_readout:
            raise ValueError(
                "a tied readout was asked to start at zero, and with it the embedding would; "
                "set tied or zero_readout to false"
            )
        return self

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from token ids (N, T) to logits (N, T, outputs) whose weights are still to be drawn.

        Args:
            inputs: The longest sequence (T,).
            outputs: Size of the vocabulary.

        Raises:
            ValueError: If the inputs are no sequences.
        """
        return TextTransformer(self, places(inputs, self.kind), outputs)


class TextTransformer(nn.Module):
    """The network of a `GPT`."""

    def __init__(self, spec: GPT, length: int, vocabulary: int) -> None:
        super().__init__()
        self.embed = Embedding(vocabulary, spec.width)
        self.positions = Positions(length, spec.width)
        self.blocks = blocks(spec, causal=True)
        self.norm = norm_layer(spec.norm, spec.width, bias=spec.bias)
        gain = 0.0 if spec.zero_readout else 1.0
        untied = Linear(spec.width, vocabulary, Role.OUTPUT, gain=gain)
        self.readout = TiedReadout(self.embed) if spec.tied else untied

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (N, T, vocabulary) of token ids (N, T); those at place t depend on the tokens up to t."""
        stream = self.blocks(self.positions(self.embed(tokens)))
        logits: Tensor = self.readout(self.norm(stream))
        return logits
