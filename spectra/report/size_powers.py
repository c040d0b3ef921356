"""Size trends as powers of the size, checkpoint by checkpoint: the same numbers as changes per doubling."""

from math import log

import pandas as pd
from pandas import DataFrame
from scipy.stats import t as t_distribution

from spectra.report.cell import Cell
from spectra.report.curve_exponents import exponent_columns
from spectra.report.study import Study
from spectra.report.words import signed, span
from spectra.verdicts import SuperConsistency

LEVEL = 0.95


def size_powers(fit: SuperConsistency) -> DataFrame:
    """Exponent e of quantity ~ size^e at every checkpoint: the slope of its logarithm per doubling, over log 2.

    The interval is the t interval over seeds of the trend, at `LEVEL` instead of the level of the verdict.

    Returns:
        Columns step, exponent, low, high; checkpoints without an interval are left out.
    """
    rows = fit.trend[fit.trend[["slope", "low", "high"]].notna().all(axis=1)]
    if rows.empty:
        return DataFrame(columns=["step", "exponent", "low", "high"], dtype=float)
    degrees = len(fit.seeds) - 1
    wider = float(t_distribution.isf((1 - LEVEL) / 2, degrees) / t_distribution.isf(_tail(fit), degrees))
    middle, reach = rows["slope"] / log(2), wider * (rows["high"] - rows["low"]) / 2 / log(2)
    return DataFrame({"step": rows["step"], "exponent": middle, "low": middle - reach, "high": middle + reach})


def fit_rows(study: Study) -> DataFrame:
    """Rows of fits.csv: laws of the loss curves, then the powers of the size of every judged quantity by step."""
    columns = [*exponent_columns(study.scale), "index", "step"]
    parts = [study.exponents]
    for quantity, index in study.question.quantities:
        for case, fit in study.trends((quantity, index)).items():
            rows = size_powers(fit).rename(columns={"exponent": "estimate"})
            told = {"case": case, "curve": quantity, "model": "size power", "parameter": "exponent"}
            parts.append(rows.assign(**told, index=index, level=LEVEL))
    kept = [part for part in parts if not part.empty]
    return pd.concat(kept, ignore_index=True).reindex(columns=columns) if kept else DataFrame(columns=columns)


def power_words(exponent: float, low: float, high: float) -> Cell:
    """Such as "−0.93 [−1 to −0.86]"."""
    return Cell(f"{signed(exponent)} [{span(low, high)}]", {"value": exponent, "low": low, "high": high})


def _tail(fit: SuperConsistency) -> float:
    return (1 - fit.fade_interval.level) / 2
