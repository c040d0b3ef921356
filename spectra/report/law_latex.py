"""Measured exponents beside those of theory as a table for a paper: fits.tex."""

from collections.abc import Hashable, Sequence

from pandas import DataFrame

from spectra.report import latex
from spectra.report.law_answers import Answer
from spectra.report.law_words import QUANTITIES
from spectra.report.words import counted, number

HEADS = ("exponent of", "width", "window", "measured", "interval", "law", "expected", "verdict")


def law_latex(rows: DataFrame, answers: Sequence[Answer]) -> str:
    """All exponents as a booktabs table: a part for every case, with level and repetitions as a note below it.

    A measured exponent has as many decimals as two digits of its interval's half width, and the others as many. The
    verdict stands in the row that it is about, that of the loss at the largest width; fits.csv has the other columns.

    Args:
        rows: Exponents of a `LawStudy`.
        answers: Its answers.
    """
    words = {answer.case: answer.verdict for answer in answers}
    wide = bool((rows["width"].astype(float) > 0).any())
    lines: list[tuple[str, ...] | str] = []
    for case, here in rows.groupby("case", sort=False):
        lines.append(latex.escaped(case))
        losses = here[here["quantity"] == "xi"]
        judged = losses["width"].idxmax() if len(losses) else None
        for place, row in here.to_dict("index").items():
            word = words.get(str(case), "") if place == judged else ""
            cells = _cells(row, word)
            lines.append(cells if wide else (cells[0], *cells[2:]))
    heads, align = (HEADS, "lrlrrrrl") if wide else ((HEADS[0], *HEADS[2:]), "llrrrrl")
    return latex.tabular(heads, lines, align=align, notes=_notes(rows)) + "\n"


def _cells(row: dict[Hashable, object], word: str) -> tuple[str, ...]:
    columns = ("from", "to", "measured", "low", "high", "law", "expected")
    start, end, measured, low, high, law, expected = (float(str(row[name])) for name in columns)
    places = latex.decimals(low, high, measured)
    width = float(str(row["width"]))
    ends = [latex.number(each, places) for each in (low, high)]
    return (
        latex.escaped(QUANTITIES[str(row["quantity"])]),
        latex.number(width, 0) if width else "",
        f"{latex.number(start, 0)} to {latex.number(end, 0)}",
        latex.number(measured, places),
        f"{ends[0]} to {ends[1]}" if all(ends) else "",
        latex.number(law, places),
        latex.number(expected, places),
        latex.escaped(word),
    )


def _notes(rows: DataFrame) -> list[str]:
    """Level of the intervals and number of repetitions, in one line."""
    if rows.empty:
        return []
    counts, level = sorted(rows["repetitions"].astype(int).unique()), number(100 * float(rows["level"].iloc[0]))
    some = counted(counts[0], "repetition") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} repetitions"
    told = f"Intervals at {level} %, over {some}. Windows in steps, or in numbers of modes (ν, κ)."
    return [latex.escaped(told)]
