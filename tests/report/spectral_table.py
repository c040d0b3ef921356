"""A table with whole spectra whose every number is known."""

import pandas as pd
from pandas import DataFrame

from tests.report.synthetic_study import RATE, long_table

WIDTHS, SEEDS, STEPS = (32, 64, 128), (0, 1, 2), (0, 60, 120)
WEIGHTS = 1000
"""Weights of every network, P."""
BULK = 0.02
"""Half of the eigenvalues lie here, the other half on the other side of zero, but for the largest one."""
SETTINGS = [
    "model",
    "width",
    "depth",
    "data",
    "optimizer",
    "rate",
    "regime",
    "base_width",
    "base_depth",
    "seed",
    "steps",
]


def spectral_table(*, parts: bool = True) -> DataFrame:
    """Runs with four eigenvalues, densities and tangent kernels; the largest eigenvalue is that of the synthetic study.

    Args:
        parts: Whether the parts of the curvature are measured.
    """
    base = long_table(widths=WIDTHS, seeds=SEEDS, rates=(RATE,))
    tops = base[(base["quantity"] == "effective_sharpness") & base["step"].isin(STEPS)]
    rows = [row for top in tops.to_dict("records") for row in _spectrum(top, parts=parts)]
    return pd.concat([base, DataFrame(rows)], ignore_index=True)


def _spectrum(top: dict, *, parts: bool) -> list[dict]:
    largest = top["value"]
    numbers = [("effective_sharpness", index, largest / (index + 1)) for index in (1, 2, 3)]
    if parts:
        numbers += [("gauss_newton", 0, 0.8 * largest), ("residual_part", 0, 0.3 * largest)]
    masses = [(largest, 1 / WEIGHTS, 0.001), (BULK, 0.5 - 1 / WEIGHTS, 0.001), (-BULK, 0.5, 0.001)]
    for index, mass in enumerate(masses):
        names = ("spectral_density", "spectral_density_weight", "spectral_density_width")
        numbers += [(name, index, value) for name, value in zip(names, mass, strict=True)]
    numbers.append(("spectral_density_dimension", 0, float(WEIGHTS)))
    if top["step"] in (0, 120):
        numbers += [("tangent_kernel", index, (2 if top["step"] else 1) / (index + 1) ** 2) for index in range(8)]
    kept = {name: top[name] for name in [*SETTINGS, "run", "step"]}
    return [kept | {"quantity": name, "index": index, "value": value} for name, index, value in numbers]
