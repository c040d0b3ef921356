"""The tables behind the figures over learning rates."""

from pandas import DataFrame

from spectra.report.figure_tables import sized, stacked
from spectra.report.study import Study


def rate_rows(study: Study) -> DataFrame:
    """Criterion per case, size and learning rate, with the best rate of the size.

    Returns:
        Columns case, criterion (its name), the scale, rate, value (infinite where a seed diverged), low, high, diverged
        (share of seeds), and of the size, in each of its rows: optimum, optimum_low, optimum_high, edge.
    """
    named = {"low": "optimum_low", "high": "optimum_high"}
    return stacked(
        sized(fit.losses, study)
        .rename(columns={"criterion": "value"})
        .merge(
            sized(fit.optima[["size", "optimum", "low", "high", "edge"]], study).rename(columns=named),
            how="left",
            on=study.scale,
        )
        .assign(case=title, criterion=fit.criterion)
        for title, fit in study.transfers().items()
    )


def optimum_rows(study: Study) -> DataFrame:
    """Best learning rate per case and size, with what its choice would cost at the largest size."""
    fits = study.transfers().items()
    costs = {title: fit.regret[["size", "regret"]] for title, fit in fits}
    return stacked(
        sized(fit.optima.merge(costs[title], how="left", on="size"), study).assign(case=title, criterion=fit.criterion)
        for title, fit in fits
    )


def regret_rows(study: Study) -> DataFrame:
    """What it costs to train one size at the best rate of another, per case."""
    return stacked(
        fit.regret_map.assign(case=title, criterion=fit.criterion) for title, fit in study.transfers().items()
    )
