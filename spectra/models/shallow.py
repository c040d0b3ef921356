"""A network with one hidden layer, in the setting of the theory of lazy training."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.branch import ACTIVATIONS, Activation
from spectra.models.shapes import Shape, features, vectors
from spectra.scaling.layers import Linear, multiplied
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Shallow:
    """x -> W_out gain phi(W_in x + b), with the entries of W_in of unit variance and b = 0 at the start.

    Under the regime `ntk` with base width 1 the entries of W_out have the variance 1 / width, and one update moves the
    outputs by the tangent kernel times the residuals. Its limit of infinite width for relu, gain 2^(1/2) and a bias is

        kappa_1(u) + u kappa_0(u) + kappa_0(u),     u = x.x' for unit vectors,

    with kappa_0(u) = (pi - acos u) / pi and kappa_1(u) = (u (pi - acos u) + sqrt(1 - u^2)) / pi.

    Attributes:
        width: Number of hidden units.
        activation: phi.
        gain: Factor on the activations; 2^(1/2) is He's for relu.
        bias: Whether there is b, which is trained.
        centered: Whether the outputs at the start are subtracted, so that the network starts as the zero function with
            the tangent kernel that it would have without. The weights are then a start, which has no gradient, plus a
            change, which begins at zero.

    Source: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572) for the limit; Chizat, Oyallon and Bach 2019 (arXiv
    1812.07956) for why an output near zero at the start makes training lazy.
    """

    width: PositiveInt
    activation: Activation = "relu"
    gain: PositiveFloat = 1.0
    bias: bool = True
    centered: bool = False
    kind: Literal["shallow"] = "shallow"

    @property
    def size(self) -> Size:
        """Width, and depth 1."""
        return Size(self.width, 1)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        return CenteredNetwork(self, inputs, outputs) if self.centered else ShallowNetwork(self, inputs, outputs)


class ShallowNetwork(nn.Module):
    """The network itself."""

    def __init__(self, spec: Shallow, inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example, self.gain = inputs, spec.gain
        self.hidden, self.readout = _layers(spec, inputs, outputs, drawn=True)
        self.activation = ACTIVATIONS[spec.activation]()

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        outputs: Tensor = self.readout(self.activation(self.hidden(vectors(inputs, self.example))))
        return self.gain * outputs


class CenteredNetwork(ShallowNetwork):
    """The network minus itself at the start."""

    def __init__(self, spec: Shallow, inputs: Shape, outputs: int) -> None:
        super().__init__(spec, inputs, outputs)
        self.hidden_change, self.readout_change = _layers(spec, inputs, outputs, drawn=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        examples = vectors(inputs, self.example)
        before = self._outputs(examples, _sums(self.hidden), _sums(self.readout))
        now = self._outputs(examples, _sums(self.hidden, self.hidden_change), _sums(self.readout, self.readout_change))
        return self.gain * (now - before)

    def _outputs(self, examples: Tensor, hidden: _Affine, readout: _Affine) -> Tensor:
        outputs: Tensor = nn.functional.linear(self.activation(nn.functional.linear(examples, *hidden)), *readout)
        return outputs


_Affine = tuple[Tensor, Tensor | None]


def _sums(start: Linear, change: Linear | None = None) -> _Affine:
    """Weight, multiplier included, and bias of a layer at its start, or there plus a change."""
    # The start is no variable: no derivative, forward or backward, goes through it.
    weight, bias = start.weight.detach(), None if start.bias is None else start.bias.detach()
    if change is not None:
        weight = weight + change.weight
        bias = bias if bias is None or change.bias is None else bias + change.bias
    return multiplied(weight, start.multiplier), bias


def _layers(spec: Shallow, inputs: Shape, outputs: int, *, drawn: bool) -> tuple[Linear, Linear]:
    length = features(inputs)
    hidden = Linear(length, spec.width, Role.INPUT, bias=spec.bias, gain=length**0.5 if drawn else 0.0)
    return hidden, Linear(spec.width, outputs, Role.OUTPUT, gain=1.0 if drawn else 0.0)
