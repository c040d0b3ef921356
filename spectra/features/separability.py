"""The dimension of a sphere on which as few pairs of points are inseparable as among some features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.optimize import brentq
from scipy.special import betainc
from torch import Tensor

from spectra.features.arguments import centred_matrix, share_between
from spectra.features.spectral_dimensions import principal_dimension
from spectra.notebook import as_html

INSEPARABLE = 0.01
"""Share of pairs at which alpha is set where none is given: with 100 examples, 50 pairs."""
HIGHEST = 1e6
ALIKE = 1 - 1e-12
"""A cosine above which two points have one direction but for rounding."""


@dataclass(frozen=True)
class SeparabilityDimension:
    """A dimension with what it was made of.

    Attributes:
        value: Dimension d of the sphere's space, a real number.
        inseparable: Share of ordered pairs x, y with x.y > alpha x.x.
        alpha: Which alpha.
        directions: Principal directions that were kept.
    """

    value: float
    inseparable: float
    alpha: float
    directions: int

    _repr_html_ = as_html


def separability_dimension(features: Tensor, *, alpha: float | None = None) -> SeparabilityDimension:
    """Dimension d of the unit sphere whose uniform points have as many Fisher-inseparable pairs as some features.

    Two points are inseparable if x.y > alpha x.x. Features lose their mean, are projected on the principal directions
    with eigenvalues above a tenth of the largest, scaled there to unit variance, and put on the unit sphere. There

        p_alpha = I_(1 - alpha^2)((d - 1) / 2, 1 / 2) / 2,

    with I the regularised incomplete beta function, is the share of a cap; it is solved for d exactly. d is 1 where one
    direction is kept, and in the limit of alpha towards 1, where 1 % of the pairs or more have the same direction.

    Args:
        features: (N, D).
        alpha: Between 0 and 1; None takes the one at which 1 % of the pairs are inseparable, so that there always are
            some: at a fixed alpha no pair is left in high dimensions.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no finite matrix, those of all examples are the same, so few that 1 % of the pairs do
            not lie on one side of the mean, or at `alpha` no pair is inseparable, or half of them.

    Source: Albergante, Bac and Zinovyev 2019 (arXiv 1901.06328) for the dimension; the inversion is ours.
    """
    points = sphere_points(features)
    count = len(points)
    first, second = torch.triu_indices(count, count, 1, device=points.device)
    products = (points @ points.T)[first, second]
    # A quantile between two pairs would belong to none of them; torch.quantile refuses more than 16 million.
    place = max(1, round(INSEPARABLE * len(products)))
    alpha = min(_cut(products, place), ALIKE) if alpha is None else share_between("alpha", alpha)
    if not alpha > 0:
        raise ValueError(
            f"of the pairs of {count} examples in {points.shape[1]} directions fewer than 1 % have an angle below 90 "
            "degrees, as in a simplex; pass more examples"
        )
    share = float((products > alpha).double().mean())
    line = points.shape[1] == 1 or alpha >= ALIKE
    return SeparabilityDimension(1.0 if line else sphere_dimension(share, alpha), share, alpha, points.shape[1])


def sphere_dimension(share: float, alpha: float) -> float:
    """d at which two uniform points of the unit sphere in d dimensions have x.y > alpha with a given probability.

    Raises:
        ValueError: If the share is not above 0 and below 1/2, or d is beyond a million.

    >>> round(sphere_dimension(0.25, 0.5), 6)  # a cap of half the sphere's height in three dimensions
    3.0
    """
    share, alpha = share_between("the share of inseparable pairs", share, highest=0.5), share_between("alpha", alpha)

    def excess(dimension: float) -> float:
        return float(betainc((dimension - 1) / 2, 0.5, 1 - alpha**2)) / 2 - share

    if excess(HIGHEST) > 0:
        raise ValueError(f"alpha {alpha:g} is too small to tell dimensions beyond {HIGHEST:g} apart; take a larger one")
    return float(brentq(excess, 1 + 1e-12, HIGHEST, xtol=1e-12, rtol=1e-12))


def sphere_points(features: Tensor) -> Tensor:
    """Features (N, D) without mean, on their k principal directions, of unit variance, as unit vectors (N, k)."""
    centred = centred_matrix(features)
    left, values, _ = torch.linalg.svd(centred, full_matrices=False)
    white = left[:, : principal_dimension(values.square())]
    points: Tensor = white / white.norm(dim=1, keepdim=True).clamp_min(torch.finfo(white.dtype).tiny)
    return points


def _cut(products: Tensor, place: int) -> float:
    """A number that `place` of the products exceed, half-way between two of them."""
    largest = products.topk(min(place + 1, len(products))).values
    return float(largest[-2:].mean())
