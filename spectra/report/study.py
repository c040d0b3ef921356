"""Everything that a report shows of one experiment, gathered before anything is drawn."""

from dataclasses import dataclass, replace

from pandas import DataFrame

from spectra.plain_text import clean
from spectra.report.case_fits import CaseFits, case_fits
from spectra.report.curve_exponents import curve_exponents, exponent_columns
from spectra.report.judged_cases import judged_cases, with_cases
from spectra.report.question import Question
from spectra.report.unfinished import diverged_runs, preliminary
from spectra.verdicts import Collapse, RateTransfer, SuperConsistency
from spectra.verdicts.long_table import MEASURED
from spectra.verdicts.paired_comparison import PairedComparison


@dataclass(frozen=True)
class Study:
    """One experiment: its measurements, what was fitted to them, and what they cost.

    Attributes:
        name: Name of the recipe, as in its file name.
        title: One line in words.
        description: A paragraph in words.
        recipe: Text of the recipe file.
        table: Long table, one row per run, step, quantity and index; the column `case` has the title of the case, and
            `judged` says whether the run has the rate at which its case is judged.
        question: What is judged.
        cases: What was fitted, by the settings that tell runs apart besides size, rate and seed.
        exponents: Laws of the loss curves: case, size, curve, model, parameter, estimate, low, high, level.
        provenance: Facts of how each run was made, one row per run; may be empty.
        failures: Runs that did not finish: run, error.
        notes: Sentences about what could not be judged, and why.
        remarks: Sentences about fits of single curves.
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
    question: Question
    cases: tuple[CaseFits, ...]
    exponents: DataFrame
    provenance: DataFrame
    failures: DataFrame
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    small: bool = False
    comparisons: tuple[PairedComparison, ...] = ()
    path: str = ""
    store: str = ""

    @property
    def scale(self) -> str:
        """Column that grows."""
        return self.question.scale

    @property
    def sizes(self) -> list[float]:
        """Sizes in the table, smallest first."""
        return [] if self.table.empty else sorted(self.table[self.scale].unique().tolist())

    def trends(self, quantity: tuple[str, int]) -> dict[str, SuperConsistency]:
        """Size trends of a judged quantity by the titles of the cases where it could be fitted."""
        return {case.title: case.consistency[quantity] for case in self.cases if quantity in case.consistency}

    def collapses(self) -> dict[str, Collapse]:
        """Collapse of the loss curves by the titles of the cases that it was asked of."""
        return {case.title: case.collapse for case in self.cases if case.collapse is not None}

    def transfers(self) -> dict[str, RateTransfer]:
        """Learning-rate transfer by the titles of the cases that it could be asked of."""
        return {case.title: case.transfer for case in self.cases if case.transfer is not None}

    def at_rate(self) -> DataFrame:
        """Rows of the runs at the rates where consistency is judged."""
        return self.table[self.table["judged"].astype(bool)]

    def diverged(self) -> set[str]:
        """Runs that stopped because they diverged."""
        return diverged_runs(self.table)

    def _repr_html_(self) -> str:
        from spectra.report.notebook_views import study_html

        return study_html(self)


def study(
    table: DataFrame,
    question: Question,
    *,
    name: str,
    title: str,
    description: str,
    recipe: str,
    provenance: DataFrame,
    failures: DataFrame,
    missing: int = 0,
    small: bool = False,
) -> Study:
    """Fit whatever the table allows; what it does not allow becomes a note, never an error.

    Args:
        table: Long table of all finished runs; may be empty.
        question: What is judged.
        name: Name of the recipe.
        title: One line in words.
        description: A paragraph in words.
        recipe: Text of the recipe file.
        provenance: Facts of how each run was made, one row per run.
        failures: Columns run and error, one row per run that did not finish.
        missing: Runs of the recipe that have not finished; more than none becomes the first note.
        small: Whether this is the small version of the recipe, which is no evidence for or against anything.

    Returns:
        The study, with the trend of every judged quantity and the transfer by every criterion for each case where they
        could be fitted.
    """
    notes = preliminary(missing, small=small)
    needed = {*MEASURED, "rate", "seed", question.scale}
    absent = sorted(needed - set(table.columns))
    if absent or table.empty:
        unusable = _unusable(table, absent, name)
        table = DataFrame(columns=sorted(needed)).astype({"value": float}) if absent else table
        notes.append(unusable)
        table = table.iloc[:0]
    bare = Study(
        name=name, title=title, description=description, recipe=recipe, provenance=provenance, failures=failures,
        table=table.assign(case="", judged=False), question=question, cases=(), notes=tuple(notes), small=small,
        exponents=DataFrame(columns=exponent_columns(question.scale)),
    )  # fmt: skip
    return bare if table.empty else _fitted(bare)


def _unusable(table: DataFrame, absent: list[str], name: str) -> str:
    """Why nothing can be shown of a table, and what to do."""
    if table.empty:
        return "There are no measurements: no run of this experiment has finished."
    has, lacks = (", ".join(map(str, names)) for names in (table.columns, absent))
    return (
        f"Nothing is shown of the table of {clean(name)}. It has the columns {clean(has)}, and none named "
        f"{clean(lacks)}: give the columns that hold these their names, with one row per run, step, quantity and index."
    )


def _fitted(bare: Study) -> Study:
    cases, notes = judged_cases(bare.table, bare.question)
    table, fits = with_cases(bare.table, cases), []
    for case in cases:
        fitted, said = case_fits(table[table["case"] == case.title], bare.question, case)
        fits.append(fitted)
        notes += said
    steady = table[table["judged"] & ~table["run"].isin(diverged_runs(table))]
    exponents, remarks = curve_exponents(steady, scale=bare.scale)
    return replace(
        bare, table=table, cases=tuple(fits), exponents=exponents, notes=(*bare.notes, *notes), remarks=tuple(remarks)
    )
