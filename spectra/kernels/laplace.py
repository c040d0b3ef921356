"""The linearized Laplace approximation with the kernel of a few tangent features (ELLA)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from spectra.kernels.predictive import Predictive, output_curvature
from spectra.kernels.tangent_features import TangentFeatures
from spectra.notebook import as_html
from spectra.objectives import Criterion, cross_entropy


@dataclass(frozen=True)
class Laplace:
    """A Gaussian posterior over a network that is linear in K tangent features.

    Attributes:
        features: Psi, from examples to (N, O, K).
        precision: G = sum_n Psi_n' Lambda_n Psi_n + r I / s^2, (K, K), with s^2 the prior variance and r the share of
            the examples that were seen.
        seen: How many examples those are.
        checks: Examples seen and mean loss on the validation set, after every batch; empty without one.
    """

    features: TangentFeatures
    precision: Tensor
    seen: int
    checks: tuple[tuple[int, float], ...]

    _repr_html_ = as_html

    def predict(self, inputs: Tensor) -> Predictive:
        """Outputs of examples (N, ...) with their covariance Psi G^-1 Psi', from K products with their Jacobian.

        Raises:
            TypeError: If inputs are no tensor.
            ValueError: If the network cannot read them.
        """
        return _predictive(self.features.outputs(inputs), self.features(inputs), self.precision)


def accelerated_laplace(
    features: TangentFeatures,
    batches: Sequence[tuple[Tensor, Tensor]],
    *,
    prior_variance: float,
    likelihood: Criterion = cross_entropy,
    validation: tuple[Tensor, Tensor] | None = None,
) -> Laplace:
    """The posterior of linearized Laplace in tangent features, in one pass over the data.

    Where the features span the gradients of all outputs of the training examples and of those that are predicted, the
    covariance is that of `exact_laplace`; what they miss of a predicted example counts as certain. With a validation
    set the pass keeps what it had after the batch with the smallest loss there, against an overfitting of the
    covariance: the prior counts by the share of the examples that were seen.

    Args:
        features: Of the network and its landmarks, as `tangent_features` makes them.
        batches: Pairs of inputs (n, ...) and targets; each ends with a check on the validation set.
        prior_variance: Variance s^2 of every weight, or s^2 D with the D of the features.
        likelihood: The loss of one example is its negative log likelihood: `cross_entropy`, or `gaussian_likelihood`.
        validation: Inputs and targets on which it is decided how many batches are seen; None sees all.

    Returns:
        The posterior.

    Raises:
        ValueError: If there is no batch, the prior variance is not positive, or inputs or targets do not fit.

    Source: Deng, Zhou and Zhu 2022, Accelerated Linearized Laplace Approximation (arXiv 2210.12642).
    """
    require_prior(prior_variance)
    if not batches:
        raise ValueError("there is no batch of examples; pass one or more pairs of inputs and targets")
    total, seen = sum(len(inputs) for inputs, _ in batches), 0
    summed = features.values.new_zeros(len(features.values), len(features.values))
    judge = None if validation is None else _Judge(features, likelihood, *validation)
    best: tuple[float, int, Tensor] | None = None
    checks = []
    for inputs, targets in batches:
        summed = summed + _curvature(features, likelihood, inputs, targets)
        seen += len(inputs)
        prior = torch.eye(len(summed)).to(summed) * (seen / total / prior_variance)
        loss = float("nan") if judge is None else judge.loss(summed + prior)
        if judge is not None:
            checks.append((seen, loss))
        if best is None or not loss >= best[0]:
            best = loss, seen, summed + prior
    assert best is not None
    return Laplace(features, best[2], best[1], tuple(checks))


def require_prior(variance: float) -> None:
    """Refuse a variance that is not positive and finite.

    Raises:
        ValueError: If it is not.
    """
    if not (isfinite(variance) and variance > 0):
        raise ValueError(f"a prior variance of {variance} is not possible; pass a positive number")


class _Judge:
    """The loss on a validation set, whose features are made once."""

    def __init__(self, features: TangentFeatures, likelihood: Criterion, inputs: Tensor, targets: Tensor) -> None:
        self.outputs, self.features = features.outputs(inputs), features(inputs)
        self.likelihood, self.targets = likelihood, targets

    def loss(self, precision: Tensor) -> float:
        found = _predictive(self.outputs, self.features, precision)
        return float(found.losses(self.likelihood, self.targets).mean())


def _curvature(features: TangentFeatures, likelihood: Criterion, inputs: Tensor, targets: Tensor) -> Tensor:
    """sum_n Psi_n' Lambda_n Psi_n, (K, K)."""
    outer = output_curvature(likelihood, features.outputs(inputs), targets)
    rows = features(inputs)
    return torch.einsum("nik,nij,njl->kl", rows, outer, rows)


def _predictive(outputs: Tensor, rows: Tensor, precision: Tensor) -> Predictive:
    """Outputs (N, O) with the covariance of features (N, O, K)."""
    factor = torch.linalg.cholesky(precision)
    whitened = torch.linalg.solve_triangular(factor, rows.mT, upper=False)
    return Predictive(outputs, whitened.mT @ whitened)
