"""The commands about what a store holds. Each imports what it needs when it is called."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from spectra.cli.arguments import Recipe, Store


class ExportForm(Enum):
    """What `export` writes."""

    CSV = "csv"
    PARQUET = "parquet"
    DATASET = "dataset"


def export(
    recipe: Recipe,
    store: Store = Path("runs"),
    form: Annotated[ExportForm, typer.Option("--format", help="What to write.")] = ExportForm.PARQUET,
    out: Annotated[
        Path | None,
        typer.Option(help="<name>.csv, <name>.parquet or folder <name> if not given.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", metavar="", help="Replace an earlier export.")] = False,
) -> None:
    """Write finished runs, in any order, as CSV, parquet, or a dataset for DuckDB and pandas."""
    from spectra.cli.storing import export_recipe

    export_recipe(recipe, store, form=form.value, out=out, overwrite=overwrite)


def compact(
    recipe: Annotated[
        Path | None, typer.Argument(help="Only the runs of this recipe; all if not given.", show_default=False)
    ] = None,
    store: Store = Path("runs"),
) -> None:
    """Gather finished runs into a few files, which list and load faster. Nothing is lost at any moment."""
    from spectra.cli.storing import compact_store

    compact_store(recipe, store)


def clean(
    recipes: Annotated[
        list[Path] | None, typer.Argument(help="Recipes whose runs --unlisted keeps.", show_default=False)
    ] = None,
    store: Store = Path("runs"),
    failed: Annotated[bool, typer.Option("--failed", metavar="", help="Records of runs that failed.")] = False,
    quarantine: Annotated[bool, typer.Option("--quarantine", metavar="", help="Damaged runs.")] = False,
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", metavar="", help="What unfinished runs would go on from.")
    ] = False,
    unlisted: Annotated[bool, typer.Option("--unlisted", metavar="", help="Runs that no given recipe wants.")] = False,
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="Delete what is shown.")] = False,
) -> None:
    """Show what of a store could be deleted; delete what is chosen, with --yes."""
    from spectra.cli.storing import Chosen, clean_store

    clean_store(recipes or [], store, Chosen(failed, quarantine, checkpoints, unlisted), yes=yes)
