"""`spectra compare`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pandas import DataFrame

from spectra.cli.exits import BAD_INPUT, NOTHING_JUDGED, door, fail
from spectra.cli.terminal import Terminal
from spectra.cli.verdict_files import Wanted
from spectra.cli.verdict_printing import print_comparisons
from spectra.cli.verdict_tables import read_table
from spectra.report.comparison_exhibit import comparison_exhibits
from spectra.report.comparison_tables import comparison_rows, comparisons
from spectra.report.figure_files import write_exhibits
from spectra.spreadsheets import write_csv
from spectra.verdicts.paired_comparison import PairedComparison
from spectra.verdicts.pairing import LAST, Pairing
from spectra.verdicts.verdict import FEWEST_SEEDS


@dataclass(frozen=True)
class CompareRequest:
    """What is asked of a table."""

    quantities: tuple[str, ...]
    by: str
    values: tuple[str, ...]  # as typed; none: all that the table has
    index: int
    at: str  # a step, or "last"
    difference: bool  # instead of a ratio
    margin: float | None
    level: float
    out: Path | None


def compare_table(path: Path, request: CompareRequest) -> None:
    """Print the comparisons on a table that any program wrote, and write their tables where a folder is named."""
    with door():
        others = request.values if request.by == "quantity" else ()
        table, notes = read_table(path, Wanted((*request.quantities, *others), None, compared=request.by))
        found, refused = comparisons(table, _pairings(table, request))
    console = Terminal()
    print_comparisons(console, found)
    for note in (*notes, *refused):
        console.print(f"Note: {note}")
    if request.out is not None and found:
        with door():
            files = _written(found, request.out)
        console.print(f"Written to {request.out}: {', '.join(files)}")
    if not any((comparison.rows["pairs"] >= FEWEST_SEEDS).any() for comparison in found):
        told = f"{path}: nothing could be compared; what is printed above says why"
        fail(told, NOTHING_JUDGED if found else BAD_INPUT)


def _pairings(table: DataFrame, request: CompareRequest) -> list[Pairing]:
    """What is asked, for every quantity.

    Raises:
        ValueError: If an option is out of its range.
    """
    if request.at != LAST and not request.at.isdecimal():
        raise ValueError(f"--at {request.at!r} was given; name a step, or {LAST}")
    present = list(table[request.by].drop_duplicates()) if request.by in table else []
    values = tuple(_value(text, present) for text in request.values)
    at = LAST if request.at == LAST else int(request.at)
    return [
        Pairing(
            quantity=name,
            by=request.by,
            values=values,
            index=request.index,
            at=at,
            form="difference" if request.difference else "ratio",
            margin=request.margin,
            level=request.level,
        )
        for name in request.quantities
    ]


def _value(text: str, present: Sequence[Hashable]) -> Hashable:
    """The value of a table that is meant by a text; the text itself where none is."""
    for value in present:
        if str(value) == text:
            return value
    try:
        return float(text)
    except ValueError:
        return text


def _written(found: Sequence[PairedComparison], folder: Path) -> list[str]:
    """Write comparisons.csv and the figures of a page with their tables; returns the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(comparison_rows(found), folder / "comparisons.csv")
    return ["comparisons.csv", *write_exhibits(comparison_exhibits(found), folder)]
