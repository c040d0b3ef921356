"""The tables behind the figures: what a figure draws is what its table holds, no more."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from spectra.report.loss_units import loss_unit
from spectra.report.stability_limits import limits_of
from spectra.report.study import Study
from spectra.verdicts.accumulation import Accumulation

CHECKPOINTS = 7  # that a table on a page shows
FACTORS = {"factor": "growth", "low": "low", "high": "high"}  # logarithms in a verdict, by the name of the factor


def file_name(study: Study, kind: str, quantity: str, index: int = 0) -> str:
    """Name of the files of a figure: a course is named after its quantity, other kinds only if it is no headline."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", quantity)
    if plain != quantity:  # two names may become one
        plain = f"{plain}-{[name for name, _ in study.question.quantities].index(quantity)}"
    own = f"{plain}-{index}" if index else plain
    if not kind:
        return own
    return kind if (quantity, index) == study.question.headline else f"{kind}-{own}"


def course_rows(study: Study, quantity: str, index: int = 0) -> DataFrame:
    """What a quantity does along training at the judged rates: means over seeds, and runs that diverged by themselves.

    Returns:
        Columns case, the scale, step, quantity, index, run, seeds, value, low, high, limit, unit. Without a run:
        geometric mean over the seeds that did not diverge, and one standard deviation of the logarithm to either side
        (none with one seed). With a run: a run that later diverged. Only values that a logarithmic axis can hold,
        finite and positive. The limit is that of stability (`limits_of`), nan where there is none. The unit is that of
        a loss, empty where it has none.
    """
    rows = drawable_rows(study, quantity, index)
    keys, gone = ["case", study.scale, "step"], rows["run"].isin(study.diverged())
    logs = (
        np.log(rows.loc[~gone, "value"]).groupby([rows.loc[~gone, key] for key in keys]).agg(["mean", "std", "count"])
    )
    means = logs.reset_index().assign(
        run="", seeds=logs["count"].to_numpy(), value=np.exp(logs["mean"]).to_numpy(),
        low=np.exp(logs["mean"] - logs["std"]).to_numpy(), high=np.exp(logs["mean"] + logs["std"]).to_numpy(),
    )  # fmt: skip
    lost = rows.loc[gone, [*keys, "run", "value"]].assign(seeds=1, low=np.nan, high=np.nan)
    whole = pd.concat([means.drop(columns=["mean", "std", "count"]), lost.sort_values([*keys, "run"])])
    whole = in_order(study, whole)
    limits = whole["case"].map(limits_of(study, quantity, index)).astype(float)
    unit = loss_unit(study.table) if quantity in ("loss", "test_loss") else ""
    whole = whole.assign(quantity=quantity, index=index, limit=limits, unit=unit)
    columns = [*keys, "quantity", "index", "run", "seeds", "value", "low", "high", "limit", "unit"]
    return DataFrame(whole[columns].reset_index(drop=True))


def drawable_rows(study: Study, quantity: str, index: int) -> DataFrame:
    """Rows of one entry of a quantity at the judged rates that a logarithmic axis can hold, finite and positive."""
    rows = _entry_rows(study, quantity, index)
    return DataFrame(rows[np.isfinite(rows["value"]) & (rows["value"] > 0)])


def _entry_rows(study: Study, quantity: str, index: int) -> DataFrame:
    rows = study.at_rate()
    rows = rows[(rows["quantity"] == quantity) & (rows["index"] == index)]
    return rows.assign(value=rows["value"].astype(float))


def chosen_steps(rows: DataFrame) -> list[int]:
    """Steps of a table along training: the ends and evenly chosen checkpoints between."""
    steps = sorted(rows["step"].unique()) if len(rows) else []
    places = sorted(set(np.linspace(0, len(steps) - 1, CHECKPOINTS).round().astype(int))) if steps else []
    return [int(steps[place]) for place in places]


def undrawable(study: Study, quantity: str, index: int = 0) -> int:
    """Values of a quantity at the judged rates that a logarithmic axis cannot hold."""
    return len(_entry_rows(study, quantity, index)) - len(drawable_rows(study, quantity, index))


def trend_rows(study: Study, quantity: tuple[str, int]) -> DataFrame:
    """Size trend of a judged quantity per case and step, with the largest slope that was allowed.

    `level` is that of its intervals, `band_level` that of the band for all steps at once.
    """
    return stacked(
        fit.trend.assign(
            case=title, quantity=fit.quantity, index=quantity[1], margin=fit.bound, level=fit.fade_interval.level,
            band_level=fit.mean_slope_interval.level, verdict=fit.verdict,
        )
        for title, fit in study.trends(quantity).items()
    )  # fmt: skip


def growth_rows(study: Study, quantity: tuple[str, int]) -> DataFrame:
    """Factor by which a judged quantity grows along training, and movement beside it, per case and size.

    Returns:
        Columns case, quantity, index, the scale, factor, movement, low, high. A row has either a factor, of the judged
        quantity, or a movement (`movement_rows`), and nan in the other column.
    """
    grown = stacked(
        sized(fit.growth, study)
        .rename(columns={"growth": "factor"})
        .assign(
            case=title,
            quantity=fit.quantity,
            index=quantity[1],
            movement=np.nan,
            **{name: np.exp(fit.growth[column].astype(float)) for name, column in FACTORS.items()},
        )
        for title, fit in study.trends(quantity).items()
    )
    if grown.empty:
        return grown
    leading = ["case", "quantity", "index", study.scale, "factor", "movement", "low", "high"]
    whole = stacked([grown, movement_rows(study).assign(index=0, factor=np.nan)])
    return whole[[*leading, *(name for name in whole if name not in leading)]]


def gap_rows(study: Study, quantity: tuple[str, int]) -> DataFrame:
    """Gap of a judged quantity to infinite size per case, size and step, with the power of the step that it follows.

    `curve` is what the power gives for the smallest size, signed; `word` says whether gaps build up, and beta is the
    power with the ends of its interval.
    """
    return stacked(
        sized(_with_power(fit.accumulation), study).assign(case=title, quantity=fit.quantity, index=quantity[1])
        for title, fit in study.trends(quantity).items()
    )


def noise_rows(study: Study, quantity: tuple[str, int]) -> DataFrame:
    """Scatter of a judged quantity over sizes and over seeds, per case and step."""
    return stacked(fit.noise.assign(case=title, quantity=fit.quantity) for title, fit in study.trends(quantity).items())


def movement_rows(study: Study) -> DataFrame:
    """How far kernel and weights moved, per case and size; empty where it was not measured."""
    fits = {case.title: next(iter(case.consistency.values())).movement for case in study.cases if case.consistency}
    return stacked(sized(moved, study).assign(case=title) for title, moved in fits.items() if moved is not None)


def exponent_rows(study: Study) -> DataFrame:
    """Fitted exponents of the loss curves, without amplitudes and floors, of the laws that determine some of them.

    Rows of the cases of the study alone, in their order.
    """
    rows = study.exponents[study.exponents["parameter"] == "exponent"]
    known = rows.assign(known=np.isfinite(rows[["low", "high"]].to_numpy(dtype=np.float64)).all(axis=1))
    titles = [case.title for case in study.cases]
    kept = rows[known.groupby(["curve", "model"])["known"].transform("any").astype(bool) & rows["case"].isin(titles)]
    return in_order(study, kept).reset_index(drop=True)


def open_laws(study: Study) -> list[tuple[str, str]]:
    """Curves with the laws of which no case and size has an exponent with a bounded interval."""
    fitted = study.exponents[["curve", "model"]].itertuples(index=False, name=None)
    shown = set(exponent_rows(study)[["curve", "model"]].itertuples(index=False, name=None))
    return [law for law in dict.fromkeys(fitted) if law not in shown]


def _with_power(found: Accumulation) -> DataFrame:
    rows, fitted = found.by_step, found.fitted
    if rows.empty:
        return rows
    curve = fitted.set_index("step")["curve"] if "curve" in fitted else Series(dtype=float)
    ends = {"beta": found.exponent, "beta_low": found.interval.low, "beta_high": found.interval.high}
    return rows.assign(curve=rows["step"].map(curve).astype(float), word=found.word, **ends)


def in_order(study: Study, rows: DataFrame) -> DataFrame:
    """Rows in the order of the cases of a study; those of a case keep theirs."""
    order = {case.title: place for place, case in enumerate(study.cases)}
    return rows.sort_values("case", key=lambda cases: cases.map(order), kind="stable")


def sized(rows: DataFrame, study: Study) -> DataFrame:
    """Rows with the size under the name of the scale."""
    return rows.rename(columns={"size": study.scale})


def stacked(parts: Iterable[DataFrame]) -> DataFrame:
    """All rows of some tables with any columns; what they are about (case, quantity, criterion) comes first."""
    kept = [part for part in parts if not part.empty]
    if not kept:
        return DataFrame()
    whole = pd.concat(kept, ignore_index=True)
    leading = [name for name in ("case", "quantity", "criterion") if name in whole]
    return whole[leading + [name for name in whole if name not in leading]]
