"""The runs of a table by what they have in common: one case for every law."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pandas import DataFrame

from spectra.report.cases import Settings, case_names, case_titles, runs_of, split
from spectra.report.groups import groups
from spectra.report.law_theory import loss_theory
from spectra.report.loss_theory import LossTheory
from spectra.report.unfinished import diverged_runs

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
    steady = table[~table["run"].isin(diverged_runs(table))]
    steady = steady if "width" in steady else steady.assign(width=0)
    runs = runs_of(steady)
    # The settings of the data, which stand first, vary fastest.
    parts = split(runs, case_names(runs, within=WITHIN)[::-1])
    found = [(settings, members, loss_theory(dict(runs.loc[members[0]]))) for settings, members in parts]
    titles = _titles([(settings, theory.title if theory else "") for settings, _, theory in found])
    return [
        Case(title, steady[steady["run"].isin(members)], theory)
        for title, (_, members, theory) in zip(titles, found, strict=True)
    ]


def _titles(cases: Sequence[tuple[Settings, str]]) -> list[str]:
    """What theory calls each case, if anything, and the settings that tell it from others of that name."""
    titles = []
    for settings, theory in cases:
        alike = [_reversed(others) for others, title in cases if title == theory]
        told = case_titles(alike, whole="")[alike.index(_reversed(settings))]
        titles.append(", ".join(filter(None, (theory, told))) or "all runs")
    return titles


def _reversed(settings: Settings) -> Settings:
    """The settings in the order of the recipe, in which titles have them."""
    return {name: settings[name] for name in reversed(list(settings))}
