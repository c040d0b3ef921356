"""The runs of a table by what they have in common: one case for every law."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from pandas import DataFrame

from spectra.report.groups import groups
from spectra.report.law_theory import loss_theory
from spectra.report.loss_theory import LossTheory
from spectra.report.study import MEASURED
from spectra.report.words import clean

REPEATED = ("seed", "data_seed")
WITHIN = (*REPEATED, "width")


@dataclass(frozen=True)
class Case:
    """Runs that differ in width and seeds alone.

    Attributes:
        title: What tells it from the other cases.
        rows: Its part of the long table, without diverged runs.
        theory: What is known of its loss, if anything is.
    """

    title: str
    rows: DataFrame
    theory: LossTheory | None

    @property
    def widths(self) -> list[float]:
        """Widths, smallest first; one that is zero where the model has none."""
        return sorted(self.rows["width"].unique().tolist())

    @property
    def quantity(self) -> str:
        """The loss that the theory is about: on the test set if it is measured."""
        return "test_loss" if "test_loss" in set(self.rows["quantity"]) else "loss"

    @property
    def repetition(self) -> str:
        """What tells independent repetitions apart: the seed of the data if there are several, else that of the run."""
        return "data_seed" if "data_seed" in self.rows and self.rows["data_seed"].nunique() > 1 else "seed"

    def samples(self, quantity: str, by: str) -> Iterator[tuple[float, DataFrame]]:
        """Per width, means of a quantity over the runs of each repetition: one column for each, rows by step or index.

        Args:
            quantity: Which.
            by: "step" for a number along training, "index" for a list at step 0.
        """
        rows = self.rows[self.rows["quantity"] == quantity]
        # No law is about step 0, and no logarithmic axis holds it.
        rows = rows[rows["step"] > 0] if by == "step" else rows[rows["step"] == 0]
        for (width,), here in groups(rows, "width"):
            yield width, here.pivot_table(index=by, columns=self.repetition, values="value", aggfunc="mean").dropna()


def cases(table: DataFrame) -> list[Case]:
    """The cases of a long table, in the order of the settings that tell them apart."""
    steady = _steady(table)
    steady = steady if "width" in steady else steady.assign(width=0)
    names = [name for name in steady.columns if name not in (*MEASURED, *WITHIN)]
    varying = [name for name in names if steady[name].nunique(dropna=False) > 1]
    found: list[tuple[tuple[Any, ...], Case]] = []
    keyed = steady.assign(case=steady[varying].astype(str).agg(", ".join, axis=1) if varying else "")
    for _, rows in keyed.groupby("case", sort=False):
        settings = _settings(rows, names)
        theory = loss_theory(settings)
        found.append((tuple(settings[name] for name in varying), Case(theory.title if theory else "", rows, theory)))
    # The settings of the data, which stand first, vary fastest.
    found.sort(key=lambda pair: tuple(map(_sortable, reversed(pair[0]))))
    return [replace(case, title=_title(case.title, varying, values, found)) for values, case in found]


def _steady(table: DataFrame) -> DataFrame:
    ends = table[table["quantity"] == "diverged"]
    return table[~table["run"].isin(ends.loc[ends["value"] > 0, "run"])]


def _settings(rows: DataFrame, names: list[str]) -> Mapping[str, Any]:
    first = rows.iloc[0]
    return {name: None if pd.isna(first[name]) else first[name] for name in names}


def _title(title: str, names: list[str], values: tuple[Any, ...], found: list[tuple[tuple[Any, ...], Case]]) -> str:
    """What theory calls a case, if anything, and the settings that tell it from others of that name."""
    alike = [others for others, case in found if case.title == title]
    told = [
        f"{clean(name).replace('_', ' ')} {clean(value)}"
        for place, (name, value) in enumerate(zip(names, values, strict=True))
        if len({str(others[place]) for others in alike}) > 1
    ]
    return ", ".join([title, *told] if title else told) or "all runs"


def _sortable(value: Any) -> tuple[int, float, str]:
    number = isinstance(value, (int, float)) or hasattr(value, "dtype")
    return (0, float(value), "") if number else (1, 0.0, str(value))
