"""The verdicts as a table for a paper: verdicts.tex."""

import math
from collections.abc import Hashable
from string import ascii_lowercase

from pandas import DataFrame

from spectra.report import latex
from spectra.report.titles import criterion_title, entry_title
from spectra.report.words import number
from spectra.verdicts.rate_blocks import CRITERIA

HEADS = ("question", "quantity", "verdict", "estimate", "interval", "at")


def verdict_latex(rows: DataFrame) -> str:
    """The answers as a booktabs table: a part for every case, with units, levels and margins as notes below it.

    An estimate has as many decimals as two digits of its interval's half width. One whose interval is open at both ends
    is not determined, and has no number. The sentences of the answers are not in it: verdicts.csv has them.

    Args:
        rows: Of `verdict_rows`.
    """
    notes: dict[str, str] = {}
    lines: list[tuple[str, ...] | str] = []
    for case, here in rows.groupby("case", sort=False):
        lines.append(latex.escaped(case))
        lines += [_line(row, notes) for row in here.to_dict("records")]
    below = [rf"\textsuperscript{{{letter}}}~{text}" for text, letter in notes.items()]
    return latex.tabular(HEADS, lines, align="lllrrl", notes=below) + "\n"


def _line(row: dict[Hashable, object], notes: dict[str, str]) -> tuple[str, ...]:
    estimate, low, high = (float(str(row[name])) for name in ("estimate", "low", "high"))
    unit, _, place = str(row["unit"]).rpartition(" at ") if " at " in str(row["unit"]) else (str(row["unit"]), "", "")
    name, index = str(row["quantity"]), int(str(row["index"]))
    title = criterion_title(name) if name in CRITERIA else entry_title(name, index)
    told, span = "", ""
    if math.isfinite(estimate):
        places = latex.decimals(low, high, estimate)
        letter = _letter(notes, _note(unit.rstrip(","), row))
        span = _span(low, high, places)
        value = "not determined" if (low, high) == (-math.inf, math.inf) else latex.number(estimate, places)
        told = rf"{value}\rlap{{\textsuperscript{{{letter}}}}}"
    return (
        latex.escaped(row["question"]),
        latex.escaped(title),
        latex.escaped(row["verdict"]),
        told,
        span,
        latex.escaped(place),
    )


def _span(low: float, high: float, places: int) -> str:
    """An interval; nothing where both of its ends are open, or unknown."""
    ends = [latex.number(end, places) if math.isfinite(end) else "" for end in (low, high)]
    if all(ends):
        return f"{ends[0]} to {ends[1]}"
    if any(map(math.isnan, (low, high))):
        return ""
    return f"at least {ends[0]}" if ends[0] else f"at most {ends[1]}" if ends[1] else ""


def _note(unit: str, row: dict[Hashable, object]) -> str:
    level, margin = float(str(row["level"])), float(str(row["margin"]))
    parts = [
        unit,
        "" if math.isnan(level) else f"{number(100 * level)} % interval",
        "" if math.isnan(margin) else f"margin {number(margin)}",
    ]
    return latex.escaped("; ".join(part for part in parts if part))


def _letter(notes: dict[str, str], text: str) -> str:
    """The mark of a note: a to z, then aa, ab and so on."""
    place = len(notes)
    if text not in notes:
        notes[text] = (ascii_lowercase[place // 26 - 1] if place >= 26 else "") + ascii_lowercase[place % 26]
    return notes[text]
