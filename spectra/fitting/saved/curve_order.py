"""The order of the points of a curve: sorted by x, with what a resumed run wrote twice, and with gaps named."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.saved.points import Points

# A step is a gap when it is this many times longer than both its neighbours. Whatever the number, steps that grow
# or shrink throughout, as logarithmic ones do, are never gaps.
GAP = 10
# Points that are looked at together.
BLOCK = 1 << 20


@dataclass(frozen=True)
class Ordered:
    """Points by ascending x."""

    x: NDArray[np.float64]  # (n,)
    y: NDArray[np.float64]  # (n,)
    notes: tuple[str, ...]


def in_order(points: Points, name: str, unit: str) -> Ordered:
    """Sort points by x; of points that a resumed run wrote twice keep the last.

    A run was resumed where x goes back, but never to its beginning. Where x goes back to the beginning or repeats
    at once, the points may be several runs or several measurements, and all are kept.

    Args:
        points: One or more points, finite.
        name: Name of x, for the notes.
        unit: What a place counts.
    """
    x, places = points.x, points.places
    if (x[1:] > x[:-1]).all():
        return Ordered(x, points.y, tuple(_gap_notes(x, name)))
    back = np.flatnonzero(x[1:] < x[:-1]) + 1
    notes = []
    if back.size:
        notes.append(f"The points were sorted: {name} goes back {times(back.size)} (first: {unit} {places[back[0]]}).")
    resumed = bool(back.size) and bool((x[back] > x[0]).all())
    if resumed:
        points, said = _last_written(points, back, name, unit)
        notes += said
    notes += _repeat_notes(points, name, unit)
    order = np.argsort(points.x, kind="stable")
    ordered = points.x[order]
    gaps = _gap_notes(np.unique(ordered), name) if resumed or not back.size else []  # a table in no order has no gaps
    return Ordered(ordered, points.y[order], (*notes, *gaps))


def _last_written(points: Points, back: NDArray[np.int64], name: str, unit: str) -> tuple[Points, list[str]]:
    """Points without those whose x a later stretch of the file, after x went back, holds again."""
    stretch = np.zeros(len(points.x), dtype=np.int64)
    stretch[back] = 1
    stretch = np.cumsum(stretch)
    _, which = np.unique(points.x, return_inverse=True)
    last = np.zeros(which.max() + 1, dtype=np.int64)
    np.maximum.at(last, which, stretch)
    kept = stretch == last[which]
    if kept.all():
        return points, []
    note = (
        f"A run that was resumed wrote {times(int((~kept).sum()), 'point')} again (first: {name} = "
        f"{points.x[~kept][0]:g}, {unit} {points.places[~kept][0]}); the last written one was kept."
    )
    return Points(points.x[kept], points.y[kept], points.places[kept], {}), [note]


def _repeat_notes(points: Points, name: str, unit: str) -> list[str]:
    _, first, counts = np.unique(points.x, return_index=True, return_counts=True)
    if (counts == 1).all():
        return []
    example = first[counts > 1][0]
    return [
        f"All points were kept where {name} repeats, which it does {times(int((counts - 1).sum()))} (first: "
        f"{points.x[example]:g}, {unit} {points.places[example]}). If these are several runs, name the column that "
        "tells them apart as group."
    ]


def _gap_notes(x: NDArray[np.float64], name: str) -> list[str]:
    """A note about the longest gap; `x` ascends strictly."""
    longest, start, count = 0.0, 0.0, 0
    for begin in range(0, max(0, len(x) - 3), BLOCK):
        part = x[begin : begin + BLOCK + 3]
        step = np.diff(part)
        gaps = np.flatnonzero(step[1:-1] / GAP > np.maximum(step[:-2], step[2:])) + 1
        count += gaps.size
        if gaps.size and step[gaps].max() > longest:
            at = gaps[np.argmax(step[gaps])]
            longest, start = float(step[at]), float(part[at])
    if not count:
        return []
    return [f"{name} has {times(count, 'gap')}; nothing was saved between {start:g} and {start + longest:g}."]


def times(count: int, noun: str = "") -> str:
    """A count in words."""
    if noun:
        return f"{count} {noun}" + ("s" if count > 1 else "")
    return "once" if count == 1 else f"{count} times"
