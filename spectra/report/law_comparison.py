"""Measured exponents beside those of theory, over one stated window."""

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.asymptotics.laws import EigenvalueLaw, LossLaw
from spectra.fitting.fit_law import fit_law
from spectra.fitting.intervals import half_width
from spectra.report.law_cases import Case
from spectra.report.loss_theory import Array

LEVEL = 0.95
WINDOW = 10.0
"""The window of a loss is the last factor of ten in steps, which is the part of a run that is the closest to the limit.
That of a spectrum is the modes which are learnt in the last hundred: eigenvalues on spheres come in blocks, of which a
factor of ten holds too few."""

COLUMNS = [
    "case", "width", "quantity", "from", "to", "measured", "low", "high", "level", "repetitions", "law", "expected",
    "ratio", "lazy",
]  # fmt: skip
"""One row for each case, width and quantity ("xi", "nu" or "kappa"): the window, in steps or indices; the exponent
measured in it with its interval; that of the law; that of the exact expectation, fitted alike in the same window; what
is measured at the end of the window over what the law says there; and, for the loss, that on the training examples at
the end over what their tangent kernel at the start predicts for it, which is one for lazy training."""


def comparison(case: Case) -> DataFrame:
    """Exponents of the loss, and of spectrum and target where they are measured; columns as `COLUMNS`."""
    steps = case.rows.loc[case.rows["quantity"] == case.quantity, "step"]
    window = (float(steps.max()) / WINDOW, float(steps.max())) if len(steps) else (1.0, 1.0)
    rows = [_row(case, width, "xi", curves, window) for width, curves in case.samples(case.quantity, "step")]
    if case.theory is not None and case.theory.spectrum is not None:
        modes = learnt_modes(case, (window[0] / WINDOW, window[1]))
        for width, values in spectra(case):
            rows.append(_row(case, width, "nu", values, modes))
        for width, values in tails(case):
            rows.append(_row(case, width, "kappa", values, modes))
    return DataFrame([row for row in rows if row], columns=COLUMNS)


def spectra(case: Case) -> list[tuple[float, DataFrame]]:
    """Per width, eigenvalues of the tangent kernel at learning rate one, by their number from 1 on."""
    rate = float(case.rows["rate"].iloc[0])
    return [(width, _numbered(values / rate)) for width, values in case.samples("tangent_kernel", "index")]


def tails(case: Case) -> list[tuple[float, DataFrame]]:
    """Per width, what the target has in each mode and all behind it, by the number of the mode from 1 on."""
    found = case.samples("tangent_kernel_coefficient", "index")
    return [(width, _numbered(values[::-1].cumsum()[::-1])) for width, values in found]


def over_kernel(case: Case, width: float) -> float:
    """Training loss at the last step over the prediction of the tangent kernel at the start, mean over runs.

    The prediction is sum_n c_n^2 (1 - 2 mu_n)^(2 step) over all eigenvalues mu_n; nan where not all were measured.
    """
    here, ratios = case.rows[case.rows["width"] == width], []
    for _, rows in here.groupby("run"):
        start, last = rows[rows["step"] == 0], rows["step"].max()
        values, squares = (
            start[start["quantity"] == name].sort_values("index")["value"].to_numpy(dtype=np.float64)
            for name in ("tangent_kernel", "tangent_kernel_coefficient")
        )
        end = rows.loc[(rows["quantity"] == "loss") & (rows["step"] == last), "value"]
        if case.theory is None or len(end) != 1 or len(values) != rows["train_examples"].iloc[0]:
            return np.nan
        ratios.append(float(end.iloc[0]) / float(squares @ (1 - 2 * values) ** (2 * int(last))))
    return float(np.mean(ratios))


def learnt_modes(case: Case, window: tuple[float, float]) -> tuple[float, float]:
    """Numbers of the modes that are learnt within a window of steps: those with 1 / (4 rate lambda_n) in it."""
    assert case.theory is not None
    assert case.theory.spectrum is not None
    learnt = 1 / (4 * float(case.rows["rate"].iloc[0]) * case.theory.spectrum.eigenvalues)
    inside = np.flatnonzero((learnt >= window[0]) & (learnt <= window[1]))
    return (float(inside[0] + 1), float(inside[-1] + 1)) if inside.size else (1.0, 1.0)


def expected(case: Case, quantity: str, x: Array) -> Array:
    """The exact expectation of a quantity of the comparison at steps or mode numbers x; nan where there is none."""
    if case.theory is None:
        return np.full(x.shape, np.nan)
    if quantity == "xi":
        return case.theory.mean_loss(x)
    assert case.theory.spectrum is not None
    exact = case.theory.spectrum.eigenvalues if quantity == "nu" else case.theory.spectrum.tails
    return np.asarray(exact[x.astype(int) - 1])


def law_values(case: Case, quantity: str, x: Array) -> Array:
    """The power law of a quantity of the comparison at steps or mode numbers x; nan where there is none."""
    law = _law(case, quantity)
    return np.full(x.shape, np.nan) if law is None else np.asarray(law(x), dtype=np.float64)


def _law(case: Case, quantity: str) -> LossLaw | EigenvalueLaw | None:
    if case.theory is None or quantity == "xi":
        return None if case.theory is None else case.theory.law
    assert case.theory.spectrum is not None
    return case.theory.spectrum.eigenvalue_law if quantity == "nu" else case.theory.spectrum.tail_law


def _row(
    case: Case, width: float, quantity: str, samples: DataFrame, window: tuple[float, float]
) -> tuple[object, ...] | None:
    inside = samples[(samples.index >= window[0]) & (samples.index <= window[1])]
    x = inside.index.to_numpy(dtype=np.float64)
    if len(x) < 3 or not (inside > 0).all(axis=None):
        return None
    every = np.array([exponent(x, inside[name].to_numpy(dtype=np.float64)) for name in inside])
    low, high = _interval(x, inside, every)
    law, exact = _law(case, quantity), expected(case, quantity, x)
    return (
        case.title, width, quantity, x[0], x[-1], float(every.mean()), low, high, LEVEL, len(every),
        np.nan if law is None else float(law.exponent), np.nan if law is None else exponent(x, exact),
        float(inside.iloc[-1].mean()) / float(law_values(case, quantity, x)[-1]),
        over_kernel(case, width) if quantity == "xi" else np.nan,
    )  # fmt: skip


def exponent(x: Array, y: Array) -> float:
    """Exponent of the power law through some points, by relative least squares."""
    return float(fit_law(x, y, law="power").estimates["exponent"])


def _interval(x: Array, inside: DataFrame, every: Array) -> tuple[float, float]:
    """By the scatter of the repetitions; of one alone, by how well a power law describes its curve."""
    if len(every) > 1:
        half = float(half_width(every, level=LEVEL))
        return float(every.mean()) - half, float(every.mean()) + half
    only = fit_law(x, inside.iloc[:, 0].to_numpy(dtype=np.float64), law="power", level=LEVEL).intervals["exponent"]
    return only.low, only.high


def _numbered(values: DataFrame) -> DataFrame:
    return values.set_axis(pd.Index(values.index + 1, name="number"))
