"""A number from random probes, with its error and its cost."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.eigen.probes import FEWEST_PROBES
from spectra.notebook import as_html


@dataclass(frozen=True)
class Estimate:
    """A number from random probes, with what it cost.

    Attributes:
        value: The estimate.
        standard_error: Of the value. From a dozen products it is itself uncertain: the truth then lay within two of it
            in 85 to 96 percent of the cases, from sixty in 89 percent or more. From 8 to 11, at which loose tolerances
            are reached, it did so in 80 percent where three of 150 eigenvalues stood out.
        matvecs: Products with the operator that were spent.
        converged: Whether the standard error reached the tolerance.
    """

    value: float
    standard_error: float
    matvecs: int
    converged: bool

    _repr_html_ = as_html


@dataclass(frozen=True)
class Goal:
    """When an estimate is good enough, and when to give up.

    Raises:
        ValueError: If the relative tolerance is not positive, the absolute one is negative, fewer products are allowed
            than a standard error needs, or none may be kept.
    """

    tolerance: float  # standard error over |value| to stop at
    absolute_tolerance: float  # or this standard error, whichever is reached first
    max_matvecs: int
    max_basis: int  # products to keep

    def __post_init__(self) -> None:
        if not self.tolerance > 0:
            raise ValueError(f"a tolerance of {self.tolerance} was given; it must be positive")
        if not self.absolute_tolerance >= 0:
            raise ValueError(f"an absolute tolerance of {self.absolute_tolerance} was given; it must be zero or more")
        if self.max_matvecs < FEWEST_PROBES:
            raise ValueError(
                f"at most {self.max_matvecs} products were allowed; a standard error needs {FEWEST_PROBES} or more"
            )
        if self.max_basis < 1:
            raise ValueError(f"a basis of at most {self.max_basis} vectors was given; allow one or more")

    def reached(self, value: float, error: float) -> bool:
        """Whether a standard error is small enough."""
        return error <= max(self.tolerance * abs(value), self.absolute_tolerance)
