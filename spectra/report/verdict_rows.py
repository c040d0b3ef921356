"""The answers as rows of verdicts.csv, with estimates and intervals."""

from math import nan

from pandas import DataFrame

from spectra.report.case_fits import CaseFits
from spectra.report.study import Study
from spectra.verdicts import Collapse, RateTransfer, SuperConsistency

COLUMNS = [
    "case", "question", "quantity", "index", "verdict", "estimate", "low", "high", "level", "margin", "unit",
    "sentence",
]  # fmt: skip
Row = tuple[object, ...]


def verdict_rows(study: Study) -> DataFrame:
    """One row per case, question and quantity, in the order of the cases."""
    rows = [(case.title, *row) for case in study.cases for row in _rows(case)]
    return DataFrame(rows, columns=COLUMNS)


def worst(fit: SuperConsistency) -> tuple[int, float, float, float]:
    """Step, slope and its interval where that reaches farthest from zero; nan without a trend."""
    rows = fit.trend[fit.trend[["low", "high"]].notna().all(axis=1)]
    if rows.empty:
        return (0, nan, nan, nan)
    row = rows.iloc[int(rows[["low", "high"]].abs().max(axis=1).to_numpy().argmax())]
    return int(row["step"]), float(row["slope"]), float(row["low"]), float(row["high"])


def _rows(case: CaseFits) -> list[Row]:
    rows = [row for fit in case.consistency.values() for row in _consistency(fit)]
    for fit in case.edges.values():
        last = fit.by_size.iloc[-1]
        unit = f"plateau over stability limit at {fit.scale} {last['size']:g}"
        numbers = (last["ratio"], last["low"], last["high"], nan, fit.margin, unit, fit.sentence)
        rows.append(("stability", fit.quantity, 0, fit.verdict, *numbers))
    if case.collapse is not None:
        rows.append(("collapse", "loss", 0, case.collapse.verdict, *_collapse(case.collapse)))
    return rows if case.transfer is None else [*rows, *_transfer(case.transfer)]


def _consistency(fit: SuperConsistency) -> list[Row]:
    step, *numbers = worst(fit)
    level, gap = fit.fade_interval.level, fit.accumulation
    unit = f"log units per doubling of {fit.scale}, at step {step}"
    ends = gap.interval
    return [
        ("consistency", fit.quantity, fit.index, fit.verdict, *numbers, level, fit.bound, unit, fit.sentence),
        ("accumulation", fit.quantity, fit.index, gap.word, gap.exponent, ends.low, ends.high, ends.level, nan,
         f"exponent of the gap to infinite {gap.scale} in steps", ""),
    ]  # fmt: skip


def _collapse(fit: Collapse) -> Row:
    judged = fit.by_time[fit.by_time["judged"]]
    if judged.empty:
        return nan, nan, nan, nan, nan, "", fit.sentence
    most = judged.iloc[int(judged["ratio"].to_numpy().argmax())]
    unit = f"largest spread over noise, at {most['time']:.2g} of the training"
    return most["ratio"], most["low"], most["high"], nan, 1.0, unit, fit.sentence


def _transfer(fit: RateTransfer) -> list[Row]:
    drift, slope = fit.drift_interval, fit.fast.ratio_slope_interval
    other, unit = fit.other.interval, f"octaves of learning rate per doubling of {fit.scale}"
    return [
        ("transfer", fit.criterion, 0, fit.verdict, fit.drift, drift.low, drift.high, drift.level, fit.drift_margin,
         unit, fit.sentence),
        ("transfer", fit.other.criterion, 0, fit.other.verdict, fit.other.drift, other.low, other.high, other.level,
         fit.drift_margin, unit, fit.other.sentence),
        ("fast transfer", fit.criterion, 0, fit.fast.word, fit.fast.ratio_slope, slope.low, slope.high, slope.level,
         nan, f"slope of log(regret / loss gap) over log({fit.scale})", fit.fast.sentence),
        ("order of sizes", fit.criterion, 0, fit.wider.word, nan, nan, nan, nan, nan, "", fit.wider.sentence),
    ]  # fmt: skip
