"""What the page of a coordinate check shows: every case with its exponents, and the values that they come from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.verdicts.size_exponents import EQUAL

QUANTITIES = ("size", "change")


@dataclass(frozen=True)
class CheckedCase:
    """One parameterization that was checked.

    Attributes:
        title: What tells it from the others.
        verdict: "pass", "fail" or "not enough seeds".
        sentence: The verdict in words with numbers.
        notes: Likely causes of a failure, and what a reader must know besides.
        exponents: A row for each layer and quantity, of `verdicts.size_exponents` with the column place.
        values: size, seed, layer, quantity ("size" or "change"), step, value.
    """

    title: str
    verdict: str
    sentence: str
    notes: tuple[str, ...]
    exponents: DataFrame
    values: DataFrame


@dataclass(frozen=True)
class CheckStudy:
    """A coordinate check of all parameterizations of a recipe.

    Attributes:
        name: Name of the recipe.
        title: One line in words.
        description: Paragraphs in words.
        recipe: Text of the recipe file.
        command: What makes the page again.
        scale: Column that grows.
        steps: Updates after which changes are judged.
        tolerance: Largest distance of an exponent from its prediction that counts as none.
        level: Confidence of the intervals.
        cases: In the order of the recipe.
        notes: Sentences about what is missing.
    """

    name: str
    title: str
    description: str
    recipe: str
    command: str
    scale: str
    steps: int
    tolerance: float
    level: float
    cases: tuple[CheckedCase, ...]
    notes: tuple[str, ...] = ()

    @property
    def sizes(self) -> list[float]:
        """Sizes of all cases, smallest first."""
        return sorted({size for case in self.cases for size in case.values["size"].tolist()})

    @property
    def seeds(self) -> list[int]:
        """Trainings of every size, by case."""
        return [int(case.values["seed"].nunique()) for case in self.cases]

    @property
    def trainings(self) -> int:
        """Of all cases, sizes and seeds."""
        return sum(len(case.values[["size", "seed"]].drop_duplicates()) for case in self.cases)


def exponent_table(study: CheckStudy, case: CheckedCase) -> DataFrame:
    """Exponents of a case as its file has them, with the tolerance."""
    return case.exponents.assign(case=case.title, tolerance=study.tolerance)


def value_table(study: CheckStudy, case: CheckedCase) -> DataFrame:
    """How large every layer's output is at the start, and how much it changes, by size.

    Returns:
        Columns case, layer, quantity, step, the scale, seeds, value (geometric mean over seeds), low, high (one
        standard deviation of the logarithm to either side) and predicted: the value of the smallest size, times the
        predicted power of the ratio of sizes; nan where no power is predicted. Values that no logarithm has are left
        out.
    """
    judged = case.exponents[["layer", "quantity", "step", "predicted", "relation"]]
    rows = case.values.merge(judged, on=["layer", "quantity", "step"])
    rows = rows[np.isfinite(rows["value"]) & (rows["value"] > 0)]
    rows = rows.assign(log=np.log(rows["value"].astype(float)))
    parts = [_by_size(here, study.scale) for _, here in rows.groupby(["layer", "quantity"], sort=False)]
    if not parts:
        return DataFrame()
    return pd.concat(parts, ignore_index=True).assign(case=case.title)


def _by_size(rows: DataFrame, scale: str) -> DataFrame:
    first = rows.iloc[0]
    logs = rows.groupby("size")["log"].agg(["mean", "std", "count"])
    sizes, means, spreads = (np.asarray(column, dtype=np.float64) for column in (logs.index, logs["mean"], logs["std"]))
    power = float(first["predicted"]) if first["relation"] == EQUAL else np.nan
    return DataFrame({
        "layer": first["layer"], "quantity": first["quantity"], "step": first["step"], scale: logs.index,
        "seeds": logs["count"].to_numpy(), "value": np.exp(means), "low": np.exp(means - spreads),
        "high": np.exp(means + spreads), "predicted": np.exp(means[0]) * (sizes / sizes[0]) ** power,
    })  # fmt: skip
