"""Comparisons of a page, and their rows of comparisons.csv."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pandas import DataFrame

from spectra.report.comparison_names import row_titles
from spectra.report.leftovers import own_page
from spectra.spreadsheets import write_csv
from spectra.verdicts.compared_runs import RESULTS
from spectra.verdicts.paired_comparison import PairedComparison, paired_comparison
from spectra.verdicts.pairing import Pairing

ASKED = ["comparison", "case", "quantity", "index", "by", "at", "form", "margin"]
Page = TypeVar("Page")


def comparisons(table: DataFrame, pairings: Sequence[Pairing]) -> tuple[tuple[PairedComparison, ...], list[str]]:
    """The comparisons that a table allows, and sentences about those that it does not.

    Args:
        table: Long table; may be empty.
        pairings: What is asked.
    """
    found, notes = [], []
    for pairing in pairings if len(table) else ():
        # A comparison refuses tables that cannot answer it, with a sentence that says why: that sentence is the result.
        try:
            found.append(paired_comparison(table, pairing))
        except ValueError as error:
            told = str(error)
            end = "" if told.endswith((".", "?")) else "."
            notes.append(f"Comparison of {pairing.quantity} by {pairing.by}: {told}{end}")
    return tuple(found), notes


def comparison_rows(found: Sequence[PairedComparison]) -> DataFrame:
    """All rows of all comparisons: what was asked (as `ASKED`), the settings, and the results (as `RESULTS`)."""
    parts = []
    for place, comparison in enumerate(found, 1):
        pairing, rows = comparison.pairing, comparison.rows
        asked = {
            "comparison": place,
            "case": row_titles(rows, comparison.settings),
            "quantity": pairing.quantity,
            "index": "" if pairing.by == "index" else pairing.index,
            "by": pairing.by,
            "at": "" if pairing.by == "step" else pairing.at,
            "form": pairing.form,
            "margin": pairing.margin,
        }
        parts.append(pd.concat([DataFrame(asked, index=rows.index), rows[[*comparison.settings, *RESULTS]]], axis=1))
    # As objects first: versions of pandas differ on what kind a column gets that is empty in some part.
    objects = [part.astype(object) for part in parts]
    whole = pd.concat(objects, ignore_index=True).infer_objects() if parts else DataFrame(columns=[*ASKED, *RESULTS])
    own = [str(name) for name in whole if name not in (*ASKED, *RESULTS)]
    return whole[[*ASKED, *own, *RESULTS]]


def write_comparisons(rows: DataFrame, folder: Path) -> None:
    """Write comparisons.csv of a page; without comparisons that of an older page is removed."""
    path = folder / "comparisons.csv"
    if len(rows):
        write_csv(rows, path)
    elif own_page(folder):
        path.unlink(missing_ok=True)
