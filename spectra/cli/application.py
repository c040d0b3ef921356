"""The commands. Each imports what it needs when it is called, so that `--help` and `fit` start without torch."""

from __future__ import annotations

import sys
from enum import Enum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from spectra import __version__
from spectra.cli.arguments import Recipe, Smoke, Store
from spectra.cli.engine_choice import EngineChoice, EngineName, byte_count
from spectra.cli.exits import door, guarded
from spectra.cli.report_command import report
from spectra.cli.store_commands import clean, compact, export
from spectra.cli.table_commands import compare, fit, verdict

app = typer.Typer(
    name="spectra",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


class Format(Enum):
    """How `regimes` prints."""

    TABLE = "table"
    JSON = "json"
    LATEX = "latex"


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spectra {__version__}")
        raise typer.Exit()


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", metavar="", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Will what was tuned on the small network hold on the big one, and why?"""


@app.command()
@guarded
def run(
    recipe: Recipe,
    store: Store = Path("runs"),
    engine: Annotated[EngineName, typer.Option(help="Where runs are made.")] = EngineName.PROCESSES,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes, one for each core if not given; jobs.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0.1, help="Seconds after which a run is given up.")] = None,
    checkpoint: Annotated[float, typer.Option(min=0, help="Seconds between checkpoints of a run; 0: none.")] = 300,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Of runs that train together, for each worker.")] = "1GiB",
    device: Annotated[str | None, typer.Option(help="cpu, cuda (all GPUs), or names such as cuda:0,cuda:1.")] = None,
    address: Annotated[str | None, typer.Option(help="Of a Ray cluster.")] = None,
    results: Annotated[
        str | None, typer.Option(help="URL that workers of Ray write to without a shared folder.")
    ] = None,
    gpus_per_run: Annotated[float | None, typer.Option(help="GPUs of a cohort on a cluster, such as 0.25.")] = None,
    partition: Annotated[str | None, typer.Option(help="Of Slurm.")] = None,
    minutes: Annotated[int | None, typer.Option(min=1, help="Time limit of a job of Slurm.")] = None,
    log: Annotated[
        list[str] | None, typer.Option(help="Also tell tensorboard=FOLDER or wandb=PROJECT of every run.")
    ] = None,
    smoke: Smoke = False,
) -> None:
    """Run what is missing of an experiment. Interrupt it when you like: the same command goes on."""
    from spectra.cli.running import Limits, run_recipe

    with door():
        size = byte_count(memory)
    choice = EngineChoice(engine, workers, device, address, results, gpus_per_run, partition, minutes)
    run_recipe(recipe, store, choice, Limits(timeout, checkpoint or None, size), log or [], smoke=smoke)


@app.command()
@guarded
def status(
    recipe: Recipe,
    store: Store = Path("runs"),
    watch: Annotated[float | None, typer.Option(help="Look again after so many seconds, until all is done.")] = None,
    smoke: Smoke = False,
) -> None:
    """Say which runs of an experiment are done, under way, diverged, failed or missing."""
    from spectra.cli.watching import print_status

    print_status(recipe, store, watch=watch, smoke=smoke)


for store_command in (export, compact, clean):
    app.command()(guarded(store_command))


for other_command in (report, fit, verdict, compare):
    app.command()(guarded(other_command))


@app.command()
@guarded
def regimes(
    name: Annotated[str | None, typer.Argument(help="A regime; all of them if not given.", show_default=False)] = None,
    optimizer: Annotated[str, typer.Option(help="What the rates are for: sgd, adam or adamw.")] = "sgd",
    width: Annotated[int, typer.Option(min=1, help="Width to evaluate the table at.")] = 512,
    depth: Annotated[int, typer.Option(min=1, help="Depth to evaluate the table at.")] = 3,
    base_width: Annotated[int, typer.Option(min=1, help="Width at which all width ratios are one.")] = 64,
    base_depth: Annotated[int, typer.Option(min=1, help="Depth at which all depth ratios are one.")] = 3,
    richness: Annotated[float | None, typer.Option(help="gamma_0; not given: the base network as it is.")] = None,
    depth_exponent: Annotated[
        float | None, typer.Option(help="alpha: branches over depth^alpha; not given: as the regime has it.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Print regimes as tables: how every role scales with width and depth, and where each row comes from."""
    from spectra.cli.regime_tables import Request, print_regimes

    request = Request(name, optimizer, (width, depth), (base_width, base_depth), richness, depth_exponent)
    print_regimes(request, form.value)


@app.command()
@guarded
def check(
    recipe: Recipe,
    seeds: Annotated[int, typer.Option(min=2, help="Trainings of every size.")] = 8,
    steps: Annotated[int, typer.Option(min=1, help="Updates of each.")] = 10,
    tolerance: Annotated[float, typer.Option(help="Largest distance of an exponent from its prediction.")] = 0.15,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the page; reports/<name>-check if not given.", show_default=False)
    ] = None,
) -> None:
    """Check the parameterization of an experiment before running it: pass, or what is wrong.

    Writes a page with the exponents of all layers beside those that are
    predicted; in reports/<name> where the recipe says command = "check".

    Exit code 0: all pass. 1: not all pass. 2: bad input.
    """
    from spectra.cli.checking import check_recipe

    check_recipe(recipe, out, seeds=seeds, steps=steps, tolerance=tolerance)


def main() -> None:
    """Entry point of the command `spectra`."""
    if isinstance(sys.stdout, TextIOWrapper):  # a sign that the terminal lacks, or a name that is no text, ends nothing
        sys.stdout.reconfigure(errors="backslashreplace")
    app()
