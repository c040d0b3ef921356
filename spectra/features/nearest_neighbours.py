"""The intrinsic dimension that the distances to the two nearest neighbours tell."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from spectra.features.arguments import feature_matrix, repeated
from spectra.notebook import as_html

DISCARDED = 0.1
"""Share of the largest ratios that are not used, as in the paper: they see the edge and the density of the data."""


@dataclass(frozen=True)
class NeighbourDimension:
    """An intrinsic dimension.

    Attributes:
        value: Dimension.
        standard_error: Of the value, as if the ratios of different examples were independent.
        ratios: How many ratios were used.
        duplicates: How many examples were left out because an earlier one has the same features.
    """

    value: float
    standard_error: float
    ratios: int
    duplicates: int

    _repr_html_ = as_html


def neighbour_dimension(features: Tensor, *, discarded: float = DISCARDED) -> NeighbourDimension:
    """Intrinsic dimension d from mu = r_2 / r_1, the ratio of the distances to the second and the nearest neighbour.

    Where the density does not change over r_2, mu is Pareto distributed, P(mu > u) = u^-d, whatever the density. The
    paper fits a line through the logarithms of the distribution; here the likelihood of a Pareto sample that is cut
    off above is solved, with n of the ratios of N examples kept:

        d = (n - 1) / (sum_(i <= n) log mu_i + (N - n) log mu_n),

    which is unbiased, and has the standard error d / sqrt(n - 2). Of examples with the same features, but
    for rounding, one is kept, as a density knows no equal points: N counts different ones. Repeated images are equal,
    and so are examples for which no unit of a relu layer is active.

    Args:
        features: One row of D numbers for each example, at least 5 of them different.
        discarded: Share of the largest ratios that are only known to be large, from 0 to below 1.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no finite matrix, fewer than 5 examples have different features, fewer than 3 ratios are
            kept, or all ratios are one.

    Source: Facco, d'Errico, Rodriguez and Laio 2017, Scientific Reports 7, 12140.
    """
    rows = feature_matrix(features, least=5)[~repeated(features)]
    count = len(rows)
    if count < 5:
        raise ValueError(f"{len(features)} examples have {count} different features; at least 5 are needed")
    kept = count - int(discarded * count) if 0 <= discarded < 1 else 0
    if kept < 3:
        raise ValueError(f"discarded is {discarded!r} of {count} examples; pass a share that leaves at least 3")
    nearest = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist").topk(3, largest=False).values
    logarithms = (nearest[:, 2] / nearest[:, 1]).log().sort().values[:kept]
    total = float(logarithms.sum() + (count - kept) * logarithms[-1])
    if not total > 0:
        raise ValueError(
            "every example has two nearest neighbours at the same distance, as on a grid, and the dimension is read "
            "from how these distances differ; pass examples that are drawn at random"
        )
    value = (kept - 1) / total
    return NeighbourDimension(value, value / sqrt(kept - 2), kept, len(features) - count)
