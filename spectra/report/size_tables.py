"""The tables behind the figures over sizes: the plane of size and learning rate, and gaps against size."""

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.report.figure_tables import gap_rows, noise_rows
from spectra.report.study import Study


def phase_rows(study: Study) -> DataFrame:
    """Criterion by case, size and learning rate, with what it is above the best of its size.

    Returns:
        Columns case, the scale, rate, value (infinite where a seed diverged), excess (log units; infinite there, nan
        where no rate of the size was finite), diverged (share of seeds), and of the size, in each of its rows: optimum,
        low, high, edge.
    """
    parts = []
    for title, fit in study.transfers().items():
        losses = fit.losses[["size", "rate", "criterion", "diverged"]].rename(columns={"criterion": "value"})
        best = losses["value"].replace(np.inf, np.nan).groupby(losses["size"]).transform("min")
        optima = fit.optima[["size", "optimum", "low", "high", "edge"]]
        rows = losses.assign(excess=losses["value"] - best).merge(optima, how="left", on="size")
        parts.append(rows.rename(columns={"size": study.scale}).assign(case=title))
    if not parts:
        return DataFrame()
    whole = pd.concat(parts, ignore_index=True)
    return whole[["case", study.scale, "rate", "value", "excess", "diverged", "optimum", "low", "high", "edge"]]


def size_gap_rows(study: Study, quantity: tuple[str, int]) -> DataFrame:
    """Gap of a judged quantity to infinite size over the scatter of seeds, at the first and the last checkpoint.

    Returns:
        Columns case, quantity, the scale, step, gap, low, high (log units), deviation (of seeds), ratio, ratio_low,
        ratio_high (of |gap| to it; the lower end is zero where the interval of the gap holds zero), power (p of the
        gap's model, gap ~ size^-p) and model (what that model says of the ratio).
    """
    gaps, noise = gap_rows(study, quantity), noise_rows(study, quantity)
    if gaps.empty or noise.empty:
        return DataFrame()
    powers = {title: fit.accumulation.size_exponent for title, fit in study.trends(quantity).items()}
    # Columns from fits of several kinds may hold objects.
    gaps = gaps.astype(dict.fromkeys([study.scale, "gap", "low", "high"], float))
    noise = noise.astype({"seed_deviation": float})
    rows = gaps.merge(noise[["case", "step", "seed_deviation"]], on=["case", "step"])
    rows = rows[(rows["step"] > 0) & (rows["seed_deviation"] > 0)].rename(columns={"seed_deviation": "deviation"})
    steps = rows.groupby("case")["step"]
    rows = rows[(rows["step"] == steps.transform("min")) | (rows["step"] == steps.transform("max"))]
    low, high = rows["low"], rows["high"]
    ends = rows[["low", "high"]].abs()
    rows = rows.assign(
        ratio=rows["gap"].abs() / rows["deviation"],
        ratio_low=ends.min(axis=1).where(low * high > 0, 0.0) / rows["deviation"],
        ratio_high=ends.max(axis=1) / rows["deviation"],
        power=rows["case"].map(powers),
    )
    return rows.assign(model=_modelled(study, quantity, rows) / rows["deviation"]).drop(
        columns=["squared", "curve", "word", "beta", "beta_low", "beta_high"]
    )


def _modelled(study: Study, quantity: tuple[str, int], rows: DataFrame) -> "pd.Series[float]":
    """|Gap| of every row as the fit has it: that of the smallest size times a power of the size."""
    found = []
    for case, size, step, power in rows[["case", study.scale, "step", "power"]].itertuples(index=False):
        fit = study.trends(quantity)[case]
        fitted = fit.accumulation.fitted
        start = fitted.loc[fitted["step"] == step, "gap"].abs().max() if "gap" in fitted else np.nan
        found.append(start * (size / min(fit.sizes)) ** -power)
    return pd.Series(found, index=rows.index, dtype=float)
