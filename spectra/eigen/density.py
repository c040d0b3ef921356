"""Spectral density of a symmetric operator by stochastic Lanczos quadrature."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.lanczos import Krylov, lanczos
from spectra.eigen.probes import own_generator
from spectra.operators import SymmetricOperator


@dataclass(frozen=True)
class Density:
    """Density of the eigenvalues as point masses: one row for each random probe, each row of total weight one."""

    nodes: Tensor  # (k, m), largest first
    weights: Tensor  # (k, m), none negative
    matvecs: int  # products with the operator that were spent

    def moment(self, power: int) -> tuple[float, float]:
        """Mean of the eigenvalues to a power, trace(A^power) / P, and its standard error over probes."""
        samples = (self.weights * self.nodes**power).sum(1)
        return float(samples.mean()), float(samples.std() / len(samples) ** 0.5)

    def smoothed(self, grid: Tensor, width: float) -> tuple[Tensor, Tensor]:
        """Density on a grid, each point mass as a Gaussian, and its standard error over probes.

        Args:
            grid: Eigenvalues (G,).
            width: Standard deviation of the Gaussians, in the unit of the eigenvalues.

        Returns:
            Density (G,) and standard error (G,), per unit of eigenvalue.

        Raises:
            ValueError: If the width is not positive.
        """
        if not width > 0:
            raise ValueError(f"a width of {width} was given; it must be positive")
        distance = (grid.double().cpu() - self.nodes[:, :, None]) / width
        kernel = torch.exp(-distance.square() / 2) / (width * (2 * torch.pi) ** 0.5)
        samples = (self.weights[:, :, None] * kernel).sum(1)
        return samples.mean(0), samples.std(0) / len(samples) ** 0.5


def spectral_density(
    operator: SymmetricOperator, *, probes: int = 10, steps: int = 50, generator: torch.Generator | None = None
) -> Density:
    """Distribution of all eigenvalues, each with weight 1/P, from `probes` Lanczos recurrences of `steps` products.

    The first 2 * steps - 1 moments of every row are exact for its probe; what is random is the probe.

    Args:
        operator: Symmetric matrix A of size (P, P).
        probes: Number k of random start vectors, two or more.
        steps: Number m of products for each; at most P are made.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        Density with nodes and weights of shape (k, m), in double precision on the CPU.

    Raises:
        ValueError: If there are fewer than two probes or no steps.
        FloatingPointError: If a product is not finite.

    Source: Ubaru, Chen and Saad 2017, Fast Estimation of tr(f(A)) via Stochastic Lanczos Quadrature.
    """
    if probes < 2 or steps < 1:
        raise ValueError(f"{probes} probes of {steps} steps were asked for; at least two probes of one step are needed")
    generator = own_generator() if generator is None else generator
    steps = min(steps, operator.dim)
    rows = [_row(lanczos(operator, _probe(operator, generator), steps, generator=generator)) for _ in range(probes)]
    nodes, weights = (torch.stack(part) for part in zip(*rows, strict=True))
    return Density(nodes, weights, probes * steps)


def _probe(operator: SymmetricOperator, generator: torch.Generator) -> Tensor:
    return torch.randn(operator.dim, generator=generator, dtype=operator.dtype).to(operator.device)


def _row(space: Krylov) -> tuple[Tensor, Tensor]:
    """Nodes and weights of the Gauss quadrature that belongs to the start vector of a space."""
    values, vectors = torch.linalg.eigh(space.tridiagonal)
    return values.flip(0), vectors[0].square().flip(0)
