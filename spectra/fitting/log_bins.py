"""Averages of a curve over bins that are equally wide in the logarithm of x."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.curves import Curve
from spectra.plain_text import printable

# Averaging over a bin moves a law of exponent a by the factor 1 + (a ln 10 / PER_DECADE)^2 / 24, the same in each
# bin: by 9e-5 for a = 1, and its exponent not at all.
PER_DECADE = 50
# Bins begin at the first point; this share of x keeps points that lie on an edge, up to rounding, in the bin above.
EDGE = 1e-12
# Points that are looked at together.
BLOCK = 1 << 20


def log_bins(curve: Curve, *, per_decade: int = PER_DECADE, weights: str = "count") -> Curve:
    """Means of x (geometric) and y (arithmetic) over bins of width 10^(1/per_decade), empty bins left out.

    Unlike an exponential moving average, which drags the past along and changes the slope, a bin holds only its own
    points, and each gets a weight that says how well its mean is known.

    Args:
        curve: The curve, as of `read_curve`, x ascending.
        per_decade: Bins per factor of ten in x.
        weights: "count" weighs a bin by its points (by their weights, if they have any). "variance" weighs it by
            count / variance, the relative variance from differences of successive points within a decade around;
            for curves whose relative noise changes along x, and not for curves without noise.

    Returns:
        The curve of the means, with weights that sum to the number of points.

    Raises:
        TypeError: If the curve is none.
        ValueError: If per_decade is not positive or weights is neither of the two.
    """
    if not isinstance(curve, Curve):
        raise TypeError(
            f"a {type(curve).__name__} was given; pass a curve, as of read_curve(path): numbers in memory can be saved "
            "as a table, such as step,loss"
        )
    if per_decade < 1:
        raise ValueError(f"per_decade is {per_decade}; a decade needs one bin or more")
    if weights not in ("count", "variance"):
        raise ValueError(f"weights is {weights!r}; known are 'count' and 'variance'")
    starts = _starts(curve.x, per_decade)
    ends = [*starts[1:], len(curve.x)]
    slices = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
    count = np.array([curve.weights[part].sum() for part in slices])
    x = np.exp([np.average(np.log(curve.x[part]), weights=curve.weights[part]) for part in slices])
    y = np.array([_mean(curve.y[part], curve.weights[part]) for part in slices])
    weight = count if weights == "count" else _precision(curve, slices, per_decade) * count
    note = (
        f"{len(curve.x)} points were averaged in {len(x)} bins, {per_decade} per decade of {printable(curve.x_name)}."
    )
    return replace(curve, x=x, y=y, weights=weight * (count.sum() / weight.sum()), notes=(*curve.notes, note))


def _starts(x: NDArray[np.float64], per_decade: int) -> list[int]:
    """Index of the first point of each bin that holds any."""
    starts, last = list[int](), -1.0
    for begin in range(0, len(x), BLOCK):
        bins = np.floor(per_decade * (np.log10(x[begin : begin + BLOCK]) - np.log10(x[0]) + EDGE / np.log(10)))
        new = np.flatnonzero(bins > np.maximum.accumulate(np.append(last, bins))[:-1])
        starts += (begin + new).tolist()
        last = float(max(last, bins.max()))
    return starts


def _mean(y: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Weighted mean; a power of two as the unit keeps every digit, and the sum in the range of a double."""
    unit = 2.0 ** (np.frexp(y.max())[1] - 1)
    return float(unit * np.average(y / unit, weights=weights))


def _precision(curve: Curve, slices: list[slice], per_decade: int) -> NDArray[np.float64]:
    """One over the relative variance of a point in each bin, from differences of successive points.

    The variance of noise is half the mean square of successive differences, whatever slow trend lies below it
    (von Neumann 1941); the mean runs over a decade around the bin.
    """
    squares, pairs = np.zeros(len(slices)), np.zeros(len(slices))
    for place, part in enumerate(slices):
        differences = np.diff(np.log(curve.y[max(0, part.start - 1) : part.stop]))
        squares[place], pairs[place] = differences @ differences, len(differences)
    decade = np.ones(min(per_decade, len(slices)))
    variance = np.convolve(squares, decade, "same") / np.maximum(np.convolve(pairs, decade, "same"), 1)
    if not (variance > 0).all():
        raise ValueError(f"{curve.path} has no noise to measure along a whole decade; use weights='count'")
    return 2 / variance
