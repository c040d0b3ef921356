"""The numbers of every figure as a table on the page, for those who would rather read than measure a curve."""

import numpy as np

from spectra.report.figure_tables import exponent_rows, growth_rows, optimum_rows, step_rows, trend_rows
from spectra.report.sheet import Sheet
from spectra.report.step_figures import drawable
from spectra.report.study import Study
from spectra.report.words import clean, criterion_title, number, quantity_title, regime_title, signed, span

CHECKPOINTS = 7  # columns of a table along training: the ends and evenly chosen checkpoints between


def figure_sheets(study: Study) -> dict[str, list[Sheet]]:
    """Tables by the name of the figure that they belong to."""
    return {
        "sharpness": [_steps(study, study.quantity), _growth(study)],
        "trend": [_trend(study)],
        "rates": [_optima(study)],
        "loss": [_steps(study, "loss")],
        "exponents": [_exponents(study)],
    }


def _steps(study: Study, quantity: str) -> Sheet:
    rows = drawable(step_rows(study, quantity))
    rows = rows[~rows["diverged"]]
    steps = sorted(rows["step"].unique())
    chosen = (
        [steps[i] for i in sorted(set(np.linspace(0, len(steps) - 1, CHECKPOINTS).round().astype(int)))]
        if steps
        else []
    )
    logs = (
        rows.assign(value=np.log(rows["value"].astype(float))).groupby(["regime", study.scale, "step"])["value"].mean()
    )
    told = [
        (regime_title(regime), number(size, 6), *(_exp(logs.get((regime, size, step))) for step in chosen))
        for regime in study.regimes
        for size in study.sizes
        if not rows[(rows["regime"] == regime) & (rows[study.scale] == size)].empty
    ]
    heads = ("regime", clean(study.scale), *(f"step {step}" for step in chosen))
    return Sheet(f"{quantity_title(quantity).capitalize()}, geometric mean over seeds.", heads, tuple(told))


def _growth(study: Study) -> Sheet:
    told = [
        (
            regime_title(row["regime"]),
            number(row[study.scale], 6),
            f"×{_exp(row['growth'])}",
            f"×{_exp(row['low'])} to ×{_exp(row['high'])}",
        )
        for row in growth_rows(study).to_dict("records")
    ]
    return Sheet(
        f"Growth of the {quantity_title(study.quantity)} from the first checkpoint to the plateau.",
        ("regime", clean(study.scale), "growth", "interval"), tuple(told),
    )  # fmt: skip


def _trend(study: Study) -> Sheet:
    told = [
        (regime_title(row["regime"]), str(row["step"]), signed(row["slope"]), span(row["low"], row["high"]),
         span(row["band_low"], row["band_high"]), number(row["lack_of_fit"], 2))
        for row in trend_rows(study).to_dict("records")
    ]  # fmt: skip
    return Sheet(
        f"Change of log {quantity_title(study.quantity)} per doubling of {clean(study.scale)}; lack of fit is the p "
        "value of a departure from a straight line.",
        ("regime", "step", "slope", "pointwise interval", "band for all steps", "lack of fit"), tuple(told),
    )  # fmt: skip


def _optima(study: Study) -> Sheet:
    told = [
        (regime_title(row["regime"]), criterion_title(row["criterion"]), number(row[study.scale], 6),
         number(row["optimum"]) + (" (end of the grid)" if row["edge"] else ""),
         f"{number(row['low'])} to {number(row['high'])}", number(row["stable_edge"]), number(row["regret"], 2))
        for row in optimum_rows(study).to_dict("records")
    ]  # fmt: skip
    return Sheet(
        f"Best learning rates. The cost is what the rate that is best at this {clean(study.scale)} loses at the "
        "largest one, in units of the criterion.",
        ("regime", "criterion", clean(study.scale), "best rate", "interval", "largest stable rate", "cost"),
        tuple(told),
    )  # fmt: skip


def _exponents(study: Study) -> Sheet:
    told = [
        (regime_title(row["regime"]), number(row[study.scale], 6), quantity_title(row["curve"]),
         "fitted" if row["model"] == "floor" else "held at zero", number(row["estimate"]),
         f"{number(row['low'])} to {number(row['high'])}")
        for row in exponent_rows(study).to_dict("records")
    ]  # fmt: skip
    return Sheet(
        "Exponents of the losses in steps. Amplitudes and floors are in fits.csv.",
        ("regime", clean(study.scale), "curve", "floor", "exponent", "interval"), tuple(told),
    )  # fmt: skip


def _exp(value: float | None) -> str:
    return "–" if value is None else number(float(np.exp(value)))
