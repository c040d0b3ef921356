"""What compared values and the settings beside them are called on a page."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from pandas import DataFrame

from spectra.report.cases import FIRST, case_titles
from spectra.report.titles import ENTRIES, column_title, entry_title, setting_title
from spectra.report.words import number
from spectra.verdicts.entry_names import by_layer
from spectra.verdicts.paired_comparison import PairedComparison


def quantity_name(comparison: PairedComparison) -> str:
    """The compared quantity in words; of several "value"."""
    pairing = comparison.pairing
    if pairing.by == "quantity":
        return "value"
    return entry_title(pairing.quantity, None if pairing.by == "index" else pairing.index)


def value_title(comparison: PairedComparison, value: Hashable) -> str:
    """A compared value in words, such as "taylor", "muP" or "width 64"."""
    by = comparison.pairing.by
    if by == "quantity":
        return entry_title(str(value), comparison.pairing.index)
    if by == "index":
        usual = "layer {}" if by_layer(comparison.pairing.quantity) else "entry {}"
        return ENTRIES.get(comparison.pairing.quantity, usual).format(number(float(str(value)), 6))
    return setting_title(by, value) or f"no {column_title(by)}"


def axis_title(comparison: PairedComparison, axis: str | None) -> str:
    """What stands at the horizontal axis: the setting, or what the compared values are."""
    if axis is not None:
        return column_title(axis)
    if comparison.pairing.by != "index":
        return column_title(comparison.pairing.by)
    if by_layer(comparison.pairing.quantity):
        return "layer"
    return ENTRIES.get(comparison.pairing.quantity, "entry").format("").strip()


def rows_of(rows: DataFrame, value: Hashable) -> DataFrame:
    """The rows of a compared value; all columns also where there are none."""
    return rows[np.array([other == value for other in rows["compared"]], dtype=bool)]


def listed(names: Sequence[str]) -> str:
    """Such as "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def settings_of(rows: DataFrame, names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Some settings of every row; None where it has no such setting."""
    plain = rows[list(names)].astype(object)
    plain = plain.where(plain.notna(), None)
    return [{name: plain[name].iloc[row] for name in names} for row in range(len(plain))]


def row_titles(rows: DataFrame, names: Sequence[str]) -> list[str]:
    """A title for every row: as few of the settings as tell all rows apart, in words."""
    settings = settings_of(rows, sorted(names, key=lambda name: (*FIRST, name).index(name)))
    distinct = list({repr(each): each for each in settings}.values())
    titles = dict(zip(map(repr, distinct), case_titles(distinct), strict=True))
    return [titles[repr(each)] for each in settings]


def plain_sentence(comparison: PairedComparison, row: Mapping[Hashable, Any]) -> str:
    """The sentence of a row, with the compared values as a page calls them."""
    sentence = str(row["sentence"])
    for value in (row["compared"], row["reference"]):
        label, title = comparison.pairing.label(value), value_title(comparison, value)
        for end in (" ", "."):
            sentence = sentence.replace(f" at {label}{end}", f" at {title}{end}")
    return sentence
