"""The tables behind the figures of a page with laws: what a figure draws is what its table holds."""

from collections.abc import Callable

import numpy as np
from pandas import DataFrame, Series

from spectra.report.law_cases import Case
from spectra.report.law_comparison import expected, law_values
from spectra.report.law_study import LawStudy

SHOWN = 80  # points of a curve at most


def drawn_rows(study: LawStudy, quantity: str, lists: Callable[[Case], list[tuple[float, DataFrame]]]) -> DataFrame:
    """What a figure draws: case, width, x, mean over repetitions, law, exact expectation, ends of the window."""
    windows = study.exponents[study.exponents["quantity"] == quantity].drop_duplicates("case")
    ends = windows.set_index("case")[["from", "to"]]
    parts, shown = [], set(ends.index)
    for case in study.cases:
        if quantity != "xi" and case.title not in shown:
            continue
        for width, samples in lists(case):
            mean = _thinned(samples.mean(axis=1))
            x = mean.index.to_numpy(dtype=np.float64)
            parts += [
                (case.title, width, *numbers)
                for numbers in zip(x, mean, law_values(case, quantity, x), expected(case, quantity, x), strict=True)
            ]
    rows = DataFrame(parts, columns=["case", "width", "x", "measured", "law", "expected"])
    return rows.assign(**{end: rows["case"].map(ends[end]).astype(float) for end in ("from", "to")})


def _thinned(values: "Series[float]") -> "Series[float]":
    """At most some points, evenly spaced in the logarithm of their places."""
    if len(values) <= SHOWN:
        return values
    places = np.unique(np.geomspace(1, len(values), SHOWN).round().astype(int)) - 1
    return values.iloc[places]
