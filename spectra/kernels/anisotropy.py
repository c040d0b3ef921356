"""Neural anisotropy directions: directions of the inputs that move the gradient in the weights most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from spectra.eigen import top_eigenpairs
from spectra.kernels.arguments import whole_number
from spectra.kernels.jacobian import jacobian
from spectra.kernels.jacobian_products import Jacobian, differentiated
from spectra.objectives.differentiable import explained, pulled_back
from spectra.operators.columnwise import columnwise
from spectra.operators.symmetric import SymmetricOperator


@dataclass(frozen=True)
class AnisotropyDirections:
    """Leading right singular vectors of the mixed derivative of an output in weights and inputs.

    Attributes:
        singular_values: (k,), largest first, in double precision.
        directions: Unit vectors in the space of one example, (k, ...).
        residuals: Length of M'M v - value^2 v for each, (k,).
        converged: Whether all were found to the tolerance.
    """

    singular_values: Tensor
    directions: Tensor
    residuals: Tensor
    converged: bool

    @property
    def energies(self) -> Tensor:
        """Squared singular values, (k,)."""
        return self.singular_values.square()


def anisotropy_directions(
    module: nn.Module,
    inputs: Tensor,
    count: int,
    *,
    outputs: int | Literal["sum_of_logits"] = 0,
    tolerance: float = 1e-6,
    chunk: int | None = None,
) -> AnisotropyDirections:
    """Right singular vectors of M = d_theta d_x f, (P, d), by Lanczos on M'M, which is never built.

    f is one output, or their sum over O^(1/2); over several examples M is the mean of theirs. The usual point is zero:
    `anisotropy_directions(module, torch.zeros(1, *shape), count)`.

    Args:
        module: With outputs (N, O), or (N,) for one output; in evaluation mode if it has dropout or batch
            normalization.
        inputs: Points (N, ...) of real numbers at which the derivative is taken.
        count: Number k of directions.
        outputs: Index of the output f, or "sum_of_logits".
        tolerance: Error allowed in every squared singular value, as a fraction of the largest.
        chunk: Examples in one forward pass; None for so many that their graph takes 256 MB, by an estimate.

    Returns:
        Singular values and directions.

    Raises:
        TypeError: If inputs are no tensor of real numbers.
        ValueError: As for `jacobian`, if more than one output is chosen, the output or `count` is out of range, or M
            is zero, as for a network whose gradient does not depend on its inputs.
        NotImplementedError: If the backward pass of the network cannot be differentiated.

    Source: Ortiz-Jimenez et al. 2020, Neural Anisotropy Directions; 2021 (arXiv 2106.06770) for the mixed derivative.
    """
    if outputs in ("full", "trace"):
        raise ValueError(
            f"outputs={outputs!r} was asked for; the derivative of one is taken: an index or 'sum_of_logits'"
        )
    count = whole_number("count", count)
    slopes = jacobian(module, inputs, outputs=outputs, chunk=chunk)
    if not inputs.is_floating_point():
        raise TypeError(f"inputs are {inputs.dtype}; a derivative in the inputs needs real numbers")
    with torch.inference_mode(False):
        pairs = top_eigenpairs(_gram(slopes), count, tolerance=tolerance, strict=True, max_matvecs=200 + 10 * count)
    if not pairs.values[0] > 0:
        raise ValueError(
            "the mixed derivative in weights and inputs is zero at these points, and has no directions; take "
            "others, or more of them"
        )
    directions = pairs.vectors.T.reshape(-1, *inputs.shape[1:])
    return AnisotropyDirections(pairs.values.clamp_min(0).sqrt(), directions, pairs.residuals, pairs.converged)


def _gram(slopes: Jacobian) -> SymmetricOperator:
    """M'M as products with vectors over one example, (d,)."""
    parts = slopes.inputs.split(slopes.chunk)

    def product(direction: Tensor) -> Tensor:
        moved = torch.stack([_moved(slopes, part, direction) for part in parts]).sum(0)
        return torch.stack([_back(slopes, part, moved) for part in parts]).sum(0)

    return columnwise(product, torch.zeros_like(slopes.inputs[0]).flatten())


def _moved(slopes: Jacobian, part: Tensor, direction: Tensor) -> Tensor:
    """What a chunk adds to M v, (P,): the gradient in the weights of the slope along a direction of the inputs."""
    total, shift = _mean_output(slopes, part)
    slope = pulled_back(total, shift, torch.ones_like(total, requires_grad=True))
    return _gradient(slope, slopes.point, direction)


def _back(slopes: Jacobian, part: Tensor, moved: Tensor) -> Tensor:
    """What a chunk adds to M'u, (d,): the gradient in the inputs of the slope along a direction of the weights."""
    total, shift = _mean_output(slopes, part)
    slope = pulled_back(total, slopes.point, torch.ones_like(total, requires_grad=True))
    return _gradient(slope, shift, moved)


def _mean_output(slopes: Jacobian, part: Tensor) -> tuple[Tensor, Tensor]:
    """What a chunk adds to the mean output as a function of a shift of all inputs, and that shift, zero, (d,)."""
    with differentiated(slopes.network.module):
        shift = torch.zeros(part[0].numel(), dtype=part.dtype, device=part.device, requires_grad=True)
        outputs = slopes.values(part.detach() + shift.view(part.shape[1:]))
        return (outputs @ slopes.readouts[0]).sum() / len(slopes.inputs), shift


def _gradient(slope: Tensor, point: Tensor, direction: Tensor) -> Tensor:
    """Product of a mixed derivative with a direction; zero where the slope is constant."""
    with explained():
        (found,) = torch.autograd.grad(slope, point, direction, allow_unused=True)
    return torch.zeros_like(point) if found is None else found
