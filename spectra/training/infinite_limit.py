"""The tangent kernel that a perceptron of the models here has at the start in the limit of infinite width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from torch import Tensor, nn

from spectra.kernels.bias_kernel import bias_kernel
from spectra.kernels.duals import Activation, Erf, Identity, Sign
from spectra.kernels.infinite_activations import activation_of
from spectra.kernels.infinite_layers import Covariances, checked_inputs, input_covariances
from spectra.kernels.surrogate import Surrogate
from spectra.models import surrogate_activation as units
from spectra.models.linear_network import TwoLayers
from spectra.models.perceptron import Perceptron
from spectra.models.shallow import CenteredNetwork, ShallowNetwork
from spectra.models.surrogate import BiasedLinear, SurrogateNetwork
from spectra.models.thresholded import ThresholdedNetwork
from spectra.scaling import scaled_parameters
from spectra.scaling.layers import Linear, Residual

if TYPE_CHECKING:
    from spectra.training.spec import RunSpec

ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.GELU: "gelu"}


@dataclass(frozen=True)
class TrainedLayer:
    """A dense layer x -> multiplier W x + b as an infinitely wide network knows it.

    Attributes:
        variance: multiplier^2 times the number of inputs times the variance of the entries of W.
        rate: multiplier^2 times the number of inputs times the step size of W.
        bias_rate: Step size of b, 0 where there is none.
        bias_variance: Variance of the entries of b at the start.
    """

    variance: float
    rate: float
    bias_rate: float
    bias_variance: float = 0.0

    def after(self, layer: Covariances) -> Covariances:
        """K -> variance K + bias_variance and Theta -> rate K + bias_rate + variance Theta."""
        first, second, cross = (
            self.variance * part + self.bias_variance for part in (layer.first, layer.second, layer.cross)
        )
        return Covariances(
            first, second, cross, self.rate * layer.cross + self.bias_rate + self.variance * layer.tangent
        )


def limit_kernel(module: nn.Module, sizes: Tensor, spec: RunSpec, inputs: Tensor) -> Tensor:
    """lim J_c D J_c' of any output c of a network before its first update, as the width grows.

    Of a network with surrogate derivatives it is lim J_c D J~_c', rows predicted, columns trained on.

    Multipliers, deviations and step sizes are those of the network at its own width: a kernel that grows with the
    width, as under the standard parameterization, has the size of this one.

    Args:
        module: Network of `MLP` or `ResidualMLP` without norms, `Shallow`, `LinearNetwork`, `SurrogateMLP` or, on
            inputs of length one, of `Thresholded` with relu units, whatever its weights are.
        sizes: The diagonal of D, (P,), one number for each parameter.
        spec: The run, whose regime drew the weights.
        inputs: Examples (N, ...).

    Returns:
        (N, N) in double precision.

    Raises:
        ValueError: If no limit is known for the network.
    """
    if isinstance(module, ThresholdedNetwork) and isinstance(module.activation, nn.ReLU):
        return _thresholded_limit(module, sizes, spec, inputs)
    return limit_kernels(module, sizes, spec, inputs)[1]


def limit_kernels(module: nn.Module, sizes: Tensor, spec: RunSpec, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """The covariance of an output before the first update beside `limit_kernel`, (N, N) each, but for `Thresholded`.

    Raises:
        ValueError: If no limit is known for the network.
    """
    if not isinstance(module, (Perceptron, ShallowNetwork, TwoLayers, SurrogateNetwork)):
        raise ValueError(_unknown(module))
    examples, _ = checked_inputs(inputs, None)
    if isinstance(module, (TwoLayers, SurrogateNetwork)):
        examples = examples / sqrt(module.length)
    layers = _trained_layers(module, sizes, start_deviations(module, spec))
    found = input_covariances(examples, examples)
    for part in _path(module):
        found = _after(part, found, layers)
    gain = module.gain if isinstance(module, ShallowNetwork) else 1.0
    starts_at_zero = isinstance(module, CenteredNetwork)
    return (0.0 if starts_at_zero else gain**2) * found.cross, gain**2 * found.tangent


def _thresholded_limit(module: ThresholdedNetwork, sizes: Tensor, spec: RunSpec, inputs: Tensor) -> Tensor:
    hidden, deviations = module.hidden, start_deviations(module, spec)
    scale = hidden.multiplier * deviations["hidden.weight"]
    weights, biases = (float(piece[0]) for piece in sizes.split([hidden.weight.numel(), len(hidden.weight)]))
    still, both = (
        bias_kernel(inputs, threshold=hidden.threshold / scale, bias_trained=trained) for trained in (False, True)
    )
    return module.gain**2 * (hidden.multiplier**2 * weights * still + biases * (both - still))


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
            square = part.factor**2 if isinstance(part, BiasedLinear) else 1.0
            bias_variance = square * deviations.get(f"{path}.bias", 0.0) ** 2
            found[part] = TrainedLayer(variance, size * rate, square * bias_rate, bias_variance)
    return found


def _path(module: Perceptron | ShallowNetwork | TwoLayers | SurrogateNetwork) -> list[nn.Module]:
    """The parts that inputs go through, one after the other."""
    if isinstance(module, Perceptron):
        return [module.embed, *module.blocks, module.norm, module.activation, module.readout]
    if isinstance(module, ShallowNetwork):
        return [module.hidden, module.activation, module.readout]
    if isinstance(module, SurrogateNetwork):
        return list(module.layers)
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
    return layer.activated(_dual(part))


def _dual(part: nn.Module) -> Activation:
    """The expectations of an activation."""
    if isinstance(part, units.SurrogateActivation):
        psi = Erf(part.surrogate.steepness) if isinstance(part.surrogate, units.ScaledErf) else Identity()
        phi = Erf(part.activation.steepness) if isinstance(part.activation, units.ScaledErf) else Sign()
        return Surrogate(phi, psi)
    if isinstance(part, units.ScaledErf):
        return Erf(part.steepness)
    if type(part) not in ACTIVATIONS:
        raise ValueError(_unknown(part))
    return activation_of(ACTIVATIONS[type(part)])


def _unknown(part: nn.Module) -> str:
    return (
        f"no limit of infinite width is known here for a {type(part).__name__}; use one of the "
        "models mlp and residual_mlp without norms, shallow, linear_network, surrogate_mlp, and thresholded with relu, "
        "or leave out what compares with the limit"
    )
