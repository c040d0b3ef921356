"""What a reader of a power-law fit must know before using its numbers, in whole sentences."""

import numpy as np

from spectra.fitting.projection import Projection, WeightedCurve
from spectra.fitting.reweighting import SettledFit

# Correlation of floor and exponent above which they cannot be told apart; see the identifiability table of the tests.
NOT_IDENTIFIED = 0.99
# Autocorrelation times above this are worth a sentence; independent residuals stay below it nine times in ten.
CORRELATED = 2.0


def warning_sentences(fit: SettledFit, best: Projection, *, effective_points: float, constant: bool) -> tuple[str, ...]:
    """Warnings of one fit, possibly none.

    Args:
        fit: The fit.
        best: Projection at its exponent alone (G = 1).
        effective_points: Points divided by the autocorrelation time of the residuals.
        constant: Whether a constant fits as well.
    """
    n, parameters = fit.curve.log_x.size, fit.curve.parameters
    exponent, time = fit.exponent, n / effective_points
    found = []
    if not fit.settled:
        found.append(
            "The weights did not settle: the curve is far from a power law. Do not use the estimates; the intervals "
            "are infinite."
        )
    if exponent in (fit.exponents[0], fit.exponents[-1]):
        found.append(
            f"The best exponent, {exponent:.3g}, is the end of the searched range: the data fix no exponent (one point "
            "may stand far off)."
        )
    if effective_points <= parameters:
        found.append(
            f"{n} points, worth {effective_points:.1f} independent ones, cannot bound {parameters} parameters: the "
            "intervals are infinite."
        )
    if time > CORRELATED:
        found.append(
            f"Neighbouring residuals are correlated over about {time:.0f} points, from smoothing or because the curve "
            f"is not exactly a power law: the intervals treat {n} points as {effective_points:.1f}."
        )
    if constant:
        found.append(
            f"A constant cannot be excluded, with {n} points that are worth {effective_points:.1f} independent ones: "
            "the interval holds every exponent."
        )
    elif exponent < 0:
        found.append("The curve rises: its exponent is negative.")
    elif fit.curve.floor:
        found.extend(_floor_warnings(fit.curve, best))
    return tuple(found)


def _floor_warnings(curve: WeightedCurve, best: Projection) -> list[str]:
    if best.amplitude[0] == 0:
        return ["The best curve is a constant: amplitude and exponent mean nothing here."]
    if best.floor[0] == 0:
        return ["The best floor is zero: the data show none, and the fit equals the power law without a floor."]
    correlation = floor_correlation(curve, best)
    if abs(correlation) <= NOT_IDENTIFIED:
        return []
    return [
        f"Floor and exponent are not identified apart (correlation {correlation:.4f}): a higher floor with a larger "
        "exponent fits as well; read their intervals, not their estimates."
    ]


def floor_correlation(curve: WeightedCurve, best: Projection) -> float:
    """Correlation of the estimates of floor and exponent, from the linearised fit with the amplitude free.

    Formula: minus the cosine between the two derivative columns after the amplitude's column is taken out of both.
    """
    power, moved = best.power[0], best.power[0] * -curve.log_x
    length = float(power @ power)
    moved = moved - (moved @ power) / length * power
    constant = best.constant - (best.constant @ power) / length * power
    lengths = float(np.sqrt((moved @ moved) * (constant @ constant)))
    return float(-(moved @ constant) / lengths) if lengths > 0 else 1.0
