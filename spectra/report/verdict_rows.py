"""The answers as rows of verdicts.csv, with estimates and intervals."""

from math import nan

from pandas import DataFrame

from spectra.report.case_fits import CaseFits
from spectra.report.study import Study
from spectra.verdicts import Collapse, RateTransfer, SuperConsistency
from spectra.verdicts.consistency_verdict import VIOLATED
from spectra.verdicts.fast_words import FAST_RATIO

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
    """Step, slope and its interval where the verdict has it: of those beyond the margin the largest slope, else where
    the interval reaches farthest from zero; nan without a trend."""
    rows = fit.trend[fit.trend[["low", "high"]].notna().all(axis=1)]
    if rows.empty:
        return (0, nan, nan, nan)
    beyond = _beyond(fit)
    reach = rows[["low", "high"]].abs().max(axis=1) if beyond.empty else beyond["slope"].abs()
    row = fit.trend.loc[reach.index[int(reach.to_numpy().argmax())]]
    return int(row["step"]), float(row["slope"]), float(row["low"]), float(row["high"])


def _beyond(fit: SuperConsistency) -> DataFrame:
    """Checkpoints at which the simultaneous band lies beyond the margin; none where the verdict is another."""
    outside = (fit.trend["band_low"] >= fit.bound) | (fit.trend["band_high"] <= -fit.bound)
    return fit.trend[outside & (fit.verdict == VIOLATED)]


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
    *numbers, place = _change(fit)
    unit, gap = f"log units per doubling of {fit.scale}, {place}", fit.accumulation
    ends = gap.interval
    return [
        ("consistency", fit.quantity, fit.index, fit.verdict, *numbers, fit.bound, unit, fit.sentence),
        ("accumulation", fit.quantity, fit.index, gap.word, gap.exponent, ends.low, ends.high, ends.level, nan,
         f"exponent of the gap to infinite {gap.scale} in steps", ""),
    ]  # fmt: skip


def _change(fit: SuperConsistency) -> tuple[float, float, float, float, str]:
    """The change that the verdict rests on, its interval and level, and what and where it is."""
    step, slope, low, high = worst(fit)
    beyond, mean = _beyond(fit), fit.mean_slope_interval
    if len(beyond):
        row = beyond[beyond["step"] == step].iloc[0]
        return slope, float(row["band_low"]), float(row["band_high"]), mean.level, f"simultaneous band, at step {step}"
    if fit.verdict == VIOLATED:  # no checkpoint shows it alone
        return fit.mean_slope, mean.low, mean.high, mean.level, "mean over checkpoints"
    return slope, low, high, fit.fade_interval.level, f"at step {step}"


def _collapse(fit: Collapse) -> Row:
    judged = fit.by_time[fit.by_time["judged"]]
    if judged.empty:
        return nan, nan, nan, nan, nan, "", fit.sentence
    most = judged.iloc[int(judged["ratio"].to_numpy().argmax())]
    unit = f"largest spread over noise, at {most['time']:.2g} of the training"
    return most["ratio"], most["low"], most["high"], nan, 1.0, unit, fit.sentence


def _transfer(fit: RateTransfer) -> list[Row]:
    drift = fit.drift_interval
    other, unit = fit.other.interval, f"octaves of learning rate per doubling of {fit.scale}"
    return [
        ("transfer", fit.criterion, 0, fit.verdict, fit.drift, drift.low, drift.high, drift.level, fit.drift_margin,
         unit, fit.sentence),
        ("transfer", fit.other.criterion, 0, fit.other.verdict, fit.other.drift, other.low, other.high, other.level,
         fit.drift_margin, unit, fit.other.sentence),
        ("fast transfer", fit.criterion, 0, fit.fast.word, *_cost(fit), fit.fast.sentence),
        ("order of sizes", fit.criterion, 0, fit.wider.word, nan, nan, nan, nan, nan, "", fit.wider.sentence),
    ]  # fmt: skip


def _cost(fit: RateTransfer) -> Row:
    """What the rate of the smallest size costs the largest, as a share of what these two differ by."""
    if fit.fast.by_size.empty:
        return nan, nan, nan, nan, nan, ""
    first = fit.fast.by_size.iloc[0]
    level, unit = (1 + fit.fast.ratio_slope_interval.level) / 2, f"regret over loss gap, at {fit.scale} "
    return first["ratio"], first["ratio_low"], first["ratio_high"], level, FAST_RATIO, f"{unit}{first['size']:g}"
