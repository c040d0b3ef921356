"""The command `report`. It imports what it needs when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spectra.cli.arguments import Smoke


def report(
    recipes: Annotated[
        list[Path] | None, typer.Argument(help="Recipes: one for its page, several for one page of all.")
    ] = None,
    store: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of finished runs, several times where recipes have their own; runs, or that beside the page, "
            "if not given.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the page; reports/<name>, or reports/<name>-smoke, if not given.", show_default=False
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", metavar="", help="The gallery of the pages in reports/, or in --out: its index.html."),
    ] = False,
    watch: Annotated[
        float | None, typer.Option(help="Look every so many seconds, and rewrite the page, until all runs are done.")
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(help="Write the figures also for a paper, a talk, or dark: to figures-<style>, with PNG."),
    ] = None,
    columns: Annotated[int | None, typer.Option(help="Of the paper, 1 or 2; 2 if not given.")] = None,
    smoke: Smoke = False,
) -> None:
    """Judge an experiment and write its page, figures and tables.

    Several recipes are shown side by side on one page, in reports/A-and-B:
    verdicts of all, how their settings differ, and figures on common axes.

    Each recipe is shown from the store that holds most of its runs: of those
    that --store names, or else of runs/ and reports/<name>/runs.

    --all writes the gallery: every recipe named, or every one in experiments/
    if none is, with the verdicts of its page. It reads the pages in reports/,
    or in --out, and changes none.

    --watch 30 shows a sweep that another terminal, or another machine, is
    making: the page is rewritten as runs finish, and loads itself in the
    browser. It ends when no run is missing or under way.
    """
    from spectra.cli.report_request import ReportRequest, write_report
    from spectra.cli.styled_figures import asked_look

    look = asked_look(style, columns)
    write_report(ReportRequest(tuple(recipes or ()), tuple(store or ()), out, everything, watch, look, smoke))
