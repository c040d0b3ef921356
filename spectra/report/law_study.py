"""Everything that the page of an experiment without a judge shows: its cases, and their exponents beside theory."""

from dataclasses import dataclass, field

import pandas as pd
from pandas import DataFrame

from spectra.report.law_cases import Case, cases
from spectra.report.law_comparison import COLUMNS, comparison
from spectra.report.titles import quantity_title
from spectra.report.unfinished import diverged_runs, preliminary
from spectra.report.words import counted
from spectra.verdicts.paired_comparison import PairedComparison

MOST_TOLD = 4  # cases in a sentence


@dataclass(frozen=True)
class LawStudy:
    """One experiment in which no consistency across sizes is judged.

    Attributes:
        name: Name of the recipe.
        title: One line in words.
        description: Paragraphs in words.
        recipe: Text of the recipe file.
        table: Long table of all finished runs.
        provenance: Facts of how each run was made, one row per run.
        failures: Runs that did not finish: run, error.
        cases: Runs by what they have in common beside width and seeds.
        exponents: Measured exponents beside those of theory; columns as `law_comparison.COLUMNS`.
        notes: Sentences about what is missing.
        small: Whether this is the small version of the recipe.
        comparisons: What was compared seed by seed.
        path: Of the recipe, as it is typed; empty where there is no file.
        store: Folder of the runs, as it is typed; empty for the usual one.
    """

    name: str
    title: str
    description: str
    recipe: str
    table: DataFrame
    provenance: DataFrame
    failures: DataFrame
    cases: tuple[Case, ...] = ()
    exponents: DataFrame = field(default_factory=lambda: DataFrame(columns=COLUMNS))
    notes: tuple[str, ...] = ()
    small: bool = False
    comparisons: tuple[PairedComparison, ...] = ()
    path: str = ""
    store: str = ""

    @property
    def widths(self) -> list[float]:
        """Widths of all cases, smallest first; empty where the models have none."""
        return sorted({width for case in self.cases for width in case.widths} - {0})

    @property
    def loss(self) -> str:
        """What the curves are called: the test loss where every case has one."""
        names = {case.quantity for case in self.cases}
        return quantity_title(names.pop()) if len(names) == 1 else quantity_title("loss")

    @property
    def has_theory(self) -> bool:
        """Whether theory covers some case."""
        return any(case.theory is not None for case in self.cases)

    def _repr_html_(self) -> str:
        from spectra.report.notebook_views import law_html

        return law_html(self)


def law_study(
    table: DataFrame,
    *,
    name: str,
    title: str,
    description: str,
    recipe: str,
    provenance: DataFrame,
    failures: DataFrame,
    missing: int = 0,
    small: bool = False,
) -> LawStudy:
    """Compare whatever the table has with the theory that there is.

    Args:
        table: Long table of all finished runs, not empty.
        name: Name of the recipe.
        title: One line in words.
        description: Paragraphs in words.
        recipe: Text of the recipe file.
        provenance: Facts of how each run was made, one row per run.
        failures: Columns run and error, one row per run that did not finish.
        missing: Runs of the recipe that have not finished.
        small: Whether this is the small version of the recipe, which is no evidence for or against anything.
    """
    found = tuple(cases(table))
    parts = [rows for rows in map(comparison, found) if not rows.empty]
    exponents = pd.concat(parts, ignore_index=True) if parts else DataFrame(columns=COLUMNS)
    # Cases of one kernel have one spectrum, which is told once.
    again = (exponents["quantity"] == "nu") & exponents.duplicated(["quantity", "width", "law", "expected"])
    return LawStudy(
        name=name,
        title=title,
        description=description,
        recipe=recipe,
        table=table,
        provenance=provenance,
        failures=failures,
        cases=found,
        exponents=exponents[~again].reset_index(drop=True),
        notes=(*preliminary(missing, small=small), *_notes(table, found)),
        small=small,
    )


def _notes(table: DataFrame, found: tuple[Case, ...]) -> list[str]:
    gone = len(diverged_runs(table))
    without = [case.title for case in found if case.theory is None]
    notes = []
    if gone:
        notes.append(f"{counted(gone, 'run')} diverged and are in no curve; means over the others are too low.")
    if without and len(without) < len(found):  # else nobody asks for one
        some = without if len(without) <= MOST_TOLD else [*without[:MOST_TOLD], f"{len(without) - MOST_TOLD} more"]
        notes.append(f"No theory here covers {'; '.join(some)}: exponents stand alone.")
    return notes
