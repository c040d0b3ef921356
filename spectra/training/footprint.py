"""What a run will cost, from its shapes alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from spectra.data import DataSpec
from spectra.eigen.stacked_eigenpairs import BASIS
from spectra.kernels.linearized import linearize
from spectra.models import ModelSpec
from spectra.training.density_quantile import DensityQuantile
from spectra.training.infinite_kernel_distance import InfiniteKernelDistance
from spectra.training.kernel_drift import KernelDrift
from spectra.training.kernel_test_error import KernelTestError
from spectra.training.laplace_error import LaplaceError
from spectra.training.laplace_quality import LaplaceQuality
from spectra.training.layer_utilisation import LayerUtilisation
from spectra.training.limit_prediction import LimitPrediction
from spectra.training.mode_decay import ModeDecay
from spectra.training.movement import KernelMovement
from spectra.training.pseudo_kernel_error import PseudoKernelError
from spectra.training.spec import RunSpec
from spectra.training.spectral_density import SpectralDensity
from spectra.training.tangent_kernel import TangentKernel

VECTORS = 9
"""Vectors of length P beside a Krylov basis: weights, gradient, moments, step sizes, and what is made of them. An
expansion has two more: the weights that it is about, and the way from them."""

DOUBLE_BACKWARD = 3
"""Activations that a kept graph of the gradient holds, in those of a forward pass: 3.2 (perceptron of one branch), 2.5
(of eight), 2.1 (GPT) and 2.0 (vision transformer), on 256 examples."""

STEP_WORK, PRODUCTS = 4e6, 14
"""Floating point operations for what a step costs beside them, a guess that the scheduler corrects by what it measures;
and products for an eigenvalue, the mean of the quickstart."""

JACOBIANS, MATRICES = 4, 8
"""Jacobians of a parameter and matrices of doubles that a tangent kernel takes, its eigenvectors included. Measured
with shallow networks: 2.2 Jacobians in float64 and 4.3 in float32, of whose smaller pieces the allocator gives none
back, where they are large; 3 to 9 matrices where those are, 6 for an exact Laplace posterior on 90 examples with 10
outputs, and 6 to 11 for a limit prediction from 500."""


@dataclass(frozen=True)
class Footprint:
    """Estimates for one member of a cohort.

    Attributes:
        weights: Number of weights P.
        memory: Bytes that it takes at most, while it trains or is measured. Of a cohort too large where tangent kernels
            decide, which are formed for one member after the other.
        activation: Bytes of one activation of a batch, the mean of those that the backward pass needs.
        work: Floating point operations of the whole run.
    """

    weights: int
    memory: int
    activation: int
    work: float


def footprint(spec: RunSpec) -> Footprint:
    """What a run will cost, estimated from one example on the meta device; its data are loaded once.

    Args:
        spec: All settings of the run.

    Raises:
        ValueError: If the model cannot be built for the data.
    """
    expanded = spec.expansion != "network"
    (weights, largest), activations, tensors, work = _one_example(spec.model, spec.data, expanded=expanded)
    batch = spec.batch
    eigenvalues = [m for m in spec.measurements if hasattr(m, "max_matvecs")]
    densities = [m for m in spec.measurements if isinstance(m, (SpectralDensity, DensityQuantile))]
    examined = max((getattr(m, "examples", 0) for m in [*eigenvalues, *densities]), default=0)
    size = torch.finfo(getattr(torch, spec.precision)).bits // 8
    held_vectors = [max(BASIS, 3 * getattr(m, "count", 1) + 12) + 2 for m in eigenvalues]
    held_vectors += [m.lanczos_steps for m in densities]
    vectors = VECTORS + 2 * expanded + min(max(held_vectors, default=0), weights)
    held = max(batch, DOUBLE_BACKWARD * examined) * activations
    measured = sum(
        (len(m.grid.steps(spec.steps)) * 2 * PRODUCTS * work * getattr(m, "examples", 0) for m in eigenvalues), 0.0
    )
    measured += sum(
        (len(m.grid.steps(spec.steps)) * 2 * m.probes * m.lanczos_steps * work * m.examples for m in densities), 0.0
    )
    before = spec.pretraining * (_one_example(spec.model, spec.data, expanded=False)[3] * batch + STEP_WORK)
    return Footprint(
        weights=weights,
        memory=size * (vectors * weights + held) + _kernel_memory(spec, weights, largest),
        activation=size * batch * activations // tensors,
        work=before + spec.steps * (work * batch + STEP_WORK) + measured,
    )


@lru_cache(maxsize=256)
def example(data: DataSpec) -> tuple[tuple[int, ...], bool, int]:
    """Shape of one example of some data, whether it is of real numbers, and the outputs that a network needs."""
    dataset = data.load()
    return tuple(dataset.inputs.shape[1:]), dataset.inputs.is_floating_point(), dataset.outputs


@lru_cache(maxsize=256)
def _tested(data: DataSpec) -> int:
    """Test examples of some data."""
    return len(data.load().test_inputs)


def _kernel_memory(spec: RunSpec, weights: int, largest: int) -> int:
    """Bytes that the largest tangent kernel among the measurements takes, with its Jacobian of `largest` weights."""
    size, outputs = torch.finfo(getattr(torch, spec.precision)).bits // 8, example(spec.data)[2]
    most = 0
    if spec.acquisition == "output_change":
        most = 8 * MATRICES * spec.data.train_examples**2
    for measurement in spec.measurements:
        if isinstance(measurement, (TangentKernel, KernelDrift, InfiniteKernelDistance, LayerUtilisation)):
            rows, columns = min(measurement.examples, spec.data.train_examples) * outputs, largest
        elif isinstance(measurement, PseudoKernelError):
            rows, columns = (measurement.examples + measurement.test_examples) * outputs, largest
        elif isinstance(measurement, ModeDecay):
            rows, columns = spec.data.train_examples * outputs, largest
        elif isinstance(measurement, LaplaceQuality):
            every = spec.data.train_examples * outputs
            rows, columns = every if every in measurement.features else measurement.landmarks, largest
        elif isinstance(measurement, LaplaceError):
            few = measurement.kind == "laplace_kernel_error"
            rows, columns = (measurement.tested if few else spec.data.train_examples) * outputs, largest
        elif isinstance(measurement, LimitPrediction):
            # Descent takes powers of a matrix of twice as many rows as there are training examples.
            rows, columns = spec.data.train_examples + max(spec.data.train_examples, _tested(spec.data)), 0
        elif isinstance(measurement, KernelMovement):
            rows, columns = min(measurement.examples, spec.data.train_examples), weights
        elif isinstance(measurement, KernelTestError):
            tested = measurement.test_examples or _tested(spec.data)
            rows, columns = spec.most_seen + tested, largest
        else:
            continue
        most = max(most, size * JACOBIANS * rows * columns + 8 * MATRICES * rows**2)
    return most


@lru_cache(maxsize=1024)
def _one_example(model: ModelSpec, data: DataSpec, *, expanded: bool) -> tuple[tuple[int, int], int, int, float]:
    """Weights, in all and in the largest parameter, and what one example more adds, to the network or its expansion.

    That is the numbers kept for the backward pass, in how many tensors, and the operations.
    """
    inputs, real, outputs = example(data)
    with torch.device("meta"):
        module = model.build(inputs, outputs)
    trained, kind = linearize(module) if expanded else module, None if real else torch.int64
    one, two = (_gradient(trained, torch.zeros(count, *inputs, dtype=kind, device="meta")) for count in (1, 2))
    added = [more - less for more, less in zip(two[0], one[0], strict=True)]
    counts = [parameter.numel() for parameter in module.parameters()]
    return (sum(counts), max(counts)), sum(added), max(1, sum(more > 0 for more in added)), two[1] - one[1]


def _gradient(module: nn.Module, inputs: Tensor) -> tuple[list[int], float]:
    """Lengths of the tensors that are kept for the backward pass, weights included, and operations of a gradient."""
    kept: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        kept[id(tensor)] = tensor
        return tensor

    with FlopCounterMode(display=False) as counter, saved_tensors_hooks(note, lambda tensor: tensor):
        module(inputs).sum().backward()
    return [tensor.numel() for tensor in kept.values()], float(counter.get_total_flops())
