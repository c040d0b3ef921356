"""Spectra on which solvers and estimates are tried."""

import torch

from spectra.operators import SymmetricOperator

SPECTRA = {
    "spread": torch.linspace(-1, 3, 40),
    "negative": torch.linspace(-9, -1, 40),
    "indefinite and symmetric": torch.cat([torch.linspace(1, 2, 20), -torch.linspace(1, 2, 20)]),
    "clustered at the top": torch.cat([torch.linspace(0, 1, 37), torch.tensor([4.999, 5.0, 5.001])]),
    "power law": torch.arange(1, 41) ** -1.5,
    "one outlier": torch.cat([torch.full((39,), 0.1), torch.tensor([7.0])]),
}
"""Of 40 eigenvalues, for what has to find some of them."""

DECAYS = {
    "flat": torch.linspace(0.5, 1.5, 120),
    "slow decay": torch.arange(1, 121) ** -0.5,
    "fast decay": torch.arange(1, 121) ** -2.0,
    "low rank": torch.cat([torch.linspace(1, 2, 5), torch.zeros(115)]),
    "outliers": torch.cat([torch.linspace(10, 30, 6), torch.linspace(-0.3, 0.5, 114)]),
    "outliers of both signs": torch.cat([torch.tensor([30.0, 20.0, -25.0, -10.0]), torch.linspace(-0.1, 0.2, 116)]),
    "indefinite": torch.linspace(-1, 1.2, 120),
}
"""Of 120 eigenvalues, for what sums over all of them."""


def operator_of_diagonal(diagonal: torch.Tensor) -> SymmetricOperator:
    return SymmetricOperator(len(diagonal), lambda block: diagonal[:, None] * block, diagonal.dtype, diagonal.device)
