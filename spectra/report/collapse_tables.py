"""The tables behind the figure of collapse: normalised loss curves, and their spread."""

from pandas import DataFrame

from spectra.report.figure_tables import sized, stacked
from spectra.report.study import Study


def collapse_rows(study: Study) -> DataFrame:
    """Spread of normalised loss curves over sizes and over seeds, per case and share of the training."""
    return stacked(fit.by_time.assign(case=title) for title, fit in study.collapses().items())


def collapse_curves(study: Study) -> DataFrame:
    """Normalised loss curves per case, size and share of the training, with their spread at that time.

    Returns:
        Columns case, the scale, time, value, low, high, and of the case at that time, in the row of each size:
        deviation (over sizes and seeds), noise (over seeds), ratio, ratio_low, ratio_high, judged.
    """
    curves = stacked(sized(fit.curves, study).assign(case=title) for title, fit in study.collapses().items())
    spread = collapse_rows(study).rename(columns={"low": "ratio_low", "high": "ratio_high"})
    return curves if spread.empty else curves.merge(spread.drop(columns="band_low"), how="left", on=["case", "time"])
