"""The linearized Laplace approximation with the kernel of a few tangent features (ELLA)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import torch
from torch import Tensor

from spectra.kernels.predictive import Predictive, output_curvature
from spectra.kernels.regression_matrices import rounding
from spectra.kernels.tangent_features import TangentFeatures
from spectra.notebook import as_html
from spectra.objectives import Criterion, cross_entropy
from spectra.objectives.objective import described


@dataclass(frozen=True)
class Laplace:
    """A Gaussian posterior over a network that is linear in K tangent features.

    Its precision is G = sum_n Psi_n' Lambda_n Psi_n + (n / N) I / s^2, with n of N examples seen. `dataclasses.replace`
    makes the posterior of another prior variance.

    Attributes:
        features: Psi, from examples to (N, O, K).
        curvature: The sum over the examples that were seen, (K, K).
        prior_variance: s^2.
        seen: Number n of these examples.
        examples: Number N of all.
        checks: Examples seen and mean loss on the validation set, after every batch; empty without one.
    """

    features: TangentFeatures
    curvature: Tensor
    prior_variance: float
    seen: int
    examples: int
    checks: tuple[tuple[int, float], ...]

    _repr_html_ = as_html

    def predict(self, inputs: Tensor) -> Predictive:
        """Outputs of examples (N, ...) with their covariance Psi G^-1 Psi', from K products with their Jacobian.

        Raises:
            TypeError: If inputs are no tensor.
            ValueError: If the network cannot read them.
        """
        return self.predictions(inputs, [self.prior_variance])[0]

    def predictions(self, inputs: Tensor, variances: Sequence[float]) -> list[Predictive]:
        """The same under each of several prior variances; features are made once.

        Raises:
            TypeError: As for `predict`.
            ValueError: As for `predict`; if a variance is not positive.
        """
        outputs, rows = self.features.outputs(inputs), self.features(inputs)
        return [_predictive(outputs, rows, self.curvature, self.prior(variance)) for variance in variances]

    def prior(self, variance: float) -> float:
        """What a prior variance s^2 adds to every eigenvalue of the precision, n / (N s^2).

        Raises:
            ValueError: If it is not positive.
        """
        require_prior(variance)
        return self.seen / self.examples / variance


def accelerated_laplace(
    features: TangentFeatures,
    batches: Iterable[tuple[Tensor, Tensor]],
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
        batches: Pairs of inputs (n, ...) and targets, in a list or a DataLoader, which are read twice; each ends with a
            check on the validation set.
        prior_variance: Variance s^2 of every weight, or s^2 D with the D of the features.
        likelihood: The loss of one example is its negative log likelihood: `cross_entropy`, or `gaussian_likelihood`.
        validation: Inputs and targets on which it is decided how many batches are seen; None sees all.

    Returns:
        The posterior.

    Raises:
        TypeError: If the features are none, or a batch is no pair.
        ValueError: If there is no batch, or the batches can be read only once; if the prior variance is not positive,
            or inputs or targets do not fit.

    Source: Deng, Zhou and Zhu 2022, Accelerated Linearized Laplace Approximation (arXiv 2210.12642).
    """
    if not isinstance(features, TangentFeatures):
        raise TypeError(
            f"{described(features)} was given in place of features; make them of a module with "
            "tangent_features(module, landmarks)"
        )
    require_prior(prior_variance)
    examples = sum(_count(batch) for batch in batches)
    if not examples:
        raise ValueError("there is no batch of examples; pass one or more pairs of inputs and targets")
    curvature = features.values.new_zeros(len(features.values), len(features.values))
    judge = None if validation is None else _Judge(features, likelihood, *validation)
    found = Laplace(features, curvature, prior_variance, 0, examples, ())
    best, lowest = found, float("inf")
    for inputs, targets in batches:
        curvature = found.curvature + _curvature(features, likelihood, inputs, targets)
        found = replace(found, curvature=curvature, seen=found.seen + len(inputs))
        if judge is None:
            best = found
            continue
        loss = judge.loss(found)
        found = replace(found, checks=(*found.checks, (found.seen, loss)))
        if loss < lowest:
            best, lowest = found, loss
    if not found.seen:
        raise ValueError("the batches could be read only once, to count them; pass a list or a DataLoader")
    if not best.seen:
        raise ValueError("the loss on the validation set is not a number after any batch; look at its inputs")
    return replace(best, checks=found.checks)


def require_prior(variance: float) -> None:
    """Refuse a variance that is not positive and finite.

    Raises:
        ValueError: If it is not.
    """
    if not (isfinite(variance) and variance > 0):
        raise ValueError(f"a prior variance of {variance} is not possible; pass a positive number")


def _count(batch: tuple[Tensor, Tensor]) -> int:
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise TypeError(
            f"a batch is {described(batch)}; each must be a pair (inputs, targets): for a single batch pass "
            "[(inputs, targets)]"
        )
    return len(batch[0])


class _Judge:
    """The loss on a validation set, whose features are made once."""

    def __init__(self, features: TangentFeatures, likelihood: Criterion, inputs: Tensor, targets: Tensor) -> None:
        self.outputs, self.features = features.outputs(inputs), features(inputs)
        self.likelihood, self.targets = likelihood, targets

    def loss(self, found: Laplace) -> float:
        predicted = _predictive(self.outputs, self.features, found.curvature, found.prior(found.prior_variance))
        return float(predicted.losses(self.likelihood, self.targets).mean())


def _curvature(features: TangentFeatures, likelihood: Criterion, inputs: Tensor, targets: Tensor) -> Tensor:
    """sum_n Psi_n' Lambda_n Psi_n, (K, K)."""
    outer = output_curvature(likelihood, features.outputs(inputs), targets)
    rows = features(inputs)
    return torch.einsum("nik,nij,njl->kl", rows, outer, rows)


def _predictive(outputs: Tensor, rows: Tensor, curvature: Tensor, prior: float) -> Predictive:
    """Outputs (N, O) with the covariance of features (N, O, K)."""
    values, vectors = torch.linalg.eigh(curvature)
    # What few examples do not tell is zero up to rounding, which a wide prior would take for knowledge.
    known = torch.where(values > rounding(values), values, 0.0)
    whitened = rows @ (vectors / (known + prior).sqrt())
    return Predictive(outputs, whitened @ whitened.mT)
