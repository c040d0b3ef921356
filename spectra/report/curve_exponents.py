"""How fast the losses of a study fall: one power law per case, size and loss curve."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from spectra.fitting.fit_law import fit_law
from spectra.report.groups import groups
from spectra.report.titles import column_title, quantity_title
from spectra.report.words import number

CURVES = ("loss", "test_loss")
LAWS = {"power": "without a floor", "floor": "with a floor"}


def exponent_columns(scale: str) -> list[str]:
    """Columns of the table of fits."""
    return ["case", scale, "curve", "model", "parameter", "estimate", "low", "high", "level"]


def curve_exponents(table: DataFrame, *, scale: str) -> tuple[DataFrame, list[str]]:
    """Power laws L(step) = floor + amplitude * step^-exponent of the seed-mean losses, with and without a floor.

    Args:
        table: Long table with cases, each at one learning rate, without diverged runs.
        scale: Column that grows.

    Returns:
        The table of fits (columns as `exponent_columns`), and sentences about fits that failed or warned.
    """
    curves = table[table["quantity"].isin(CURVES) & (table["step"] > 0)]
    parts, notes = [], []
    for (curve, case, size), rows in groups(curves, "quantity", "case", scale):
        mean = rows.groupby("step")["value"].mean()
        for name, kind in LAWS.items():
            law, said = _fit(mean, curve, name)
            subject = f"{case}, {column_title(scale)} {number(size, 6)}, {quantity_title(curve)} {kind}"
            notes += [f"{subject}: {sentence}" for sentence in said]
            if not law.empty:
                parts.append(law.assign(**{"case": case, scale: size})[exponent_columns(scale)])
    return (pd.concat(parts, ignore_index=True) if parts else DataFrame(columns=exponent_columns(scale))), notes


def _fit(points: Series, curve: str, name: str) -> tuple[DataFrame, list[str]]:
    try:
        law = fit_law(points.index.to_numpy(dtype=np.float64), points.to_numpy(dtype=np.float64), law=name)
    except ValueError as error:
        return DataFrame(), [f"not fitted, {error}"]
    return law.rows(curve), list(law.warnings)
