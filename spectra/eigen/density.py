"""Spectral density of a symmetric operator by stochastic Lanczos quadrature."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.recurrence import enough_steps, recurrence
from spectra.eigen.smoothing import crowded_grid, cumulated, densities, even_grid, inverted, spreads, visible
from spectra.notebook import as_html
from spectra.operators import SymmetricOperator
from spectra.operators.chance import given_or_own
from spectra.operators.symmetric import require_operators

TOLERANCE = 0.01
"""Ten probes take 199 products on flat, 208 on Marchenko-Pastur spectra of 1000 eigenvalues, 307 where ten of them are
100 times larger, and 838 on the Hessian of a network with 5829 weights whose eigenvalues lie at zero by half."""


@dataclass(frozen=True)
class Curve:
    """A function of one number, with its standard error over probes.

    Attributes:
        points: Where, (G,).
        values: The function there, (G,).
        standard_errors: Of the values, (G,).
    """

    points: Tensor
    values: Tensor
    standard_errors: Tensor


@dataclass(frozen=True)
class Density:
    """Density of the eigenvalues as point masses: one row for each random probe, each row of total weight one.

    Every mass stands for the eigenvalues around it. A node with a small residual is an eigenvalue, or many equal ones;
    in a bulk the residual is large, and the mass is spread as far as the neighbouring nodes. `curve` and `cumulative`
    spread it so, unless a width is given.

    Attributes:
        nodes: Places of the masses, (k, m) for k probes, largest first.
        weights: The masses, (k, m), none negative.
        residuals: An eigenvalue lies within this distance of the node, (k, m).
        lowest: Smallest node of the longest recurrence, less its residual.
        highest: Largest node of the longest recurrence, plus its residual.
        matvecs: Products with the operator that were spent.
    """

    nodes: Tensor
    weights: Tensor
    residuals: Tensor
    lowest: float
    highest: float
    matvecs: int

    _repr_html_ = as_html

    def moment(self, power: int) -> tuple[float, float]:
        """Mean of the eigenvalues to a power, trace(A^power) / P, and its standard error over probes."""
        samples = (self.weights * self.nodes**power).sum(1)
        return float(samples.mean()), float(samples.std() / len(samples) ** 0.5)

    def curve(self, grid: Tensor | None = None, *, width: float | None = None) -> Curve:
        """Density per unit of eigenvalue, each point mass as a Gaussian, with its standard error over probes.

        Args:
            grid: Eigenvalues (G,). None takes the whole range: evenly, half a width apart, where a width is given, and
                otherwise crowded where nodes are, so that a narrow bulk and far outliers both have their points.
            width: Standard deviation of the Gaussians, in the unit of the eigenvalues. None lets every mass have its
                own: six tenths of the distance to the nearest node, or less where the residual is small, but at least a
                hundredth of its distance to the median of all eigenvalues.

        Returns:
            Curve on G points.

        Raises:
            ValueError: If the width is not positive.
        """
        widths = self._widths(width)
        if width is None:
            widths = visible(widths, self.nodes, self.weights)
        if grid is None:
            grid = crowded_grid(self.nodes, widths) if width is None else even_grid(self.lowest, self.highest, width)
        points = torch.as_tensor(grid, dtype=torch.float64, device="cpu")
        return _curve(points, densities(points, self.nodes, self.weights, widths))

    def cumulative(self, points: Tensor, *, width: float | None = None) -> Curve:
        """Fraction of the eigenvalues below each of the points (G,), with its standard error over probes.

        Eigenvalues that lie closer together than nodes do are told apart no further: next to a steep rise the fraction
        may be off by more than the standard error, as it belongs to a point at most a node's distance away.

        Args:
            points: Eigenvalues (G,).
            width: As for `curve`; None lets masses be narrower than a figure can show.

        Returns:
            Curve on the points.

        Raises:
            ValueError: If the width is not positive.
        """
        points = torch.as_tensor(points, dtype=torch.float64, device="cpu")
        return _curve(points, cumulated(points, self.nodes, self.weights, self._widths(width)))

    def quantiles(self, fractions: Tensor) -> Curve:
        """Eigenvalues below which the given fractions (G,) of all lie, with their standard error over probes.

        Raises:
            ValueError: If a fraction is not between 0 and 1.
        """
        fractions = torch.as_tensor(fractions, dtype=torch.float64, device="cpu")
        if not bool(((fractions >= 0) & (fractions <= 1)).all()):
            raise ValueError(f"fractions {fractions.tolist()} were given; each must lie between 0 and 1")
        widths = self._widths(None)
        grid = crowded_grid(self.nodes, widths)
        rows = cumulated(grid, self.nodes, self.weights, widths)
        samples = torch.stack([inverted(fractions, grid, row) for row in rows])
        return Curve(fractions, inverted(fractions, grid, rows.mean(0)), samples.std(0) / len(samples) ** 0.5)

    def _widths(self, width: float | None) -> Tensor:
        if width is None:
            return spreads(self.nodes, self.residuals)
        if not width > 0:
            raise ValueError(f"a width of {width} was given; it must be positive")
        return torch.full_like(self.nodes, width)


def _curve(points: Tensor, samples: Tensor) -> Curve:
    return Curve(points, samples.mean(0), samples.std(0) / len(samples) ** 0.5)


def spectral_density(
    operator: SymmetricOperator,
    *,
    probes: int = 10,
    steps: int = 100,
    tolerance: float | None = None,
    generator: torch.Generator | None = None,
) -> Density:
    """Distribution of all eigenvalues, each with weight 1/P, from one Lanczos recurrence for each of `probes` vectors.

    The first recurrence makes `steps` products. The others stop where it could have stopped: where the fraction of
    eigenvalues below any number is no longer moved by the steps that follow. The first 2m - 1 moments of every row are
    exact for its probe; what is random is the probe, and the standard errors tell how much. They do not tell what more
    steps would change: a steep rise, as of a Hessian's many eigenvalues near zero, may lie aside by the distance
    between nodes.

    Probes are random signs, which vary less than normalised Gaussian vectors do (`sign_probe`). The memory is `steps`
    vectors of length P.

    Args:
        operator: Symmetric matrix A of size (P, P).
        probes: Number k of random start vectors, two or more.
        steps: Largest number of products for each; at most P are made.
        tolerance: How far the cumulative distribution of all `steps` may be from the one that is taken: this fraction
            of the eigenvalues up or down, after this part of the range of their central nine tenths sideways. None is
            0.01, or 1 / sqrt(2 k P) if that is larger: a bound of the standard error that the probes leave. Curves of
            a small width need a small one.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        Density with nodes and weights of shape (k, m), m at most `steps`, in double precision on the CPU.

    Raises:
        TypeError: If it is no operator, or the generator is none.
        ValueError: If there are fewer than two probes or no steps, or the tolerance is not positive.
        FloatingPointError: If a product is not finite.

    Source: Ubaru, Chen and Saad 2017, Fast Estimation of tr(f(A)) via Stochastic Lanczos Quadrature.
    """
    require_operators(operator)
    if probes < 2 or steps < 1:
        raise ValueError(
            f"{probes} probes of {steps} steps were asked for; a standard error needs two "
            "probes or more, and each one step or more"
        )
    if tolerance is None:
        # A fraction F of the eigenvalues has a variance of at most 2 F (1 - F) / P for each probe; finer is in vain.
        tolerance = max(TOLERANCE, (2 * operator.dim * probes) ** -0.5)
    if not tolerance > 0:
        raise ValueError(f"a tolerance of {tolerance} was given; it must be positive")
    generator = given_or_own(generator)
    longest = recurrence(operator, min(steps, operator.dim), generator)
    enough = enough_steps(longest, tolerance)
    recurrences = [longest, *(recurrence(operator, enough, generator) for _ in range(probes - 1))]
    nodes, weights, residuals = (torch.stack(part) for part in zip(*(r.rule(enough) for r in recurrences), strict=True))
    ends, _, beyond = longest.rule(longest.steps)
    lowest, highest = float(ends[-1] - beyond[-1]), float(ends[0] + beyond[0])
    return Density(nodes, weights, residuals, lowest, highest, longest.steps + (probes - 1) * enough)
