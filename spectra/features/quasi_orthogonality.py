"""How near to orthogonal the features of different examples are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.features.arguments import ROUNDING, centred_matrix, feature_matrix, share_between
from spectra.notebook import as_html


@dataclass(frozen=True)
class QuasiOrthogonality:
    """Cosines of all pairs of examples, summed up.

    Attributes:
        share: Of the pairs, those with |cos| <= epsilon.
        mean: Mean cosine.
        deviation: Standard deviation of the cosines over the pairs.
        mean_square: Mean squared cosine; 1/d for isotropic features in d dimensions.
        epsilon: The limit of `share`.
    """

    share: float
    mean: float
    deviation: float
    mean_square: float
    epsilon: float

    _repr_html_ = as_html


def cosines(features: Tensor, *, centred: bool = True) -> Tensor:
    """Cosines of all pairs of examples, (N (N - 1) / 2,), those of the first example first.

    Args:
        features: (N, D).
        centred: Whether the mean over the examples is taken off before. The cosines of N centred examples have a mean
            near -1 / (N - 1).

    Raises:
        TypeError: If they are no tensor.
        ValueError: If they are no finite matrix, or those of an example are zero, or their mean, where it is taken
            off: they have no direction.

    >>> cosines(torch.eye(3), centred=False).tolist()
    [0.0, 0.0, 0.0]
    """
    rows = centred_matrix(features) if centred else feature_matrix(features)
    lengths = rows.norm(dim=1)
    # An example at the mean is off it by rounding, which is no direction.
    nothing = lengths <= (ROUNDING * float(features.abs().max()) if centred else 0.0)
    if bool(nothing.any()):
        where = "at their mean" if centred else "zero"
        raise ValueError(f"the features of {int(nothing.sum())} of {len(rows)} examples are {where}; leave them out")
    units = rows / lengths[:, None]
    first, second = torch.triu_indices(len(rows), len(rows), 1, device=rows.device)
    found: Tensor = (units @ units.T)[first, second].clamp(-1, 1)
    return found


def quasi_orthogonality(features: Tensor, *, epsilon: float = 0.1, centred: bool = True) -> QuasiOrthogonality:
    """Share of pairs of examples whose features are orthogonal but for epsilon, with moments of all cosines.

    For isotropic Gaussian features in d dimensions (1 + cos) / 2 has the distribution Beta((d - 1) / 2, (d - 1) / 2).

    Args:
        features: (N, D).
        epsilon: Largest |cos| that counts as orthogonal, between 0 and 1.
        centred: Whether the mean over the examples is taken off before.

    Raises:
        TypeError: If they are no tensor.
        ValueError: As for `cosines`, or if epsilon is not between 0 and 1.

    Source: Zhou et al. 2022 (arXiv 2203.16687) for the question.
    """
    epsilon = share_between("epsilon", epsilon)
    found = cosines(features, centred=centred)
    return QuasiOrthogonality(
        share=float((found.abs() <= epsilon).double().mean()),
        mean=float(found.mean()),
        deviation=float(found.std(correction=0)),
        mean_square=float(found.square().mean()),
        epsilon=epsilon,
    )
