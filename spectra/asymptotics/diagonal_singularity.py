"""Laws of eigenvalues and sources from the singularity of a kernel at its diagonal and the density of the data.

If kernel(x, y) = smooth + c(x) |x - y|^alpha near the diagonal, alpha > 0 and no even integer, the integral operator
is in principal part a pseudo-differential operator of order -(n + alpha) with symbol a(x) |xi|^-(n + alpha), where n
is the dimension of the support and a = c * `fourier_constant`. Eigenvalues then follow Weyl's law, and a target that
jumps leaves its energy at high frequencies near the jump. Analytic activations have no such singularity and no law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import mpmath

from spectra.asymptotics.arguments import pair, place, positive, real, shown, whole
from spectra.asymptotics.harmonics import LARGEST_DIMENSION
from spectra.asymptotics.laws import EigenvalueLaw, Number, SourceLaw
from spectra.asymptotics.precision import constant, working_precision

Place = Callable[[Any], Any]  # a positive function of a place, called with mpf: write it with mpmath's functions


def fourier_constant(singularity: Number, dimension: int, *, digits: int | None = None) -> Number:
    """F with Fourier transform of |x|^alpha in R^n equal to F |xi|^-(n + alpha) away from xi = 0.

    F = 2^(n + alpha) pi^(n/2) Gamma((n + alpha)/2) / Gamma(-alpha/2); for alpha = 1 it is negative, so that a positive
    kernel needs c < 0: for -|x - y| on the line it gives the symbol 2 |xi|^-2.

    Args:
        singularity: Power alpha, positive and no even integer.
        dimension: n of the space, 1 or more.
        digits: None for double precision.

    Raises:
        ValueError: If `singularity` is not positive or an even integer, where |x|^alpha is smooth.

    Source: classical; see Gelfand and Shilov, Generalized functions, volume 1.
    """
    _check(singularity, dimension)
    with working_precision(digits):
        alpha, n = mpmath.mpf(singularity), mpmath.mpf(dimension)
        gammas = mpmath.gamma((n + alpha) / 2) * mpmath.rgamma(-alpha / 2)
        return constant(2 ** (n + alpha) * mpmath.pi ** (n / 2) * gammas, digits)


def weyl_law(integral: Number, *, dimension: int, singularity: Number, digits: int | None = None) -> EigenvalueLaw:
    """lambda_n ~ Lambda n^-nu: nu = 1 + alpha/n, Lambda = [(2 pi)^-n omega_n I]^nu, omega_n the unit ball's volume.

    Args:
        integral: I = int (p a)^(n/(n + alpha)) dx over the support, for density p and isotropic symbol a.
        dimension: n, of the support.
        singularity: alpha.
        digits: None for double precision.

    Raises:
        ValueError: If `integral` is not positive, or `singularity` is not positive or an even integer.

    Source: Birman and Solomyak for the exponent, as in Velikanov and Yarotsky 2021 (arXiv 2105.00507). The constant is
    Weyl's law for the symbol, derived here and compared with exact spectra on spheres, circle and interval by
    test_diagonal_singularity.py.
    """
    _check(singularity, dimension)
    real("integral", integral)
    with working_precision(digits):
        alpha, n = mpmath.mpf(singularity), mpmath.mpf(dimension)
        ball = mpmath.pi ** (n / 2) / mpmath.gamma(n / 2 + 1)
        nu = 1 + alpha / n
        counted = ball * mpmath.mpf(integral) / (2 * mpmath.pi) ** n
        if not 0 < counted < mpmath.inf:
            raise ValueError(f"the integral of (p a)^(n/(n+alpha)) is {integral}; a positive kernel makes it positive")
        return EigenvalueLaw(exponent=constant(nu, digits), scale=constant(counted**nu, digits))


def line_eigenvalue_law(
    density: Place,
    symbol: Place,
    *,
    interval: tuple[Number, Number],
    singularity: Number = 1,
    digits: int | None = None,
) -> EigenvalueLaw:
    """`weyl_law` for data on a line or a circle, its integral int (p a)^(1/(1 + alpha)) dx taken by quadrature.

    For the tangent kernel of a shallow ReLU network with one input and w, b, a ~ N(0, 1), hidden bias trained, the
    symbol is 1/pi everywhere: Lambda = (int sqrt(p) dx)^2 / pi^3.

    Args:
        density: p(x), per unit length, at least 0, called with mpf.
        symbol: a(x) = c(x) * fourier_constant(alpha, 1), called with mpf.
        interval: Where the data lie; for a circle one turn, in the unit of length of `density`.
        singularity: alpha.
        digits: None for double precision.

    Raises:
        TypeError: If density or symbol are no functions that give numbers, or the interval is no pair of numbers.
        ValueError: If `singularity` is not positive or an even integer, the interval is empty or infinite, density or
            symbol are negative somewhere, or the integral is not positive.
    """
    _check(singularity, 1)
    low, high = (real("an end of the interval", end) for end in pair("interval", interval))
    if not -mpmath.inf < low < high < mpmath.inf:
        raise ValueError(f"interval {low} to {high}; give two finite ends, the lower first")

    def root(x: Any) -> Any:
        return (place("density", density, x) * place("symbol", symbol, x)) ** share

    with working_precision(digits):
        share = 1 / (1 + mpmath.mpf(singularity))
        integral = mpmath.quad(root, mpmath.linspace(mpmath.mpf(low), mpmath.mpf(high), 5))
        return weyl_law(integral, dimension=1, singularity=singularity, digits=digits)


def jump_source_law(
    integral: Number, *, dimension: int, singularity: Number, order: int = 0, digits: int | None = None
) -> SourceLaw:
    """S(lambda) ~ Q lambda^zeta for a target whose normal derivative of order m jumps across a smooth hypersurface.

    zeta = (2m + 1)/(n + alpha), Q = I / ((2m + 1) pi); m = 0 is an indicator, m = 1 a kink as of a ReLU neuron.
    The edge of the support acts as a jump too, unless the support is closed as a sphere is. Of several terms the
    smaller zeta wins.

    Args:
        integral: I = int p J^2 (p a)^(-(2m + 1)/(n + alpha)) dS over the hypersurface, J the size of the jump.
        dimension: n, of the support.
        singularity: alpha of the kernel.
        order: m.
        digits: None for double precision.

    Raises:
        ValueError: If `order` is negative, or `singularity` is not positive or an even integer.

    Source: the exponent is that of Velikanov and Yarotsky, Explicit loss asymptotics in the gradient descent training
    of neural networks (2021, arXiv 2105.00507); the constant is derived here and compared with sums over exact spectra
    by test_diagonal_singularity.py.
    """
    _check(singularity, dimension)
    positive(integral=integral)
    whole("order", order, least=0, advice="; 0 is a jump of the function itself, 1 of its slope")
    with working_precision(digits):
        odd = mpmath.mpf(2 * order + 1)
        zeta = odd / (dimension + mpmath.mpf(singularity))
        return SourceLaw(
            exponent=constant(zeta, digits), scale=constant(mpmath.mpf(integral) / (odd * mpmath.pi), digits)
        )


def line_source_law(
    density: Place,
    symbol: Place,
    *,
    jumps: Iterable[tuple[Number, Number]],
    singularity: Number = 1,
    order: int = 0,
    digits: int | None = None,
) -> SourceLaw:
    """`jump_source_law` for data on a line or a circle, from the places and sizes of the jumps.

    Args:
        density: p(x), called with mpf.
        symbol: a(x), called with mpf.
        jumps: Pairs (place, size of the jump of derivative number `order`).
        singularity: alpha.
        order: m.
        digits: None for double precision.

    Raises:
        TypeError: If jumps are no pairs of numbers, or density or symbol no functions that give numbers.
        ValueError: If there is no jump of finite size, density or symbol are not positive where one is, `order` is
            negative, or `singularity` is not positive or an even integer.
    """
    _check(singularity, 1)
    whole("order", order, least=0)
    if not isinstance(jumps, Iterable):
        raise TypeError(f"jumps is {shown(jumps)}; pass a list of pairs (place, size)")
    with working_precision(digits):
        decay = (2 * order + 1) / (1 + mpmath.mpf(singularity))
        parts = [_jump(density, symbol, *pair("a jump", jump), decay=decay) for jump in jumps]
        return jump_source_law(mpmath.fsum(parts), dimension=1, singularity=singularity, order=order, digits=digits)


def _jump(density: Place, symbol: Place, x: Number, size: Number, *, decay: Any) -> Any:
    """p J^2 (p a)^-decay at one jump."""
    at = mpmath.mpf(real("place of a jump", x))
    weight, strength = place("density", density, at), place("symbol", symbol, at)
    positive(**{f"density at {at}": weight, f"symbol at {at}": strength})
    return weight * mpmath.mpf(real("size of a jump", size)) ** 2 * (weight * strength) ** -decay


def _check(singularity: Number, dimension: int) -> None:
    if not 0 < real("singularity", singularity) < mpmath.inf or singularity % 2 == 0:
        raise ValueError(
            f"singularity is {singularity}; |x - y|^alpha has a law for positive alpha, 2, 4, 6, ... left out"
        )
    whole("dimension of the support", dimension, least=1, most=LARGEST_DIMENSION)
