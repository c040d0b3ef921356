"""The tangent kernel that a perceptron of the models here has at the start in the limit of infinite width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from torch import Tensor, nn

from spectra.kernels.infinite_activations import activation_of
from spectra.kernels.infinite_layers import Covariances, checked_inputs, input_covariances
from spectra.models.linear_network import TwoLayers
from spectra.models.perceptron import Perceptron
from spectra.models.shallow import CenteredNetwork, ShallowNetwork
from spectra.scaling import scaled_parameters
from spectra.scaling.layers import Linear, Residual

if TYPE_CHECKING:
    from spectra.training.spec import RunSpec

ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.GELU: "gelu"}


@dataclass(frozen=True)
class TrainedLayer:
    """A dense layer x -> multiplier W x + b, with b = 0 at the start, as an infinitely wide network knows it.

    Attributes:
        variance: multiplier^2 times the number of inputs times the variance of the entries of W.
        rate: multiplier^2 times the number of inputs times the step size of W.
        bias_rate: Step size of b, 0 where there is none.
    """

    variance: float
    rate: float
    bias_rate: float

    def after(self, layer: Covariances) -> Covariances:
        """K -> variance K and Theta -> rate K + bias_rate + variance Theta."""
        first, second, cross = (self.variance * part for part in (layer.first, layer.second, layer.cross))
        return Covariances(
            first, second, cross, self.rate * layer.cross + self.bias_rate + self.variance * layer.tangent
        )


def limit_kernel(module: nn.Module, sizes: Tensor, spec: RunSpec, inputs: Tensor) -> Tensor:
    """lim J_c D J_c' of any output c of a network before its first update, as the width grows.

    Multipliers, deviations and step sizes are those of the network at its own width: a kernel that grows with the
    width, as under the standard parameterization, has the size of this one.

    Args:
        module: Network of `MLP` or `ResidualMLP` without norms, `Shallow` or `LinearNetwork`, whatever its weights are.
        sizes: The diagonal of D, (P,), one number for each parameter.
        spec: The run, whose regime drew the weights.
        inputs: Examples (N, ...).

    Returns:
        (N, N) in double precision.

    Raises:
        ValueError: If no limit is known for the network.
    """
    if not isinstance(module, (Perceptron, ShallowNetwork, TwoLayers)):
        raise ValueError(_unknown(module))
    examples, _ = checked_inputs(inputs, None)
    if isinstance(module, TwoLayers):
        examples = examples / sqrt(module.length)
    layers = _trained_layers(module, sizes, start_deviations(module, spec))
    found = input_covariances(examples, examples)
    for part in _path(module):
        found = _after(part, found, layers)
    gain = module.gain if isinstance(module, ShallowNetwork) else 1.0
    return gain**2 * found.tangent


def start_deviations(module: nn.Module, spec: RunSpec) -> dict[str, float]:
    """Standard deviations with which the weights of a run are drawn, by parameter name."""
    scaled = scaled_parameters(module, spec.regime.build(spec.optimizer.kind), spec.model.size)
    return {name: one.deviation or 0.0 for name, one in scaled.items()}


def _trained_layers(module: nn.Module, sizes: Tensor, deviations: Mapping[str, float]) -> dict[nn.Module, TrainedLayer]:
    names = [name for name, _ in module.named_parameters()]
    lengths = [parameter.numel() for parameter in module.parameters()]
    rates = {name: float(piece[0]) for name, piece in zip(names, sizes.split(lengths), strict=True)}
    found: dict[nn.Module, TrainedLayer] = {}
    for path, part in module.named_modules():
        if isinstance(part, Linear):
            # A centered network trains a change of the weights that were drawn.
            trained = f"{path}_change" if isinstance(module, CenteredNetwork) else path
            size = part.multiplier**2 * part.weight.shape[1]
            variance = size * deviations[f"{path}.weight"] ** 2
            rate, bias_rate = (rates.get(f"{trained}.{name}", 0.0) for name in ("weight", "bias"))
            found[part] = TrainedLayer(variance, size * rate, bias_rate)
    return found


def _path(module: Perceptron | ShallowNetwork | TwoLayers) -> list[nn.Module]:
    """The parts that inputs go through, one after the other."""
    if isinstance(module, Perceptron):
        return [module.embed, *module.blocks, module.norm, module.activation, module.readout]
    if isinstance(module, ShallowNetwork):
        return [module.hidden, module.activation, module.readout]
    return [module.hidden, module.readout]


def _after(part: nn.Module, layer: Covariances, layers: Mapping[nn.Module, TrainedLayer]) -> Covariances:
    """What a part of a network makes of covariances and tangent kernel."""
    if isinstance(part, nn.Identity):
        return layer
    if isinstance(part, Linear):
        return layers[part].after(layer)
    if isinstance(part, Residual):
        return layer.with_branch(_after(part.branch, layer, layers), part.multiplier**2)
    if isinstance(part, nn.Sequential):
        for child in part:
            layer = _after(child, layer, layers)
        return layer
    if type(part) not in ACTIVATIONS:
        raise ValueError(_unknown(part))
    return layer.activated(activation_of(ACTIVATIONS[type(part)]))


def _unknown(part: nn.Module) -> str:
    return (
        f"infinite_kernel_distance knows no limit of infinite width for a {type(part).__name__}; it does for the "
        "models mlp and residual_mlp without norms, shallow and linear_network"
    )
