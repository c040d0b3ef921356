"""Runs that diverged or are missing, and what a page says first of all of an experiment that is not whole."""

from pandas import DataFrame

from spectra.report.words import counted


def diverged_runs(table: DataFrame) -> set[str]:
    """Runs of a long table that stopped because they diverged."""
    ends = table[table["quantity"] == "diverged"]
    return set(ends.loc[ends["value"] > 0, "run"])


def preliminary(missing: int, *, small: bool) -> list[str]:
    """Sentences about what makes all that is said of an experiment preliminary.

    Args:
        missing: Runs of the recipe that have not finished.
        small: Whether this is the small version of the recipe.
    """
    notes = ["This is the small version of the recipe: too few runs and steps to say anything."] if small else []
    if missing:
        notes.append(f"{counted(missing, 'run')} of the recipe not finished: everything here is preliminary.")
    return notes
