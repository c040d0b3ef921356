"""Target functions on the sphere whose energy in every degree is known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any, Protocol, runtime_checkable

import mpmath

from spectra.asymptotics.arguments import instance, real
from spectra.asymptotics.even_series import padded, settled
from spectra.asymptotics.harmonics import (
    check_power,
    check_range,
    half_space_coefficients,
    multiplicities,
    multiplicity_series,
    shift,
    squared_half_space_series,
)
from spectra.asymptotics.laws import Number
from spectra.asymptotics.modes import EnergyTail, Modes
from spectra.asymptotics.precision import array, constant, working_precision
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import eigenvalue_series, sphere_eigenvalues


@runtime_checkable
class SphereTarget(Protocol):
    """A function on S^{d-1} by its energies E_k: the summed squared coefficients in the harmonics of degree k."""

    @property
    def power(self) -> int:
        """How many derivatives its strongest singularity spares; the larger, the later the series of E_k settle."""

    def energies(self, dimension: int, count: int, digits: int | None) -> Any:
        """E_0 ... E_{count-1}, array (count,), under `working_precision`."""

    def tails(self, dimension: int, digits: int | None) -> tuple[EnergyTail, EnergyTail]:
        """E_k far out, for even and for odd degrees."""


@dataclass(frozen=True)
class HalfSpacePower:
    """f*(x) = max(0, <x, e>)^power with e a unit vector: 0 is the hemisphere indicator, 1 a single ReLU neuron.

    E_k = N(d, k) b_k^2 with b_k of `half_space_coefficients`.
    """

    power: int = 0

    def __post_init__(self) -> None:
        """Refuse negative powers."""
        check_power(self.power)

    def energies(self, dimension: int, count: int, digits: int | None) -> Any:
        """E_k, array (count,)."""
        coefficients = half_space_coefficients(dimension, self.power, count, digits)
        return multiplicities(dimension, count, digits) * coefficients**2

    def tails(self, dimension: int, digits: int | None) -> tuple[EnergyTail, EnergyTail]:
        """The series of degrees k with k - power odd; the others vanish."""
        series = squared_half_space_series(dimension, self.power, digits) * multiplicity_series(dimension, digits)
        full, empty = EnergyTail(series), EnergyTail(None)
        return (full, empty) if self.power % 2 else (empty, full)


@dataclass(frozen=True)
class GaussianDraw:
    """A random function with the covariance of a kernel, such as a network at initialization: E_k = N(d, k) lambda_k.

    With the output-layer kernel this is the start f_0 of a network without paired initialization; the loss of a
    smooth target is then this one on average over the initialization. Losses of a target and of an independent start
    add; late, the smaller exponent wins.
    """

    covariance: ShallowKernel

    def __post_init__(self) -> None:
        """Refuse what is no kernel."""
        instance("covariance", self.covariance, ShallowKernel)

    @property
    def power(self) -> int:
        """Power of the activation behind the covariance."""
        return self.covariance.power

    def energies(self, dimension: int, count: int, digits: int | None) -> Any:
        """E_k, array (count,)."""
        self._check(dimension)
        return multiplicities(dimension, count, digits) * sphere_eigenvalues(self.covariance, count, digits=digits)

    def tails(self, dimension: int, digits: int | None) -> tuple[EnergyTail, EnergyTail]:
        """The series of the covariance's eigenvalues times that of the multiplicities."""
        self._check(dimension)
        many = multiplicity_series(dimension, digits)
        even, odd = (None if one is None else one * many for one in eigenvalue_series(self.covariance, digits))
        return EnergyTail(even), EnergyTail(odd)

    def _check(self, dimension: int) -> None:
        if self.covariance.dimension != dimension:
            raise ValueError(
                f"the target is drawn in dimension {self.covariance.dimension}, the kernel has {dimension}; use one"
            )


@dataclass(frozen=True)
class Cap:
    """Indicator of the cap <x, e> > cos(angle), 0 < angle < pi in radians.

    b_0 is the measure of the cap and b_k = (|S^{d-2}| / |S^{d-1}|) sin^{d-1}(angle) / (d - 1) P_{k-1}(cos(angle)) with
    P the Legendre polynomial of dimension d + 2. The energies oscillate with the degree, so loss curves bound their
    tail; for the hemisphere, whose energies do not, use HalfSpacePower(0).
    """

    angle: Number

    @property
    def power(self) -> int:
        """A jump: 0."""
        return 0

    def __post_init__(self) -> None:
        """Refuse angles that make no cap, and the hemisphere."""
        if not 0 < real("angle", self.angle) < pi:
            raise ValueError(f"angle {self.angle}; a cap has an angle between 0 and pi, in radians")
        if abs(self.angle - pi / 2) < 1e-9:
            raise ValueError("this cap is the hemisphere; HalfSpacePower(0) knows its tail exactly")

    def energies(self, dimension: int, count: int, digits: int | None) -> Any:
        """E_k, array (count,)."""
        angle = mpmath.mpf(self.angle)
        cosine = constant(mpmath.cos(angle), digits)
        front = _area_ratio(dimension) * mpmath.sin(angle) ** (dimension - 1) / (dimension - 1)
        found = [constant(self._measure(dimension), digits)]
        previous, current = 0 * cosine, constant(front, digits)
        for k in range(count - 1):
            found.append(current)
            previous, current = current, ((2 * k + dimension) * cosine * current - k * previous) / (k + dimension)
        return multiplicities(dimension, count, digits) * array(found[:count], digits) ** 2

    def tails(self, dimension: int, digits: int | None) -> tuple[EnergyTail, EnergyTail]:
        """Mean energy (|edge| / (pi |S^{d-1}|)) x^-2, and the exact energy of the even and of the odd part."""
        with working_precision(digits):
            mean = _area_ratio(dimension) * mpmath.sin(mpmath.mpf(self.angle)) ** (dimension - 2) / mpmath.pi
            series = padded(2, [mean], digits)
            measure = self._measure(dimension)
            both_poles = max(0, 2 * measure - 1)  # where the cap and its reflection overlap
            even, odd = (measure + both_poles) / 2, (measure - both_poles) / 2
            return EnergyTail(series, constant(even, digits)), EnergyTail(series, constant(odd, digits))

    def _measure(self, dimension: int) -> Any:
        """Share of the sphere, (1/2) I_{sin^2}((d-1)/2, 1/2) up to a right angle."""
        angle, half = mpmath.mpf(self.angle), mpmath.mpf(1) / 2
        area = mpmath.betainc(half * (dimension - 1), half, 0, mpmath.sin(angle) ** 2, regularized=True) / 2
        return area if angle < mpmath.pi / 2 else 1 - area


def _area_ratio(dimension: int) -> Any:
    """|S^{d-2}| / |S^{d-1}| = Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2))."""
    return mpmath.gammaprod([mpmath.mpf(dimension) / 2], [mpmath.mpf(dimension - 1) / 2]) / mpmath.sqrt(mpmath.pi)


def sphere_modes(kernel: ShallowKernel, target: SphereTarget, *, digits: int | None = None) -> Modes:
    """The problem of learning a target on the uniform sphere by the gradient flow of a wide shallow network.

    Args:
        kernel: Tangent kernel of the network.
        target: f* - f_0. Start the network from f_0 = 0, or subtract its start, to make it f*.
        digits: None for double precision; else the digits wanted of every number.

    Raises:
        ValueError: If dimension and power leave the range of a double, or the target lives on another sphere.

    The hemisphere on S^2 is learnt as 0.0826 t^(-1/3):

        >>> from spectra.asymptotics.loss_curves import loss_curve
        >>> from spectra.asymptotics.mode_laws import mode_loss_law
        >>> modes = sphere_modes(ShallowKernel(3, bias="zero"), HalfSpacePower(0))
        >>> law = mode_loss_law(modes)
        >>> print(f"{law.exponent:.4f} {law.constant:.10f}")
        0.3333 0.0826047313
        >>> print(f"{loss_curve(modes, 1e4).losses[0]:.10f} {law(1e4):.10f}")
        0.0038341726 0.0038341730
    """
    instance("kernel", kernel, ShallowKernel)
    instance("target", target, SphereTarget)
    d, power = kernel.dimension, max(kernel.power, target.power)
    check_range(d, power, digits)
    with working_precision(digits):
        first = max(2 * settled((d / 2 + power) / 2, digits), settled(d / 2 + power, digits))
        eigenvalues, tails = eigenvalue_series(kernel, digits), target.tails(d, digits)

    def head(count: int) -> tuple[Any, Any]:
        with working_precision(digits):
            return sphere_eigenvalues(kernel, count, digits=digits), target.energies(d, count, digits)

    return Modes(shift(d), head, eigenvalues, tails, first, digits)
