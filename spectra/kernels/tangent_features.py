"""Features of the tangent kernel from a few examples, each of one output: a few numbers, and no Jacobian."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from spectra.kernels.arguments import require_real, whole_number
from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.jacobian import jacobian
from spectra.kernels.jacobian_products import Jacobian
from spectra.kernels.nystrom import nystrom
from spectra.kernels.parameter_weights import ParameterWeights
from spectra.kernels.preconditions import require_inputs
from spectra.kernels.readouts import first_outputs
from spectra.operators.chance import own_generator


@dataclass(frozen=True)
class TangentFeatures:
    """Psi(x) = J(x) D^(1/2) V, (O, K), with K orthonormal columns in V: Psi Psi' is a Nystrom approximation of J D J'.

    Attributes:
        slopes: The Jacobian at the landmarks; weights and buffers of the module are a snapshot.
        directions: V', (K, P), in the dtype of the weights.
        values: The K largest eigenvalues of the kernel of the landmarks, largest first, in double precision.
    """

    slopes: Jacobian
    directions: Tensor
    values: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Psi of examples (N, ...), (N, O, K) in double precision, at the cost of K products with their Jacobian.

        Raises:
            TypeError: If inputs are no tensor.
            ValueError: If the network cannot read them.
        """
        self._require_readable(inputs)
        found = replace(self.slopes, inputs=inputs.detach()).pushed(self.directions)
        return found.double().permute(1, 2, 0)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Outputs (N, O) of the network itself, in double precision.

        Raises:
            TypeError: If inputs are no tensor.
            ValueError: If the network cannot read them.
        """
        self._require_readable(inputs)
        with torch.no_grad():
            return torch.cat([self.slopes.values(part) for part in inputs.split(self.slopes.chunk)]).double()

    def leading(self, count: int) -> TangentFeatures:
        """The features of the `count` largest eigenvalues alone.

        Raises:
            ValueError: If it is no positive whole number, or above K.
        """
        if whole_number("count", count) > len(self.values):
            raise ValueError(f"{count} features were asked for, and there are {len(self.values)}; ask for fewer")
        return replace(self, directions=self.directions[:count], values=self.values[:count])

    def _require_readable(self, inputs: Tensor) -> None:
        require_inputs(inputs, self.slopes.point.detach())
        with torch.no_grad():
            first_outputs(self.slopes.values, inputs)


def tangent_features(
    module: nn.Module,
    landmarks: Tensor,
    outputs: Tensor | None = None,
    *,
    rank: int | None = None,
    weights: ParameterWeights | None = None,
    generator: torch.Generator | None = None,
) -> TangentFeatures:
    """The Nystrom features of a tangent kernel, from one output of each of M examples.

    With R (M, P) the gradients of these outputs times D^(1/2), and l_k, q_k the largest eigenvalues and eigenvectors of
    R R', the columns of V are R' q_k / l_k^(1/2). Then Psi Psi' = K_nm (K_mm)^+ K_mn with the K largest eigenvalues of
    K_mm, for all outputs of all examples. R is never held: R R' is a kernel (M, M), and V takes K backward passes.

    Args:
        module: With outputs (N, O), or (N,) for one output; in evaluation mode if it has dropout or batch
            normalization.
        landmarks: Examples (M, ...), as `class_balanced` draws them.
        outputs: Which output of each, whole numbers (M,), such as their classes; None draws them.
        rank: Number K of features at most; None keeps all that are above rounding, which are M at most.
        weights: The diagonal D, as for `empirical_ntk`; under a Gaussian prior the relative variances of the weights.
        generator: Source of the outputs, on the CPU; None makes one that is the same at every call.

    Returns:
        A function from examples to features.

    Raises:
        TypeError: As for `jacobian`; if outputs are no tensor.
        ValueError: As for `jacobian`; if outputs are no whole numbers (M,) below O, `rank` is no positive whole number,
            or all gradients are zero.

    Source: Deng, Zhou and Zhu 2022, Accelerated Linearized Laplace Approximation (arXiv 2210.12642).

    >>> features = tangent_features(nn.Linear(5, 2), torch.randn(8, 5), rank=4)
    >>> features(torch.zeros(3, 5)).shape, features.directions.shape
    (torch.Size([3, 2, 4]), torch.Size([4, 12]))
    """
    slopes = jacobian(module, landmarks, weights=weights)
    if outputs is None:
        generator = own_generator() if generator is None else generator
        outputs = torch.randint(slopes.outputs, (len(landmarks),), generator=generator, device="cpu")
    outputs = _checked(outputs, slopes).to(landmarks.device)
    # Eigenvalues that the rounding of the gradients reaches are left out: directions are divided by their roots.
    kernel = _kernel_of_landmarks(slopes, outputs).to(slopes.point.dtype)
    found = nystrom(kernel, kernel, rank=rank)
    cotangents = slopes.point.new_zeros(found.projection.shape[1], len(landmarks), slopes.outputs)
    cotangents[:, range(len(landmarks)), outputs] = found.projection.T.to(cotangents)
    return TangentFeatures(slopes, slopes.pulled(cotangents), found.values)


def class_balanced(classes: Tensor, count: int, *, generator: torch.Generator | None = None) -> Tensor:
    """Places of examples, none twice, with as many of every class as of any other, or all that there are.

    Args:
        classes: Class indices (N,).
        count: How many, N at most.
        generator: Source of the draws, on the CPU; None makes one that is the same at every call.

    Returns:
        Whole numbers (count,), the classes in turn.

    Raises:
        TypeError: If the classes are no tensor.
        ValueError: If they are no whole numbers (N,), or `count` is not between 1 and N.

    >>> class_balanced(torch.tensor([0, 0, 0, 0, 1, 2]), 4).shape
    torch.Size([4])
    """
    require_real("classes", classes)
    if classes.ndim != 1 or classes.is_floating_point() or len(classes) == 0:
        raise ValueError(
            f"{classes.dtype} classes of shape {tuple(classes.shape)} were given; whole numbers (N,) are needed, one "
            "for each example: targets.argmax(1) makes them of probabilities"
        )
    if whole_number("count", count) > len(classes):
        raise ValueError(f"{count} of {len(classes)} examples were asked for; use 1 to {len(classes)}")
    generator = own_generator() if generator is None else generator
    mixed = torch.randperm(len(classes), generator=generator, device="cpu")
    drawn = classes.cpu()[mixed]
    turns = torch.zeros_like(mixed)
    for one in drawn.unique():
        here = (drawn == one).nonzero()[:, 0]
        turns[here] = torch.arange(len(here), device="cpu")
    # In every turn each class comes once, so that the first `count` are balanced as far as they can be.
    return mixed[turns.argsort(stable=True)[:count]].to(classes.device)


class _ChosenOutputs(nn.Module):
    """One output of each example, which stands before its numbers."""

    def __init__(self, network: nn.Module, shape: torch.Size) -> None:
        super().__init__()
        self.network = network
        self.shape = shape

    def forward(self, packed: Tensor) -> Tensor:
        outputs: Tensor = self.network(packed[:, 1:].reshape(-1, *self.shape))
        return outputs.reshape(len(packed), -1).gather(1, packed[:, :1].long())


def _kernel_of_landmarks(slopes: Jacobian, outputs: Tensor) -> Tensor:
    """R R', (M, M), in double precision."""
    inputs = slopes.inputs
    first = outputs[:, None].to(inputs.dtype)
    if not torch.equal(first[:, 0].long(), outputs):
        raise ValueError(f"inputs in {inputs.dtype} cannot number {slopes.outputs} outputs; use a wider type")
    chosen = _ChosenOutputs(slopes.network.module, inputs.shape[1:])
    weights = None if slopes.root is None else slopes.root.square()
    return empirical_ntk(chosen, torch.cat([first, inputs.reshape(len(inputs), -1)], 1), outputs=0, weights=weights)


def _checked(outputs: Tensor, slopes: Jacobian) -> Tensor:
    require_real("outputs", outputs)
    whole = outputs.shape == (len(slopes.inputs),) and not outputs.is_floating_point() and outputs.dtype != torch.bool
    low, high = (int(end) for end in outputs.aminmax()) if whole else (-1, -1)
    if low < 0 or high >= slopes.outputs:
        raise ValueError(
            f"{outputs.dtype} outputs of shape {tuple(outputs.shape)} from {low} to {high} were given for "
            f"{len(slopes.inputs)} landmarks; one whole number from 0 to {slopes.outputs - 1} is needed for each"
        )
    return outputs.detach().long()
