"""The prior variance under which the predictions of a posterior are likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from torch import Tensor

from spectra.kernels.exact_laplace import ExactLaplace
from spectra.kernels.laplace import Laplace
from spectra.objectives import Criterion, cross_entropy

Posterior = TypeVar("Posterior", Laplace, ExactLaplace)


def likeliest_prior(
    posterior: Posterior,
    variances: Sequence[float],
    inputs: Tensor,
    targets: Tensor,
    *,
    likelihood: Criterion = cross_entropy,
) -> Posterior:
    """The posterior of that of several prior variances with the smallest mean loss on a validation set.

    Args:
        posterior: Of any prior variance.
        variances: Those to choose from; of equal losses the first.
        inputs: Validation examples (N, ...).
        targets: Of these.
        likelihood: Their loss.

    Raises:
        TypeError: If inputs are no tensor.
        ValueError: If there is no variance, or one is not positive; if inputs or targets do not fit.
    """
    if not variances:
        raise ValueError("there is no prior variance to choose from; pass one or more")
    predictions = posterior.predictions(inputs, variances)
    losses = [float(found.losses(likelihood, targets).mean()) for found in predictions]
    return replace(posterior, prior_variance=variances[losses.index(min(losses))])
