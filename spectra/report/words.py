"""Readable text for numbers and counts."""

import math
from collections.abc import Iterable

from spectra.report.cell import Cell

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> Cell:
    """A number for reading: `digits` significant digits, a true minus sign, powers of ten when very small or large.

    Infinities are `∞` and `−∞`, not-a-number is `–`. In a table it keeps all its digits for those who save that.
    """
    return Cell(_rounded(value, digits), {"value": value})


def _rounded(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if -5 < size < 6:
        text = f"{value:.{max(digits - 1 - size, 0)}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    return {"1": power, "-1": "−" + power}.get(mantissa, f"{mantissa}×{power}").replace("-", "−")


def signed(value: float, digits: int = 2) -> Cell:
    """A number with its sign always shown, as a change is read; zero has none."""
    return Cell(("+" if value > 0 else "") + number(value, digits), {"value": value})


def span(low: float, high: float, digits: int = 2) -> Cell:
    """An interval in words, `low to high`, both signed; `–` if it is not known."""
    known = not (math.isnan(low) and math.isnan(high))
    return Cell(f"{signed(low, digits)} to {signed(high, digits)}" if known else "–", {"low": low, "high": high})


def percent(log_change: float) -> str:
    """A change of the logarithm as a relative change in percent: 0.0488 is `+5 %`."""
    return f"{signed(100 * math.expm1(min(log_change, 700.0)))} %"


def bound(log_change: float) -> Cell:
    """A bound on a change of the logarithm in percent, as a factor beyond a doubling: 0.0488 is `5 %`, 3 is `×20`."""
    if not math.isfinite(log_change):
        return Cell("–", {"factor": math.nan})
    told = factor(log_change)
    return told if log_change > math.log(2) else Cell(percent(log_change).removeprefix("+"), told.values)


def factor(log_change: float) -> Cell:
    """A change of the logarithm as a factor, in percent where that is near one: 0.693 is `×2`, 0.0099 is `+1 %`."""
    ratio = math.exp(min(log_change, 700.0))
    if math.isnan(log_change) or abs(log_change) < math.log(1.1):
        return Cell("–" if math.isnan(log_change) else percent(log_change), {"factor": ratio})
    return Cell(f"×{number(ratio)}", {"factor": ratio})


def listing(values: list[str] | tuple[str, ...], limit: int = 12) -> str:
    """Values behind one another, with semicolons where one has a comma; long lists keep their ends and a count."""
    sign = "; " if any(", " in value for value in values) else ", "
    if len(values) <= limit:
        return sign.join(values)
    return f"{sign.join([*values[:3], '…', values[-1]])} ({len(values)} values)"


def between(counts: Iterable[int], noun: str) -> str:
    """Counts with their noun: the one there is, such as `1 seed`, or the smallest and the largest, as `3–4 seeds`."""
    ends = sorted(set(counts)) or [0]
    return counted(ends[-1], noun) if ends[0] == ends[-1] else f"{whole(ends[0])}–{counted(ends[-1], noun)}"


def counted(count: int, noun: str) -> str:
    """A count with its noun in the right number: `1 run`, `3 runs`."""
    return f"{whole(count)} {noun}{'' if count == 1 else 's'}"


def whole(count: float) -> Cell:
    """A count with its thousands set apart by narrow spaces."""
    return Cell(f"{count:,.0f}".replace(",", "\u202f"), {"value": count})


def duration(seconds: float) -> Cell:
    """A time span with the unit that suits it."""
    return Cell(_lasting(seconds), {"seconds": seconds})


def _lasting(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "–"
    if seconds < 120:
        return f"{number(seconds)} s"
    return f"{number(seconds / 60)} min" if seconds < 7200 else f"{number(seconds / 3600)} h"
