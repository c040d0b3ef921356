"""Dimensions of a cloud of features that its covariance knows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.features.arguments import centred_matrix
from spectra.kernels.effective_rank import effective_ranks
from spectra.notebook import as_html

CONDITION = 10.0
"""Largest over smallest eigenvalue of a covariance that still counts, the usual choice in the work on separability."""


@dataclass(frozen=True)
class SpectralDimensions:
    """Three counts of the eigenvalues l_1 >= l_2 >= ... of a covariance; each is d for d equal ones.

    Attributes:
        principal: Number of eigenvalues above l_1 / 10.
        participation: (sum l)^2 / sum l^2.
        entropy: exp of the entropy of l / sum l.
    """

    principal: int
    participation: float
    entropy: float

    _repr_html_ = as_html


def covariance_eigenvalues(features: Tensor) -> Tensor:
    """Eigenvalues of the covariance of N examples (mean taken off, divided by N), (min(N, D),), largest first.

    Raises:
        TypeError: If the features are no tensor.
        ValueError: If they are no finite matrix (N, D), or those of all examples are the same.
    """
    centred = centred_matrix(features)
    values: Tensor = torch.linalg.svdvals(centred).square() / len(centred)
    return values


def spectral_dimensions(features: Tensor) -> SpectralDimensions:
    """Dimensions of features (N, D) from the eigenvalues of their covariance.

    They are those of the sample: for N isotropic Gaussian examples in d dimensions the participation ratio is near
    d N / (N + d), and not d.

    Raises:
        TypeError: If the features are no tensor.
        ValueError: If they are no finite matrix, or those of all examples are the same.
    """
    values = covariance_eigenvalues(features)
    ranks = effective_ranks(values)
    return SpectralDimensions(principal_dimension(values), ranks.participation, ranks.entropy)


def principal_dimension(eigenvalues: Tensor) -> int:
    """Number of eigenvalues, given largest first, that are above a tenth of the largest."""
    return int((eigenvalues > eigenvalues[0] / CONDITION).sum())
