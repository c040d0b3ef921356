"""`spectra status`: where each run of an experiment stands, once or again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live

from spectra.cli.exits import SOME_RUNS_FAILED, door, fail
from spectra.cli.making import cohort_lines, finished_lines, impossible_lines
from spectra.cli.running import again, opened
from spectra.cli.terminal import Terminal, one_line
from spectra.cli.wording import counted, counts_line, grouped, piece_line, shortened
from spectra.engines.under_way import UnderWay, under_way
from spectra.sweeps import Experiment, RunStore, Status, read_experiment, status

QUIET = 60.0
"""Seconds after which a watch whose output is no terminal speaks again though no count has changed."""


@dataclass(frozen=True)
class _Look:
    """What was found at one moment."""

    experiment: Experiment
    store: RunStore
    found: Status
    pieces: tuple[UnderWay, ...]  # those that make a run which is not done
    others: int  # pieces under way in the same store for other experiments

    @property
    def over(self) -> bool:
        """Whether nothing is under way or missing."""
        return not self.pieces and not self.found.missing


def print_status(recipe: Path, folder: Path, *, watch: float | None = None, smoke: bool = False) -> None:
    """Print where each run of a recipe stands.

    Args:
        recipe: The recipe.
        folder: Folder of the store. It is only read, but that damaged runs are set aside and records of the dead
            removed.
        watch: Seconds between two looks, until nothing is under way or missing; None looks once. A command that has
            watched ends with the exit code for failed runs if some have failed.
        smoke: Of its small version.
    """
    with door():
        if watch is not None and not watch > 0:
            raise ValueError(f"{watch} s between two looks were asked for; pass a positive number")
        look = _look(read_experiment(recipe, smoke=smoke), opened(folder))
    console = Terminal()
    if watch is not None:
        look = _watched(look, watch, console)
    _print(console, [*_lines(look), *finished_lines(look.store, look.found.done)])
    count = len(look.experiment.specs)
    if len(look.found.done) < count:
        _print(console, cohort_lines(look.experiment.specs))  # apart and last, because it loads the data
        _print(console, impossible_lines(look.found.missing))
        if not look.pieces:
            _print(console, [f"To make the rest: {again(look.experiment, folder)}"])
    if watch is not None and look.found.failed:
        fail(f"{len(look.found.failed)} of {count} runs failed", SOME_RUNS_FAILED)


def _print(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line)


def _look(experiment: Experiment, store: RunStore, before: Sequence[UnderWay] = ()) -> _Look:
    records = under_way(store.folder, before)  # before the runs: what ends in between is then done
    found = status(experiment.specs, store)
    wanted = {spec.identity for spec in experiment.specs}
    lacking = wanted - {spec.identity for spec in found.done}
    pieces = tuple(record for record in records if lacking & {*record.runs})
    others = sum(not wanted & {*record.runs} for record in records)
    return _Look(experiment, store, found, pieces, others)


def _watched(look: _Look, every: float, console: Console) -> _Look:
    """Look until all is over, and show what is found; the last look."""
    with Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else nullcontext() as live:
        spoken, when = "", -QUIET
        while not look.over:
            lines = [*_lines(look)]
            if live is not None:
                live.update(Group(*map(one_line, lines)), refresh=True)
            elif lines[0] != spoken or time.monotonic() - when >= QUIET:  # every step would fill a log
                _print(console, lines)
                when = time.monotonic()
            spoken = lines[0]
            time.sleep(every)
            look = _look(look.experiment, look.store, look.pieces)
    return look


def _lines(look: _Look) -> Iterator[str]:
    found, wanted = look.found, {spec.identity: spec for spec in look.experiment.specs}
    yield counts_line(look.experiment, found)
    if look.pieces:
        under = sum(len(wanted.keys() & {*piece.runs}) for piece in look.pieces)
        yield f"Under way: {counted(under)} in {counted(len(look.pieces), 'piece')}"
        yield from shortened(piece_line(piece, wanted) for piece in look.pieces)
    if look.others:
        yield f"Under way for other experiments in this store: {counted(look.others, 'piece')}"
    errors = grouped((wanted[failure.run], failure.error) for failure in found.failures)
    yield from shortened(f"failed {line}" for line in errors)
    yield from shortened(f"damaged {one.run}: {one.reason}; kept in {one.folder}" for one in found.damages)
