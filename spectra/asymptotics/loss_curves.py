"""Exact loss curves of gradient flow on infinite spectra: a finite sum, and its tail by zeta functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import instance, shown
from spectra.asymptotics.even_series import EvenSeries
from spectra.asymptotics.modes import EnergyTail, Modes
from spectra.asymptotics.precision import elementwise, total, working_precision
from spectra.asymptotics.zeta_sums import negligible, progression_sum

# The tail starts where 2 lambda t falls to this; its exponential series then gains a digit per term. Another start
# moves nothing: test_loss_curves.py.
TAIL_RATE = 0.1
# An oscillating tail is bounded, not summed: modes are added until the bound is below the tolerance, or to a quarter of
# the most modes that are summed (seconds in either precision). The error says what was reached.
OSCILLATING_TOLERANCE, MOST_DOUBLE, MOST_EXACT = 1e-14, 2**22, 2**17
# Rounding of eigenvalues and energies, each below 1e-14 (test_sphere_spectra.py), as it reaches the loss.
ROUNDING = 2e-14


@dataclass(frozen=True)
class LossCurve:
    """L(t) = 1/2 sum_k E_k exp(-2 lambda_k t) at given times."""

    times: Any  # (T,)
    losses: Any  # (T,), float64 or mpf
    errors: Any  # (T,), absolute: first terms left out, bounds of bounded tails, rounding
    summed: Any  # (T,), modes summed one by one

    def __repr__(self) -> str:
        """Each point while they are few, and the ends otherwise."""
        number = len(self.times)
        shown = range(number) if number <= 4 else (0, number - 1)
        points = ", ".join(f"L({float(self.times[i]):.6g}) = {float(self.losses[i]):.10g}" for i in shown)
        return f"LossCurve({number} times: {points})"


def loss_curve(modes: Modes, times: Any) -> LossCurve:
    """Loss 1/2 E|f_t - f*|^2 of the gradient flow at `times`.

    Modes with 2 lambda t > 0.1 are summed one by one. For the others exp(-2 lambda t) is expanded, and every power of
    lambda times the energy, a series in inverse powers of k + shift, is summed by Hurwitz zeta functions. No term is
    subtracted from a sum, so that small losses keep their digits. Tails that oscillate lie between R exp(-2 lambda t)
    and R, with R their exact energy and lambda the first eigenvalue left out: the middle is taken, half the width is
    the error.

    Args:
        modes: The problem, with its precision.
        times: Nonnegative times (T,), or one number. With digits, floats are taken exactly; pass mpf or strings for
            decimal fractions.

    Returns:
        The curve, arrays of (T,). Descent with step size alpha has t = alpha * step.

    Raises:
        TypeError: If times cannot be read as numbers.
        ValueError: If a time is negative or not finite, or so late that over four million modes (131,072 with
            digits) would have to be summed one by one.
    """
    instance("modes", modes, Modes)
    exact = modes.digits is not None
    try:
        given = [mpmath.mpf(t) if exact else float(t) for t in np.atleast_1d(np.asarray(times, dtype=object))]
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"times {shown(times)} cannot be read as numbers; pass a list of shape (T,)") from error
    if not all(0 <= t < mpmath.inf for t in given):
        raise ValueError(f"times must be finite and at least 0, not {shown(times)}")
    with working_precision(modes.digits):
        counts = [_modes_to_sum(modes, t) for t in given]
        eigenvalues, energies = modes.head(max(counts, default=1))
        rows = [_loss(modes, t, eigenvalues[:count], energies[:count]) for t, count in zip(given, counts, strict=True)]
        kind = object if exact else np.float64
        losses, errors = (np.asarray([row[i] for row in rows], dtype=kind) for i in (0, 1))
        return LossCurve(np.asarray(given, dtype=kind), losses, errors, np.asarray(counts))


def _modes_to_sum(modes: Modes, t: Any) -> int:
    """Modes to sum one by one at time `t`, at least those before the series settle."""
    most = MOST_DOUBLE if modes.digits is None else MOST_EXACT
    reach = [0.0]
    for series, energy in zip(modes.eigenvalues, modes.energies, strict=True):
        if series is not None and energy.series is not None:
            front = (2 * float(series.coefficients[0]) * float(t)) ** (1 / float(series.exponent))
            if energy.total is None:
                reach.append(front * TAIL_RATE ** (-1 / float(series.exponent)))
            else:
                reach.append(min(most // 4, max(1.0, front) * _oscillating_reach(modes, series, energy.series)))
    if max(reach) > most:
        raise ValueError(f"time {t} needs {max(reach):.1e} modes, above {most}; that late, use mode_loss_law")
    return max(modes.settled, ceil(max(reach) - modes.shift))


def _oscillating_reach(modes: Modes, eigenvalue: EvenSeries, energy: EvenSeries) -> float:
    """Modes per learnt mode after which half the width of the bracket, R lambda t / 2, falls below the tolerance.

    With energies of x^-s and eigenvalues of x^-p it is about (x / front)^-(s - 1 + p) / 4 of the loss.
    """
    tolerance = OSCILLATING_TOLERANCE if modes.digits is None else max(1e-300, 10.0**-modes.digits)
    return float((1 / (4 * tolerance)) ** (1 / float(eigenvalue.exponent + energy.exponent - 1)))


def _loss(modes: Modes, t: Any, eigenvalues: Any, energies: Any) -> tuple[Any, Any]:
    """Loss and its error at time `t` from the modes summed one by one and the tails beyond them."""
    count, period = len(energies), len(modes.eigenvalues)
    found, error = total(energies * elementwise("exp", -2 * eigenvalues * t)), 0 * t
    for k in range(count, count + period):
        series, energy = modes.eigenvalues[k % period], modes.energies[k % period]
        if energy.total is not None:
            rest = energy.total - total(energies[k % period :: period])
            slowest = 0 if series is None else 2 * t * series(k + modes.shift + 0 * t)
            low = rest * elementwise("exp", -slowest + 0 * t)
            value, bound = (rest + low) / 2, abs(rest - low) / 2
        elif energy.series is not None:
            value, bound = _tail(series, energy.series, k + modes.shift + 0 * t, step=period, t=t)
        else:
            value, bound = 0, 0
        found, error = found + value, error + bound
    rounding = ROUNDING if modes.digits is None else mpmath.mpf(10) ** -modes.digits
    return found / 2, error / 2 + rounding * found / 2


def _tail(eigenvalue: EvenSeries | None, energy: EvenSeries, start: Any, *, step: int, t: Any) -> tuple[Any, Any]:
    """sum of energy(x) exp(-2 t eigenvalue(x)) over x = start, start + step, ..., and a bound of what is left out."""
    power = energy.relative_to(start)
    found, error = progression_sum(power, start, step)
    if eigenvalue is None:
        return found, error
    rate, m = eigenvalue.relative_to(start).scaled(-2 * t), 0
    added = found
    while abs(added) > negligible(found):
        m += 1
        power = (power * rate).scaled(1 / (0 * t + m))
        added, left_out = progression_sum(power, start, step)
        found, error = found + added, error + left_out
    return found, error + abs(added)


def local_exponents(modes: Modes, times: Any) -> Any:
    """Slope -d log L / d log t = 2t sum(lambda_k E_k exp(-2 lambda_k t)) / sum(E_k exp(-2 lambda_k t)) at `times`.

    Args:
        modes: The problem; its tail must not oscillate.
        times: Nonnegative times (T,), or one number.

    Returns:
        Array (T,). A floor is part of L and flattens the slope.

    Raises:
        ValueError: If the tail oscillates, or a time is negative or not finite.
    """
    instance("modes", modes, Modes)
    if any(energy.total is not None for energy in modes.energies):
        raise ValueError("local exponents of an oscillating tail are not known; take differences of loss_curve instead")

    def weighted(count: int) -> tuple[Any, Any]:
        eigenvalues, energies = modes.head(count)
        return eigenvalues, eigenvalues * energies

    pairs = zip(modes.eigenvalues, modes.energies, strict=True)
    tails = tuple(EnergyTail(one * energy.series if one and energy.series else None) for one, energy in pairs)
    with working_precision(modes.digits):
        curve, slope = loss_curve(modes, times), loss_curve(replace(modes, head=weighted, energies=tails), times)
        return 2 * curve.times * slope.losses / curve.losses
