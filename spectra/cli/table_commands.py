"""The commands about tables that any program may have written. Each imports what it needs when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verdict(
    table: Annotated[Path, typer.Argument(help="Long table, .parquet, .csv or .csv.gz.", show_default=False)],
    quantity: Annotated[
        list[str] | None, typer.Option(help="What is judged; effective_sharpness if not given.")
    ] = None,
    scale: Annotated[list[str] | None, typer.Option(help="Column that grows; width if not given.")] = None,
    rate: Annotated[
        list[float] | None,
        typer.Option(help="Learning rate at which consistency is judged; needed for that where there are several."),
    ] = None,
    regime: Annotated[str | None, typer.Option(help="Only this one; every one by itself if not given.")] = None,
    index: Annotated[int, typer.Option(help="Which entry of the quantity.")] = 0,
    criterion: Annotated[str, typer.Option(help="mean_log_loss or final_log_loss.")] = "mean_log_loss",
    margin: Annotated[float, typer.Option(help="Largest change per doubling that counts as none, as a share.")] = 0.05,
    total_margin: Annotated[float, typer.Option(help="Largest change over all sizes that counts as none.")] = 0.25,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.90,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures.", show_default=False)] = None,
) -> None:
    """Judge a table that any program wrote: is a quantity consistent across sizes, and does the learning rate transfer?

    The table is long, with one row per run, step, quantity and index, and has
    these columns:

    \b
      run        name of the run
      width      or depth, or what --scale names: a positive number
      seed       whole number; runs that share one are compared with each other
      rate       base learning rate; may be absent where all runs share one
      step       updates made when the number was taken
      quantity   what was measured
      index      0, or which entry of a vector; may be absent, then 0
      value      a number; leave a row out where there is none

    Any further column, such as regime or optimizer, is a setting, and every
    combination of settings is judged by itself. A run that diverged has a row
    of the quantity diverged with value 1, any other run one with value 0;
    without such rows a run diverged where its values are not finite. Transfer
    needs the quantity loss, at several rates; consistency is then judged only
    at what --rate names. Whether the effective sharpness settles at the
    stability limit is judged where the column optimizer is sgd (with momentum,
    if any), adam or adamw (with beta1; adamw with decay).

    Exit code 0: something was judged. 5: nothing could be, for example with
    fewer than three complete seeds; what is printed says why. 2: bad input,
    among it a table that no verdict can use, such as one that has runs twice.
    """
    from spectra.cli.judging import VerdictRequest, judge_table

    asked = tuple(quantity or ["effective_sharpness"])
    request = VerdictRequest(
        asked, index, tuple(scale or ["width"]), tuple(rate or ()), regime, criterion, margin, total_margin, level, out
    )
    judge_table(table, request)


def compare(
    table: Annotated[Path, typer.Argument(help="Long table, .parquet, .csv or .csv.gz.", show_default=False)],
    by: Annotated[str, typer.Option(help="Setting that the compared runs differ in; or step, index or quantity.")],
    quantity: Annotated[list[str], typer.Option(help="What is compared.")],
    value: Annotated[
        list[str] | None, typer.Option(help="One of its values, the reference first; all if not given.")
    ] = None,
    index: Annotated[int, typer.Option(min=0, help="Which entry of the quantity.")] = 0,
    at: Annotated[str, typer.Option(help="Step at which it is compared, or last.")] = "last",
    difference: Annotated[bool, typer.Option("--difference", metavar="", help="Differences, not ratios.")] = False,
    margin: Annotated[
        float | None, typer.Option(help="Largest change that counts as none; of a ratio as a share.")
    ] = None,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures.", show_default=False)] = None,
) -> None:
    """Compare runs that differ in one setting alone, seed by seed, in a table that any program wrote.

    The table is as that of `spectra verdict`, but needs no size and no rate:
    one row per run, step, quantity and index, with the columns run, seed, step,
    quantity, index (may be absent) and value, and a column for every setting.
    For every combination of the other settings: by how much the quantity
    differs in the mean over seeds, and whether that is lower or higher.

    Exit code 0: something was compared. 5: nothing could be, for example with
    fewer than three seeds; what is printed says why. 2: bad input.
    """
    from spectra.cli.comparing import CompareRequest, compare_table

    request = CompareRequest(tuple(quantity), by, tuple(value or ()), index, at, difference, margin, level, out)
    compare_table(table, request)


def fit(
    files: Annotated[list[Path], typer.Argument(help="Saved curves: files or folders.", show_default=False)],
    x: Annotated[str | None, typer.Option(help="Column of steps; joint laws: size=COLUMN,data=COLUMN.")] = None,
    y: Annotated[str | None, typer.Option(help="Column of losses; guessed, as x is, if not given.")] = None,
    group: Annotated[str | None, typer.Option(help="Column that tells runs apart.")] = None,
    model: Annotated[
        str, typer.Option(help="auto, power, floor, shifted, broken, ...; schedule: with learning rates; joint, ...")
    ] = "auto",
    window: Annotated[str, typer.Option(help="all, auto, or FROM:TO.")] = "all",
    objective: Annotated[str, typer.Option(help="relative, huber, absolute, student_t, ...")] = "relative",
    predict: Annotated[list[float] | None, typer.Option(help="An x at which the law is wanted.")] = None,
    theory: Annotated[
        str | None,
        typer.Option(help="What theory says of the exponent: xi=.. or zeta=.., or nu=..,kappa=.. (kappa / nu)."),
    ] = None,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    bins: Annotated[int | None, typer.Option(min=0, help="Means per factor of ten in x; 0: every point.")] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Refits for intervals beside the profiles.")] = 0,
    rate: Annotated[str | None, typer.Option(help="Column of learning rates; guessed if not given.")] = None,
    warm_up: Annotated[
        int, typer.Option(min=0, help="Steps of a linear warm-up before the first saved learning rate.")
    ] = 0,
    audit: Annotated[Path | None, typer.Option(help="A published fit (JSON) to hold against the table.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures.", show_default=False)] = None,
) -> None:
    """Fit power laws to saved loss curves, or audit a published fit."""
    from spectra.cli.fit_request import FitRequest

    request = FitRequest(
        x, y, group, model, objective, window, tuple(predict or ()), theory, level, bins, bootstrap, out, rate, warm_up
    )
    if audit is not None:
        from spectra.cli.auditing import audit_fit

        audit_fit(audit, files, request)
        return
    from spectra.cli.fitting import fit_files

    fit_files(files, request)
