"""What a law can be fitted to: positive finite points. Anything else is named, with its place and what to do."""

import numpy as np

from spectra.fitting.saved.curve_order import Ordered, in_order, times
from spectra.fitting.saved.points import Points, Strange
from spectra.fitting.saved.source import Source, quoted
from spectra.fitting.saved.tally import Tally
from spectra.plain_text import printable

FEWEST_POINTS = 2


def positive_points(points: Points, source: Source, *, x: str, y: str) -> Ordered:
    """The points of a curve by ascending x, all of them positive.

    Left out with a note: points at x = 0, where a power law has no value, and single values of y that are not finite.

    Args:
        points: Points in the order of the file.
        source: Where they come from.
        x: Name of x.
        y: Name of y.

    Raises:
        ValueError: If a cell is no number, if x or y is negative, y is zero or x not finite, if y is not finite to
            the end (the run diverged), or if fewer than two points are left.
    """
    notes = []
    refuse_strange(points.strange, source)
    _refuse(points, ~np.isfinite(points.x), "not finite", source, x)
    _refuse(points, points.x < 0, "negative", source, x)
    if (points.x == 0).any():
        places = points.places[points.x == 0]
        notes.append(
            f"A power law has no value at {printable(x)} = 0: left out {times(len(places))} (first: {source.unit} "
            f"{places[0]})."
        )
        points = _where(points, points.x > 0)
    points, said = _finite(points, source, x, y)
    notes += said
    _refuse(points, points.y < 0, "negative", source, y)
    _refuse(points, points.y == 0, "zero", source, y)
    if len(points.x) < FEWEST_POINTS:
        raise ValueError(too_few(source, len(points.x), x, y))
    ordered = in_order(points, printable(x), source.unit)
    return Ordered(ordered.x, ordered.y, (*notes, *ordered.notes, *_shape_notes(ordered, y)))


def too_few(source: Source, count: int, x: str, y: str) -> str:
    """What is said of a table with no more rows than these."""
    return (
        f"{source.path} has {count} rows of numbers in columns {quoted(x)} and {quoted(y)}; a curve needs "
        f"{FEWEST_POINTS} or more: check that the run wrote its measurements, or name other columns ({source.choice()})"
    )


def refuse_strange(strange: Strange, source: Source) -> None:
    """Raise ValueError if there is a cell that is no number; names the places in the first such column."""
    for column in dict.fromkeys(name for name, _ in strange):
        said = [tally.located(kind, source.unit) for (where, kind), tally in strange.items() if where == column]
        raise _refusal(source, column, "; ".join(said))


def _refuse(points: Points, bad: np.ndarray, kind: str, source: Source, column: str) -> None:
    if bad.any():
        raise _refusal(source, column, _at(points, bad).located(kind, source.unit))


def _refusal(source: Source, column: str, said: str) -> ValueError:
    return ValueError(
        f"{source.path}, column {quoted(column)}: {said}. A power law is fitted to positive numbers: repair or "
        f"delete these {source.unit}s, and say so where you report the fit"
    )


def _finite(points: Points, source: Source, x: str, y: str) -> tuple[Points, list[str]]:
    good = np.isfinite(points.y)
    if good.all():
        return points, []
    said = _at(points, ~good).located(f"{quoted(y)} is not finite", source.unit)
    if not good[-1]:
        last = np.flatnonzero(good)
        if not last.size:
            raise ValueError(f"{source.path}: {said} from the first point on; name another column of y")
        raise ValueError(
            f"{source.path}: {said} and stays so to the end: the run diverged; its last finite value is "
            f"{points.y[last[-1]]:g} at {printable(x)} = {points.x[last[-1]]:g}. To fit what is left, delete "
            f"the {source.unit}s after it, and say so where you report the fit"
        )
    return _where(points, good), [f"{said}: left out {times(int((~good).sum()))}."]


def _at(points: Points, which: np.ndarray) -> Tally:
    return Tally().plus(points.places[which].tolist())


def _where(points: Points, kept: np.ndarray) -> Points:
    return Points(points.x[kept], points.y[kept], points.places[kept], {})


def _shape_notes(points: Ordered, y: str) -> list[str]:
    if points.y.min() == points.y.max():
        return [f"{quoted(y)} has the same value {points.y[0]:g} everywhere; no law can be told from it."]
    tenth, most = max(1, len(points.y) // 10), points.y.max()
    begin, end = (float((part / most).mean()) for part in (points.y[:tenth], points.y[-tenth:]))  # no sum overflows
    if end >= begin:
        return [f"{quoted(y)} is not lower at the end than at the beginning; a falling law does not describe it."]
    return []
