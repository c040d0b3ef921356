"""Power laws of an exactly known problem: of its sources and of its loss, with the floor and all further orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath

from spectra.asymptotics.arguments import instance, whole
from spectra.asymptotics.even_series import EvenSeries
from spectra.asymptotics.laws import LossLaw, Number, SourceLaw, loss_law
from spectra.asymptotics.modes import Modes
from spectra.asymptotics.precision import array, constant, total, working_precision
from spectra.asymptotics.zeta_sums import progression_sum

# Orders among which the second term of a law is looked for: on S^2 the first correction of the hemisphere vanishes and
# the next does not. Coefficients below ZERO of the leading one are rounding of an exact zero.
ORDERS, ZERO = 4, 1e-12


def mode_source_law(modes: Modes) -> SourceLaw:
    """S(lambda) ~ Q lambda^zeta of a problem: zeta = (s - 1)/p where energies fall as e x^-s and eigenvalues as a x^-p.

    Q = sum over classes of e / (step (s - 1)) a^-zeta, with modes `step` apart; classes of larger zeta do not count.

    Raises:
        ValueError: If no class has both energies and eigenvalues: the loss then has no power law.
    """
    instance("modes", modes, Modes)
    with working_precision(modes.digits):
        found: dict[Any, Any] = {}
        for energy, eigenvalue in _classes(modes):
            zeta = (energy.exponent - 1) / eigenvalue.exponent
            scale = energy.coefficients[0] / ((energy.exponent - 1) * len(modes.energies))
            found[zeta] = found.get(zeta, 0) + scale * eigenvalue.coefficients[0] ** -zeta
        zeta = min(found)
        return SourceLaw(exponent=constant(zeta, modes.digits), scale=constant(found[zeta], modes.digits))


def loss_expansion(modes: Modes, orders: int = ORDERS) -> tuple[tuple[Number, Number], ...]:
    """Terms (exponent, coefficient) of L(t) - floor ~ sum coefficient t^-exponent, the leading one first.

    With E = e x^-s (1 + e_1 x^-2 + ...) and lambda = a x^-p (1 + A), A = a_1 x^-2 + ..., a class of modes `step` apart
    gives for j = 0, 1, ... and sigma = (s + 2j - 1) / p

        e / (2 step p) (2 a t)^-sigma sum_{r <= j} (-1)^r / r! Gamma(r + sigma) [x^-2j] (E/e) A^r.

    The loss is a lattice sum of a function that vanishes to all orders at x = 0, so that the sum is its integral up
    to terms smaller than every power of t. Zero coefficients are kept. Where energies oscillate only their mean is
    known, and with it the leading term alone.

    Args:
        modes: The problem.
        orders: Terms wanted of each class, at most those its series carry.

    Returns:
        Terms by rising exponent, as far as all classes reach.

    Raises:
        ValueError: If no class has both energies and eigenvalues, which leaves no power law, or `orders` is below 1.
    """
    instance("modes", modes, Modes)
    whole("orders", orders, least=1)
    oscillates = any(tail.total is not None for tail in modes.energies)
    with working_precision(modes.digits):
        classes = [_class_terms(*pair, len(modes.energies), 1 if oscillates else orders) for pair in _classes(modes)]
        known = min(max(terms) for terms in classes)
        exponents = sorted({at for terms in classes for at in terms if at <= known})
        sums = [mpmath.fsum(terms.get(at, 0) for terms in classes) for at in exponents]
        pairs = zip(exponents, sums, strict=True)
        return tuple((constant(at, modes.digits), constant(value, modes.digits)) for at, value in pairs)


def mode_loss_law(modes: Modes, *, smallest: Number | None = None) -> LossLaw:
    """Loss law of a problem: exponent, constant, floor, window, and the next term that is not zero.

    Args:
        modes: The problem.
        smallest: Smallest eigenvalue of a finite version of it (samples, width): the law ends at 1 / smallest.

    Returns:
        The law, by `mode_source_law`, `loss_law` and `loss_expansion`. `second` is None where the next three
        coefficients vanish (the hemisphere on the circle) and where energies oscillate.

    Raises:
        ValueError: If no class has both energies and eigenvalues, or `smallest` is not possible.
    """
    instance("modes", modes, Modes)
    with working_precision(modes.digits):
        largest = constant(max(modes.head(modes.settled)[0]), modes.digits)
        law = loss_law(mode_source_law(modes), largest=largest, smallest=smallest, floor=loss_floor(modes))
        later = [term for term in loss_expansion(modes)[1:] if abs(term[1]) > ZERO * law.constant]
        if not later:
            return law
        return replace(law, second=(later[0][0] - law.exponent, later[0][1] / law.constant))


def loss_floor(modes: Modes) -> Number:
    """Loss that never falls: half the energy in modes of eigenvalue zero, exact.

    Without a hidden bias, for example, a ReLU network never learns odd degrees from 3 on.
    """
    instance("modes", modes, Modes)
    with working_precision(modes.digits):
        eigenvalues, energies = modes.head(modes.settled)
        found, period = total(energies * (eigenvalues == 0)), len(modes.eigenvalues)
        for k in range(modes.settled, modes.settled + period):
            tail, start = modes.energies[k % period], k + modes.shift + 0 * energies[0]
            if modes.eigenvalues[k % period] is not None or tail.series is None:
                continue
            if tail.total is None:
                found = found + progression_sum(tail.series.relative_to(start), start, period)[0]
            else:
                found = found + tail.total - total(energies[k % period :: period])
        return constant(found / 2, modes.digits)


def _classes(modes: Modes) -> list[tuple[EvenSeries, EvenSeries]]:
    """Series (energies, eigenvalues), in mpf, of every class that is learnt and part of the target."""
    pairs = zip((tail.series for tail in modes.energies), modes.eigenvalues, strict=True)
    found = [(_exact(energy), _exact(eigenvalue)) for energy, eigenvalue in pairs if energy and eigenvalue]
    if not found:
        raise ValueError(
            "past the first modes none is both learnt and part of the target, so that this loss has no power law; on a "
            "sphere, a kernel with a hidden bias learns all degrees"
        )
    return found


def _exact(series: EvenSeries) -> EvenSeries:
    return EvenSeries(mpmath.mpf(series.exponent), array(series.coefficients, digits=1))


def _class_terms(energy: EvenSeries, eigenvalue: EvenSeries, step: int, orders: int) -> dict[Any, Any]:
    """Coefficients of one class in the loss by exponent."""
    leading, p = eigenvalue.coefficients[0], eigenvalue.exponent
    correction = EvenSeries(mpmath.mpf(0), eigenvalue.coefficients / leading)
    correction.coefficients[0] = mpmath.mpf(0)
    products, found = [energy], {}
    for j in range(min(orders, len(energy.coefficients))):
        sigma = (energy.exponent + 2 * j - 1) / p
        parts = (
            (-1) ** r * mpmath.gamma(r + sigma) / mpmath.factorial(r) * product.coefficients[j]
            for r, product in enumerate(products)
        )
        found[sigma] = mpmath.fsum(parts) * (2 * leading) ** -sigma / (2 * step * p)
        products.append(products[-1] * correction)
    return found
