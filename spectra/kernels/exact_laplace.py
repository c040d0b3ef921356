"""The linearized Laplace approximation with the whole tangent kernel: no approximation but the linearization."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spectra.kernels.arguments import require_real
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

    `dataclasses.replace` makes the posterior of another prior variance.

    Attributes:
        module: A copy of the network.
        inputs: The N examples.
        root: W_n of each, (N, O, O), so that W_n W_n' is the curvature of its loss in its outputs.
        kept: Which of the N O columns of W = diag(W_1, ..., W_N) are above rounding, r of them.
        values: Eigenvalues of W' Theta W, (r,).
        vectors: Its eigenvectors, (r, r).
        prior_variance: s^2.
        weights: The diagonal D, as for `empirical_ntk`.
    """

    module: nn.Module
    inputs: Tensor
    root: Tensor
    kept: Tensor
    values: Tensor
    vectors: Tensor
    prior_variance: float
    weights: ParameterWeights | None

    _repr_html_ = as_html

    def predict(self, inputs: Tensor) -> Predictive:
        """Outputs of examples (M, ...) with their covariance s^2 (Theta_tt - Theta_tX W A^-1 W' Theta_Xt).

        Here A = W' Theta_XX W + I / s^2.

        Raises:
            TypeError: As for `empirical_ntk`.
            ValueError: As for `empirical_ntk`.
        """
        return self.predictions(inputs, [self.prior_variance])[0]

    def predictions(self, inputs: Tensor, variances: Sequence[float]) -> list[Predictive]:
        """The same under each of several prior variances; kernels are made once.

        Raises:
            TypeError: As for `predict`.
            ValueError: As for `predict`; if a variance is not positive.
        """
        require_real("inputs", inputs)
        for variance in variances:
            require_prior(variance)
        parts = [self._covariances(part, variances) for part in inputs.split(BLOCK)]
        outputs = _outputs(self.module, inputs)
        return [Predictive(outputs, torch.cat(found)) for found in zip(*parts, strict=True)]

    def _covariances(self, inputs: Tensor, variances: Sequence[float]) -> list[Tensor]:
        own = empirical_ntk(self.module, inputs, weights=self.weights).diagonal(dim1=0, dim2=1).movedim(-1, 0)
        cross = empirical_ntk(self.module, inputs, self.inputs, weights=self.weights)
        rows = torch.einsum("tnij,njk->tink", cross, self.root).flatten(2)[:, :, self.kept] @ self.vectors
        return [one * (own - rows / (self.values + 1 / one) @ rows.mT) for one in variances]


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

    Time is that of the kernel (N O, N O) and of its eigendecomposition, without the outputs that the loss does not see,
    such as those of examples without doubt. `accelerated_laplace` is for more examples.

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
    with torch.inference_mode(False):
        module = copy.deepcopy(module)
    kernel = empirical_ntk(module, inputs, weights=weights)
    values, vectors = torch.linalg.eigh(output_curvature(likelihood, _outputs(module, inputs), targets))
    root, kept = vectors * values.clamp_min(0).sqrt()[:, None], (values > ROUNDING * values.max()).flatten()
    inner = torch.einsum("nil,nmij,mjk->nlmk", root, kernel, root).flatten(2).flatten(0, 1)[kept][:, kept]
    found, directions = torch.linalg.eigh(inner)
    return ExactLaplace(module, inputs, root, kept, found.clamp_min(0), directions, prior_variance, weights)


def _outputs(module: nn.Module, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return example_outputs(module(inputs), len(inputs)).double()
