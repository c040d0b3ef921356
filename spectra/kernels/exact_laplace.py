"""The linearized Laplace approximation with the whole tangent kernel: no approximation but the linearization."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.laplace import require_prior
from spectra.kernels.nystrom import ROUNDING
from spectra.kernels.parameter_weights import ParameterWeights
from spectra.kernels.predictive import Predictive, output_curvature
from spectra.kernels.readouts import example_outputs
from spectra.notebook import as_html
from spectra.objectives import Criterion, cross_entropy

BLOCK = 64
"""Test examples whose kernel with all training examples is held at a time."""


@dataclass(frozen=True)
class ExactLaplace:
    """The Gaussian posterior over the linearization of a network, by its tangent kernel with N examples.

    Attributes:
        module: A copy of the network.
        inputs: The N examples.
        root: W_n of each, (N, O, O), so that W_n W_n' is the curvature of its loss in its outputs.
        kept: Which of the N O columns of W = diag(W_1, ..., W_N) are above rounding, r of them.
        factor: Cholesky factor of A = I / s^2 + W' Theta W, (r, r).
        prior_variance: s^2.
        weights: The diagonal D, as for `empirical_ntk`.
    """

    module: nn.Module
    inputs: Tensor
    root: Tensor
    kept: Tensor
    factor: Tensor
    prior_variance: float
    weights: ParameterWeights | None

    _repr_html_ = as_html

    def predict(self, inputs: Tensor) -> Predictive:
        """Outputs of examples (M, ...) with their covariance s^2 (Theta_tt - Theta_tX W A^-1 W' Theta_Xt).

        Raises:
            TypeError: As for `empirical_ntk`.
            ValueError: As for `empirical_ntk`.
        """
        found = [self._covariance(part) for part in inputs.split(BLOCK)]
        return Predictive(_outputs(self.module, inputs), torch.cat(found))

    def _covariance(self, inputs: Tensor) -> Tensor:
        own = empirical_ntk(self.module, inputs, weights=self.weights).diagonal(dim1=0, dim2=1).movedim(-1, 0)
        cross = empirical_ntk(self.module, inputs, self.inputs, weights=self.weights)
        seen = torch.einsum("tnij,njk->tink", cross, self.root).flatten(2)[:, :, self.kept]
        whitened = torch.linalg.solve_triangular(self.factor, seen.flatten(0, 1).T, upper=False).T.view_as(seen)
        covariance: Tensor = self.prior_variance * (own - whitened @ whitened.mT)
        return covariance


def exact_laplace(
    module: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    prior_variance: float,
    likelihood: Criterion = cross_entropy,
    weights: ParameterWeights | None = None,
) -> ExactLaplace:
    """Linearized Laplace in function space, with the tangent kernel of all outputs of all examples.

    Time is that of the kernel (N O, N O), and (N O)^3 / 3 for a factorisation, from which outputs are left out that
    the loss does not see, such as those of examples without doubt. `accelerated_laplace` is for more examples.

    Args:
        module: With outputs (N, O), or (N,) for one output; in evaluation mode if it has dropout or batch
            normalization. It is copied.
        inputs: Training examples (N, ...).
        targets: Of these.
        prior_variance: Variance s^2 of every weight, or s^2 D.
        likelihood: The loss of one example is its negative log likelihood.
        weights: The diagonal D, as for `empirical_ntk`.

    Returns:
        The posterior.

    Raises:
        TypeError: As for `empirical_ntk`.
        ValueError: As for `empirical_ntk`; if the prior variance is not positive, or the targets do not fit.

    Source: Immer, Korzepa and Bauer 2021, Improving predictions of Bayesian neural nets via local linearization.
    """
    require_prior(prior_variance)
    module = copy.deepcopy(module)
    kernel = empirical_ntk(module, inputs, weights=weights)
    values, vectors = torch.linalg.eigh(output_curvature(likelihood, _outputs(module, inputs), targets))
    root, kept = vectors * values.clamp_min(0).sqrt()[:, None], (values > ROUNDING * values.max()).flatten()
    inner = torch.einsum("nil,nmij,mjk->nlmk", root, kernel, root).flatten(2).flatten(0, 1)[kept][:, kept]
    inner.diagonal().add_(1 / prior_variance)
    return ExactLaplace(module, inputs, root, kept, torch.linalg.cholesky(inner), prior_variance, weights)


def _outputs(module: nn.Module, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return example_outputs(module(inputs), len(inputs)).double()
