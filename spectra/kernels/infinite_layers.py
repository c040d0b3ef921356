"""What layers of infinite width do to the covariances of a network."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from spectra.kernels.duals import Activation
from spectra.kernels.preconditions import require_finite


@dataclass(frozen=True)
class Covariances:
    """Covariances of the units of a layer at two sets of inputs, and its tangent kernel.

    Networks of pictures have further axes at the end, for positions; those of `cross` and `tangent` are either the same
    as those of the variances, for equal positions, or these twice, for pairs of positions.
    """

    first: Tensor  # (N, ...), variances at the first inputs
    second: Tensor  # (M, ...)
    cross: Tensor  # (N, M, ...)
    tangent: Tensor  # (N, M, ...)

    def activated(self, activation: Activation) -> Covariances:
        """The second moments of phi of the units; the tangent kernel takes the expected product of slopes.

        Raises:
            ValueError: If a variance is no longer finite.
        """
        if not (self.first.isfinite().all() and self.second.isfinite().all()):
            raise ValueError("the variance of the units overflows; use fewer layers or smaller variances or inputs")
        pairs = (1,) * (self.cross.ndim - self.first.ndim - 1)
        left = self.first.reshape(len(self.first), 1, *self.first.shape[1:], *pairs)
        right = self.second.reshape(1, len(self.second), *pairs, *self.second.shape[1:])
        cross, slopes = activation.expectations(left, right, self.cross)
        return Covariances(
            activation.expectations(self.first, self.first, self.first)[0],
            activation.expectations(self.second, self.second, self.second)[0],
            cross,
            slopes * self.tangent,
        )

    def weighted(self, weight_var: float, bias_var: float) -> Covariances:
        """A dense layer of trained standard normal parameters, sqrt(weight_var / width) W x + sqrt(bias_var) b.

        K -> weight_var K + bias_var, and the tangent kernel becomes that of the parameters before, weight_var Theta,
        plus the part of this layer's own, which is its covariance.
        """
        first, second, cross = (weight_var * part + bias_var for part in (self.first, self.second, self.cross))
        return Covariances(first, second, cross, cross + weight_var * self.tangent)

    def with_branch(self, branch: Covariances, square: float) -> Covariances:
        """This layer plus sqrt(square) times another, whose last parameters are independent of all before."""
        return Covariances(
            self.first + square * branch.first,
            self.second + square * branch.second,
            self.cross + square * branch.cross,
            self.tangent + square * branch.tangent,
        )


def input_covariances(x1: Tensor, x2: Tensor) -> Covariances:
    """<x, x'> / d of flattened inputs, and a tangent kernel of zero: nothing is trained before the first layer."""
    ours, theirs = x1.flatten(1), x2.flatten(1)
    size = ours.shape[1]
    first, second = (part.square().sum(1) / size for part in (ours, theirs))
    # A product of matrices sums in another order than the squares do: equal inputs must stay exactly equal.
    _, names = torch.unique(torch.cat([ours, theirs]), dim=0, return_inverse=True)
    same = names[: len(ours), None] == names[len(ours) :]
    cross = torch.where(same, first[:, None], ours @ theirs.T / size)
    return Covariances(first, second, cross, torch.zeros_like(cross))


def checked_inputs(x1: Tensor, x2: Tensor | None) -> tuple[Tensor, Tensor]:
    """Both sets of inputs in float64, at least two axes each; the first twice where there is no second.

    Raises:
        TypeError: If one is no floating-point tensor.
        ValueError: If there are no examples or features, they are not finite, or the sets do not fit together.
    """
    for name, given in (("x1", x1), ("x2", x1 if x2 is None else x2)):
        if not isinstance(given, Tensor) or not given.is_floating_point():
            kind = given.dtype if isinstance(given, Tensor) else type(given).__name__
            raise TypeError(f"{name} is {kind}; pass a floating-point tensor of shape (N, ...)")
        if given.ndim == 0 or given.numel() == 0:
            raise ValueError(f"{name} has the shape {tuple(given.shape)}; pass at least one example (N, ...)")
        require_finite(name, given)
    if x2 is not None and (x1.shape[1:], x1.dtype, x1.device) != (x2.shape[1:], x2.dtype, x2.device):
        raise ValueError(
            f"examples of x1 are {x1.dtype} of shape {tuple(x1.shape[1:])} on {x1.device}, those of x2 {x2.dtype} of "
            f"shape {tuple(x2.shape[1:])} on {x2.device}; they must agree"
        )
    return _in_double(x1), _in_double(x1 if x2 is None else x2)


def _in_double(inputs: Tensor) -> Tensor:
    numbers = inputs.detach().double()
    return numbers if numbers.ndim > 1 else numbers[:, None]


def check_variances(**variances: float) -> None:
    """Refuse variances that are negative or not finite, by their names."""
    for name, value in variances.items():
        if not isfinite(value) or value < 0:
            raise ValueError(f"{name} is {value}; a variance is zero or positive, and finite")
