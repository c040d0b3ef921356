"""Everything that a report shows of one experiment, gathered before anything is drawn."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
from pandas import DataFrame

from spectra.report.curve_exponents import curve_exponents, exponent_columns
from spectra.report.words import REGIMES, counted, criterion_title, number, regime_title
from spectra.verdicts import RateTransfer, SuperConsistency, rate_transfer, super_consistency

MEASURED = ("run", "step", "quantity", "index", "value")
# In this order: both are always shown, and the first, set before any run, is the one a figure draws.
CRITERIA = ("mean_log_loss", "final_log_loss")

Fit = TypeVar("Fit")


@dataclass(frozen=True)
class Study:
    """One experiment: its measurements, what was fitted to them, and what they cost.

    Attributes:
        name: Name of the recipe, as in its file name.
        title: One line in words.
        description: A paragraph in words.
        recipe: Text of the recipe file.
        table: Long table, one row per run, step, quantity and index.
        scale: Column that grows, `width` or `depth`.
        rate: Base learning rate at which consistency is judged.
        quantity: Quantity whose consistency is judged.
        consistency: Size trend per regime.
        transfer: Learning-rate transfer per regime and criterion.
        exponents: Rows of fits.csv: regime, size, curve, model, parameter, estimate, low, high, level.
        provenance: Facts of how each run was made, one row per run; may be empty.
        failures: Runs that did not finish: run, error.
        notes: Sentences about what could not be judged, and why.
        remarks: Sentences about fits of single curves.
    """

    name: str
    title: str
    description: str
    recipe: str
    table: DataFrame
    scale: str
    rate: float
    quantity: str
    consistency: dict[str, SuperConsistency]
    transfer: dict[str, dict[str, RateTransfer]]
    exponents: DataFrame
    provenance: DataFrame
    failures: DataFrame
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def regimes(self) -> list[str]:
        """Regimes in the table: the known ones in the order of the catalogue, then the others by name."""
        known = list(REGIMES)
        present = [] if self.table.empty else [str(name) for name in self.table["regime"].unique()]
        return sorted(present, key=lambda name: (known.index(name) if name in known else len(known), name))

    @property
    def sizes(self) -> list[float]:
        """Sizes in the table, smallest first."""
        return [] if self.table.empty else sorted(self.table[self.scale].unique().tolist())

    @property
    def stability_limit(self) -> float | None:
        """Effective sharpness up to which the optimizer of the judged runs contracts a quadratic.

        2 (1 + b) for gradient descent with momentum b; (2 - rate * decay) (1 + beta1) / (1 - beta1) for Adam and AdamW
        with their second moments held. None if another quantity is judged, or the runs differ in these settings.

        Source: Cohen et al. 2021 (arXiv 2103.00065) and 2022 (arXiv 2207.14484).
        """
        found = {name: self._only(name) for name in ("optimizer", "momentum", "beta1", "decay")}
        if self.quantity != "effective_sharpness" or None in found.values():
            return None
        if found["optimizer"] in ("adam", "adamw"):
            beta, shrinkage = float(found["beta1"] or 0), self.rate * float(found["decay"] or 0)
            return (2.0 - shrinkage) * (1.0 + beta) / (1.0 - beta)
        return 2.0 * (1.0 + float(found["momentum"] or 0))

    def _only(self, setting: str) -> Any:
        """The value of a setting that all runs share, 0 if they have none, None if they differ."""
        values = self.table[setting].dropna().unique() if setting in self.table else np.zeros(0)
        return 0 if len(values) == 0 else values[0] if len(values) == 1 else None

    def at_rate(self) -> DataFrame:
        """Rows of the runs at the rate where consistency is judged."""
        return self.table[np.isclose(self.table["rate"].astype(float), self.rate)]

    def diverged(self) -> set[str]:
        """Runs that stopped because they diverged."""
        ends = self.table[self.table["quantity"] == "diverged"]
        return set(ends.loc[ends["value"] > 0, "run"])


def study(
    table: DataFrame,
    *,
    name: str,
    title: str,
    description: str,
    recipe: str,
    scale: str,
    rate: float,
    quantity: str,
    provenance: DataFrame,
    failures: DataFrame,
    missing: int = 0,
) -> Study:
    """Fit whatever the table allows; what it does not allow becomes a note, never an error.

    Args:
        table: Long table of all finished runs; may be empty.
        name: Name of the recipe.
        title: One line in words.
        description: A paragraph in words.
        recipe: Text of the recipe file.
        scale: Column that grows.
        rate: Base learning rate at which consistency is judged and curves are fitted.
        quantity: Quantity whose consistency is judged.
        provenance: Facts of how each run was made, one row per run.
        failures: Columns run and error, one row per run that did not finish.
        missing: Runs of the recipe that have not finished; more than none becomes the first note.

    Returns:
        The study, with one trend and the transfer by every criterion for each regime where they could be fitted.
    """
    needed = {*MEASURED, "regime", "rate", "seed", scale}
    absent = sorted(needed - set(table.columns))
    notes = (
        [f"{counted(missing, 'run')} of the recipe not finished: everything here is preliminary."] if missing else []
    )
    if absent or table.empty:
        table = DataFrame(columns=sorted(needed)).astype({"value": float}) if absent else table
        lacking = f" (the table lacks {', '.join(absent)})" if absent else ""
        notes.append(f"There are no measurements: no run of this experiment has finished{lacking}.")
        table = table.iloc[:0]
    bare = Study(
        name=name, title=title, description=description, recipe=recipe, table=table, scale=scale, rate=rate,
        quantity=quantity, consistency={}, transfer={}, exponents=DataFrame(columns=exponent_columns(scale)),
        provenance=provenance, failures=failures, notes=tuple(notes),
    )  # fmt: skip
    return bare if table.empty else _fitted(bare)


def _fitted(bare: Study) -> Study:
    notes = list(bare.notes)
    judged = bare.at_rate()
    if judged.empty:
        rates = ", ".join(number(rate) for rate in sorted(bare.table["rate"].unique()))
        notes.append(f"No run has the judged learning rate {number(bare.rate)}; there are {rates}.")
    consistency: dict[str, SuperConsistency] = {}
    transfer: dict[str, dict[str, RateTransfer]] = {}
    for regime in bare.regimes:
        rows, name = judged[judged["regime"] == regime], regime_title(regime)
        if not rows.empty:
            judge = partial(super_consistency, rows, bare.quantity, scale=bare.scale)
            _attempt(consistency, regime, judge, notes, subject=f"{name}, size trend")
        rows = bare.table[bare.table["regime"] == regime]
        transfer[regime] = {}
        for criterion in CRITERIA:
            locate = partial(rate_transfer, rows, scale=bare.scale, criterion=criterion)
            subject = f"{name}, learning rate by {criterion_title(criterion)}"
            _attempt(transfer[regime], criterion, locate, notes, subject=subject)
    steady = judged[~judged["run"].isin(bare.diverged())]
    exponents, remarks = curve_exponents(steady, scale=bare.scale)
    return replace(
        bare,
        consistency=consistency,
        transfer=transfer,
        exponents=exponents,
        notes=tuple(notes),
        remarks=tuple(remarks),
    )


def _attempt(fits: dict[str, Fit], key: str, fit: Callable[[], Fit], notes: list[str], *, subject: str) -> None:
    # A fit refuses tables that cannot answer its question, with a sentence that says why: that sentence is the result.
    try:
        fits[key] = fit()
    except ValueError as error:
        notes.append(f"{subject}: {error}")
