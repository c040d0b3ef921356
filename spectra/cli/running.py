"""`spectra run` and `spectra status`."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from spectra.cli.exits import INTERRUPTED, SOME_RUNS_FAILED, STORE_FAILED, door, fail
from spectra.cli.progress import duration, follow
from spectra.sweeps import Experiment, Outcome, RunStore, Status, processes, read_experiment, status, sweep

SHOWN = 10
"""Failures that are listed; all of them stand in the store."""


def run_recipe(recipe: Path, folder: Path, *, workers: int | None, timeout: float | None) -> None:
    """Make the runs of a recipe that the store lacks, with a progress display."""
    from spectra.training.rehearsal import rehearse  # loads torch, which `status` does without

    with door():
        experiment = read_experiment(recipe)
        store = opened(folder)
        store.prepare()
        before = status(experiment.specs, store)
        lacking = (*before.missing, *before.failed, *before.quarantined)
        rehearse(lacking)
    console = Console(highlight=False, soft_wrap=True)
    _print_damages(console, before)
    if experiment.confounded:
        console.print(f"Note: {confounded(experiment)}", markup=False)
    if not lacking:
        console.print(f"Nothing to do: all {len(before.done)} runs of {experiment.name} are in {folder}.", markup=False)
        return
    count = min(workers or os.cpu_count() or 1, len(lacking))
    console.print(
        f"{experiment.name}: {len(experiment.specs)} runs, {len(before.done)} done, {len(lacking)} to go, "
        f"{count} at a time; results go to {folder}",
        markup=False,
    )
    try:
        ended = list(follow(sweep(experiment.specs, store, processes(count, timeout=timeout)), lacking, count, console))
    except KeyboardInterrupt:
        kept = len(status(experiment.specs, store).done)
        fail(
            f"interrupted; {kept} of {len(experiment.specs)} runs are kept. To go on: {again(recipe, folder)}",
            INTERRUPTED,
        )
    except OSError as error:
        fail(f"{error}\nFinished runs are kept. To go on: {again(recipe, folder)}", STORE_FAILED)
    _print_end(console, ended, recipe, folder)


def confounded(experiment: Experiment) -> str:
    """Why a recipe cannot be judged."""
    return (
        f"{experiment.path}: runs of the same regime, {experiment.judge.scale}, rate and seed differ in "
        f"{', '.join(experiment.confounded)}; a page shows one value of each, so `spectra report` needs a recipe for "
        "every one of them (recipes share finished runs)"
    )


def opened(folder: Path) -> RunStore:
    """The store in a folder; one that is damaged or of a newer version ends the command with its own exit code."""
    try:
        return RunStore(folder)
    except ValueError as error:
        fail(str(error), STORE_FAILED)


def again(recipe: Path, folder: Path) -> str:
    """The command that makes what is missing."""
    option = "" if folder == Path("runs") else f" --store {folder}"
    return f"spectra run {recipe}{option}"


def _print_damages(console: Console, before: Status) -> None:
    for damage in before.damages:
        console.print(
            f"Run {damage.run} was damaged ({damage.reason}) and lies in {damage.folder}; it is made again.",
            markup=False,
        )


def _print_end(console: Console, ended: list[Outcome], recipe: Path, folder: Path) -> None:
    failed = [outcome for outcome in ended if outcome.error is not None]
    diverged = sum(outcome.diverged for outcome in ended)
    spent = duration(sum(outcome.seconds for outcome in ended if outcome.seconds == outcome.seconds))
    console.print(f"{len(ended) - len(failed)} runs finished ({diverged} diverged) in {spent} of work.", markup=False)
    if failed:
        for outcome in failed[:SHOWN]:
            console.print(f"  {outcome.spec.identity}: {outcome.error}", markup=False)
        fail(
            f"{len(failed)} of {len(ended)} runs failed; their errors are in {folder / 'failed'}. The others are kept. "
            f"To try again: {again(recipe, folder)}",
            SOME_RUNS_FAILED,
        )


def print_status(recipe: Path, folder: Path) -> None:
    """Print where each run of a recipe stands."""
    with door():
        experiment = read_experiment(recipe)
        found = status(experiment.specs, opened(folder))
    console = Console(highlight=False, soft_wrap=True)
    console.print(_counts(experiment, found), markup=False)
    for failure in found.failures[:SHOWN]:
        console.print(f"  failed {failure.run}: {failure.error}", markup=False)
    for damage in found.damages[:SHOWN]:
        console.print(f"  damaged {damage.run}: {damage.reason}; kept in {damage.folder}", markup=False)
    if len(found.done) < len(experiment.specs):
        console.print(f"To make the rest: {again(recipe, folder)}", markup=False)


def _counts(experiment: Experiment, found: Status) -> str:
    return (
        f"{experiment.name}: {len(experiment.specs)} runs, {len(found.done)} done ({len(found.diverged)} diverged), "
        f"{len(found.failed)} failed, {len(found.quarantined)} damaged, {len(found.missing)} missing"
    )
