"""What a reader of a fitted law must know before using its numbers, in whole sentences."""

import numpy as np

from spectra.fitting.best_fit import BestFit
from spectra.fitting.law import Axis

# Correlation of floor and exponent above which they cannot be told apart; see the identifiability table of the tests.
NOT_IDENTIFIED = 0.99
# Autocorrelation times above this are worth a sentence; independent residuals stay below it nine times in ten.
CORRELATED = 2.0


def warning_sentences(
    fit: BestFit,
    *,
    settled: bool,
    scarce: bool,
    effective_points: float,
    constant: bool,
    correlations: dict[str, float],
) -> tuple[str, ...]:
    """Warnings of one fit, possibly none.

    Args:
        fit: The fit.
        settled: Whether the curve is near enough to the data.
        scarce: Whether hardly more points than parameters lie beyond the quantile that was fitted.
        effective_points: Points divided by the autocorrelation time of the residuals.
        constant: Whether a constant fits as well.
        correlations: Of each shape with the floor.
    """
    found = [*_search_warnings(fit, settled), *_count_warnings(fit, effective_points)]
    if scarce:
        found.append(
            f"{fit.points.count} points have hardly more beyond so low a quantile than the {fit.points.parameters} "
            "parameters that it takes: the intervals are infinite; use a penalty nearer to one, or more points."
        )
    law, heights = fit.points.law, fit.place[fit.points.shapes :]
    if law.floor is not None and heights.size > 1 and not np.delete(heights, law.floor).any():
        return (*found, "The best curve is a constant: it does not fall, and has no exponent (nan).")
    if constant:
        found.append(
            f"A constant cannot be excluded, with {fit.points.count} points that are worth {effective_points:.1f} "
            "independent ones: the interval holds every exponent."
        )
        return tuple(found)
    rising = fit.points.law.name in ("power", "floor") and fit.place[0] < 0
    if rising:
        return (*found, "The curve rises: its exponent is negative.")
    return (*found, *_term_warnings(fit, correlations))


def _search_warnings(fit: BestFit, settled: bool) -> list[str]:
    found = []
    if not settled:
        found.append(
            "The curve is so far from the data that the fit says nothing: the data do not follow this law. Do not use "
            "the estimates; the intervals are infinite."
        )
    if not fit.certificate.certified:
        found.append(
            f"The optimum is not certified: the next step would change the curve by {fit.certificate.step:.1g} of its "
            "height, or the search saw a lower value. Do not rely on the last digits."
        )
    for at in np.flatnonzero(fit.at_end):
        shape = fit.points.law.shapes[at]
        if shape.axis is Axis.SHIFT and fit.place[at] == 0:
            found.append("The best shift is zero: the data show none, and the fit equals the law without a shift.")
            continue
        value = float(np.exp(fit.place[at]) if shape.logarithmic else fit.place[at])
        found.append(
            f"The best {shape.name.replace('_', ' ')}, {value:.3g}, is the end of the searched range: the data fix no "
            f"{shape.name.replace('_', ' ')} (one point may stand far off)."
        )
    return found


def _count_warnings(fit: BestFit, effective_points: float) -> list[str]:
    n, parameters, found = fit.points.count, fit.points.parameters, []
    if effective_points <= parameters:
        found.append(
            f"{n} points, worth {effective_points:.1f} independent ones, cannot bound {parameters} parameters: the "
            "intervals are infinite."
        )
    if n / effective_points > CORRELATED:
        found.append(
            f"Neighbouring residuals are correlated over about {n / effective_points:.0f} points, from smoothing or "
            f"because the curve is not exactly the law: the intervals treat {n} points as {effective_points:.1f}."
        )
    return found


def _term_warnings(fit: BestFit, correlations: dict[str, float]) -> list[str]:
    law, heights, found = fit.points.law, fit.place[fit.points.shapes :], []
    if law.floor is not None and heights[law.floor] == 0:
        found.append("The best floor is zero: the data show none, and the fit equals the law without a floor.")
    for at in np.flatnonzero(heights == 0):
        if at != law.floor:
            found.append(f"The best {law.amplitudes[at].replace('_', ' ')} is zero: the data do not show its term.")
    if found:
        return found
    for name, correlation in correlations.items():
        if abs(correlation) > NOT_IDENTIFIED:
            found.append(
                f"Floor and {name.replace('_', ' ')} are not identified apart (correlation {correlation:.4f}): a "
                f"higher floor with a larger {name.replace('_', ' ')} fits as well; read their intervals, not their "
                "estimates."
            )
    return found
