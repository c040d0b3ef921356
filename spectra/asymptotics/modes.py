"""Eigenvalues and squared target coefficients of an exactly known problem, one by one and in the far tail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spectra.asymptotics.even_series import EvenSeries
from spectra.asymptotics.laws import Number


@dataclass(frozen=True)
class EnergyTail:
    """Squared target coefficients of one class of modes, far out.

    Where single energies oscillate about the series (a cap, whose degrees see its edge angle), their exact sum is
    given; the series is then their mean, and loss curves bound the tail by that sum.
    """

    series: EvenSeries | None  # None where they vanish
    total: Number | None = None  # exact sum over all modes of the class; only where single energies oscillate


@dataclass(frozen=True)
class Modes:
    """An infinite spectrum: mode k = 0, 1, ... lies at x = k + shift.

    A mode may stand for several equal eigenvalues; its energy is then the sum of their squared coefficients.
    Classes are the residues of k modulo len(eigenvalues), because spectra on spheres and on intervals are smooth
    only within a parity or a period.
    """

    shift: float
    head: Callable[[int], tuple[Any, Any]]  # count -> (eigenvalues, energies), both (count,)
    eigenvalues: tuple[EvenSeries | None, ...]  # by class; None where they are zero
    energies: tuple[EnergyTail, ...]  # by class
    settled: int  # the series hold to all digits from this mode on
    digits: int | None  # None for double precision

    def __repr__(self) -> str:
        """Classes and precision, not the series."""
        precision = "double precision" if self.digits is None else f"{self.digits} digits"
        return f"Modes({len(self.eigenvalues)} classes, settled from mode {self.settled}, {precision})"

    def __post_init__(self) -> None:
        """Refuse classes that do not pair up."""
        if len(self.eigenvalues) != len(self.energies):
            raise ValueError(
                f"{len(self.eigenvalues)} classes of eigenvalues and {len(self.energies)} of energies were given; "
                "give as many of one as of the other"
            )
