"""The tables behind the figures: what a figure draws is what its table holds, no more."""

from collections.abc import Iterable

import pandas as pd
from pandas import DataFrame

from spectra.report.study import Study


def step_rows(study: Study, quantity: str) -> DataFrame:
    """One row per run and step of a quantity at the judged rate.

    Returns:
        Columns regime, the scale, rate, seed, run, step, quantity, value, diverged (whether the run later diverged).
    """
    columns = ["regime", study.scale, "rate", "seed", "run", "step", "quantity", "value"]
    rows = study.at_rate()
    rows = rows.loc[rows["quantity"] == quantity, columns]
    rows = rows.assign(diverged=rows["run"].isin(study.diverged()))
    return rows.sort_values(["regime", study.scale, "seed", "run", "step"], ignore_index=True)


def trend_rows(study: Study) -> DataFrame:
    """Size trend of the judged quantity per regime and step, with its margin."""
    return _stacked(
        fit.trend.assign(regime=regime, quantity=fit.quantity, margin=fit.margin)
        for regime, fit in study.consistency.items()
    )


def growth_rows(study: Study) -> DataFrame:
    """Growth of the judged quantity along training, per regime and size."""
    return _stacked(
        fit.growth.rename(columns={"size": study.scale}).assign(regime=regime, quantity=fit.quantity)
        for regime, fit in study.consistency.items()
    )


def rate_rows(study: Study) -> DataFrame:
    """Criterion per regime, size and learning rate; `value` is infinite where a seed diverged."""
    return _transfer_rows(study, "losses")


def optimum_rows(study: Study) -> DataFrame:
    """Best learning rate per regime, criterion and size, with what its choice would cost at the largest size."""
    optima, regret = _transfer_rows(study, "optima"), _transfer_rows(study, "regret")
    return optima if optima.empty else optima.merge(regret, how="left")


def exponent_rows(study: Study) -> DataFrame:
    """Fitted exponents of the loss curves, without amplitudes and floors."""
    return study.exponents[study.exponents["parameter"] == "exponent"].reset_index(drop=True)


def figure_tables(study: Study) -> dict[str, DataFrame]:
    """All tables by the name of their file; the first five carry the names of the figures."""
    return {
        "sharpness": step_rows(study, study.quantity),
        "trend": trend_rows(study),
        "rates": rate_rows(study),
        "loss": step_rows(study, "loss"),
        "exponents": exponent_rows(study),
        "growth": growth_rows(study),
        "optima": optimum_rows(study),
    }


def _transfer_rows(study: Study, part: str) -> DataFrame:
    return _stacked(
        getattr(fit, part)
        .rename(columns={"criterion": "value", "size": study.scale})
        .assign(regime=regime, criterion=criterion)
        for regime, fits in study.transfer.items()
        for criterion, fit in fits.items()
    )


def _stacked(parts: Iterable[DataFrame]) -> DataFrame:
    kept = [part for part in parts if not part.empty]
    if not kept:
        return DataFrame()
    whole = pd.concat(kept, ignore_index=True)
    leading = [name for name in ("regime", "quantity", "criterion") if name in whole]
    return whole[leading + [name for name in whole if name not in leading]]
