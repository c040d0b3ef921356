"""Singular values of a weight matrix beside those of noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.kernels.effective_rank import EffectiveRanks, effective_ranks
from spectra.kernels.preconditions import require_finite
from spectra.notebook import as_html

HIGHEST_OF_NOISE = 2.0234
"""99 percent of noise matrices have a smaller largest eigenvalue: that quantile of the Tracy-Widom law of order 1."""


@dataclass(frozen=True)
class WeightSpectrum:
    """Eigenvalues of W W' / n for a matrix W with m rows and n >= m columns, or of its transpose.

    Attributes:
        eigenvalues: (m,), largest first.
        outliers: How many of the largest are too large for noise, at a level of 1 percent.
        variance: Of the entries of the noise, from the other eigenvalues.
        bulk: Where the eigenvalues of such noise lie in large matrices, variance * (1 -+ (m / n)^(1/2))^2.
        ranks: Effective ranks of W W'; the stable one is |W|_F^2 / |W|^2.
    """

    eigenvalues: Tensor
    outliers: int
    variance: float
    bulk: tuple[float, float]
    ranks: EffectiveRanks

    _repr_html_ = as_html


def weight_spectrum(weights: Tensor) -> WeightSpectrum:
    """Spectrum of a weight matrix, and how many directions stand out of it.

    Independent entries of one variance s^2 have the Marchenko-Pastur law, and the largest of m eigenvalues is at

        s^2 (mu + t sigma) / n,  mu = ((n - 1)^(1/2) + m^(1/2))^2,
        sigma = mu^(1/2) ((n - 1)^(-1/2) + m^(-1/2))^(1/3),

    with t of the Tracy-Widom law of order 1. From the largest on, an eigenvalue is an outlier if it is beyond that for
    the matrix without those before it, with s^2 the mean square of what is left. Large matrices show a direction
    from |W u| = s (m n)^(1/4) on; those with fewer than six rows and columns show none.

    Args:
        weights: (rows, columns), at least two of both; further axes count as columns, as in a convolution.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is no finite real matrix, has one row or one column, or is zero.

    Source: Johnstone 2001, Annals of Statistics 29, 295, for the largest eigenvalue; Kritchman and Nadler 2008,
    Chemometrics and Intelligent Laboratory Systems 94, 19, for taking them one after another; Benaych-Georges and
    Nadakuditi 2012, Journal of Multivariate Analysis 111, 120, for what large matrices show.

    >>> torch.manual_seed(0).initial_seed()
    0
    >>> spike = 3 * torch.ones(50, 1) @ torch.ones(1, 200) / 10
    >>> weight_spectrum(torch.randn(50, 200)).outliers, weight_spectrum(torch.randn(50, 200) + spike).outliers
    (0, 1)
    """
    require_real("weights", weights)
    require_finite("the weights", weights, "take weights from before they diverged")
    if weights.ndim < 2:
        raise ValueError(f"weights of shape {tuple(weights.shape)} were given; pass a matrix (rows, columns)")
    matrix = weights.detach().flatten(1).double()
    m, n = sorted(matrix.shape)
    if m < 2 or not bool(matrix.any()):
        raise ValueError(
            f"a matrix {tuple(matrix.shape)} of zeros, or with one row or column, has no spectrum of noise; leave it "
            "out"
        )
    values = torch.linalg.svdvals(matrix)
    # Below the rounding of the weights is nothing, whatever share of it the largest has.
    unit = torch.finfo(weights.dtype).eps if weights.is_floating_point() else 0.0
    values = torch.where(values > n * unit * values[0], values, 0.0).square() / n
    left = values.flip(0).cumsum(0).flip(0)  # the sum of each eigenvalue and all that are smaller
    shares = (values / left).tolist()
    outliers = 0
    while outliers < m - 1 and shares[outliers] > _highest_share(m - outliers, n - outliers):
        outliers += 1
    variance = float(left[outliers]) * n / ((m - outliers) * (n - outliers))
    low, high = (variance * (1 + sign * sqrt(m / n)) ** 2 for sign in (-1, 1))
    return WeightSpectrum(values, outliers, variance, (low, high), effective_ranks(values))


def _highest_share(m: int, n: int) -> float:
    """What share of the sum of all eigenvalues the largest one of noise has at most."""
    roots = sqrt(n - 1), sqrt(m)
    sigma = sum(roots) * float(sum(1 / root for root in roots) ** (1 / 3))
    return (sum(roots) ** 2 + HIGHEST_OF_NOISE * sigma) / (m * n)
