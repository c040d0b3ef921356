"""The tables behind the figures of whole spectra: eigenvalues along training, parts, densities, kernels."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame
from scipy.special import ndtr

from spectra.report.cases import runs_of
from spectra.report.figure_tables import chosen_steps, course_rows, in_order
from spectra.report.groups import groups
from spectra.report.law_theory import loss_theory
from spectra.report.stability_limits import limits_of
from spectra.report.study import Study

Array = NDArray[np.float64]

SPECTRA = ("effective_sharpness", "sharpness", "gauss_newton", "residual_part", "kernel_eigenvalues")
"""Quantities whose index counts eigenvalues from the largest down."""
PARTS = ("effective_sharpness", "gauss_newton", "residual_part")
"""The curvature and its two parts."""
KNOWN = {"data", "model", "optimizer", "target", "dimension", "gain", "decay", "temperature"}
"""Settings without which it cannot be asked whether a theory of the kernel covers a run."""
DENSITY = "spectral_density"
BINS = 10
"""Bins in a factor of ten of eigenvalues: an outlier is as wide as a tenth of a decade at the least, and seen."""
LINEAR = 1e-2
"""Share of the largest eigenvalue below which the axis of eigenvalues is linear: the many near zero lie there."""


def spectra_measured(study: Study) -> list[str]:
    """Quantities of which several eigenvalues were measured at the judged rates."""
    rows = study.at_rate()
    several = set(rows.loc[rows["index"] > 0, "quantity"])
    return [name for name in SPECTRA if name in several]


def eigenvalue_rows(study: Study, quantity: str) -> DataFrame:
    """Eigenvalues along training: case, the scale, step, quantity, index, seeds, value, low, high, number, limit.

    `number` counts from the largest, 1, on. Geometric mean over seeds with one standard deviation of the logarithm;
    `limit` is that of the optimizer, nan where it has none for this quantity.
    """
    rows = study.at_rate()
    indices = sorted(rows.loc[rows["quantity"] == quantity, "index"].unique())
    parts = [course_rows(study, quantity, int(index)) for index in indices]
    if not parts:
        return DataFrame()
    rows = pd.concat(parts)
    return _ordered(study, rows.assign(number=rows["index"] + 1), limit_of=quantity)


def part_rows(study: Study) -> DataFrame:
    """Largest eigenvalue of the curvature and of its parts: columns as `eigenvalue_rows`; empty without both parts."""
    measured = set(study.at_rate()["quantity"])
    if not measured.issuperset(PARTS[1:]):
        return DataFrame()
    parts = [course_rows(study, name) for name in PARTS if name in measured]
    return _ordered(study, pd.concat(parts), limit_of=PARTS[0])


def density_rows(study: Study) -> DataFrame:
    """Numbers of eigenvalues in bins at some steps, mean over seeds.

    Columns case, the scale, step, low, high, count, seeds, middle (of the bin on the axis), linear, limit.

    Bins are equally wide on an axis asinh(eigenvalue / linear), which is linear up to `linear` and logarithmic beyond.
    A row whose `low` is its `high` is one of the largest eigenvalues, measured by itself, without a middle: geometric
    mean over seeds.
    """
    rows = study.at_rate()
    rows = rows[rows["quantity"].str.startswith(DENSITY) & ~rows["run"].isin(study.diverged())]
    rows = rows[rows["step"].isin(chosen_steps(rows))]
    nodes = rows.loc[rows["quantity"] == DENSITY, "value"].astype(float)
    if nodes.empty:
        return DataFrame()
    linear = float(10.0 ** np.floor(np.log10(LINEAR * nodes.abs().max())))
    places = np.arcsinh(np.array([nodes.min(), nodes.max()]) / linear) / np.log(10) * BINS
    edges = linear * np.sinh(np.arange(np.floor(places[0]) - 1, np.ceil(places[1]) + 2) * np.log(10) / BINS)
    parts = []
    for (case, size, step), here in groups(rows, "case", study.scale, "step"):
        found = [_counts(one, edges) for _, one in groups(here, "run")]
        middles = linear * np.sinh((np.arcsinh(edges[:-1] / linear) + np.arcsinh(edges[1:] / linear)) / 2)
        bins = {"low": edges[:-1], "high": edges[1:], "count": np.mean(found, axis=0), "seeds": len(found)}
        keys = {"case": case, study.scale: size, "step": step}
        parts.append(DataFrame({**keys, **bins, "middle": middles, "linear": linear}))
    return _ordered(study, pd.concat([*parts, _single(study, rows, linear)]), limit_of=PARTS[0])


def kernel_rows(study: Study) -> DataFrame:
    """Eigenvalues of the tangent kernel at the first and the last step of every case that have it.

    Returns:
        Columns case, the scale, step, number (from 1, the largest, on), value, low, high, theory. Geometric mean over
        seeds with one standard deviation of the logarithm; `theory` is that of an infinitely wide network at the start,
        on the whole sphere, where there is one, else nan.
    """
    rows = study.at_rate()
    rows = rows[(rows["quantity"] == "tangent_kernel") & ~rows["run"].isin(study.diverged())]
    rows = rows.assign(value=rows["value"].astype(float))
    steps = rows.groupby("case")["step"]
    ends = (rows["step"] == steps.transform("min")) | (rows["step"] == steps.transform("max"))
    rows = rows[(rows["value"] > 0) & ends]
    if rows.empty:
        return DataFrame()
    keys = ["case", study.scale, "step", "index"]
    logs = np.log(rows["value"]).groupby([rows[key] for key in keys]).agg(["mean", "std"]).reset_index()
    low, high = logs["mean"] - logs["std"], logs["mean"] + logs["std"]
    told = logs[keys[:3]].assign(
        number=logs["index"] + 1, value=np.exp(logs["mean"]), low=np.exp(low), high=np.exp(high)
    )
    first = told["step"] == told.groupby("case")["step"].transform("min")
    theories = {case.title: _theory(study, case.title) for case in study.cases}
    found = [
        theories[case][number - 1] if start and number <= len(theories[case]) else np.nan
        for case, number, start in zip(told["case"], told["number"], first, strict=True)
    ]
    return _ordered(study, told.assign(theory=found))


def _theory(study: Study, title: str) -> Array:
    """Eigenvalues of theory at the rate of a case, largest first; none where no theory covers its runs."""
    rows = study.at_rate()
    rows = rows[rows["case"] == title]
    if rows.empty or not KNOWN.issubset(rows.columns):
        return np.empty(0)
    settings = dict(runs_of(rows).iloc[0])
    theory = loss_theory(settings)
    return np.empty(0) if theory is None or theory.spectrum is None else settings["rate"] * theory.spectrum.eigenvalues


def _counts(run: DataFrame, edges: Array) -> Array:
    """Eigenvalues of one run in each bin, every mass as a Gaussian."""
    wide = run.pivot(index="index", columns="quantity", values="value").astype(float)
    masses = wide[[DENSITY, f"{DENSITY}_weight", f"{DENSITY}_width"]].dropna().to_numpy()
    below = ndtr((edges - masses[:, :1]) / masses[:, 2:])
    return np.asarray(float(wide[f"{DENSITY}_dimension"].iloc[0]) * masses[:, 1] @ np.diff(below, axis=1))


def _single(study: Study, rows: DataFrame, linear: float) -> DataFrame:
    """The largest eigenvalues by themselves, at the same steps, as bins without a width."""
    steps, quantity = set(rows["step"]), PARTS[0]
    measured = study.at_rate()
    indices = sorted(measured.loc[measured["quantity"] == quantity, "index"].unique())
    parts = [course_rows(study, quantity, int(index)) for index in indices]
    found = [part[(part["run"] == "") & part["step"].isin(steps)] for part in parts]
    if not found:
        return DataFrame()
    single = pd.concat(found)
    kept = single[["case", study.scale, "step", "seeds"]]
    return kept.assign(low=single["value"], high=single["value"], count=1.0, middle=np.nan, linear=linear)


def _ordered(study: Study, rows: DataFrame, limit_of: str | None = None) -> DataFrame:
    """Rows without diverged runs, in the order of the cases, with the limits of a quantity."""
    if rows.empty:
        return DataFrame()
    rows = rows[rows["run"] == ""].drop(columns="run") if "run" in rows else rows
    rows = in_order(study, rows)
    if limit_of is not None:
        limits = limits_of(study, limit_of)
        rows = rows.assign(limit=rows["case"].map(limits).astype(float))
    return rows.reset_index(drop=True)
