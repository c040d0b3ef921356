"""`spectra run`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from spectra.cli.clone_paths import STORE
from spectra.cli.engine_choice import EngineChoice, chosen_engine
from spectra.cli.exits import INTERNAL, INTERRUPTED, SOME_RUNS_FAILED, STORE_FAILED, door, fail
from spectra.cli.progress import follow
from spectra.cli.terminal import Terminal
from spectra.cli.wording import counted, duration, grouped, shortened
from spectra.engines.interrupts import terminable
from spectra.store.cleaning import checkpoints
from spectra.sweeps import Experiment, Outcome, RunStore, Status, read_experiment, status, sweep
from spectra.sweeps.sink_feed import log_all, logged
from spectra.sweeps.sinks import Sink, read_sinks
from spectra.training import RunSpec


@dataclass(frozen=True)
class Limits:
    """What runs may take."""

    timeout: float | None  # seconds of each
    checkpoint: float | None  # seconds between two checkpoints; None keeps none
    memory: int  # bytes of those that train together


def run_recipe(
    recipe: Path,
    folder: Path,
    choice: EngineChoice,
    limits: Limits,
    log: Sequence[str] = (),
    *,
    smoke: bool = False,
) -> None:
    """Make the runs of a recipe that the store lacks, with a progress display."""
    from spectra.training.rehearsal import rehearse  # loads torch, which `status` does without

    with terminable():
        with door():
            experiment = read_experiment(recipe, smoke=smoke)
            engine, sinks = chosen_engine(choice), read_sinks(log)
            store = opened(folder)
            before = status(experiment.specs, store)
            lacking = (*before.missing, *before.failed, *before.quarantined)
            if lacking:  # a store in which nothing is lacking need not be writable
                store.prepare()
            rehearse(lacking)
        console = Terminal()
        _print_damages(console, before)
        if not lacking:
            done = f"all {len(before.done)} runs of {experiment.name} are in {folder}"
            console.print(f"Nothing to do: {done}.")
            log_all(sinks, experiment.specs, store, console.print)
            return
        console.print(
            f"{experiment.name}: {len(experiment.specs)} runs, {len(before.done)} done, {len(lacking)} to go; "
            f"results go to {folder}",
        )
        outcomes = sweep(experiment.specs, store, engine, **vars(limits))
        ended = _made(experiment, store, outcomes, sinks, console)
        _print_end(console, ended, experiment, folder)


def _made(
    experiment: Experiment, store: RunStore, outcomes: Generator[Outcome], sinks: Sequence[Sink], console: Console
) -> list[Outcome]:
    """Make what is lacking; an interruption or a failure of the store ends the command."""
    lacking, on = store.lacking(experiment.specs), _repeated(experiment, store.folder)
    try:
        # Closed before anything is counted: what is under way may still finish.
        with closing(outcomes):
            told = logged(outcomes, sinks, store.folder, console.print)
            return list(follow(told, lacking, store.folder, console))
    except KeyboardInterrupt:
        kept = len(experiment.specs) - len(store.lacking(experiment.specs))
        begun = len(checkpoints(store).names)
        saved = f", and {begun} have checkpoints to go on from" if begun else ""
        fail(
            f"interrupted; {kept} of {len(experiment.specs)} runs are finished and kept{saved}. To go on: {on}",
            INTERRUPTED,
        )
    except (OSError, RuntimeError) as error:  # of the store; of an engine that cannot work
        code = STORE_FAILED if isinstance(error, OSError) else INTERNAL
        fail(f"{error}\nFinished runs are kept. To go on: {on}", code)


def opened(folder: Path) -> RunStore:
    """The store in a folder; one that is damaged or of a newer version ends the command with its own exit code."""
    try:
        return RunStore(folder)
    except ValueError as error:
        fail(str(error), STORE_FAILED)


def again(experiment: Experiment, folder: Path) -> str:
    """The command that makes what is missing."""
    option = [] if folder == Path(STORE) else ["--store", str(folder)]
    return shlex.join(["spectra", "run", str(experiment.path), *option, *(["--smoke"] if experiment.small else [])])


def _repeated(experiment: Experiment, folder: Path) -> str:
    """The command line itself, with its engine and limits; where this is called from Python, the plain command."""
    return shlex.join(["spectra", *sys.argv[1:]]) if sys.argv[1:2] == ["run"] else again(experiment, folder)


def _print_damages(console: Console, before: Status) -> None:
    for damage in before.damages:
        console.print(
            f"Run {damage.run} was damaged ({damage.reason}) and lies in {damage.folder}; it is made again.",
        )


def _print_end(console: Console, ended: list[Outcome], experiment: Experiment, folder: Path) -> None:
    failed = [outcome for outcome in ended if outcome.error is not None]
    diverged = sum(outcome.diverged for outcome in ended)
    spent = duration(sum(outcome.seconds for outcome in ended if outcome.seconds == outcome.seconds))
    console.print(f"{len(ended) - len(failed)} runs finished ({diverged} diverged) in {spent} of work.")
    lost = [(outcome.spec, reason) for outcome in ended for reason in {*outcome.lost}]
    if lost:
        console.print(f"{counted(len({spec for spec, _ in lost}))} had to be tried again:")
        _print_reasons(console, lost)
    if failed:
        console.print(f"{counted(len(failed))} failed:")
        _print_reasons(console, ((outcome.spec, outcome.error or "") for outcome in failed))
        fail(
            f"{len(failed)} of {len(ended)} runs failed; their errors are in {folder / 'failed'}. The others are kept. "
            f"To try again: {_repeated(experiment, folder)}",
            SOME_RUNS_FAILED,
        )


def _print_reasons(console: Console, reasons: Iterable[tuple[RunSpec, str]]) -> None:
    for line in shortened(grouped(reasons), "and for {} other reasons"):
        console.print(line)
