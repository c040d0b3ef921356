"""Two networks on the interval [0, 1] whose eigenvalues, coefficients and loss curves are known exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, lcm
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import shown
from spectra.asymptotics.even_series import padded
from spectra.asymptotics.laws import Number
from spectra.asymptotics.modes import EnergyTail, Modes
from spectra.asymptotics.precision import GUARD, array, constant, elementwise, working_precision

# Energies of a jump at a fraction repeat with the mode number; tails of longer periods are bounded, not summed.
LONGEST_PERIOD = 256
# Modes of the beam that are computed before its series may take over.
LATEST = 10**6


def step_feature_modes(jump: float | Fraction, *, digits: int | None = None) -> Modes:
    """A wide network of steps 1(x > w), w uniform on [0, 1], output layer trained, and the target 1(x > jump).

    The kernel is min(x, y). With w_k = pi (k + 1/2), k = 0, 1, ..., the eigenvalues are w_k^-2, the eigenfunctions
    sqrt(2) sin(w_k x) and the coefficients of the target sqrt(2) cos(w_k jump) / w_k: L ~ t^-1/2 / (4 sqrt(2 pi)).

    Args:
        jump: Where the target jumps, inside (0, 1). A Fraction of small denominator makes the tail exact; a float is
            taken as it is in binary.
        digits: None for double precision.

    Raises:
        ValueError: If `jump` lies outside (0, 1).

    Source: classical, the Karhunen-Loeve expansion of Brownian motion, whose covariance the kernel is.
    """
    edge = _edges(jump)[0]
    period = edge.denominator

    def front(k: Any) -> Any:
        return 2 * mpmath.cos(mpmath.pi * (k + mpmath.mpf(1) / 2) * _exact(edge)) ** 2

    def head(count: int) -> tuple[Any, Any]:
        with working_precision(digits):
            frequencies = _frequencies(count, digits)
            if period <= LONGEST_PERIOD:
                fronts = np.resize(array((front(k) for k in range(period)), digits), count)
            else:
                fronts = 2 * elementwise("cos", frequencies * constant(_exact(edge), digits)) ** 2
            return frequencies**-2, fronts * frequencies**-2

    with working_precision(digits):
        known = period if period <= LONGEST_PERIOD else None
        tails = _tails(front, known, mean=1, energy=1 - _exact(edge), digits=digits)
        series = padded(2, [mpmath.pi**-2], digits)
        return Modes(0.5, head, (series,) * len(tails), tails, 32 if digits is None else digits + GUARD, digits)


def relu_feature_modes(left: float | Fraction, right: float | Fraction, *, digits: int | None = None) -> Modes:
    """A wide network of ReLUs (x - w)_+, w uniform on [0, 1], output layer trained, target 1 on [left, right].

    The kernel int_0^1 (x - w)_+ (y - w)_+ dw inverts the fourth derivative of a clamped and free beam: eigenvalues
    xi_k^-4 with cos(xi) cosh(xi) = -1, eigenfunctions cosh - cos - s (sinh - sin) at xi x of unit length, with
    s = (cosh xi + cos xi) / (sinh xi + sin xi). L ~ Gamma(5/4) 2^(-1/4) / pi t^(-1/4).
    Hyperbolic functions are kept as decaying exponentials, because their difference loses all digits.

    Args:
        left: Where the target rises, inside (0, 1). Fractions of small denominators make the tail exact; floats are
            taken as they are in binary.
        right: Where it falls, between `left` and 1.
        digits: None for double precision.

    Raises:
        ValueError: Unless 0 < left < right < 1, and where one lies so near to an end that a million modes would not do.

    Source: the modes of a clamped and free beam are classical; test_line_problems.py compares with the kernel. It is
    the example of Yarotsky, Corner gradient descent (2025, arXiv 2504.12519), appendix H.
    """
    edges = _edges(left, right)
    period = 2 * lcm(*(edge.denominator for edge in edges))

    def front(k: Any) -> Any:
        low, high = (mpmath.pi * (k + mpmath.mpf(1) / 2) * _exact(edge) for edge in edges)
        return (mpmath.sin(low) + mpmath.cos(low) - mpmath.sin(high) - mpmath.cos(high)) ** 2

    def head(count: int) -> tuple[Any, Any]:
        with working_precision(digits):
            roots = beam_roots(count, digits)
            low, high = (_beam_integral(roots, constant(_exact(edge), digits)) for edge in edges)
            return roots**-4, (high - low) ** 2

    with working_precision(digits):
        exact = period <= LONGEST_PERIOD
        width = _exact(edges[1]) - _exact(edges[0])
        tails = _tails(front, period if exact else None, mean=2, energy=width, digits=digits)
        series = padded(4, [mpmath.pi**-4], digits)
        # Energies settle as exp(-xi edge) and roots as exp(-xi): wait until that is below the precision.
        nearest = min(_exact(edges[0]), 1 - _exact(edges[1]))
        first = -mpmath.log(mpmath.eps) / (mpmath.pi * nearest) + 2
        if first > LATEST:
            raise ValueError(f"an edge at {float(nearest)} from the end needs over {LATEST} modes; move it inward")
        first = int(first)
        return Modes(0.5, head, (series,) * len(tails), tails, first, digits)


def beam_roots(count: int, digits: int | None) -> Any:
    """The first roots of cos(xi) cosh(xi) = -1, (count,), under `working_precision`; xi_k is near pi (k + 1/2)."""
    roots = _frequencies(count, digits)
    near = min(count, ceil(-mpmath.log(mpmath.eps) / mpmath.pi))  # further out exp(-xi) is below the precision
    for k in range(near):
        xi = mpmath.pi * (k + mpmath.mpf(1) / 2)
        xi += (-1) ** k * 2 * mpmath.exp(-xi)
        for _ in range(9):  # Newton doubles the digits; the worst start, k = 0, has one
            value = mpmath.cos(xi) + mpmath.sech(xi)
            xi += value / (mpmath.sin(xi) + mpmath.sech(xi) * mpmath.tanh(xi))
        roots[k] = constant(xi, digits)
    return roots


def _beam_integral(xi: Any, x: Number) -> Any:
    """Antiderivative at x of the beam's eigenfunctions, (count,)."""
    decay = elementwise("exp", -xi)
    sine, cosine = elementwise("sin", xi), elementwise("cos", xi)
    share = (cosine - sine + decay) / (1 + 2 * sine * decay - decay**2)  # (s - 1) exp(xi) / 2
    growing = share * (elementwise("exp", xi * (x - 1)) + elementwise("exp", -xi * (x + 1)))
    waves = elementwise("sin", xi * x) + (1 + 2 * decay * share) * elementwise("cos", xi * x)
    return -(elementwise("exp", -xi * x) + growing + waves) / xi


def _tails(
    front: Callable[[int], Any], period: int | None, *, mean: int, energy: Any, digits: int | None
) -> tuple[EnergyTail, ...]:
    """Energies front(k) / (pi x)^2 by class of k, or their mean and exact sum where no short period is known."""
    if period is None:
        return (EnergyTail(padded(2, [mean / mpmath.pi**2], digits), constant(energy, digits)),)
    fronts = [front(k) for k in range(period)]
    series = [padded(2, [value / mpmath.pi**2], digits) if value > mpmath.eps else None for value in fronts]
    return tuple(EnergyTail(one) for one in series)


def _frequencies(count: int, digits: int | None) -> Any:
    """pi (k + 1/2) for k < count."""
    if digits is None:
        return np.pi * (np.arange(count) + 0.5)
    return array((mpmath.pi * (k + mpmath.mpf(1) / 2) for k in range(count)), digits)


def _exact(edge: Fraction) -> Any:
    """A fraction in the working precision."""
    return mpmath.mpf(edge.numerator) / edge.denominator


def _edges(*edges: float | Fraction) -> list[Fraction]:
    try:
        found = [Fraction(edge) for edge in edges]
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"edges {shown(edges)} of the target are not all numbers; pass floats or fractions") from error
    if not all(0 < edge < 1 for edge in found) or found != sorted(set(found)):
        raise ValueError(f"edges of the target must increase inside (0, 1), not {', '.join(map(str, edges))}")
    return found
